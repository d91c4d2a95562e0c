//! The collector's secret keys, and opening what was sealed to them.

use hpke::aead::{AesGcm128, ChaCha20Poly1305};
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, Serializable, single_shot_open};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::base::random;
use crate::base::random::{RandomError, SecureRandom};
use crate::base::signed::hex;
use crate::signals::channel::INFO;
use crate::signals::task::key::{Aead, CollectorKey, unhex};
use crate::signals::wire::{SEALED, SEALED_REPORT_BYTES, WireError};

type PrivateKey = <X25519HkdfSha256 as Kem>::PrivateKey;
type EncappedKey = <X25519HkdfSha256 as Kem>::EncappedKey;

/// The file of a secret key.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: u8,
    aead: Aead,
    secret_key: String,
}

/// A secret key of the collector.
#[derive(Clone)]
pub struct CollectorSecret {
    id: u8,
    aead: Aead,
    secret: Zeroizing<[u8; 32]>,
}

impl CollectorSecret {
    /// The key with these 32 bytes.
    #[must_use]
    pub fn new(id: u8, aead: Aead, secret: [u8; 32]) -> Self {
        Self { id, aead, secret: Zeroizing::new(secret) }
    }

    /// A new key.
    ///
    /// # Errors
    /// [`RandomError`].
    pub fn generate(id: u8, aead: Aead, random: &dyn SecureRandom) -> Result<Self, RandomError> {
        Ok(Self::new(id, aead, random::bytes(random)?))
    }

    /// The key as its file has it, to be kept where nobody else reads it.
    #[must_use]
    pub fn to_json(&self) -> Zeroizing<String> {
        let secret = Zeroizing::new(hex(&self.secret[..]));
        let aead = serde_json::to_string(&self.aead).unwrap_or_default();
        Zeroizing::new(format!("{{\"id\":{},\"aead\":{aead},\"secret_key\":\"{}\"}}\n", self.id, *secret))
    }

    /// The key in such a file; `None` for any other.
    #[must_use]
    pub fn from_json(text: &[u8]) -> Option<Self> {
        let Written { id, aead, secret_key } = serde_json::from_slice(text).ok()?;
        Some(Self::new(id, aead, unhex(&secret_key)?))
    }

    /// The public key, for the task set; `None` if this is no key.
    #[must_use]
    pub fn public(&self) -> Option<CollectorKey> {
        let public = X25519HkdfSha256::sk_to_pk(&self.private()?).to_bytes();
        Some(CollectorKey { id: self.id, aead: self.aead, public_key: public.as_slice().try_into().ok()? })
    }

    fn private(&self) -> Option<PrivateKey> {
        PrivateKey::from_bytes(&self.secret[..]).ok()
    }

    /// Whether these bytes are sealed to a key of this id.
    pub(super) fn is_for(&self, bytes: &[u8]) -> bool {
        bytes.starts_with(&[SEALED, self.id])
    }

    /// The report in a sealed one.
    ///
    /// # Errors
    /// [`WireError`] for anything that was not sealed to this key.
    pub fn open(&self, bytes: &[u8]) -> Result<Vec<u8>, WireError> {
        if bytes.len() != SEALED_REPORT_BYTES {
            return Err(WireError::Length);
        }
        self.opened(bytes).ok_or(WireError::Sealed)
    }

    fn opened(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let (head, rest) = bytes.split_at_checked(2)?;
        let (enc, sealed) = rest.split_at_checked(32)?;
        let (private, enc) = (self.private()?, EncappedKey::from_bytes(enc).ok()?);
        let base = OpModeR::Base;
        match self.aead {
            Aead::Aes128Gcm => single_shot_open::<AesGcm128, HkdfSha256, X25519HkdfSha256>(
                &base, &private, &enc, INFO, sealed, head,
            ),
            Aead::ChaCha20Poly1305 => single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
                &base, &private, &enc, INFO, sealed, head,
            ),
        }
        .ok()
    }
}

impl std::fmt::Debug for CollectorSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CollectorSecret").field("id", &self.id).finish_non_exhaustive()
    }
}
