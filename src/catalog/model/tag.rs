//! Tags: the attributes items share, numbered across the catalog.

use serde::{Serialize, Serializer};

/// The kind of a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Enum)]
pub enum TagKind {
    /// A step of Google's product category, named by the whole path to it.
    Category,
    /// A brand.
    Brand,
    /// A colour.
    Color,
    /// A size.
    Size,
    /// A material.
    Material,
    /// A pattern.
    Pattern,
    /// Male, female or unisex.
    Gender,
    /// Newborn to adult.
    AgeGroup,
    /// A step of the shop's own product type, named by the whole path to it.
    ProductType,
    /// Any other word the shop uses.
    Free,
}

impl TagKind {
    /// All kinds, in the order of their codes.
    pub const ALL: [Self; 10] = [
        Self::Category,
        Self::Brand,
        Self::Color,
        Self::Size,
        Self::Material,
        Self::Pattern,
        Self::Gender,
        Self::AgeGroup,
        Self::ProductType,
        Self::Free,
    ];

    /// The Merchant Center word, as used in `kind:name`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Category => "category",
            Self::Brand => "brand",
            Self::Color => "color",
            Self::Size => "size",
            Self::Material => "material",
            Self::Pattern => "pattern",
            Self::Gender => "gender",
            Self::AgeGroup => "age_group",
            Self::ProductType => "product_type",
            Self::Free => "tag",
        }
    }

    /// Reads the word of [`TagKind::name`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == word)
    }

    /// Later kinds read as free words.
    pub(crate) fn from_code(code: u8) -> Self {
        Self::ALL.get(usize::from(code)).copied().unwrap_or(Self::Free)
    }
}

impl Serialize for TagKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A tag as stored in the catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag<'a> {
    /// What it says.
    pub kind: TagKind,
    /// Its name as first written in the feed; a path for categories and product types.
    pub name: &'a str,
}

impl Tag<'_> {
    /// The last step of a path, the name itself otherwise.
    #[must_use]
    pub fn leaf(&self) -> &str {
        match self.kind {
            TagKind::Category | TagKind::ProductType => {
                self.name.rsplit('>').next().unwrap_or_default().trim()
            }
            _ => self.name,
        }
    }
}
