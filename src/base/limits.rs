//! How much an app may hand in: one table of every bound on texts, lists, documents and numbers.
//!
//! A call that breaks a bound is refused before anything is stored or changed, with the argument
//! and the bound in the error ([`OutOfBounds`], for an app `InvalidArgument`); an event is dropped
//! as `Invalid`, and a document is `Rejected`. Nothing is cut off silently. A denial is always
//! carried out: the surface and the locale of a refusal or withdrawal are [cut](crate::limits::Bound::cut)
//! instead, and every denial in signals counts.
//!
//! The user's own copy has no limit of its own: it is as long as the stored data, and each record
//! is within these limits.
//!
//! [`OutOfBounds`]: crate::limits::OutOfBounds

/// What a bound counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Bytes of a document, or of a text in UTF-8.
    Bytes,
    /// Entries of a list or a map.
    Entries,
    /// How many are wanted, at least one.
    Number,
}

/// The most that is taken of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// Its name in this table.
    pub name: &'static str,
    /// The most that is taken.
    pub most: usize,
    /// What is counted.
    pub unit: Unit,
}

/// An argument that breaks a bound. It holds nothing of the argument but how much of it there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {}", self.detail())]
pub struct OutOfBounds {
    /// Which argument, or field of one.
    pub field: &'static str,
    /// The bound.
    pub bound: Bound,
    /// What was found: bytes, entries, or the number.
    pub found: usize,
}

impl OutOfBounds {
    /// The bound and what was found, such as "it must be between 1 and 200, not 201".
    #[must_use]
    pub fn detail(&self) -> String {
        match self.bound.unit {
            Unit::Number => format!("{}, not {}", self.bound, signed(self.found)),
            Unit::Bytes | Unit::Entries => format!("{}, and has {}", self.bound, self.found),
        }
    }
}

/// Languages without unsigned numbers pass one below zero as its two's complement in 32 bits.
fn signed(found: usize) -> i64 {
    let wrapped = u32::try_from(found).map(u32::cast_signed).ok().filter(|number| *number < 0);
    wrapped.map_or_else(|| i64::try_from(found).unwrap_or(i64::MAX), i64::from)
}

impl std::fmt::Display for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.unit {
            Unit::Bytes => write!(f, "it may have at most {} bytes", self.most),
            Unit::Entries => write!(f, "it may have at most {} entries", self.most),
            Unit::Number => write!(f, "it must be between 1 and {}", self.most),
        }
    }
}

impl Bound {
    /// Whether so much is within the bound.
    #[must_use]
    pub const fn takes(self, size: usize) -> bool {
        size <= self.most
    }

    fn check(self, field: &'static str, size: usize) -> Result<(), OutOfBounds> {
        if self.takes(size) { Ok(()) } else { Err(OutOfBounds { field, bound: self, found: size }) }
    }

    /// Checks a text.
    ///
    /// # Errors
    /// [`OutOfBounds`], here and below.
    pub fn text(self, field: &'static str, text: &str) -> Result<(), OutOfBounds> {
        self.check(field, text.len())
    }

    /// Checks how many entries something has.
    ///
    /// # Errors
    /// [`OutOfBounds`].
    pub fn entries(self, field: &'static str, entries: usize) -> Result<(), OutOfBounds> {
        self.check(field, entries)
    }

    /// Checks how long a list of texts is, and each of them against the bound `each`.
    ///
    /// # Errors
    /// [`OutOfBounds`].
    pub fn texts(self, each: Self, field: &'static str, texts: &[String]) -> Result<(), OutOfBounds> {
        self.entries(field, texts.len())?;
        texts.iter().try_for_each(|text| each.text(field, text))
    }

    /// Checks how many are wanted: none cannot be meant.
    ///
    /// # Errors
    /// [`OutOfBounds`].
    pub fn number(self, field: &'static str, number: u32) -> Result<(), OutOfBounds> {
        let wanted = usize::try_from(number).unwrap_or(usize::MAX);
        if wanted == 0 {
            Err(OutOfBounds { field, bound: self, found: 0 })
        } else {
            self.check(field, wanted)
        }
    }

