//! The columns of a bundle: their numbers, the width and number of their cells, and how an item's value is read. A new one is
//! a line here and its values in `operator/build/columns.rs`.

use crate::catalog::format::Manifest;
use crate::catalog::{Catalog, EMBEDDING_WIDTH};

macro_rules! columns {
    (@hot) => { false };
    (@hot hot) => { true };
    (@read $(#[$doc:meta])* $name:ident) => {};
    (@read $(#[$doc:meta])* $name:ident $read:ident: $type:ty) => {
        $(#[$doc])*
        ///
        /// Zero for what does not exist.
        #[must_use]
        pub fn $read(&self, ix: u32) -> $type {
            self.cell(Column::$name, ix).unwrap_or_default()
        }
    };
    ($($(#[$doc:meta])* $name:ident = $number:literal: $width:literal, $cells:expr $(, $hot:ident)? $(=> $read:ident: $type:ty)?;)+) => {
        /// A column. Its number is part of the format and is never given to another.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u16)]
        pub(crate) enum Column { $($(#[$doc])* $name = $number,)+ }

        impl Column {
            /// Every column that this version knows.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Bytes of a cell.
            pub(crate) const fn width(self) -> u64 {
                match self { $(Self::$name => $width,)+ }
            }

            /// How many cells there have to be.
            const fn kind(self) -> Cells {
                match self { $(Self::$name => $cells,)+ }
            }

            /// Whether every ranking needs it, so that it is read when the catalog is opened.
            #[cfg_attr(not(unix), allow(dead_code, reason = "all columns are read"))]
            pub(crate) const fn hot(self) -> bool {
                match self { $(Self::$name => columns!(@hot $($hot)?),)+ }
            }
        }

        impl Catalog {
            $(columns! { @read $(#[$doc])* $name $($read: $type)? })+
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
    /// One for every token.
    Tokens,
    /// The starts of the tokens' runs in another column, and its end.
    TokenRows,
    /// Whatever the rows say.
    Free,
}

use Cells::{Free, ItemRows, Items, TagRows, Tags, TokenRows, Tokens};

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
    Price = 12: 8, Items { per: 1 }, hot;
    /// Reduced price, i64 minor units; `i64::MIN` = none.
    SalePrice = 13: 8, Items { per: 1 }, hot;
    /// First minute of the sale since 1970; 0 = since ever.
    SaleFrom = 14: 4, Items { per: 1 }, hot;
    /// First minute after the sale; `u32::MAX` = never ends.
    SaleUntil = 15: 4, Items { per: 1 }, hot;
    /// Place in the manifest's list of currencies; 255 = none.
    Currency = 16: 1, Items { per: 1 }, hot;
    /// Natural logarithm of the price in major units, f32; not a number = none.
    LogPrice = 17: 4, Items { per: 1 }, hot;
    /// Code of the availability.
    Availability = 18: 1, Items { per: 1 }, hot;
    /// Bits of the sensitive tags, u16.
    Sensitive = 19: 2, Items { per: 1 }, hot;
    /// Tag of the brand; `u32::MAX` = none.
    Brand = 20: 4, Items { per: 1 }, hot;
    /// Tag of the most specific category; `u32::MAX` = none.
    Category = 21: 4, Items { per: 1 }, hot;
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
    Embeddings = 33: 1, Items { per: EMBEDDING_WIDTH as u64 }, hot;
    /// Bit 0: cold.
    Flags = 34: 1, Items { per: 1 }, hot;
    /// How often the item was bought or viewed.
    Popularity = 35: 4, Items { per: 1 }, hot => popularity: f32;
    /// The same over the last 45 days before training.
    RecentPopularity = 36: 4, Items { per: 1 }, hot => recent_popularity: f32;
    /// Mean days until the same buyer buys it again; 0 = not known.
    RepurchaseDays = 37: 4, Items { per: 1 }, hot => repurchase_days: f32;
    /// Items, most popular first.
    ByPopularity = 38: 4, Items { per: 1 }, hot;
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
    /// How many items before it the first variant of its product is; 0 = it is the first.
    FirstVariant = 45: 4, Items { per: 1 }, hot;
    /// How many items after it the next variant of its product is; 0 = it is the last.
    NextVariant = 46: 4, Items { per: 1 }, hot;
    /// First variants of the products that have an id of their own, sorted by it.
    ProductOrder = 47: 4, Free;
    /// How many tokens after it the next one of the same stem is; 0 = it is the last.
    TokenStems = 48: 1, Tokens;
    /// Length and letters of a token; 0 = it is not compared with mistyped words.
    TokenLetters = 49: 4, Tokens;
    /// Runs of `SynonymBytes`.
    SynonymRows = 50: 4, Free;
    /// Words with synonyms, sorted: in each text the words and, each in a line, what they mean. UTF-8.
    SynonymBytes = 51: 1, Free;
    /// Runs of `Ridge`.
    RidgeRows = 54: 4, ItemRows;
    /// Items that an item makes likely by itself, strongest first.
    Ridge = 55: 4, Free;
    /// Strength of each in steps of the item's scale.
    RidgeWeights = 56: 1, Free;
    /// What one step is worth, f32.
    RidgeScale = 57: 4, Items { per: 1 };
    /// Runs of `Complements`.
    ComplementRows = 58: 4, ItemRows;
    /// Items that go with the item, the surest first.
    Complements = 59: 4, Free;
    /// How surely each does, in steps of the item's scale.
    ComplementWeights = 60: 1, Free;
    /// What one step is worth, f32.
    ComplementScale = 61: 4, Items { per: 1 };
    /// Runs of `Together`.
    TogetherRows = 62: 4, ItemRows;
    /// Items of the same baskets or sessions, strongest first.
    Together = 63: 4, Free;
    /// Strength of each in steps of the item's scale.
    TogetherWeights = 64: 1, Free;
    /// What one step is worth, f32.
    TogetherScale = 65: 4, Items { per: 1 };
    /// The merchant's vectors, i8, equally many for every item; all zero = the item has none.
    Vectors = 70: 1, Free;
    /// Runs of `PlanBytes`.
    PlanRows = 80: 4, Free;
    /// The shop's plan: one text, JSON.
    PlanBytes = 81: 1, Free;
    /// Code of the country's sizing that an item's size is of; 0 = the feed does not say.
    SizeSystem = 90: 1, Items { per: 1 } => size_system: u8;
}

/// Rows and what they are runs of. Texts have rows in format 1 only.
pub(crate) const RUNS: [(Column, Column); 16] = [
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
    (Column::SynonymRows, Column::SynonymBytes),
    (Column::ComplementRows, Column::Complements),
    (Column::TogetherRows, Column::Together),
    (Column::RidgeRows, Column::Ridge),
    (Column::PlanRows, Column::PlanBytes),
];

/// A list of items for every item, with strengths: what is similar, what follows.
pub(crate) struct Related {
    /// Runs of the other two.
    pub(crate) rows: Column,
    /// The items, strongest first.
    pub(crate) items: Column,
    /// The strength of each, in steps.
    pub(crate) steps: Column,
    /// What one step is worth.
    pub(crate) scale: Column,
}

macro_rules! related {
    ($($(#[$doc:meta])* $name:ident = $rows:ident, $items:ident, $steps:ident, $scale:ident;)+) => {
        $($(#[$doc])*
        pub(crate) const $name: Related = Related {
            rows: Column::$rows,
            items: Column::$items,
            steps: Column::$steps,
            scale: Column::$scale,
        };)+

        /// Every such list.
        pub(crate) const RELATED: [&Related; [$(&$name),+].len()] = [$(&$name),+];
    };
}

related! {
    /// Items that follow or go with an item.
    NEIGHBOURS = NeighbourRows, Neighbours, NeighbourWeights, NeighbourScale;
    /// Items of the same baskets or sessions.
    TOGETHER = TogetherRows, Together, TogetherWeights, TogetherScale;
    /// Items that an item makes likely by itself.
    RIDGE = RidgeRows, Ridge, RidgeWeights, RidgeScale;
    /// Items of other kinds that are bought with an item.
    COMPLEMENTS = ComplementRows, Complements, ComplementWeights, ComplementScale;
}

/// The bit of a posting weight of a word that names an item, in bundles that tell the stems of words. A word without it is only
/// said of the item.
pub(crate) const NAMED: u8 = 1;

/// What `SaleFrom` and `SaleUntil` count.
pub(crate) const MINUTE_MS: i64 = 60_000;
/// A sale that began long ago and does not end.
pub(crate) const ALWAYS: (u32, u32) = (0, u32::MAX);

/// The last column that every bundle has. A reader does without those that came later.
const LAST_OF_ALL_BUNDLES: Column = Column::TextLength;

impl Column {
    /// The column of this number.
    pub(crate) fn numbered(number: u16) -> Option<Self> {
        Self::ALL.iter().copied().find(|column| *column as u16 == number)
    }

    /// Whether a bundle without it is damaged, and a reader that does not know it has to refuse the bundle.
    pub(crate) const fn required(self) -> bool {
        self as u16 <= LAST_OF_ALL_BUNDLES as u16
    }

    /// The column that says where its runs begin.
    pub(crate) fn rows(self) -> Option<Self> {
        RUNS.into_iter().find(|(_, cells)| *cells == self).map(|(rows, _)| rows)
    }

    /// The texts that it would be the rows of.
    pub(crate) fn rows_of_texts(self) -> bool {
        RUNS.into_iter().any(|(rows, cells)| rows == self && cells.is_texts())
    }

    /// Whether its runs are texts.
    pub(crate) fn is_texts(self) -> bool {
        self.width() == 1 && self.rows().is_some()
    }

    /// Whether its cells say where runs begin.
    #[cfg(feature = "operator")]
    pub(crate) fn is_rows(self) -> bool {
        matches!(self.kind(), ItemRows | TagRows | TokenRows)
    }

    /// Whether the manifest tells the number of its cells.
    #[cfg(feature = "operator")]
    pub(crate) fn counted(self) -> bool {
        !matches!(self.kind(), Free)
    }

    /// Number of its cells; nothing for what only its rows tell.
    pub(crate) fn cells(self, manifest: &Manifest) -> Option<u64> {
        Some(match self.kind() {
            Items { per } => u64::from(manifest.items) * per,
            ItemRows => u64::from(manifest.items) + 1,
            Tags => u64::from(manifest.tags),
            TagRows => u64::from(manifest.tags) + 1,
            Tokens => u64::from(manifest.tokens),
            TokenRows => u64::from(manifest.tokens) + 1,
            Free => return None,
        })
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
