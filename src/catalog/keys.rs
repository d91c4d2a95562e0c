//! Ed25519 keys as text: the public one an app trusts, and (operator) the private one that signs.

use crate::base::signed::PublicKey;
use crate::catalog::CatalogError;

/// A public key from base64 of its 32 raw bytes, with or without padding.
///
/// # Errors
/// [`CatalogError::BadKey`] for anything else.
pub fn public_key(text: &str) -> Result<PublicKey, CatalogError> {
    let bytes = from_base64(text).ok_or(CatalogError::BadKey { what: "not base64" })?;
    PublicKey::from_bytes(&bytes).map_err(|_| CatalogError::BadKey { what: "a public key has 32 bytes" })
}

/// Base64 of the 32 raw bytes of a public key, as [`public_key`] reads it.
#[must_use]
pub fn public_key_text(key: &PublicKey) -> String {
    to_base64(key.as_bytes())
}

#[cfg(feature = "operator")]
pub use signing::SigningKey;

#[cfg(feature = "operator")]
mod signing {
    use ring::signature::{Ed25519KeyPair, KeyPair as _};
    use zeroize::Zeroizing;

    use crate::base::signed::PublicKey;
    use crate::catalog::keys::{CatalogError, from_base64, public_key_text, to_base64};

    const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
    const END: &str = "-----END PRIVATE KEY-----";

    /// The merchant's private key. It never reaches a phone.
    pub struct SigningKey {
        pair: Ed25519KeyPair,
        public: PublicKey,
        pkcs8: Zeroizing<Vec<u8>>,
    }

    impl SigningKey {
        /// A new key from the operating system's randomness.
        ///
        /// # Errors
        /// [`CatalogError::BadKey`] when the system has no randomness to give.
        #[expect(clippy::disallowed_methods, reason = "a merchant's key is never replayed")]
        pub fn generate() -> Result<Self, CatalogError> {
            let document = Ed25519KeyPair::generate_pkcs8(&ring::rand::SystemRandom::new())
                .map_err(|_| CatalogError::BadKey { what: "the system's random source failed" })?;
            Self::from_pkcs8(document.as_ref())
        }

        /// From a PKCS#8 document (version 1 as OpenSSL writes it, or 2).
        ///
        /// # Errors
        /// [`CatalogError::BadKey`] for anything else.
        pub fn from_pkcs8(document: &[u8]) -> Result<Self, CatalogError> {
            let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(document)
                .map_err(|_| CatalogError::BadKey { what: "not a PKCS#8 Ed25519 private key" })?;
            let public = PublicKey::from_bytes(pair.public_key().as_ref());
            let public = public.map_err(|_| CatalogError::BadKey { what: "a public key has 32 bytes" })?;
            Ok(Self { pair, public, pkcs8: Zeroizing::new(document.to_vec()) })
        }

        /// From a PEM file (`BEGIN PRIVATE KEY`).
        ///
        /// # Errors
        /// [`CatalogError::BadKey`] for anything else.
        pub fn from_pem(text: &str) -> Result<Self, CatalogError> {
            let body = text
                .split_once(BEGIN)
                .and_then(|(_, rest)| rest.split_once(END))
                .map(|(body, _)| Zeroizing::new(body.split_whitespace().collect::<String>()));
            let document = body.and_then(|body| from_base64(&body).map(Zeroizing::new));
            Self::from_pkcs8(&document.ok_or(CatalogError::BadKey { what: "not a PEM private key" })?)
        }

        /// As a PEM file.
        #[must_use]
        pub fn to_pem(&self) -> Zeroizing<String> {
            let body = Zeroizing::new(to_base64(&self.pkcs8));
            let mut pem = Zeroizing::new(format!("{BEGIN}\n"));
            let mut rest = body.as_str();
            while !rest.is_empty() {
                let (line, tail) = rest.split_at(rest.len().min(64));
                pem.push_str(line);
                pem.push('\n');
                rest = tail;
            }
            pem.push_str(END);
            pem.push('\n');
            pem
        }

        /// The key an app has to trust.
        #[must_use]
        pub fn public_key(&self) -> PublicKey {
            self.public.clone()
        }

        /// The key pair, for signing policies and tasks with [`crate::base::signed::sign`].
        #[must_use]
        pub fn pair(&self) -> &Ed25519KeyPair {
            &self.pair
        }

        pub(crate) fn sign(&self, text: &[u8]) -> [u8; 64] {
            let mut signature = [0; 64];
            signature.copy_from_slice(self.pair.sign(text).as_ref());
            signature
        }
    }

    impl std::fmt::Debug for SigningKey {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "SigningKey(public {})", public_key_text(&self.public))
        }
    }
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn to_base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word =
            chunk.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let six = (word >> (18 - 6 * place)) as usize & 63;
            let letter = ALPHABET.get(six).filter(|_| place <= chunk.len()).copied().unwrap_or(b'=');
            text.push(char::from(letter));
        }
    }
    text
}

/// Strict: no spaces inside, no stray bits at the end.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim().trim_end_matches('=').as_bytes();
    if text.len() % 4 == 1 {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    for chunk in text.chunks(4) {
        let mut word = 0u32;
        for letter in chunk {
            word = word << 6 | u32::try_from(ALPHABET.iter().position(|known| known == letter)?).ok()?;
        }
        word <<= 6 * (4 - chunk.len());
        let full = word.to_be_bytes();
        let (kept, spare) = full.get(1..)?.split_at_checked(chunk.len() - 1)?;
        if spare.iter().any(|byte| *byte != 0) {
            return None;
        }
        bytes.extend_from_slice(kept);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_agrees_with_rfc_4648() {
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(to_base64(plain.as_bytes()), coded);
            assert_eq!(from_base64(coded).unwrap(), plain.as_bytes());
        }
        for bad in ["Zh==", "Z", "Zm9v!", "Zm 9v"] {
            assert_eq!(from_base64(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_key_survives_its_pem_and_the_debug_text_hides_it() {
        let key = SigningKey::generate().unwrap();
        let back = SigningKey::from_pem(&key.to_pem()).unwrap();
        assert_eq!(back.public_key(), key.public_key());
        assert!(back.public_key().verify(b"text", &key.sign(b"text")).is_ok());
        assert!(!format!("{key:?}").contains(key.to_pem().lines().nth(1).unwrap()));
        assert_eq!(public_key(&public_key_text(&key.public_key())).unwrap(), key.public_key());
    }

    #[test]
    fn openssl_keys_are_read() {
        let pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";
        let key = SigningKey::from_pem(pem).unwrap();
        assert_eq!(public_key_text(&key.public_key()), "Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=");
        assert!(SigningKey::from_pem("nothing").is_err());
    }
}
