//! What the fuzzers call: each takes any bytes, uses what comes out of them, and must return.

use crate::base::codec::again;
use crate::profile::intensity::{Intensities, Surface};
use crate::profile::marked::Examined;
use crate::profile::messages::{Muted, ToldLog};
use crate::profile::record::Stored;
use crate::profile::stated::Stated;

/// Reads bytes as each record of this room: events, what the user said and chose, what they were told, and the catalog that was
/// examined.
///
/// # Panics
/// When any of them does not come out as it went in.
pub fn stored(bytes: &[u8]) {
    let _ = again::<Stored>(bytes).map(|event| event.name().as_str());
    let _ = again::<Stated>(bytes);
    let _ = again::<ToldLog>(bytes);
    let _ = again::<Muted>(bytes);
    let _ = again::<Intensities>(bytes).map(|chosen| Surface::ALL.map(|surface| chosen.of(surface)));
    let _ = again::<Examined>(bytes);
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
