//! Any bytes as the operations of a catalog's delta.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sottovoce::catalog::fuzzing::delta(bytes));
