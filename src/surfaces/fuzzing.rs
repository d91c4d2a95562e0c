//! What the fuzzers call: each takes any bytes, uses what comes out of them, and must return.

#![allow(clippy::unwrap_used, reason = "a fuzzer wants to hear of it")]

use crate::base::codec::again;
use crate::surfaces::widget::WidgetShelf;

/// Reads bytes as the shelf of a widget.
///
/// # Panics
/// When a shelf does not come out as it went in, or holds for longer than it may.
pub fn widget(bytes: &[u8]) {
    let _ = again::<WidgetShelf>(bytes);
    if let Some(shelf) = WidgetShelf::open(bytes) {
        assert_eq!(shelf.again().unwrap(), shelf);
        assert!(!shelf.holds(shelf.until_ms) && !shelf.holds(shelf.made_ms.saturating_sub(1)));
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn hostile_bytes_are_read_without_a_panic(bytes in vec(any::<u8>(), 0..300)) {
            super::widget(&bytes);
            super::widget(&[&[1, 1][..], &bytes].concat());
            super::widget(&[&[2, 2, 1][..], &bytes].concat());
        }
    }
}
