//! Sealing: the only place that touches an authenticated cipher.
//!
//! A sealed value is `algorithm u8 ‖ key id u32 LE ‖ nonce [12] ‖ ciphertext ‖ tag [16]`. Inside, the plaintext is
//! followed by zeros up to a Padmé size and by its length as `u32` LE, so a length is known to 12 % only.
//! Nonces are random: a counter would repeat after an older copy of the file was put back.

use ring::aead::{AES_256_GCM, Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use crate::base::random::SecureRandom;
use crate::vault::crypto::secret::Wiped;
use crate::vault::error::VaultError;

const HEADER: usize = 1 + 4 + NONCE_LEN;
const TAG: usize = 16;
const LENGTH: usize = 4;
const SMALLEST: usize = 32;
/// The largest plaintext in bytes.
const LARGEST: usize = 16 * 1024 * 1024;

/// Which cipher sealed a value; the number is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Aes256Gcm = 1,
    ChaCha20Poly1305 = 2,
}

impl Algorithm {
    /// AES where the processor has instructions for it, else ChaCha20.
    pub(crate) fn preferred() -> Self {
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        let fast = std::arch::is_x86_feature_detected!("aes");
        #[cfg(target_arch = "aarch64")]
        let fast = std::arch::is_aarch64_feature_detected!("aes");
        #[cfg(not(any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64")))]
        let fast = false;
        if fast { Self::Aes256Gcm } else { Self::ChaCha20Poly1305 }
    }

    pub(crate) fn parse(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Aes256Gcm),
            2 => Some(Self::ChaCha20Poly1305),
            _ => None,
        }
    }
}

/// Why a sealed value did not open. It is the same for every reason an attacker could learn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unsealed;

/// One cipher key with its id. The round keys are wiped when it is dropped.
pub(crate) struct SealKey {
    id: u32,
    algorithm: Algorithm,
    key: Wiped<LessSafeKey>,
}

impl std::fmt::Debug for SealKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealKey")
    }
}

impl SealKey {
    /// Expands `raw`. The caller scrubs the stack afterwards, see [`crate::vault::crypto::secret::scrub_stack`].
    #[inline(never)]
    pub(crate) fn new(id: u32, algorithm: Algorithm, raw: &[u8; 32]) -> Result<Self, VaultError> {
        let cipher = match algorithm {
            Algorithm::Aes256Gcm => &AES_256_GCM,
            Algorithm::ChaCha20Poly1305 => &CHACHA20_POLY1305,
        };
        let unbound = UnboundKey::new(cipher, raw).map_err(|_| VaultError::Damaged { what: "key length" })?;
        Ok(Self { id, algorithm, key: Wiped::new(LessSafeKey::new(unbound)) })
    }

    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    /// Seals `plain`, bound to `aad`.
    pub(crate) fn seal(
        &self,
        random: &dyn SecureRandom,
        aad: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, VaultError> {
        if plain.len() > LARGEST {
            return Err(VaultError::TooLarge);
        }
        let length = u32::try_from(plain.len()).map_err(|_| VaultError::TooLarge)?;
        let padded = padme(plain.len() + LENGTH).max(SMALLEST);
        let nonce: [u8; NONCE_LEN] = crate::base::random::bytes(random)?;
        // Sized once: a vector that grew would leave plaintext behind in freed memory.
        let mut out = Vec::with_capacity(HEADER + padded + TAG);
        out.push(self.algorithm as u8);
        out.extend_from_slice(&self.id.to_le_bytes());
        out.extend_from_slice(&nonce);
        out.extend_from_slice(plain);
        out.resize(HEADER + padded - LENGTH, 0);
        out.extend_from_slice(&length.to_le_bytes());
        let (_, body) = out.split_at_mut(HEADER);
        let tag = self
            .key
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), body)
            .map_err(|_| VaultError::TooLarge)?;
        out.extend_from_slice(tag.as_ref());
        Ok(out)
    }

    /// Opens what `seal` made with the same key and `aad`.
    pub(crate) fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Unsealed> {
        let mut room = Zeroizing::default();
        let length = self.open_in(aad, sealed, &mut room)?.len();
        room.truncate(length);
        Ok(room)
    }

    /// Like [`open`](Self::open), in a `room` that many openings in turn can share.
    pub(crate) fn open_in<'r>(
        &self,
        aad: &[u8],
        sealed: &[u8],
        room: &'r mut Zeroizing<Vec<u8>>,
    ) -> Result<&'r [u8], Unsealed> {
        let (header, body) = sealed.split_first_chunk::<HEADER>().ok_or(Unsealed)?;
        let &[algorithm, i0, i1, i2, i3, ref nonce @ ..] = header;
        if algorithm != self.algorithm as u8 || u32::from_le_bytes([i0, i1, i2, i3]) != self.id {
            return Err(Unsealed);
        }
        if room.capacity() < body.len() {
            // A vector that grew by itself would leave plaintext behind in freed memory.
            *room = Zeroizing::new(Vec::with_capacity(body.len().next_power_of_two()));
        }
        room.clear();
        room.extend_from_slice(body);
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let padded = self.key.open_in_place(nonce, Aad::from(aad), room).map_err(|_| Unsealed)?;
        let (rest, length) = padded.split_last_chunk::<LENGTH>().ok_or(Unsealed)?;
        let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| Unsealed)?;
        rest.get(..length).ok_or(Unsealed)
    }
}

