//! Any bytes as a WooCommerce export.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sottovoce::catalog::fuzzing::woocommerce_csv(bytes));
