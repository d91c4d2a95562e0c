//! Any bytes as a consent policy.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sottovoce::consent::fuzzing::policy(bytes));
