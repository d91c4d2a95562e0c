//! The columns of a bundle: their numbers, the width of their cells, and where each one lies.

use std::ops::Range;

use crate::catalog::format::{COLUMN_ALIGN, Manifest};
use crate::catalog::{CatalogError, EMBEDDING_WIDTH};

macro_rules! columns {
    ($($(#[$doc:meta])* $name:ident = $number:literal: $width:literal, $cells:expr;)+) => {
        /// A column. Its number is part of the format and is never given to another.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u16)]
        pub(crate) enum Column { $($(#[$doc])* $name = $number,)+ }

        impl Column {
            /// Every column of this format.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Bytes of a cell.
            pub(crate) const fn width(self) -> u64 {
                match self { $(Self::$name => $width,)+ }
            }

            /// How many cells there have to be.
            fn cells(self) -> Cells {
                match self { $(Self::$name => $cells,)+ }
            }
        }
    };
}

/// How many cells a column has.
enum Cells {
    /// `per` for every item.
    Items { per: u64 },
    /// The starts of the items' runs in another column, and its end.
    ItemRows,
    /// One for every tag.
    Tags,
    /// The starts of the tags' runs in another column, and its end.
    TagRows,
    /// The starts of the tokens' runs in another column, and its end.
    TokenRows,
    /// Whatever the rows say.
    Free,
}

use Cells::{Free, ItemRows, Items, TagRows, Tags, TokenRows};

columns! {
    /// Runs of `IdBytes`.
    IdRows = 1: 4, ItemRows;
    /// Item ids, UTF-8.
    IdBytes = 2: 1, Free;
    /// Items sorted by id.
    IdOrder = 3: 4, Items { per: 1 };
    /// Runs of `TitleBytes`.
    TitleRows = 4: 4, ItemRows;
    /// Titles, UTF-8.
    TitleBytes = 5: 1, Free;
    /// Runs of `GroupBytes`.
    GroupRows = 6: 4, ItemRows;
    /// Item group ids, UTF-8.
    GroupBytes = 7: 1, Free;
    /// Runs of `LinkBytes`.
    LinkRows = 8: 4, ItemRows;
    /// Product pages without their common prefix, UTF-8.
    LinkBytes = 9: 1, Free;
    /// Runs of `ImageBytes`.
    ImageRows = 10: 4, ItemRows;
    /// Main pictures without their common prefix, UTF-8.
    ImageBytes = 11: 1, Free;
    /// Regular price, i64 minor units; `i64::MIN` = none.
    Price = 12: 8, Items { per: 1 };
    /// Reduced price, i64 minor units; `i64::MIN` = none.
    SalePrice = 13: 8, Items { per: 1 };
    /// First minute of the sale since 1970; 0 = since ever.
    SaleFrom = 14: 4, Items { per: 1 };
    /// First minute after the sale; `u32::MAX` = never ends.
    SaleUntil = 15: 4, Items { per: 1 };
    /// Place in the manifest's list of currencies; 255 = none.
    Currency = 16: 1, Items { per: 1 };
    /// Natural logarithm of the price in major units, f32; not a number = none.
    LogPrice = 17: 4, Items { per: 1 };
    /// Code of the availability.
    Availability = 18: 1, Items { per: 1 };
    /// Bits of the sensitive tags, u16.
    Sensitive = 19: 2, Items { per: 1 };
    /// Tag of the brand; `u32::MAX` = none.
    Brand = 20: 4, Items { per: 1 };
    /// Tag of the most specific category; `u32::MAX` = none.
    Category = 21: 4, Items { per: 1 };
    /// Runs of `ItemTags`.
    ItemTagRows = 22: 4, ItemRows;
    /// The items' tags, ascending.
    ItemTags = 23: 4, Free;
    /// Codes of the tags' kinds.
    TagKinds = 24: 1, Tags;
    /// Runs of `TagBytes`.
    TagNameRows = 25: 4, TagRows;
    /// Tag names, UTF-8, sorted by kind and lowercase name.
    TagBytes = 26: 1, Free;
    /// Runs of `TagItems`.
    TagItemRows = 27: 4, TagRows;
    /// The tags' items, ascending.
    TagItems = 28: 4, Free;
    /// Runs of `Neighbours`.
    NeighbourRows = 29: 4, ItemRows;
    /// Neighbouring items, strongest first.
    Neighbours = 30: 4, Free;
    /// Strength of each neighbour in steps of the item's scale.
    NeighbourWeights = 31: 1, Free;
    /// What one step is worth, f32.
    NeighbourScale = 32: 4, Items { per: 1 };
    /// Embeddings, i8.
    Embeddings = 33: 1, Items { per: EMBEDDING_WIDTH as u64 };
    /// Bit 0: cold.
    Flags = 34: 1, Items { per: 1 };
    /// Popularity, f32.
    Popularity = 35: 4, Items { per: 1 };
    /// Popularity over the last 45 days, f32.
    RecentPopularity = 36: 4, Items { per: 1 };
    /// Mean days until it is bought again, f32; 0 = not known.
    RepurchaseDays = 37: 4, Items { per: 1 };
    /// Items, most popular first.
    ByPopularity = 38: 4, Items { per: 1 };
    /// Runs of `TokenBytes`.
    TokenRowsOf = 39: 4, TokenRows;
    /// Folded words, UTF-8, sorted.
    TokenBytes = 40: 1, Free;
    /// Runs of `Postings`.
    PostingRows = 41: 4, TokenRows;
    /// Items that hold the word, ascending.
    Postings = 42: 4, Free;
    /// How much the item is about the word.
    PostingWeights = 43: 1, Free;
    /// Sum of an item's posting weights, u16.
    TextLength = 44: 2, Items { per: 1 };
}

/// Rows and what they are runs of.
pub(crate) const RUNS: [(Column, Column); 11] = [
    (Column::IdRows, Column::IdBytes),
    (Column::TitleRows, Column::TitleBytes),
    (Column::GroupRows, Column::GroupBytes),
    (Column::LinkRows, Column::LinkBytes),
    (Column::ImageRows, Column::ImageBytes),
    (Column::ItemTagRows, Column::ItemTags),
    (Column::TagNameRows, Column::TagBytes),
    (Column::TagItemRows, Column::TagItems),
    (Column::NeighbourRows, Column::Neighbours),
    (Column::TokenRowsOf, Column::TokenBytes),
    (Column::PostingRows, Column::Postings),
];

const SLOTS: usize = 64;

/// Where each column lies in the bundle.
#[derive(Debug, Clone)]
pub(crate) struct Layout(Vec<Range<usize>>);

impl Layout {
    /// A layout of nothing: every column is empty.
    pub(crate) fn empty() -> Self {
        Self(vec![0..0; SLOTS])
    }

    /// Checks the directory of `manifest` against `body`, the bytes of the file that hold the body.
    pub(crate) fn of(manifest: &Manifest, body: Range<usize>) -> Result<Self, CatalogError> {
        let damaged = || CatalogError::damaged("column directory");
        let mut layout = Self::empty();
        let mut found = [false; SLOTS];
        for entry in &manifest.columns {
            let end = entry
                .offset
                .checked_add(entry.bytes)
                .filter(|end| *end <= manifest.body_bytes)
                .ok_or_else(damaged)?;
            if entry.offset % COLUMN_ALIGN != 0 {
                return Err(damaged());
            }
            let Some(slot) = layout.0.get_mut(usize::from(entry.column)) else {
                continue;
            };
            let seen = found.get_mut(usize::from(entry.column)).ok_or_else(damaged)?;
            if std::mem::replace(seen, true) {
                return Err(damaged());
            }
            let at =
                |offset: u64| usize::try_from(offset).ok().and_then(|offset| body.start.checked_add(offset));
            *slot = at(entry.offset).ok_or_else(damaged)?
                ..at(end).filter(|end| *end <= body.end).ok_or_else(damaged)?;
        }
        for column in Column::ALL {
            let present = found.get(*column as usize).copied().unwrap_or_default();
            if !present || !column.fits(layout.range(*column).len() as u64, manifest) {
                return Err(damaged());
            }
        }
        Ok(layout)
    }

    pub(crate) fn range(&self, column: Column) -> Range<usize> {
        self.0.get(column as usize).cloned().unwrap_or_default()
    }
}

impl Column {
    fn fits(self, bytes: u64, manifest: &Manifest) -> bool {
        let cells = match self.cells() {
            Items { per } => u64::from(manifest.items) * per,
            ItemRows => u64::from(manifest.items) + 1,
            Tags => u64::from(manifest.tags),
            TagRows => u64::from(manifest.tags) + 1,
            TokenRows => u64::from(manifest.tokens) + 1,
            Free => return bytes.is_multiple_of(self.width()),
        };
        cells * self.width() == bytes
    }
}

#[cfg(test)]
mod numbers_of_columns {
    use super::*;
    use crate::base::numbers;
    use crate::catalog::{Availability, TagKind};

    #[test]
    fn numbers_stay_what_they_are() {
        numbers::hold("column", Column::ALL.iter().map(|c| (format!("{c:?}"), *c as u32)));
        numbers::hold("tag_kind", (0..).zip(TagKind::ALL).map(|(code, kind)| (kind.name().to_owned(), code)));
        use Availability as A;
        let all = [A::InStock, A::OutOfStock, A::Preorder, A::Backorder];
        numbers::hold("availability", all.map(|a| (format!("{a:?}"), a as u32)));
    }
}
