//! Any bytes as what consent keeps.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sottovoce::consent::fuzzing::stored(bytes));
