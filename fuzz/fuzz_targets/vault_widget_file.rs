//! Hostile bytes in the place of the vault's `widget_file`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sottovoce::vault::fuzzing::widget_file(bytes));
