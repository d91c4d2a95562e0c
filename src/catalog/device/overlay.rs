//! The changes of a patch, laid over the columns of a bundle. Whether an item has one is a bit and a count away.

use crate::base::currency;
use crate::base::signed::sha256;
use crate::catalog::device::read::price_now;
use crate::catalog::format::Column;
use crate::catalog::format::column::ALWAYS;
use crate::catalog::format::patch::{Change, Patch, PatchHead, Sale};
use crate::catalog::{Catalog, CatalogError};

/// What holds of a changed item, whichever of it the patch said.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Changed {
    /// Minor units; `i64::MIN` = none.
    pub(crate) price: i64,
    /// Minor units; `i64::MIN` = none.
    pub(crate) sale: i64,
    /// First minute of the sale, first minute after it.
    pub(crate) period: (u32, u32),
    /// Natural logarithm of the price that held when the patch was made, in major units.
    pub(crate) log_price: f32,
    pub(crate) availability: u8,
}

/// All changes of a patch.
#[derive(Debug)]
pub(crate) struct Overlay {
    pub(crate) head: PatchHead,
    /// Of what was signed.
    pub(crate) hash: [u8; 32],
    /// A bit for every item, and how many items were changed before each word of them.
    words: Vec<(u64, u32)>,
    changed: Vec<Changed>,
}

impl Overlay {
    /// Lays a patch over the bundle that it was made for.
    pub(crate) fn of(catalog: &Catalog, patch: Patch<'_>) -> Result<Self, CatalogError> {
        let Patch { head, hash, .. } = &patch;
        if head.base != catalog.bundle_hash() {
            return Err(CatalogError::OtherBase);
        }
        let hash = sha256(&[head.base, *hash].concat());
        let head = head.clone();
        let mut words = vec![(0u64, 0u32); catalog.len().div_ceil(64)];
        let decimals: Vec<_> = catalog.currencies().iter().map(|code| currency::decimals(code)).collect();
        let mut changed = Vec::with_capacity(catalog.len().min(head.changes as usize));
        for change in patch.changes() {
            let change = change?;
            let word =
                words.get_mut(change.item as usize / 64).filter(|_| (change.item as usize) < catalog.len());
            word.ok_or(CatalogError::damaged("a patch"))?.0 |= 1 << (change.item % 64);
            changed.push(Changed::of(catalog, &change, head.created_ms, &decimals)?);
        }
        let mut before = 0;
        for (bits, count) in &mut words {
            *count = before;
            before += bits.count_ones();
        }
        Ok(Self { head, hash, words, changed })
    }

    /// What the patch says of an item.
    pub(crate) fn get(&self, ix: u32) -> Option<&Changed> {
        let (bits, before) = self.words.get(ix as usize / 64)?;
        let bit = 1u64 << (ix % 64);
        let place = before + (bits & (bit - 1)).count_ones();
        if bits & bit == 0 { None } else { self.changed.get(place as usize) }
    }
}

impl Changed {
    /// `decimals` are those of the bundle's currencies.
    fn of(
        catalog: &Catalog,
        change: &Change,
        now_ms: i64,
        decimals: &[Option<u32>],
    ) -> Result<Self, CatalogError> {
        let ix = change.item;
        let amount = |column| catalog.cell(column, ix).unwrap_or(i64::MIN);
        let minute = |column| catalog.cell(column, ix).unwrap_or_default();
        let price = change.price.unwrap_or_else(|| amount(Column::Price));
        let (sale, period) = match change.sale {
            None => (amount(Column::SalePrice), (minute(Column::SaleFrom), minute(Column::SaleUntil))),
            Some(Sale::Over) => (i64::MIN, ALWAYS),
            Some(Sale::At(minor, from, until)) => (minor, (from, until)),
        };
        let place: Option<u8> = catalog.cell(Column::Currency, ix);
        let decimals_of = place.and_then(|place| decimals.get(usize::from(place)));
        // Without a price, the bundle knows no currency.
        let priced = change.price.is_none() && change.sale.is_none() || decimals_of.is_some();
        let ordered = change.sale.is_none() || period.0 <= period.1;
        if !priced || !ordered || sale != i64::MIN && sale >= price {
            return Err(CatalogError::damaged("a patch"));
        }
        let minor = price_now(price, sale, period, now_ms);
        let log_price = decimals_of.map_or(f32::NAN, |decimals| currency::log_price(minor, *decimals));
        let availability = change.availability.or_else(|| catalog.cell(Column::Availability, ix));
        Ok(Self { price, sale, period, log_price, availability: availability.unwrap_or(u8::MAX) })
    }
}
