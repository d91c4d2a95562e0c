//! What is asked of a ranking.

use crate::base::money::Money;
use crate::base::sensitive::SensitiveTags;
use crate::catalog::{Catalog, TagKind};
use crate::profile::Intensity;

/// The kind of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum ShelfKind {
    /// Recommended for this user.
    ForYou,
    /// Similar to the seeds.
    Similar,
    /// Bought together with the seeds: products of other kinds that they are bought with more often than by chance.
    BoughtTogether,
    /// Complements the seeds: as `BoughtTogether`, with the best product of each category.
    CompleteTheLook,
    /// What this user may need again.
    BuyAgain,
    /// Goes with the cart, which is given as seeds: as `BoughtTogether`, and of no kind that is in the cart.
    Cart,
    /// What this user may want next: what follows the latest products and is new to them, and what is due again.
    NextUp,
    /// What all users buy at present.
    Trending,
}

impl ShelfKind {
    /// The kind of a word in a plan, of those that need no products to start from.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "" | "for_you" => Self::ForYou,
            "buy_again" => Self::BuyAgain,
            "next_up" => Self::NextUp,
            "trending" => Self::Trending,
            _ => return None,
        })
    }
}

/// What happens to items that the user viewed or bought before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, uniffi::Enum)]
pub enum Seen {
    /// What was bought is excluded until it is due again, where it is used up, and else for good. Lists of similar products
    /// and of what to buy again keep it.
    #[default]
    ByShop,
    /// All of them stay.
    Keep,
    /// All of them are excluded.
    Exclude,
}

/// Only matching items are shown. Within one filter any value may match; all filters that are set must match.
#[derive(Debug, Clone, PartialEq, Eq, Default, uniffi::Record)]
pub struct Filters {
    /// Brand names.
    #[uniffi(default = [])]
    pub brands: Vec<String>,
    /// Category paths, Google's or the shop's own.
    #[uniffi(default = [])]
    pub categories: Vec<String>,
    /// Colours.
    #[uniffi(default = [])]
    pub colors: Vec<String>,
    /// Sizes.
    #[uniffi(default = [])]
    pub sizes: Vec<String>,
    /// Any other tags.
    #[uniffi(default = [])]
    pub tags: Vec<String>,
    /// Lowest price, in a currency that the catalog sells in. What is priced in another one does not match.
    #[uniffi(default = None)]
    pub min_price: Option<Money>,
    /// Highest price, at least the lowest and in its currency. What is priced in another one does not match.
    #[uniffi(default = None)]
    pub max_price: Option<Money>,
}

/// Filters against one catalog.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    any_of: Vec<Vec<u32>>,
    min: Option<Money>,
    max: Option<Money>,
    /// The sensitive topics that the categories stand for: who asks for one names it.
    pub(crate) topics: SensitiveTags,
}

impl Filter {
    pub(crate) fn of(catalog: &Catalog, filters: &Filters) -> Self {
        use TagKind as K;
        let groups: [(&Vec<String>, &[K]); 5] = [
            (&filters.brands, &[K::Brand]),
            (&filters.categories, &[K::Category, K::ProductType]),
            (&filters.colors, &[K::Color]),
            (&filters.sizes, &[K::Size]),
            (&filters.tags, &[K::Free, K::Material, K::Pattern, K::Gender, K::AgeGroup]),
        ];
        let found = |names: &Vec<String>, kinds: &[K]| {
            let pairs = names.iter().flat_map(|n| kinds.iter().map(move |&k| (k, n)));
            pairs.filter_map(|(kind, name)| catalog.find_tag(kind, name)).collect::<Vec<u32>>()
        };
        let any_of = groups.iter().filter(|g| !g.0.is_empty()).map(|g| found(g.0, g.1)).collect();
        let categories: Vec<u32> = found(&filters.categories, &[K::Category, K::ProductType]);
        let topics = categories.iter().map(|tag| catalog.topics_of(catalog.items_with_tag(*tag)));
        let topics = topics.fold(SensitiveTags::NONE, SensitiveTags::union);
        Self { any_of, min: filters.min_price.clone(), max: filters.max_price.clone(), topics }
    }

    /// Whether an item fits.
    pub(crate) fn passes(&self, catalog: &Catalog, ix: u32) -> bool {
        let has = |tag: &u32| catalog.tags(ix).contains(tag);
        self.any_of.iter().all(|group| group.iter().any(has)) && self.price_fits(catalog, ix)
    }

    fn price_fits(&self, catalog: &Catalog, ix: u32) -> bool {
        if self.min.is_none() && self.max.is_none() {
            return true;
        }
        let Some(price) = catalog.price(ix) else { return false };
        let same = |bound: &Money| bound.currency == price.currency;
        self.min.as_ref().is_none_or(|min| same(min) && price.minor >= min.minor)
            && self.max.as_ref().is_none_or(|max| same(max) && price.minor <= max.minor)
    }
}

/// A request for a list.
#[derive(Debug, Clone, PartialEq)]
pub struct RankRequest {
    /// Which list.
    pub kind: ShelfKind,
    /// Its length, at most 200.
    pub limit: usize,
    /// The items the list is about, by index.
    pub seeds: Vec<u32>,
    /// Items that must not be in it, by index.
    pub exclude: Vec<u32>,
    /// What its items must have.
    pub filters: Filters,
    /// What they must have as well, by the shop's own choice.
    pub only: Vec<Filters>,
    /// What they must not have, by the shop's own choice.
    pub without: Vec<Filters>,
    /// From 0 (pure relevance, no caps) to 1; 0.2 costs half a per cent of relevance (measured).
    pub diversity: f32,
    /// Share of places given to items outside the list, at most 0.2, never among the first four.
    pub exploration: f32,
    /// What happens to items that the user viewed or bought before.
    pub seen: Seen,
    /// How much it is personalized.
    pub intensity: Intensity,
    /// Whether what only a look or the nearness to a sensitive topic speaks for is left out. Surfaces ask for it.
    pub guarded: bool,
}

impl RankRequest {
    /// A list of a kind with the usual settings: diversity 0.2, no exploration.
    #[must_use]
    pub fn new(kind: ShelfKind, limit: usize) -> Self {
        Self {
            kind,
            limit,
            seeds: Vec::new(),
            exclude: Vec::new(),
            filters: Filters::default(),
            only: Vec::new(),
            without: Vec::new(),
            diversity: 0.2,
            exploration: 0.0,
            seen: Seen::default(),
            intensity: Intensity::default(),
            guarded: false,
        }
    }

    /// The same about some items.
    #[must_use]
    pub fn about(self, seeds: Vec<u32>) -> Self {
        Self { seeds, ..self }
    }
}
