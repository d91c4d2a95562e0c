//! Hostile bytes in the place of the vault's `anchor`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sottovoce::vault::fuzzing::anchor(bytes));