/// The id of the key that sealed these bytes.
pub(crate) fn key_id(sealed: &[u8]) -> Option<u32> {
    sealed.get(1..5).and_then(|id| <[u8; 4]>::try_from(id).ok()).map(u32::from_le_bytes)
}

/// The parts of a sealed value that no two sealings share: header and tag.
pub(crate) fn fingerprint(sealed: &[u8]) -> Option<(&[u8], &[u8])> {
    let tag = sealed.len().checked_sub(TAG).filter(|at| *at >= HEADER)?;
    Some((sealed.get(..HEADER)?, sealed.get(tag..)?))
}

/// The Padmé size of `len`: at most 12 % more, and only O(log log len) bits of the length are told
/// (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files", PETS 2019, algorithm 1).
fn padme(len: usize) -> usize {
    if len < 2 {
        return len;
    }
    let exponent = len.ilog2();
    let kept = exponent.ilog2() + 1;
    let mask = (1_usize << exponent.saturating_sub(kept)) - 1;
    (len + mask) & !mask
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::random::SystemRandom;

    fn key(id: u32, algorithm: Algorithm, fill: u8) -> SealKey {
        SealKey::new(id, algorithm, &[fill; 32]).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_again_at_every_length() {
        for algorithm in [Algorithm::Aes256Gcm, Algorithm::ChaCha20Poly1305] {
            let key = key(7, algorithm, 3);
            for len in (0..300).chain([1000, 4096, 70_000]) {
                let plain: Vec<u8> = (0..len).map(|i| (i % 251) as u8).collect();
                let sealed = key.seal(&SystemRandom, b"place", &plain).unwrap();
                assert_eq!(*key.open(b"place", &sealed).unwrap(), plain);
            }
        }
    }

    #[test]
    fn a_changed_byte_place_key_or_cipher_is_refused() {
        let right = key(7, Algorithm::Aes256Gcm, 3);
        let sealed = right.seal(&SystemRandom, b"place", b"dune boots").unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(right.open(b"place", &changed), Err(Unsealed), "byte {at}");
            assert_eq!(right.open(b"place", &sealed[..at]), Err(Unsealed), "cut at {at}");
        }
        assert!(right.open(b"other", &sealed).is_err());
        assert!(key(7, Algorithm::Aes256Gcm, 4).open(b"place", &sealed).is_err());
        assert!(key(8, Algorithm::Aes256Gcm, 3).open(b"place", &sealed).is_err());
        assert!(key(7, Algorithm::ChaCha20Poly1305, 3).open(b"place", &sealed).is_err());
    }

    #[test]
    fn the_length_is_hidden_in_few_sizes() {
        let key = key(1, Algorithm::Aes256Gcm, 1);
        let size = |len: usize| key.seal(&SystemRandom, b"", &vec![0; len]).unwrap().len();
        assert_eq!(size(0), size(SMALLEST - LENGTH));
        assert!((129..=1024).map(size).collect::<std::collections::BTreeSet<_>>().len() <= 41);
        for len in 2..5000 {
            assert!(padme(len) >= len && padme(len) <= len + len * 12 / 100 + 1);
        }
    }

    #[test]
    fn two_sealings_of_the_same_bytes_differ() {
        let key = key(1, Algorithm::Aes256Gcm, 1);
        let seal = || key.seal(&SystemRandom, b"", b"same").unwrap();
        assert_ne!(seal(), seal());
    }
}
