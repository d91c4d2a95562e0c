//! Any bytes as a Merchant Center feed.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sottovoce::catalog::fuzzing::merchant_tsv(bytes));
