//! Any bytes as a feed of any kind: compression, encodings, and laid over itself as a supplement.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sottovoce::catalog::fuzzing::feed(bytes));
