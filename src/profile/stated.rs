//! What the user said: favourites and refusals, kept under the purpose `preferences`.

use serde::{Serialize, Serializer};

use crate::base::codec::{Parts, Record};
use crate::base::limits::{PREFERENCES, TAG};
use crate::catalog::TagKind;
use crate::profile::ProfileError;

/// The kind of a preference. Numbers are stored: never reuse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Enum)]
#[repr(u8)]
pub enum PreferenceKey {
    /// A brand that the user likes.
    Brand = 1,
    /// A category of interest, by its path.
    Category = 2,
    /// A colour.
    Color = 3,
    /// A size that fits the user.
    Size = 4,
    /// A material.
    Material = 5,
    /// A pattern.
    Pattern = 6,
    /// Male, female or unisex goods.
    Gender = 7,
    /// Goods for an age group.
    AgeGroup = 8,
    /// Any other tag of the catalog.
    Interest = 9,
    /// More like this item.
    MoreLikeItem = 10,
    /// Less like this item, and not the item itself.
    LessLikeItem = 11,
    /// Never this brand.
    NeverBrand = 12,
    /// Never this category.
    NeverCategory = 13,
    /// Never this item.
    NeverItem = 14,
    /// What matters to the user in a product: the word of a `ReviewAspect`, such as `sustainability`. Other words mean nothing.
    Matters = 15,
}

const KEYS: [(PreferenceKey, &str); 15] = [
    (PreferenceKey::Brand, "brand"),
    (PreferenceKey::Category, "category"),
    (PreferenceKey::Color, "color"),
    (PreferenceKey::Size, "size"),
    (PreferenceKey::Material, "material"),
    (PreferenceKey::Pattern, "pattern"),
    (PreferenceKey::Gender, "gender"),
    (PreferenceKey::AgeGroup, "age_group"),
    (PreferenceKey::Interest, "interest"),
    (PreferenceKey::Matters, "matters"),
    (PreferenceKey::MoreLikeItem, "more_like"),
    (PreferenceKey::LessLikeItem, "less_like"),
    (PreferenceKey::NeverBrand, "never_brand"),
    (PreferenceKey::NeverCategory, "never_category"),
    (PreferenceKey::NeverItem, "never_item"),
];

impl PreferenceKey {
    /// Every key, in the order of a form.
    pub fn all() -> impl Iterator<Item = Self> {
        KEYS.iter().map(|k| k.0)
    }

    /// The word for it in exports and forms.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        KEYS.iter().find(|k| k.0 == self).map_or("", |k| k.1)
    }

    /// Reads the word of [`as_str`](Self::as_str).
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        KEYS.iter().find(|k| k.1 == word).map(|k| k.0)
    }

    fn from_code(code: u8) -> Option<Self> {
        KEYS.iter().find(|k| k.0 as u8 == code).map(|k| k.0)
    }

    /// The kind of tag it names, and whether it is a refusal.
    pub(crate) fn tag_kind(self) -> Option<(TagKind, bool)> {
        Some(match self {
            Self::Brand => (TagKind::Brand, false),
            Self::Category => (TagKind::Category, false),
            Self::Color => (TagKind::Color, false),
            Self::Size => (TagKind::Size, false),
            Self::Material => (TagKind::Material, false),
            Self::Pattern => (TagKind::Pattern, false),
            Self::Gender => (TagKind::Gender, false),
            Self::AgeGroup => (TagKind::AgeGroup, false),
            Self::Interest => (TagKind::Free, false),
            Self::NeverBrand => (TagKind::Brand, true),
            Self::NeverCategory => (TagKind::Category, true),
            Self::MoreLikeItem | Self::LessLikeItem | Self::NeverItem | Self::Matters => return None,
        })
    }
}

impl Serialize for PreferenceKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One stated preference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, uniffi::Record)]
pub struct Preference {
    /// The kind.
    pub key: PreferenceKey,
    /// The brand, category, colour …, or an item's id.
    pub value: String,
    /// When it was set, in milliseconds since 1970.
    pub set_at_ms: i64,
}

/// A preference and the device's own time when it was said, in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    preference: Preference,
    device_ms: i64,
}

/// Key, value, time.
type Entry = (u8, String, i64);
/// With the device's time as well.
type Timed = (Entry, i64);

/// Everything the user said, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Stated {
    known: Vec<Said>,
    /// Under keys of a later version: they mean nothing here and are kept.
    unknown: Vec<Timed>,
}

impl Stated {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Preference> {
        self.known.iter().map(|said| &said.preference)
    }

    /// The same without what is over.
    pub(crate) fn kept(&self, is_over: impl Fn(i64, i64) -> bool) -> Self {
        let known = self.known.iter().filter(|said| !is_over(said.preference.set_at_ms, said.device_ms));
        let unknown = self.unknown.iter().filter(|(entry, device_ms)| !is_over(entry.2, *device_ms));
        Self { known: known.cloned().collect(), unknown: unknown.cloned().collect() }
    }

    /// The same without what `keep` does not say.
    pub(crate) fn only(&self, keep: impl Fn(&Preference) -> bool) -> Self {
        let known = self.known.iter().filter(|said| keep(&said.preference)).cloned().collect();
        Self { known, unknown: self.unknown.clone() }
    }

    /// The same with one more; a favourite and a refusal of the same thing exclude each other.
    pub(crate) fn with(
        &self,
        key: PreferenceKey,
        value: &str,
        now_ms: i64,
        device_ms: i64,
    ) -> Result<Self, ProfileError> {
        TAG.text("value", value)?;
        let value = value.trim();
        if value.is_empty() {
            return Err(ProfileError::EmptyPreference);
        }
        let mut next = self.without(key, value);
        if let Some(other) = key.opposite() {
            next = next.without(other, value);
        }
        let preference = Preference { key, value: value.to_owned(), set_at_ms: now_ms };
        next.known.push(Said { preference, device_ms });
        PREFERENCES.entries("preferences", next.known.len())?;
        Ok(next)
    }

