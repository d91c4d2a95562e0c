//! Entry points for fuzzing: every stored format is read from hostile bytes, and what was written is read back. The
//! same functions run on random input in a plain `cargo test`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a fuzzer wants to hear of it")]

use std::sync::LazyLock;

use super::crypto::cipher::{Algorithm, SealKey, fingerprint, key_id};
use super::crypto::secret::Raw;
use super::db::head::Head;
use super::keys::item::{Item, ItemName, Root, encode_old};
use super::keys::ring::{Material, WrapKey};
use super::widget_file::{Header, WidgetKey, decode_key};
use crate::random::{RandomError, SecureRandom};

/// No randomness at all, so that a finding can be repeated.
struct Fixed;

impl SecureRandom for Fixed {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        bytes.fill(7);
        Ok(())
    }
}

fn root() -> Root {
    Root::generate(&Fixed, 3, [5; 16]).unwrap()
}

/// A sealed record.
pub fn sealed_record(bytes: &[u8]) {
    static KEYS: LazyLock<[SealKey; 2]> = LazyLock::new(|| {
        [Algorithm::Aes256Gcm, Algorithm::ChaCha20Poly1305]
            .map(|algorithm| SealKey::new(1, algorithm, &[9; 32]).unwrap())
    });
    let mut room = zeroize::Zeroizing::default();
    for key in &*KEYS {
        assert!(key.open_in(b"place", bytes, &mut room).is_err());
        let _ = (key_id(bytes), fingerprint(bytes));
        let sealed = key.seal(&Fixed, b"place", bytes).unwrap();
        assert_eq!(key.open_in(b"place", &sealed, &mut room).unwrap(), bytes);
    }
}

/// A wrapped data key.
pub fn wrapped_key(bytes: &[u8]) {
    static WRAP: LazyLock<WrapKey> = LazyLock::new(|| {
        let wrap = WrapKey::new(&root()).unwrap();
        let wrapped = wrap.wrap(&Fixed, 2, 1, &Material::generate(&Fixed, None).unwrap()).unwrap();
        assert!(wrap.unwrap(2, 2, &wrapped).is_err());
        assert!(wrap.unwrap(2, 1, &wrapped).is_ok());
        wrap
    });
    assert!(WRAP.unwrap(2, 1, bytes).is_err());
    let _ = Material::decode(bytes);
}

/// What the key store returned: items, the widget's key, and aliases.
pub fn key_item(bytes: &[u8]) {
    if let Some(item) = Item::decode(bytes) {
        assert!(*item.encode() == bytes || *encode_old(&item.root) == bytes);
    }
    let _ = decode_key(bytes);
    if let Ok(alias) = std::str::from_utf8(bytes)
        && let Some(name) = ItemName::parse([0xab; 16], alias)
    {
        assert_eq!(name.to_string(), alias);
    }
}

/// A widget's file.
pub fn widget_file(bytes: &[u8]) {
    static KEY: LazyLock<WidgetKey> = LazyLock::new(|| {
        WidgetKey::new(&Raw::default(), Header::Keyed { install: [5; 16], tag: 3 }).unwrap()
    });
    let key = &*KEY;
    let _ = Header::parse(bytes);
    assert!(key.open(bytes).is_none());
    if let Ok(file) = key.seal(&Fixed, bytes) {
        assert_eq!(*key.open(&file).unwrap(), bytes);
    }
}

/// The content of the head row.
pub fn head(bytes: &[u8]) {
    if let Some(head) = Head::decode(bytes) {
        assert_eq!(head.encode(), bytes);
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn each(bytes: &[u8]) {
        super::sealed_record(bytes);
        super::wrapped_key(bytes);
        super::key_item(bytes);
        super::widget_file(bytes);
        super::head(bytes);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn hostile_bytes_are_refused_without_a_panic(bytes in vec(any::<u8>(), 0..300)) {
            each(&bytes);
        }

        #[test]
        fn bytes_that_look_right_at_first_are_refused_too(rest in vec(any::<u8>(), 0..120), kind in 0..4_usize) {
            let starts: [&[u8]; 4] = [&[1, 1, 0, 0, 0], &[1, 0, 0, 0, 0], &[2, 1, 0, 0, 0], b"SVSN\x02\x05\x05\x05\x05\x05\x05\x05"];
            each(&[starts[kind], &rest[..]].concat());
        }
    }
}
