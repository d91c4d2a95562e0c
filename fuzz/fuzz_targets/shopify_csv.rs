//! Any bytes as a Shopify export.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sottovoce::catalog::fuzzing::shopify_csv(bytes));
