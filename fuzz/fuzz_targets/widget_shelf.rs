//! Any bytes as the shelf of a widget.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sottovoce::surfaces::fuzzing::widget(bytes));
