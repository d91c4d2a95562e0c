//! Products: which items are variants of one, and what an id names.

use crate::catalog::format::Column;
use crate::catalog::format::variants::Variants;
use crate::catalog::{Catalog, SensitiveTags};

/// What an id of the app names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// One item, by its number.
    Item(u32),
    /// A product with several variants, by the number of the first.
    Product(u32),
}

impl Named {
    /// The item, or the first variant of the product.
    #[must_use]
    pub const fn ix(self) -> u32 {
        match self {
            Self::Item(ix) | Self::Product(ix) => ix,
        }
    }
}

impl Catalog {
    /// The product of an item: the number of its first variant, which is the item itself where there is only one.
    #[must_use]
    pub fn product_of(&self, ix: u32) -> u32 {
        match self.overview.get() {
            Some(overview) => overview.product(ix),
            None => ix.saturating_sub(self.step(Column::FirstVariant, ix, |variants| &variants.first)),
        }
    }

    /// All variants of the item's product in the order of the feed, the item among them; nothing for what does not exist.
    pub fn variants(&self, ix: u32) -> impl Iterator<Item = u32> + '_ {
        let exists = |ix: &u32| *ix < self.manifest.items;
        let next = move |ix: &u32| match self.step(Column::NextVariant, *ix, |variants| &variants.next) {
            0 => None,
            step => ix.checked_add(step).filter(exists),
        };
        std::iter::successors(Some(ix).filter(exists).map(|ix| self.product_of(ix)), next)
    }

    /// What all variants of the item's product share: their group, or the id of an item that has none.
    #[must_use]
    pub fn product_id(&self, ix: u32) -> &str {
        let group = self.item_group(ix);
        if group.is_empty() { self.item_id(ix) } else { group }
    }

    /// What an id names: an item, and where there is none of this id, a product.
    #[must_use]
    pub fn named(&self, id: &str) -> Option<Named> {
        if let Some(ix) = self.index_of(id) {
            return Some(Named::Item(ix));
        }
        let told = self.tells_variants();
        let order =
            if told { self.cells(Column::ProductOrder) } else { self.derived_variants().order.as_slice() };
        let at = order.binary_search_by(|first| self.product_id(*first).cmp(id)).ok()?;
        let first = order.get(at).copied()?;
        let single = self.variants(first).nth(1).is_none();
        Some(if single { Named::Item(first) } else { Named::Product(first) })
    }

    /// The product that an id names, its own or a variant's, by the number of its first variant.
    #[must_use]
    pub fn product_named(&self, id: &str) -> Option<u32> {
        self.named(id).map(|named| self.product_of(named.ix()))
    }

    /// Why the item is sensitive, or any variant of the product.
    #[must_use]
    pub fn sensitive_of(&self, named: Named) -> SensitiveTags {
        match named {
            Named::Item(ix) => self.sensitive(ix),
            Named::Product(ix) => {
                let tags = self.variants(ix).map(|variant| self.sensitive(variant));
                tags.fold(SensitiveTags::NONE, SensitiveTags::union)
            }
        }
    }

    fn step(&self, column: Column, ix: u32, derived: impl Fn(&Variants) -> &Vec<u32>) -> u32 {
        if self.tells_variants() {
            return self.cell(column, ix).unwrap_or_default();
        }
        derived(self.derived_variants()).get(ix as usize).copied().unwrap_or_default()
    }

    /// Whether the bundle tells which items are variants of one product. Early ones do not.
    fn tells_variants(&self) -> bool {
        self.store.has(Column::FirstVariant)
    }

    fn derived_variants(&self) -> &Variants {
        let items = || (0..self.manifest.items).map(|ix| (self.item_id(ix), self.item_group(ix)));
        self.variants.get_or_init(|| Variants::of(items()))
    }
}
