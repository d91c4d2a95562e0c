//! Any bytes as what the profile keeps.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sottovoce::profile::fuzzing::stored(bytes));
