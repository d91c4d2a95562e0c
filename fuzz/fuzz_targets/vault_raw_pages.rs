//! A hostile database and its log.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sottovoce::vault::fuzzing::raw_pages(bytes));
