//! A bundle up to its body: prefix, signature and manifest.

use std::io::{ErrorKind, Read, Write};

use crate::base::signed::{PublicKey, sha256};
use crate::catalog::CatalogError;
use crate::catalog::format::{HEAD_BYTES, Manifest, PREFIX_BYTES, Prefix, body_start};

/// The beginning of a bundle.
pub(crate) struct Head {
    prefix: [u8; PREFIX_BYTES],
    signature: [u8; HEAD_BYTES - PREFIX_BYTES],
    signed: Vec<u8>,
    pub(crate) manifest: Manifest,
    /// SHA-256 of all that is signed.
    pub(crate) hash: [u8; 32],
}

impl Head {
    /// Reads up to the body. With `keys`, one of them must have signed it, before anything in the manifest is believed; without,
    /// the signature was checked when the bundle was installed.
    pub(crate) fn read(source: &mut dyn Read, keys: Option<&[PublicKey]>) -> Result<Self, CatalogError> {
        let mut prefix = [0; PREFIX_BYTES];
        fill(source, &mut prefix).map_err(|error| match error {
            CatalogError::Damaged { .. } => CatalogError::NotABundle,
            other => other,
        })?;
        let Prefix { oldest, current, manifest: length } = Prefix::of(&prefix)?;
        let mut signature = [0; HEAD_BYTES - PREFIX_BYTES];
        fill(source, &mut signature)?;
        let mut signed = prefix.to_vec();
        let wanted = (PREFIX_BYTES + length) as u64;
        let read = source.take(length as u64).read_to_end(&mut signed);
        read.map_err(|error| CatalogError::io("read the bundle", &error))?;
        if signed.len() as u64 != wanted {
            return Err(CatalogError::damaged("cut short"));
        }
        if keys.is_some_and(|keys| !keys.iter().any(|key| key.verify(&signed, &signature).is_ok())) {
            return Err(CatalogError::BadSignature);
        }
        let hash = sha256(&signed);
        let signed = signed.split_off(PREFIX_BYTES);
        let manifest = Manifest::parse(&signed, oldest, current)?;
        let head = Self { prefix, signature, signed, manifest, hash };
        let mut padding = vec![0; head.padding()];
        fill(source, &mut padding)?;
        if padding.iter().any(|byte| *byte != 0) {
            return Err(CatalogError::damaged("padding"));
        }
        Ok(head)
    }

    /// Where the manifest, with which what is signed ends, ends in the bundle.
    #[cfg(feature = "operator")]
    pub(crate) fn signed_bytes(&self) -> usize {
        HEAD_BYTES + self.signed.len()
    }

    /// Where the body starts.
    pub(crate) fn bytes(&self) -> usize {
        body_start(self.signed.len())
    }

    /// Length of the whole bundle.
    pub(crate) fn bundle_bytes(&self) -> u64 {
        self.bytes() as u64 + self.manifest.table.body_bytes
    }

    pub(crate) fn write(&self, out: &mut dyn Write) -> std::io::Result<()> {
        out.write_all(&self.prefix)?;
        out.write_all(&self.signature)?;
        out.write_all(&self.signed)?;
        out.write_all(&vec![0; self.padding()])
    }

    fn padding(&self) -> usize {
        self.bytes() - HEAD_BYTES - self.signed.len()
    }
}

/// Reads until `buffer` is full; a source that ends before is a bundle cut short.
pub(crate) fn fill(source: &mut dyn Read, buffer: &mut [u8]) -> Result<(), CatalogError> {
    source.read_exact(buffer).map_err(|error| match error.kind() {
        ErrorKind::UnexpectedEof => CatalogError::damaged("cut short"),
        _ => CatalogError::io("read the bundle", &error),
    })
}
