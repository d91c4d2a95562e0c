//! HPKE (RFC 9180), base mode, the sender's side, on ring: X25519, HKDF-SHA256, AES-128-GCM or ChaCha20-Poly1305.
//!
//! One key, one message: the sequence number never leaves 0.

use ring::{aead, agreement, hmac};
use zeroize::Zeroizing;

use crate::signals::task::key::Aead;

const VERSION: &[u8] = b"HPKE-v1";
/// DHKEM(X25519, HKDF-SHA256).
const KEM: [u8; 2] = [0, 0x20];
/// HKDF-SHA256.
const KDF: [u8; 2] = [0, 1];
/// Bytes of HMAC-SHA256, of a shared secret and of an X25519 key.
const HASH: usize = 32;

impl Aead {
    const fn id(self) -> [u8; 2] {
        match self {
            Self::Aes128Gcm => [0, 1],
            Self::ChaCha20Poly1305 => [0, 3],
        }
    }

    fn algorithm(self) -> &'static aead::Algorithm {
        match self {
            Self::Aes128Gcm => &aead::AES_128_GCM,
            Self::ChaCha20Poly1305 => &aead::CHACHA20_POLY1305,
        }
    }
}

/// A message to one receiver.
pub(crate) struct Sender {
    /// The encapsulated key, which travels with the message.
    pub(crate) enc: [u8; HASH],
    schedule: Schedule,
}

impl Sender {
    /// A message to the owner of this X25519 key; `None` without random bytes, or for a key that is none.
    #[expect(clippy::disallowed_methods, reason = "ring takes no other source for a private key")]
    pub(crate) fn to(receiver: &[u8; HASH], aead: Aead, info: &[u8]) -> Option<Self> {
        let random = ring::rand::SystemRandom::new();
        let own = agreement::EphemeralPrivateKey::generate(&agreement::X25519, &random).ok()?;
        let enc: [u8; HASH] = own.compute_public_key().ok()?.as_ref().try_into().ok()?;
        let peer = agreement::UnparsedPublicKey::new(&agreement::X25519, receiver);
        let shared = agreement::agree_ephemeral(own, &peer, |dh| shared_secret(dh, &enc, receiver)).ok()?;
        Some(Self { enc, schedule: Schedule::new(&shared[..], aead, info) })
    }

    /// Seals one message.
    pub(crate) fn seal(self, aad: &[u8], message: &[u8]) -> Option<Vec<u8>> {
        let Schedule { aead, key, nonce, .. } = &self.schedule;
        let algorithm = aead.algorithm();
        let key = aead::UnboundKey::new(algorithm, key.get(..algorithm.key_len())?).ok()?;
        let nonce = aead::Nonce::try_assume_unique_for_key(nonce.get(..aead::NONCE_LEN)?).ok()?;
        let mut sealed = message.to_vec();
        let key = aead::LessSafeKey::new(key);
        key.seal_in_place_append_tag(nonce, aead::Aad::from(aad), &mut sealed).ok()?;
        Some(sealed)
    }
}

/// What both sides derive from the shared secret; each but the exporter's padded to 32 bytes.
struct Schedule {
    aead: Aead,
    key: Zeroizing<[u8; HASH]>,
    nonce: Zeroizing<[u8; HASH]>,
}

impl Schedule {
    fn new(shared: &[u8], aead: Aead, info: &[u8]) -> Self {
        let suite = [b"HPKE", &KEM[..], &KDF, &aead.id()].concat();
        let psk_id_hash = extract(&suite, &[], b"psk_id_hash", &[]);
        let info_hash = extract(&suite, &[], b"info_hash", info);
        let context = [&[0][..], &psk_id_hash[..], &info_hash[..]].concat(); // 0: base mode
        let secret = extract(&suite, shared, b"secret", &[]);
        let derive = |label: &[u8], length: usize| expand(&suite, &secret, label, &context, length);
        Self {
            aead,
            key: derive(b"key", aead.algorithm().key_len()),
            nonce: derive(b"base_nonce", aead::NONCE_LEN),
        }
    }
}

fn shared_secret(dh: &[u8], enc: &[u8; HASH], receiver: &[u8; HASH]) -> Zeroizing<[u8; HASH]> {
    let suite = [b"KEM", &KEM[..]].concat();
    let prk = extract(&suite, &[], b"eae_prk", dh);
    expand(&suite, &prk, b"shared_secret", &[&enc[..], receiver].concat(), HASH)
}

/// LabeledExtract.
fn extract(suite: &[u8], salt: &[u8], label: &[u8], ikm: &[u8]) -> Zeroizing<[u8; HASH]> {
    mac(salt, &[VERSION, suite, label, ikm])
}

/// LabeledExpand of at most 32 bytes, which one round gives; zeros follow them.
fn expand(suite: &[u8], prk: &[u8; HASH], label: &[u8], info: &[u8], length: usize) -> Zeroizing<[u8; HASH]> {
    let two = u16::try_from(length).unwrap_or_default().to_be_bytes();
    let mut out = mac(prk, &[&two, VERSION, suite, label, info, &[1]]);
    out.iter_mut().skip(length).for_each(|byte| *byte = 0);
    out
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Zeroizing<[u8; HASH]> {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    parts.iter().for_each(|part| context.update(part));
    let mut out = Zeroizing::new([0; HASH]);
    out.iter_mut().zip(context.sign().as_ref()).for_each(|(to, from)| *to = *from);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unhex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    }

    const INFO: &str = "4f6465206f6e2061204772656369616e2055726e";
    const AAD: &str = "436f756e742d30";
    const MESSAGE: &str = "4265617574792069732074727574682c20747275746820626561757479";

    /// RFC 9180, appendices A.1.1 (AES-128-GCM) and A.2.1 (ChaCha20-Poly1305): shared secret, key, base nonce, and what the
    /// first message becomes.
    const VECTORS: [(Aead, &str, &str, &str, &str, &str); 2] = [
        (
            Aead::Aes128Gcm,
            "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431",
            "fe0e18c9f024ce43799ae393c7e8fe8fce9d218875e8227b0187c04e7d2ea1fc",
            "4531685d41d65f03dc48f6b8302c05b0",
            "56d890e5accaaf011cff4b7d",
            "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a",
        ),
        (
            Aead::ChaCha20Poly1305,
            "1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a",
            "0bbe78490412b4bbea4812666f7916932b828bba79942424abb65244930d69a7",
            "ad2744de8e17f4ebba575b3f5f5a8fa1f69c2a07f6e7500bc60ca6e3e3ec1c91",
            "5c4d98150661b848853b547f",
            "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28",
        ),
    ];

    #[test]
    fn the_key_schedule_and_the_sealing_are_those_of_the_rfc() {
        for (aead, enc, shared, key, nonce, sealed) in VECTORS {
            let (shared, key, nonce) = (unhex(shared), unhex(key), unhex(nonce));
            let schedule = Schedule::new(&shared, aead, &unhex(INFO));
            assert_eq!(schedule.key[..key.len()], key[..]);
            assert_eq!(schedule.nonce[..nonce.len()], nonce[..]);
            assert!(
                schedule.key[key.len()..].iter().chain(&schedule.nonce[nonce.len()..]).all(|byte| *byte == 0)
            );
            let sender = Sender { enc: unhex(enc).try_into().unwrap(), schedule };
            assert_eq!(sender.seal(&unhex(AAD), &unhex(MESSAGE)).unwrap(), unhex(sealed));
        }
    }
}
