//! Any bytes as a wire report.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sottovoce::signals::fuzzing::report(bytes));
