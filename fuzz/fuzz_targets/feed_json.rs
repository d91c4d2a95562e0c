//! Any bytes as products in JSON: lines, documents, schema.org, saved pages.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sottovoce::catalog::fuzzing::feed_json(bytes));
