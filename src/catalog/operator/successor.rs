//! Changing the shop's key: the statement that devices follow, and what lies published signed anew.

use crate::base::limits::{PATCH, STORE_ID};
use crate::base::signed::{ENVELOPE_BYTES, PublicKey, sign, verify};
use crate::catalog::format::successor::{KIND, Successor, file, statements};
use crate::catalog::format::{HEAD_BYTES, Head, PREFIX_BYTES, patch};
use crate::catalog::{CatalogError, SigningKey};

/// What is to hold from now on.
#[derive(Debug, Clone)]
pub struct KeyChange {
    /// The shop.
    pub store_id: String,
    /// When it is said, milliseconds since 1970 UTC.
    pub created_ms: i64,
    /// The key that signs from now on.
    pub next: PublicKey,
    /// Keys whose signature counts no more, also under what is installed; only the recovery key can revoke.
    pub revoked: Vec<PublicKey>,
}

/// A statement of a list of keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyStatement {
    /// The shop.
    pub store_id: String,
    /// When it was made, milliseconds since 1970 UTC.
    pub created_ms: i64,
    /// How often the recovery key had spoken by then.
    pub generation: u64,
    /// Who signed it.
    pub by: PublicKey,
    /// Who signs since.
    pub next: PublicKey,
    /// Whose signature counts no more.
    pub revoked: Vec<PublicKey>,
}

fn refused(what: &'static str) -> CatalogError {
    CatalogError::KeyChange { what }
}

/// The list of keys with one more change, which is signed by the key before, or by the recovery key.
///
/// # Errors
/// [`CatalogError::KeyChange`] when no device would follow it; those of [`key_statements`] for `before`.
pub fn change_key(
    before: Option<&[u8]>,
    change: &KeyChange,
    by: &SigningKey,
    is_recovery: bool,
) -> Result<Vec<u8>, CatalogError> {
    let mut kept = before.map(statements).transpose()?.unwrap_or_default();
    let (signer, next) = (by.public_key(), change.next.as_bytes());
    let mut revoked: Vec<[u8; 32]> = change.revoked.iter().map(|key| *key.as_bytes()).collect();
    let generation = kept.last().map_or(0, |last| last.said.generation);
    if !STORE_ID.takes(change.store_id.len()) || kept.iter().any(|one| one.said.store_id != change.store_id) {
        return Err(refused("the list is of another shop"));
    }
    let used = |key: &[u8; 32]| kept.iter().any(|one| one.said.by == *key || one.said.key == *key);
    if is_recovery {
        let before = kept.iter().flat_map(|one| &one.said.revoked).copied();
        revoked.extend(before.collect::<Vec<_>>());
        revoked.sort_unstable();
        revoked.dedup();
        if revoked.contains(next) || signer.as_bytes() == next {
            return Err(refused("a key that is revoked, or the recovery key itself, cannot be the next one"));
        }
        kept.clear();
    } else {
        if !revoked.is_empty() {
            return Err(refused("only the recovery key can revoke keys"));
        }
        if kept.last().is_some_and(|last| last.said.key != *signer.as_bytes()) {
            return Err(refused("the list names another key: the change has to be signed by that one"));
        }
        if used(next) || signer.as_bytes() == next {
            return Err(refused("the next key was used before"));
        }
    }
    let said = Successor {
        store_id: change.store_id.clone(),
        generation: generation.saturating_add(u64::from(is_recovery)),
        created_ms: change.created_ms,
        by: *signer.as_bytes(),
        key: *next,
        revoked,
    };
    let payload = postcard::to_allocvec(&said).map_err(|_| refused("it cannot be written"))?;
    let signed = sign(KIND, &payload, by.pair());
    let signature = signed.get(ENVELOPE_BYTES - 64..).unwrap_or_default().to_vec();
    let all: Vec<_> = kept.into_iter().map(|one| one.bytes).chain([signature]).collect();
    file(&all)
}

/// What a list of keys says. Whether a device follows it depends on the keys of its app.
///
/// # Errors
/// [`CatalogError::Damaged`], [`CatalogError::NewerFormat`], [`CatalogError::TooLarge`].
pub fn key_statements(list: &[u8]) -> Result<Vec<KeyStatement>, CatalogError> {
    let key = |bytes: &[u8; 32]| {
        PublicKey::from_bytes(bytes).map_err(|_| CatalogError::BadKey { what: "a public key has 32 bytes" })
    };
    let told = statements(list)?.into_iter().map(|one| {
        Ok(KeyStatement {
            store_id: one.said.store_id,
            created_ms: one.said.created_ms,
            generation: one.said.generation,
            by: key(&one.said.by)?,
            next: key(&one.said.key)?,
            revoked: one.said.revoked.iter().map(key).collect::<Result<_, _>>()?,
        })
    });
    told.collect()
}

/// A bundle or a patch with the signature of `key`, if that or one of `former` has signed it. Its hash stays, so that devices
/// with the same bundle fetch nothing.
///
/// # Errors
/// [`CatalogError::BadSignature`] for what none of them has signed; others for what is neither a bundle nor a patch.
pub fn signed_anew(
    mut bytes: Vec<u8>,
    former: &[PublicKey],
    key: &SigningKey,
) -> Result<Vec<u8>, CatalogError> {
    let keys = [&[key.public_key()], former].concat();
    if bytes.starts_with(patch::KIND) && PATCH.takes(bytes.len()) {
        let payload = keys.iter().find_map(|key| verify(patch::KIND, &bytes, key).ok());
        let payload = payload.ok_or(CatalogError::BadSignature)?;
        return Ok(sign(patch::KIND, payload, key.pair()));
    }
    let body = Head::read(&mut &bytes[..], Some(&keys))?.signed_bytes();
    let [prefix, manifest] =
        [0..PREFIX_BYTES, HEAD_BYTES..body].map(|part| bytes.get(part).unwrap_or_default());
    let signature = key.sign(&[prefix, manifest].concat());
    if let Some(place) = bytes.get_mut(PREFIX_BYTES..HEAD_BYTES) {
        place.copy_from_slice(&signature);
    }
    Ok(bytes)
}
