//! Any bytes as a shop's list of files.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sottovoce::catalog::fuzzing::latest(bytes));
