//! Which key signs from now on: statements by the key before or by the shop's recovery key, in one file. `docs/catalog.md`
//! describes its bytes.

use serde::{Deserialize, Serialize};

use crate::base::limits::KEY_CHANGES;
use crate::base::signed::{PublicKey, verify};
use crate::catalog::CatalogError;
use crate::catalog::format::FORMAT;

/// First bytes of the file, and the kind of each statement's envelope.
pub(crate) const KIND: &[u8; 8] = b"SVKEYS\0\0";
/// Its path below the published address.
pub(crate) const PATH: &str = "keys";
/// The one version so far.
const VERSION: u8 = 1;

/// A statement, as it is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Successor {
    pub store_id: String,
    /// Grows with every statement of the recovery key. Those of other keys belong to the one that they follow.
    pub generation: u64,
    /// Milliseconds since 1970 UTC.
    pub created_ms: i64,
    /// The key that signs the statement.
    pub by: [u8; 32],
    /// The key that signs everything else from now on.
    pub key: [u8; 32],
    /// All keys whose signature counts no more, also under what was signed before.
    pub revoked: Vec<[u8; 32]>,
}

/// A statement whose signature is good, and the bytes to keep of it.
pub(crate) struct Statement {
    pub said: Successor,
    /// Signature and what is signed.
    pub bytes: Vec<u8>,
}

impl Statement {
    /// Reads one and checks that the key it names has signed it. Whether that key counts is another question.
    fn of(bytes: &[u8]) -> Option<Self> {
        let (_, payload) = bytes.split_at_checked(64)?;
        let (said, _) = postcard::take_from_bytes::<Successor>(payload).ok()?;
        let by = PublicKey::from_bytes(&said.by).ok()?;
        verify(KIND, &[&KIND[..], &[VERSION], bytes].concat(), &by).ok()?;
        Some(Self { said, bytes: bytes.to_vec() })
    }
}

/// The sound statements of a file, in its order.
pub(crate) fn statements(file: &[u8]) -> Result<Vec<Statement>, CatalogError> {
    let damaged = CatalogError::damaged("the list of keys");
    if !KEY_CHANGES.takes(file.len()) {
        return Err(CatalogError::TooLarge { what: "the list of keys", limit: KEY_CHANGES.most as u64 });
    }
    let rest = match file.strip_prefix(KIND).and_then(|rest| rest.split_first()) {
        Some((&VERSION, rest)) => rest,
        Some((newer, _)) if *newer > VERSION => {
            return Err(CatalogError::NewerFormat { found: FORMAT + 1, newest: FORMAT });
        }
        _ => return Err(damaged),
    };
    let (all, _) = postcard::take_from_bytes::<Vec<&[u8]>>(rest).map_err(|_| damaged)?;
    Ok(all.into_iter().filter_map(Statement::of).collect())
}

/// A file of these statements.
pub(crate) fn file(statements: &[Vec<u8>]) -> Result<Vec<u8>, CatalogError> {
    let head = [&KIND[..], &[VERSION]].concat();
    let file =
        postcard::to_extend(statements, head).map_err(|_| CatalogError::damaged("the list of keys"))?;
    if KEY_CHANGES.takes(file.len()) {
        Ok(file)
    } else {
        Err(CatalogError::TooLarge { what: "the list of keys", limit: KEY_CHANGES.most as u64 })
    }
}
