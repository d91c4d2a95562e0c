//! A patch: prices and availability that changed since a bundle was built. `docs/catalog.md` describes its bytes.

use serde::{Deserialize, Serialize};

use crate::base::codec::Parts;
use crate::base::signed::{PublicKey, Unverified, sha256, verify};
use crate::catalog::CatalogError;
use crate::catalog::format::FORMAT;
use crate::catalog::format::column::{ALWAYS, MINUTE_MS};

/// The kind of its envelope.
pub(crate) const KIND: &[u8; 8] = b"SVPATCH\0";
/// Largest amount taken, in minor units.
const MAX_MINOR: i64 = 1_000_000_000_000_000;

/// The bits of a change's first byte.
mod flag {
    /// A regular price follows.
    pub(super) const PRICE: u8 = 1;
    /// A reduced price follows.
    pub(super) const SALE: u8 = 2;
    /// The reduced price is followed by the minutes in which it holds.
    pub(super) const PERIOD: u8 = 4;
    /// There is no reduced price any more.
    pub(super) const NO_SALE: u8 = 8;
    /// The two bits above are the availability.
    pub(super) const AVAILABILITY: u8 = 16;
    /// The lowest bit of the availability.
    pub(super) const FIRST_OF_AVAILABILITY: u32 = 5;
    /// Has no meaning yet.
    pub(super) const UNKNOWN: u8 = 128;
}

/// What a patch says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PatchHead {
    pub store_id: String,
    /// Hash of the bundle that it changes.
    pub base: [u8; 32],
    /// Grows with every patch of the bundle.
    pub number: u64,
    /// Milliseconds since 1970 UTC.
    pub created_ms: i64,
    /// First moment in which it has no force any more, milliseconds since 1970 UTC.
    pub expires_ms: i64,
    /// Number of changes, which follow.
    pub changes: u32,
}

/// What holds of one item since. Where nothing is said, what the bundle says still holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Change {
    pub item: u32,
    /// Regular price, minor units.
    pub price: Option<i64>,
    pub sale: Option<Sale>,
    /// Code of the availability, 0 to 3.
    pub availability: Option<u8>,
}

/// A reduced price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sale {
    Over,
    /// Minor units, first minute since 1970, first minute after it.
    At(i64, u32, u32),
}

/// A patch whose signature is good.
pub(crate) struct Patch<'a> {
    pub head: PatchHead,
    /// SHA-256 of what is signed.
    pub hash: [u8; 32],
    changes: Parts<'a>,
}

impl<'a> Patch<'a> {
    /// Opens a patch that one of the keys signed.
    pub(crate) fn open(bytes: &'a [u8], keys: &[PublicKey]) -> Result<Self, CatalogError> {
        let mut refused = Unverified::BadSignature;
        let payload = keys.iter().find_map(|key| verify(KIND, bytes, key).map_err(|why| refused = why).ok());
        let payload = payload.ok_or(match refused {
            Unverified::Newer(_) => CatalogError::NewerFormat { found: FORMAT + 1, newest: FORMAT },
            Unverified::BadSignature => CatalogError::BadSignature,
        })?;
        Self::of(payload)
    }

    /// Reads what was signed.
    pub(crate) fn of(payload: &'a [u8]) -> Result<Self, CatalogError> {
        let mut parts = Parts::of(payload);
        let head = parts.next().ok_or(DAMAGED)?;
        Ok(Self { head, hash: sha256(payload), changes: parts })
    }

    /// The changes, ascending by item; each is followed by an error if it does not hold, and then by nothing.
    pub(crate) fn changes(mut self) -> impl Iterator<Item = Result<Change, CatalogError>> + 'a {
        let created = self.head.created_ms.div_euclid(MINUTE_MS);
        let (mut left, mut next) = (self.head.changes, Some(0));
        std::iter::from_fn(move || {
            left = left.checked_sub(1)?;
            let change = change(&mut self.changes, next, created);
            next = change.and_then(|change| change.item.checked_add(1));
            left = if change.is_some() { left } else { 0 };
            Some(change.ok_or(DAMAGED))
        })
    }
}

const DAMAGED: CatalogError = CatalogError::damaged("a patch");

fn change(parts: &mut Parts<'_>, next: Option<u32>, created: i64) -> Option<Change> {
    let flags: u8 = parts.next().filter(|flags| flags & flag::UNKNOWN == 0)?;
    let item = next?.checked_add(parts.next()?)?;
    let has = |bit: u8| flags & bit != 0;
    let mut minor = || {
        let minor = i64::try_from(parts.next::<u64>()?).ok()?;
        (minor <= MAX_MINOR).then_some(minor)
    };
    let price = if has(flag::PRICE) { Some(minor()?) } else { None };
    let sale = match (has(flag::SALE), has(flag::NO_SALE)) {
        (true, false) => {
            let minor = minor()?;
            let mut minute = || u32::try_from(created.checked_add(parts.next()?)?).ok();
            let (from, until) = if has(flag::PERIOD) { (minute()?, minute()?) } else { ALWAYS };
            Some(Sale::At(minor, from, until))
        }
        (false, over) if !has(flag::PERIOD) => over.then_some(Sale::Over),
        _ => return None,
    };
    let availability = has(flag::AVAILABILITY).then_some(flags >> flag::FIRST_OF_AVAILABILITY & 3);
    Some(Change { item, price, sale, availability })
}

#[cfg(feature = "operator")]
pub(crate) use writing::payload;

#[cfg(feature = "operator")]
mod writing {
    use super::{ALWAYS, Change, MINUTE_MS, PatchHead, Sale, flag};
    use crate::catalog::CatalogError;

    /// What is to be signed. The changes ascend by item.
    pub(crate) fn payload(head: &PatchHead, changes: &[Change]) -> Result<Vec<u8>, CatalogError> {
        let unwritable = |_| CatalogError::Build { what: "a patch cannot be written" };
        let created = head.created_ms.div_euclid(MINUTE_MS);
        let mut bytes = postcard::to_allocvec(head).map_err(unwritable)?;
        let mut next = 0;
        for change in changes {
            let step = change.item.checked_sub(next);
            let step = step.ok_or(CatalogError::Build { what: "a patch changes each item once" })?;
            next = change.item + 1;
            bytes = postcard::to_extend(&(flags(change), step), bytes).map_err(unwritable)?;
            if let Some(price) = change.price {
                bytes = postcard::to_extend(&price.unsigned_abs(), bytes).map_err(unwritable)?;
            }
            if let Some(Sale::At(minor, from, until)) = change.sale {
                bytes = postcard::to_extend(&minor.unsigned_abs(), bytes).map_err(unwritable)?;
                if (from, until) != ALWAYS {
                    let period = (i64::from(from) - created, i64::from(until) - created);
                    bytes = postcard::to_extend(&period, bytes).map_err(unwritable)?;
                }
            }
        }
        Ok(bytes)
    }

    fn flags(change: &Change) -> u8 {
        let price = if change.price.is_some() { flag::PRICE } else { 0 };
        let sale = match change.sale {
            None => 0,
            Some(Sale::Over) => flag::NO_SALE,
            Some(Sale::At(_, from, until)) if (from, until) == ALWAYS => flag::SALE,
            Some(Sale::At(..)) => flag::SALE | flag::PERIOD,
        };
        let stock = change.availability;
        let stock = stock.map_or(0, |code| flag::AVAILABILITY | code << flag::FIRST_OF_AVAILABILITY);
        price | sale | stock
    }
}
