//! Any bytes as the inside of an XML feed.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sottovoce::catalog::fuzzing::feed_xml(bytes));
