//! What the shop signs (policies, task sets): one envelope, one check.
//!
//! Layout: 8-byte kind, 1-byte version, 64-byte Ed25519 signature over `kind ‖ version ‖ payload`,
//! payload. The kind keeps a signature for one thing from passing for another.

use ring::digest::{Context, SHA256};
use ring::signature::{ED25519, UnparsedPublicKey};

const VERSION: u8 = 1;
const HEAD: usize = 9;
const SIGNATURE: usize = 64;
/// What an envelope adds to its payload, in bytes.
pub const ENVELOPE_BYTES: usize = HEAD + SIGNATURE;

/// An envelope that is damaged, or not signed by the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature is invalid")]
pub struct BadSignature;

/// Why an envelope is not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    /// A later version of the envelope, which must not be guessed at.
    #[error("an envelope of version {0}; update the app")]
    Newer(u8),
    /// Damaged, of another kind, or not signed by the key.
    #[error("the signature does not fit")]
    BadSignature,
}

/// An Ed25519 public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// A key from its 32 raw bytes.
    ///
    /// # Errors
    /// [`BadSignature`] when there are not 32 of them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadSignature> {
        bytes.try_into().map(Self).map_err(|_| BadSignature)
    }

    /// The raw bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Checks a detached signature.
    ///
    /// # Errors
    /// [`BadSignature`] when it was not made by this key over `data`.
    pub fn verify(&self, data: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        UnparsedPublicKey::new(&ED25519, &self.0).verify(data, signature).map_err(|_| BadSignature)
    }
}

/// The payload of an envelope of this kind, if the key signed it.
///
/// # Errors
/// [`Unverified`] for anything else.
pub fn verify<'a>(kind: &[u8; 8], bytes: &'a [u8], key: &PublicKey) -> Result<&'a [u8], Unverified> {
    let (head, rest) = bytes.split_at_checked(HEAD).ok_or(Unverified::BadSignature)?;
    match head.strip_prefix(kind) {
        Some([VERSION]) => {}
        Some([newer]) if *newer > VERSION => return Err(Unverified::Newer(*newer)),
        _ => return Err(Unverified::BadSignature),
    }
    let (signature, payload) = rest.split_at_checked(SIGNATURE).ok_or(Unverified::BadSignature)?;
    key.verify(&message(kind, payload), signature).map_err(|_| Unverified::BadSignature)?;
    Ok(payload)
}

fn message(kind: &[u8; 8], payload: &[u8]) -> Vec<u8> {
    [kind, &[VERSION][..], payload].concat()
}

/// Signs `payload` as an envelope of this kind.
#[cfg(feature = "operator")]
#[must_use]
pub fn sign(kind: &[u8; 8], payload: &[u8], key: &ring::signature::Ed25519KeyPair) -> Vec<u8> {
    let signature = key.sign(&message(kind, payload));
    [kind, &[VERSION][..], signature.as_ref(), payload].concat()
}

/// SHA-256.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(bytes);
    hash.finish()
}

/// SHA-256 of bytes that come in pieces.
pub(crate) struct Sha256(Context);

impl Sha256 {
    pub(crate) fn new() -> Self {
        Self(Context::new(&SHA256))
    }

    pub(crate) fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    pub(crate) fn finish(self) -> [u8; 32] {
        let mut out = [0; 32];
        out.copy_from_slice(self.0.finish().as_ref());
        out
    }
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|b| [b >> 4, b & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

#[cfg(all(test, feature = "operator"))]
mod tests {
    use super::*;
    use ring::signature::{Ed25519KeyPair, KeyPair};

    #[test]
    fn only_the_right_key_kind_and_bytes_verify() {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
        let key = PublicKey::from_bytes(pair.public_key().as_ref()).unwrap();
        let sealed = sign(b"SVPOLICY", b"payload", &pair);
        assert_eq!(verify(b"SVPOLICY", &sealed, &key), Ok(&b"payload"[..]));
        assert_eq!(verify(b"SVTASKS\0", &sealed, &key), Err(Unverified::BadSignature));
        for i in 0..sealed.len() {
            let mut bad = sealed.clone();
            bad[i] ^= 1;
            assert_eq!(verify(b"SVPOLICY", &bad, &key), Err(Unverified::BadSignature), "byte {i}");
            assert_eq!(verify(b"SVPOLICY", &sealed[..i], &key), Err(Unverified::BadSignature), "cut at {i}");
        }
        let newer = [b"SVPOLICY", &[VERSION + 1][..], b"anything"].concat();
        assert_eq!(verify(b"SVPOLICY", &newer, &key), Err(Unverified::Newer(VERSION + 1)));
    }
}
