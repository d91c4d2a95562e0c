//! Hostile bytes in the place of the vault's `sealed_record`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sottovoce::vault::fuzzing::sealed_record(bytes));
