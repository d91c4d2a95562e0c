//! Any text as a consent platform's keys.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sottovoce::consent::fuzzing::platform(bytes));
