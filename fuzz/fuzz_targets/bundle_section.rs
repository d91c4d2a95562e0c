//! Any bytes as a section of a sound bundle.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sottovoce::catalog::fuzzing::section(bytes));
