//! Any bytes as the changes of a catalog's patch.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sottovoce::catalog::fuzzing::patch(bytes));
