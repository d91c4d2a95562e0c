//! Any bytes as a shop's list of keys.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sottovoce::catalog::fuzzing::successor(bytes));
