//! What the fuzzers call: it takes any bytes, uses what comes out of them, and must return.

use crate::base::codec::again;
use crate::experiments::Seen;
use crate::experiments::assign::Drawn;

/// Reads bytes as a salt and as an exposure.
///
/// # Panics
/// When either does not come out as it went in.
pub fn stored(bytes: &[u8]) {
    let _ = (again::<Drawn>(bytes), again::<Seen>(bytes));
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
