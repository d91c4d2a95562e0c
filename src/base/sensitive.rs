//! What makes an item sensitive: the twelve tags and a set of them.

use serde::{Deserialize, Serialize};

/// A sensitive topic: interest in such an item reveals something intimate about a user. Numbers are stored: never
/// reuse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum SensitiveTag {
    /// Illness, medicine, disability.
    Health = 0,
    /// Sex life, intimate underwear, intimate care.
    Intimate = 1,
    /// Pregnancy and fertility.
    Pregnancy = 2,
    /// Religion or belief.
    Religion = 3,
    /// Ethnic origin.
    Ethnicity = 4,
    /// Political opinion.
    Politics = 5,
    /// Trade union membership.
    Union = 6,
    /// Sexual orientation and identity.
    Sexuality = 7,
    /// Biometric or genetic data.
    Biometric = 8,
    /// Items that reveal that the user is a child.
    Minor = 9,
    /// Debt, pawn, bankruptcy.
    FinancialDistress = 10,
    /// Alcohol, tobacco, gambling, and quitting them.
    Addiction = 11,
}

impl SensitiveTag {
    /// All tags, in the order of their bits.
    pub const ALL: [Self; 12] = [
        Self::Health,
        Self::Intimate,
        Self::Pregnancy,
        Self::Religion,
        Self::Ethnicity,
        Self::Politics,
        Self::Union,
        Self::Sexuality,
        Self::Biometric,
        Self::Minor,
        Self::FinancialDistress,
        Self::Addiction,
    ];

    /// The word used in feeds and policies, such as `financial_distress`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Health => "health",
            Self::Intimate => "intimate",
            Self::Pregnancy => "pregnancy",
            Self::Religion => "religion",
            Self::Ethnicity => "ethnicity",
            Self::Politics => "politics",
            Self::Union => "union",
            Self::Sexuality => "sexuality",
            Self::Biometric => "biometric",
            Self::Minor => "minor",
            Self::FinancialDistress => "financial_distress",
            Self::Addiction => "addiction",
        }
    }

    /// Reads the word; spaces and hyphens count as underscores, case does not matter.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let word = word.trim().to_ascii_lowercase().replace([' ', '-'], "_");
        Self::ALL.into_iter().find(|tag| tag.name() == word)
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// A set of [`SensitiveTag`]s, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct SensitiveTags(u16);

impl SensitiveTags {
    /// No tag.
    pub const NONE: Self = Self(0);

    /// From bits as stored; bits without a meaning yet are kept, so that a newer tag still counts as sensitive.
    #[must_use]
    pub const fn from_bits(bits: u16) -> Self {
        Self(bits)
    }

    /// The bits, in the order of [`SensitiveTag::ALL`].
    #[must_use]
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// Whether nothing is sensitive.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether `tag` is in the set.
    #[must_use]
    pub const fn contains(self, tag: SensitiveTag) -> bool {
        self.0 & tag.bit() != 0
    }

    /// Whether every tag of this set is in `allowed`, unknown ones included.
    #[must_use]
    pub const fn is_subset_of(self, allowed: Self) -> bool {
        self.0 & !allowed.0 == 0
    }

    /// Both sets together.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The tags of the set that have a name.
    pub fn iter(self) -> impl Iterator<Item = SensitiveTag> {
        SensitiveTag::ALL.into_iter().filter(move |tag| self.contains(*tag))
    }
}

impl FromIterator<SensitiveTag> for SensitiveTags {
    fn from_iter<I: IntoIterator<Item = SensitiveTag>>(tags: I) -> Self {
        Self(tags.into_iter().fold(0, |bits, tag| bits | tag.bit()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::numbers;

    #[test]
    fn numbers_stay_what_they_are() {
        let named = SensitiveTag::ALL.map(|tag| (tag.name().to_owned(), tag as u32));
        numbers::hold("sensitive_tag", named);
        numbers::hold_places("sensitive_tag_place", SensitiveTag::ALL);
    }

    #[test]
    fn an_unknown_bit_is_never_a_subset() {
        let all: SensitiveTags = SensitiveTag::ALL.into_iter().collect();
        assert!(!SensitiveTags::from_bits(1 << 15).is_subset_of(all));
        assert!(!SensitiveTags::from_bits(1 << 15).is_empty());
    }

    #[test]
    fn words_are_read_back() {
        for tag in SensitiveTag::ALL {
            assert_eq!(SensitiveTag::parse(tag.name()), Some(tag));
        }
        assert_eq!(SensitiveTag::parse(" Financial-Distress "), Some(SensitiveTag::FinancialDistress));
        assert_eq!(SensitiveTag::parse("helath"), None);
    }
}