    /// As much of a text as is within the bound, in whole characters.
    #[must_use]
    pub fn cut(self, text: &str) -> &str {
        let end = (0..=self.most.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
        text.get(..end.unwrap_or(0)).unwrap_or_default()
    }
}

macro_rules! bounds {
    ($($(#[$doc:meta])* $name:ident: $unit:ident = $most:expr;)*) => {
        $($(#[$doc])* pub const $name: Bound =
            Bound { name: stringify!($name), most: $most, unit: Unit::$unit };)*

        /// Every bound of the table, in order.
        pub const ALL: &[Bound] = &[$($name),*];
    };
}

bounds! {
    /// A shop's name: it is part of key aliases and file names.
    STORE_ID: Bytes = 64;
    /// A path to a folder or a file: no system takes longer ones.
    PATH: Bytes = 4096;
    /// The absolute path of an engine's folder: SQLite takes 511 bytes, with the names of its files.
    DIRECTORY: Bytes = 400;
    /// The reason that a key store or a transport gives for a failure. The rest of it is cut off.
    REASON: Bytes = 1024;
    /// A signed consent policy, all texts in all languages included.
    POLICY: Bytes = 1 << 20;
    /// A name or an address in a policy: it is on every notice and in every receipt.
    POLICY_NAME: Bytes = 1024;
    /// Keys of a consent platform that a policy reads: what they say is kept in one record.
    POLICY_KEYS: Entries = 32;
    /// A signed task set: 64 questions with 256 named answers each stay far below.
    TASK_SET: Bytes = 256 << 10;
    /// The manifest of a catalog bundle, which is read into memory before its signature is checked.
    MANIFEST: Bytes = 4 << 20;
    /// A signed patch of a catalog, which is read into memory before its signature is checked: a million items.
    PATCH: Bytes = 16 << 20;
    /// The signed list of the files that a shop publishes: hundreds of deltas.
    LATEST: Bytes = 64 << 10;
    /// The signed list of a shop's keys: hundreds of changes.
    KEY_CHANGES: Bytes = 64 << 10;
    /// The shop's plan in a bundle, which is read at once: every list of it at its longest stays below.
    PLAN: Bytes = 1 << 20;
    /// A vector of the app's own recogniser, and of an item: the widest models in use have 4096 numbers.
    VECTOR: Entries = 4096;
    /// An address.
    URL: Bytes = 2048;
    /// The body of a catalog bundle, which is held in memory: half the address space of a 32-bit phone.
    BUNDLE: Bytes = 1 << 31;
    /// Where in the app something happened, a word or a path of words. It is kept in receipts.
    SURFACE: Bytes = 128;
    /// A locale such as `de-AT`, with room for every extension of BCP 47. It is kept in receipts.
    LOCALE: Bytes = 128;
    /// Purposes, choices or answers in one call: there are twelve purposes, and duplicates are merged. Of more, what says no counts.
    CHOICES: Entries = 64;
    /// Regions that a device hints at: locale, time zone, SIM cards.
    REGION_HINTS: Entries = 16;
    /// Keys of a consent platform: TCF and GPP define fewer than two hundred.
    PLATFORM_KEYS: Entries = 1000;
    /// The name of such a key.
    PLATFORM_KEY: Bytes = 128;
    /// Its value: the longest in the field, a list of a thousand vendors, has five thousand.
    PLATFORM_VALUE: Bytes = 16 << 10;
    /// An identifier of an item, order, list, ranking, promotion or experiment (Google Merchant
    /// Center allows items 50 characters), or a kind of payment or delivery.
    ID: Bytes = 128;
    /// Items that a call names: more than a cart or a page holds.
    ITEM_IDS: Entries = 1000;
    /// Items of one event, as in GA4.
    EVENT_ITEMS: Entries = 200;
    /// Pieces of one item in an event: more than any cart holds.
    QUANTITY: Number = 10_000;
    /// What is typed into a search field; GA4 keeps 100 characters of it.
    SEARCH_TERM: Bytes = 400;
    /// A brand, category path, colour or other word of the catalog, as a filter or a preference.
    TAG: Bytes = 512;
    /// Values of one filter.
    FILTER_VALUES: Entries = 100;
    /// Reviews of one product in one call: more than a page holds.
    REVIEWS: Entries = 500;
    /// Aspects of one review: each of them twice.
    REVIEW_ASPECTS: Entries = 16;
    /// Segments that a preview is of.
    SEGMENTS: Entries = 100;
    /// Preferences that are kept: a user can look through so many.
    PREFERENCES: Entries = 200;
    /// Products of a list: each is scored and explained.
    LIST: Number = 200;
    /// Products on a widget, which is drawn from one small file.
    WIDGET: Number = 50;
    /// Completions of what is being typed.
    SUGGESTIONS: Number = 50;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_text_is_within_the_bound_and_whole() {
        let long = "ü".repeat(SURFACE.most);
        for text in ["", "settings", &long, &format!("x{long}")] {
            let cut = SURFACE.cut(text);
            assert!(text.starts_with(cut) && SURFACE.takes(cut.len()));
            assert!(cut == text || cut.len() + 1 >= SURFACE.most, "{}", cut.len());
        }
    }
}
