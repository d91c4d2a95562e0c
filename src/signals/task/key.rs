//! The collector's key that reports are sealed to.

use serde::de::{Deserializer, Error as _};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

use crate::base::signed::hex;

/// How what is sealed is encrypted (RFC 9180, section 7.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Aead {
    /// AES-128-GCM.
    #[serde(rename = "aes_128_gcm")]
    Aes128Gcm,
    /// ChaCha20-Poly1305.
    #[serde(rename = "chacha20_poly1305")]
    ChaCha20Poly1305,
}

/// A public key for HPKE (RFC 9180): X25519, HKDF-SHA256. Part of the signed task set, so that no device can be given a
/// key of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CollectorKey {
    /// Tells the collector's keys apart.
    pub id: u8,
    /// The encryption.
    pub aead: Aead,
    /// The X25519 public key, in hexadecimal.
    #[serde(serialize_with = "write", deserialize_with = "read")]
    pub public_key: [u8; 32],
}

fn write<S: Serializer>(key: &[u8; 32], out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(&hex(key))
}

fn read<'de, D: Deserializer<'de>>(text: D) -> Result<[u8; 32], D::Error> {
    let text = String::deserialize(text)?;
    unhex(&text).ok_or_else(|| D::Error::custom("a key is not 64 digits of 0-9a-f"))
}

/// The 32 bytes of 64 lower-case digits.
pub(crate) fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut key = [0; 32];
    for (byte, pair) in key.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    // Whatever else was read as digits is written differently.
    (hex(&key) == text).then_some(key)
}
