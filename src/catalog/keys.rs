//! Ed25519 keys as text: the public one an app trusts, and (operator) the private one that signs.

use base64ct::{Base64, Base64Unpadded, Encoding as _};

use crate::base::signed::PublicKey;
use crate::catalog::CatalogError;

/// A public key from base64 of its 32 raw bytes, with or without padding.
///
/// # Errors
/// [`CatalogError::BadKey`] for anything else.
pub fn public_key(text: &str) -> Result<PublicKey, CatalogError> {
    let text = text.trim().trim_end_matches('=');
    let bytes = Base64Unpadded::decode_vec(text).map_err(|_| CatalogError::BadKey { what: "not base64" })?;
    PublicKey::from_bytes(&bytes).map_err(|_| CatalogError::BadKey { what: "a public key has 32 bytes" })
}

/// Base64 of the 32 raw bytes of a public key, as [`public_key`] reads it.
#[must_use]
pub fn public_key_text(key: &PublicKey) -> String {
    Base64::encode_string(key.as_bytes())
}

#[cfg(feature = "operator")]
pub use signing::SigningKey;

#[cfg(feature = "operator")]
mod signing {
    use pem_rfc7468::{LineEnding, decode_vec, encode_string};
    use ring::rand::{SecureRandom as _, SystemRandom};
    use ring::signature::{Ed25519KeyPair, KeyPair as _};
    use zeroize::Zeroizing;

    use crate::base::signed::PublicKey;
    use crate::catalog::keys::{CatalogError, public_key_text};

    const LABEL: &str = "PRIVATE KEY";

    /// What stands before the 32 bytes of a private key in a PKCS#8 document of version 1 (RFC 8410, section 7). Other
    /// tools do not read the version 2 that ring writes.
    const PKCS8_V1: [u8; 16] = *b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";

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
            let mut document = Zeroizing::new([0; 48]);
            let (prefix, seed) = document.split_at_mut(PKCS8_V1.len());
            prefix.copy_from_slice(&PKCS8_V1);
            SystemRandom::new()
                .fill(seed)
                .map_err(|_| CatalogError::BadKey { what: "the system's random source failed" })?;
            Self::from_pkcs8(&*document)
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
            let bad = CatalogError::BadKey { what: "not a PEM private key" };
            match decode_vec(text.trim_start().as_bytes()) {
                Ok((LABEL, document)) => Self::from_pkcs8(&Zeroizing::new(document)),
                _ => Err(bad),
            }
        }

        /// As a PEM file that OpenSSL reads, if the key was made by it or here.
        ///
        /// # Errors
        /// [`CatalogError::BadKey`] for a document longer than any key's.
        pub fn to_pem(&self) -> Result<Zeroizing<String>, CatalogError> {
            encode_string(LABEL, LineEnding::LF, &self.pkcs8)
                .map(Zeroizing::new)
                .map_err(|_| CatalogError::BadKey { what: "not a PEM private key" })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_key_is_base64_with_or_without_padding() {
        let text = "Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=";
        assert_eq!(public_key_text(&public_key(text).unwrap()), text);
        assert!(public_key(&format!(" {} ", text.trim_end_matches('='))).is_ok());
        for bad in [
            "",
            "Zg==",
            &text[1..],
            &text.replace('G', "G "),
            &text.replace("uE=", "uF="),
            &format!("{text}AA"),
        ] {
            assert!(public_key(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_key_survives_its_pem_and_the_debug_text_hides_it() {
        let key = SigningKey::generate().unwrap();
        let pem = key.to_pem().unwrap();
        assert!(
            pem.starts_with("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEI"),
            "as OpenSSL writes it"
        );
        let back = SigningKey::from_pem(&pem).unwrap();
        assert_eq!(back.public_key(), key.public_key());
        assert!(back.public_key().verify(b"text", &key.sign(b"text")).is_ok());
        assert!(!format!("{key:?}").contains(pem.lines().nth(1).unwrap()));
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
