//! Hostile bytes in the place of the vault's `key_item`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sottovoce::vault::fuzzing::key_item(bytes));
