//! Any bytes as what signals keep.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sottovoce::signals::fuzzing::stored(bytes));