    /// Whether the same is said of the same thing, whenever that was.
    pub(crate) fn says(&self, preference: &Preference) -> bool {
        self.iter().any(|p| p.key == preference.key && p.value == preference.value)
    }

    /// The same without one.
    pub(crate) fn without(&self, key: PreferenceKey, value: &str) -> Self {
        let same = |p: &Preference| p.key == key && p.value == value.trim();
        let known = self.known.iter().filter(|said| !same(&said.preference)).cloned().collect();
        Self { known, unknown: self.unknown.clone() }
    }

    fn of(list: Vec<Timed>) -> Self {
        let mut stated = Self::default();
        for ((code, value, set_at_ms), device_ms) in list {
            match PreferenceKey::from_code(code) {
                Some(key) => {
                    let preference = Preference { key, value, set_at_ms };
                    stated.known.push(Said { preference, device_ms });
                }
                None => stated.unknown.push(((code, value, set_at_ms), device_ms)),
            }
        }
        stated
    }
}

impl Record for Stated {
    const WHAT: &'static str = "preferences";
    const VERSION: u8 = 3;
    const FIRST: u8 = 3;

    fn parts(&self) -> impl Serialize {
        let entry = |Said { preference: p, device_ms }: &Said| {
            ((p.key as u8, p.value.clone(), p.set_at_ms), *device_ms)
        };
        let known = self.known.iter().map(entry);
        known.chain(self.unknown.iter().cloned()).collect::<Vec<Timed>>()
    }

    fn read(parts: &mut Parts<'_>) -> Option<Self> {
        parts.next().map(Self::of)
    }

    fn read_old(version: u8, body: &mut Parts<'_>) -> Option<Self> {
        match version {
            1 => {
                let list: Vec<Entry> = body.next()?;
                Some(Self::of(list.into_iter().map(|entry| (entry.clone(), entry.2)).collect()))
            }
            2 => Self::read(body),
            _ => None,
        }
    }
}

impl PreferenceKey {
    fn opposite(self) -> Option<Self> {
        Some(match self {
            Self::Brand => Self::NeverBrand,
            Self::NeverBrand => Self::Brand,
            Self::Category => Self::NeverCategory,
            Self::NeverCategory => Self::Category,
            Self::MoreLikeItem => Self::LessLikeItem,
            Self::LessLikeItem => Self::MoreLikeItem,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::numbers;

    #[test]
    fn a_refusal_replaces_the_favourite_it_contradicts_and_reads_back() {
        let stated = Stated::default().with(PreferenceKey::Brand, " Acme ", 1, 11).unwrap();
        let stated = stated.with(PreferenceKey::Size, "M", 2, 12).unwrap();
        let stated = stated.with(PreferenceKey::NeverBrand, "Acme", 3, 13).unwrap();
        let keys: Vec<_> = stated.iter().map(|p| p.key).collect();
        assert_eq!(keys, [PreferenceKey::Size, PreferenceKey::NeverBrand]);
        let left = stated.kept(|set_at_ms, device_ms| (set_at_ms, device_ms) == (2, 12));
        assert_eq!(left.iter().map(|p| p.key).collect::<Vec<_>>(), [PreferenceKey::NeverBrand]);
        assert_eq!(Stated::decode(&stated.encode().unwrap()), Ok(stated));
    }

    #[test]
    fn a_list_of_the_first_version_reads_back() {
        let entries = vec![(PreferenceKey::Size as u8, "M".to_owned(), 5_i64), (99, "?".to_owned(), 6)];
        let stated = Stated::decode(&postcard::to_extend(&entries, vec![1]).unwrap()).unwrap();
        let [said] = &stated.known[..] else { panic!("an unknown key says nothing: {stated:?}") };
        assert_eq!((said.preference.set_at_ms, said.device_ms), (5, 5));
        let more = stated.with(PreferenceKey::Color, "red", 7, 7).unwrap();
        let again = Stated::decode(&more.encode().unwrap()).unwrap();
        assert_eq!(again.unknown, [((99, "?".to_owned(), 6), 6)], "and is kept");
        assert_eq!(again.kept(|set_at_ms, _| set_at_ms < 7).unknown, [], "for as long as all others");
    }

    #[test]
    fn limits_hold() {
        let long = "x".repeat(TAG.most + 1);
        assert!(Stated::default().with(PreferenceKey::Brand, &long, 0, 0).is_err());
        assert!(Stated::default().with(PreferenceKey::Brand, "  ", 0, 0).is_err());
        let full = (0..PREFERENCES.most)
            .try_fold(Stated::default(), |s, i| s.with(PreferenceKey::Interest, &i.to_string(), 0, 0))
            .unwrap();
        assert!(full.with(PreferenceKey::Interest, "one more", 0, 0).is_err());
        assert!(full.with(PreferenceKey::Interest, "7", 9, 9).is_ok(), "an old one may be said again");
    }

    #[test]
    fn numbers_stay_what_they_are() {
        numbers::hold("preference", KEYS.map(|(key, word)| (word.to_owned(), key as u32)));
    }

    #[test]
    fn every_key_has_a_word_of_its_own() {
        for (key, word) in KEYS {
            assert_eq!((key.as_str(), PreferenceKey::parse(word)), (word, Some(key)));
        }
    }
}
