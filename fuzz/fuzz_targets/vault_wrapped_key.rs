//! Hostile bytes in the place of the vault's `wrapped_key`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sottovoce::vault::fuzzing::wrapped_key(bytes));
