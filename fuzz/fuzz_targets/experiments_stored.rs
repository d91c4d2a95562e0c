//! Any bytes as what experiments keep.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sottovoce::experiments::fuzzing::stored(bytes));
