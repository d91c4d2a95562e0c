//! What the fuzzers call: each takes any bytes, uses what comes out of them, and must return.

#![allow(clippy::unwrap_used, reason = "a fuzzer wants to hear of it")]

use crate::profile::record::Stored;
use crate::profile::stated::Stated;

/// Reads bytes as an event and as what the user said.
///
/// # Panics
/// When either does not come out as it went in.
pub fn stored(bytes: &[u8]) {
    if let Some(event) = Stored::decode(bytes) {
        assert_eq!(Stored::decode(&event.encode().unwrap()).unwrap(), event);
        let _ = event.name().as_str();
    }
    if let Some(stated) = Stated::decode(bytes) {
        let again = Stated::decode(&stated.encode().unwrap()).unwrap();
        assert!(again.iter().eq(stated.iter()), "what was said is still said");
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn hostile_bytes_are_read_without_a_panic(bytes in vec(any::<u8>(), 0..300)) {
            super::stored(&bytes);
        }
    }
}
