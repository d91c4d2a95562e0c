//! Any bytes as what an app or another device tells.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sottovoce::consent::fuzzing::told(bytes));
