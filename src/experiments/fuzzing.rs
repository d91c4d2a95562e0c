//! What the fuzzers call: it takes any bytes, uses what comes out of them, and must return.

#![allow(clippy::unwrap_used, reason = "a fuzzer wants to hear of it")]

use crate::experiments::assign::Drawn;
use crate::experiments::{decode, encode};

/// Reads bytes as a salt and as an exposure.
///
/// # Panics
/// When either does not come out as it went in.
pub fn stored(bytes: &[u8]) {
    if let Ok(drawn) = Drawn::decode(bytes) {
        let again = Drawn::decode(&drawn.encode()).unwrap();
        assert_eq!(again.at, Some(drawn.at.unwrap_or_default()));
    }
    if let Ok(seen) = decode(bytes) {
        assert_eq!(decode(&encode(&seen).unwrap()).unwrap(), seen);
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn hostile_bytes_are_read_without_a_panic(bytes in vec(any::<u8>(), 0..80), version in 0..4_u8) {
            super::stored(&bytes);
            super::stored(&[&[version][..], &bytes].concat());
        }
    }
}
