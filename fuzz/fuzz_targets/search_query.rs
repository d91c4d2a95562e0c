//! Any text as a query.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sottovoce::catalog::fuzzing::query(bytes));
