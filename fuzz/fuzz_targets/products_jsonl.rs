//! Any bytes as products in JSON Lines.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sottovoce::catalog::fuzzing::products(bytes));
