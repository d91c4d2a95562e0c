//! Any bytes as the text of a task set.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sottovoce::signals::fuzzing::task_set(bytes));
