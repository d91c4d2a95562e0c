//! Shelves: one request for every list of products that a shop shows.

use std::collections::BTreeSet;

use crate::base::limits::{ID, ITEM_IDS, LIST, OutOfBounds, SURFACE};
use crate::base::money::Money;
use crate::base::random;
use crate::base::random::SecureRandom;
use crate::base::signed::hex;
use crate::catalog::{Availability, Catalog, ProductVariant, TextRange};
use crate::profile::{Evidence, Standing, Surface, User};
use crate::ranking::{
    Fallback, Filters, Intensity, RankRequest, Ranked, RankedItem, RankingMode, ReasonCode, Seen, ShelfKind,
    in_order, popular, rank, rerank,
};
use crate::surfaces::placement::Placements;
use crate::surfaces::shown::ShownLog;
use crate::surfaces::{SurfaceError, check_filters};

/// A request for a shelf.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct RecommendRequest {
    /// Where it is shown: `home`, `product`, `cart` …, 1 to 128 bytes. It only names the shelf in events; what is on it
    /// depends on `kind`.
    pub surface: String,
    /// Number of products, 1 to 200.
    #[uniffi(default = 12)]
    pub limit: u32,
    /// The kind of list; `ForYou` if none is given.
    #[uniffi(default = None)]
    pub kind: Option<ShelfKind>,
    /// The products it starts from, by their own ids or by a variant's: the one on the page, those in the cart; at most 1000. Only for kinds that start from
    /// products; `Similar`, `BoughtTogether` and `CompleteTheLook` need at least one. Those that the catalog does not have
    /// are left out; the request fails with `InvalidArgument` if it has none of them.
    #[uniffi(default = [])]
    pub seed_item_ids: Vec<String>,
    /// Products to exclude in every variant, by their own ids or by a variant's; at most 1000.
    #[uniffi(default = [])]
    pub exclude_item_ids: Vec<String>,
    /// What its products must match.
    #[uniffi(default = None)]
    pub filters: Option<Filters>,
    /// From 0 (pure relevance) to 1 (as varied as possible); 0.2 if none is given.
    #[uniffi(default = None)]
    pub diversity: Option<f32>,
    /// How much it is personalized; as much as is allowed, if none is given.
    #[uniffi(default = None)]
    pub intensity: Option<Intensity>,
    /// What happens to products that the user viewed or bought before.
    #[uniffi(default = None)]
    pub seen: Option<Seen>,
    /// The page that it is on, of 1 to 128 bytes: what other shelves of the page show comes last here. Shelves of a
    /// `storefront` name theirs, which begins anew with each call of that.
    #[uniffi(default = None)]
    pub page: Option<String>,
}

impl RecommendRequest {
    /// A shelf for this user with the usual settings.
    #[must_use]
    pub fn new(surface: &str, limit: u32) -> Self {
        Self {
            surface: surface.into(),
            limit,
            kind: None,
            seed_item_ids: Vec::new(),
            exclude_item_ids: Vec::new(),
            filters: None,
            diversity: None,
            intensity: None,
            seen: None,
            page: None,
        }
    }

    /// Refuses what is out of bounds or cannot be meant.
    pub(super) fn check(&self, catalog: &Catalog) -> Result<(), SurfaceError> {
        self.check_bounds()?;
        self.filters.as_ref().map_or(Ok(()), |filters| check_filters(filters, catalog))?;
        self.check_sense(catalog)
    }

    fn check_bounds(&self) -> Result<(), OutOfBounds> {
        SURFACE.text("surface", &self.surface)?;
        SURFACE.text("page", self.page.as_deref().unwrap_or_default())?;
        LIST.number("limit", self.limit)?;
        ITEM_IDS.texts(ID, "seed_item_ids", &self.seed_item_ids)?;
        ITEM_IDS.texts(ID, "exclude_item_ids", &self.exclude_item_ids)
    }

    fn check_sense(&self, catalog: &Catalog) -> Result<(), SurfaceError> {
        let kind = self.kind.unwrap_or(ShelfKind::ForYou);
        let seeded = !self.seed_item_ids.is_empty();
        let knows_any = self.seed_item_ids.iter().any(|id| catalog.named(id).is_some());
        let faults = [
            (self.surface.is_empty(), "surface", "it is empty"),
            (self.page.as_ref().is_some_and(String::is_empty), "page", "it is empty"),
            (
                seeded && !kind.is_about_seeds(),
                "seed_item_ids",
                "this kind of list does not start from products; give a kind that does, such as similar",
            ),
            (
                !seeded && kind.needs_seeds(),
                "seed_item_ids",
                "this kind of list starts from at least one product",
            ),
            (seeded && !knows_any, "seed_item_ids", "the catalog has none of these products"),
            (
                self.diversity.is_some_and(|d| !(0.0..=1.0).contains(&d)),
                "diversity",
                "it must lie between 0 and 1",
            ),
        ];
        let fault = faults.into_iter().find(|(is_fault, ..)| *is_fault);
        fault.map_or(Ok(()), |(_, field, detail)| Err(SurfaceError::Argument { field, detail }))
    }

    /// The surface that it is part of.
    fn at(&self) -> Surface {
        match self.kind.unwrap_or(ShelfKind::ForYou) {
            ShelfKind::Similar | ShelfKind::BoughtTogether | ShelfKind::CompleteTheLook => Surface::Product,
            ShelfKind::Cart => Surface::Checkout,
            ShelfKind::ForYou | ShelfKind::BuyAgain | ShelfKind::NextUp | ShelfKind::Trending => {
                Surface::Shelves
            }
        }
    }

    fn against(&self, catalog: &Catalog) -> RankRequest {
        let indexes = |ids: &[String]| ids.iter().filter_map(|id| Some(catalog.named(id)?.ix())).collect();
        let usual = RankRequest::new(self.kind.unwrap_or(ShelfKind::ForYou), self.limit as usize);
        RankRequest {
            seeds: indexes(&self.seed_item_ids),
            exclude: indexes(&self.exclude_item_ids),
            filters: self.filters.clone().unwrap_or_default(),
            diversity: self.diversity.unwrap_or(usual.diversity),
            seen: self.seen.unwrap_or_default(),
            intensity: self.intensity.unwrap_or_default(),
            guarded: true,
            ..usual
        }
    }
}

/// One product of a list, shown by the variant that suits the user and the request.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct RankedProduct {
    /// The id of the variant that is shown, for events.
    pub item_id: String,
    /// What all variants of the product share; the variant's own id if it has no group.
    pub product_id: String,
    /// The name shown to customers.
    pub title: String,
    /// Whether it can be bought.
    pub availability: Availability,
    /// The maker's name.
    #[uniffi(default = None)]
    pub brand: Option<String>,
    /// The regular price.
    #[uniffi(default = None)]
    pub price: Option<Money>,
    /// The reduced price, if it holds now.
    #[uniffi(default = None)]
    pub sale_price: Option<Money>,
    /// Address of the product's page.
    #[uniffi(default = None)]
    pub link: Option<String>,
    /// Address of its main picture.
    #[uniffi(default = None)]
    pub image_link: Option<String>,
    /// All variants of the product in the order of the feed, this one and those that are sold out among them.
    #[uniffi(default = [])]
    pub variants: Vec<ProductVariant>,
    /// Its place, from 0.
    #[uniffi(default = 0)]
    pub index: u32,
    /// Its score, comparable within one list only.
    #[uniffi(default = 0.0)]
    pub score: f32,
    /// The parts of the title that a search found; none in shelves.
    #[uniffi(default = [])]
    pub highlights: Vec<TextRange>,
    /// The reasons for it, strongest first, at most three.
    #[uniffi(default = [])]
    pub reasons: Vec<ReasonCode>,
    /// Whether it is in the list for exploration.
    #[uniffi(default = false)]
    pub exploratory: bool,
}

/// A list of products.
#[derive(Debug, Clone, PartialEq, Default, uniffi::Record)]
pub struct Ranking {
    /// The name of this list. Put it into events about its products, and pass it to `explain`.
    pub ranking_id: String,
    /// The products, first to last.
    pub items: Vec<RankedProduct>,
    /// What the list is based on.
    pub mode: RankingMode,
    /// Mean dissimilarity of the first ten products, from 0 to 1.
    pub diversity: f32,
    /// Version of the model's features.
    pub model_version: u32,
    /// Version of the catalog.
    pub catalog_version: u64,
    /// What the list is in place of the one that was asked for; none if it is that one. A shelf that would be called
    /// "bought together" should be called what it is.
    #[uniffi(default = None)]
    pub fallback: Option<Fallback>,
}

/// The shelf for a user, or the one that is the same for everyone when there is none.
///
/// # Errors
/// [`SurfaceError::OutOfBounds`] or [`SurfaceError::Argument`] for a request that cannot be meant, [`SurfaceError::Random`].
pub fn recommend(
    catalog: &Catalog,
    user: Option<User<'_>>,
    request: &RecommendRequest,
    shown: &ShownLog,
    random: &dyn SecureRandom,
    now_ms: i64,
) -> Result<Ranking, SurfaceError> {
    request.check(catalog)?;
    let (at, elsewhere) = (request.at(), shown.elsewhere(request));
    let user = user.and_then(|user| user.on(at));
    let list = ranked(catalog, user, request, &elsewhere, random, now_ms)?;
    let ranking = present(catalog, list, at, shown, random, now_ms)?;
    shown.place(request, &ranking);
    Ok(ranking)
}

/// What a request leads to, before anybody is shown it. Products that are shown `elsewhere` on its page come last.
pub(super) fn ranked(
    catalog: &Catalog,
    user: Option<User<'_>>,
    request: &RecommendRequest,
    elsewhere: &BTreeSet<String>,
    random: &dyn SecureRandom,
    now_ms: i64,
) -> Result<Ranked, SurfaceError> {
    let mut wanted = request.against(catalog);
    wanted.intensity = user.map_or(wanted.intensity, |user| wanted.intensity.min(user.intensity()));
    let (limit, fills_up) = (wanted.limit, wanted.kind.fills_up());
    let gathered = user.map(|user| Ok::<_, SurfaceError>((user, Evidence::gather(user, catalog, now_ms)?)));
    let known = gathered.transpose()?;
    let standing = || match known.as_ref().filter(|_| wanted.intensity != Intensity::Off) {
        Some((user, evidence)) => Standing::of(catalog, Some(user.discreet()), evidence),
        None => Standing::of(catalog, None, &Evidence { now_ms, ..Evidence::default() }),
    };
    let placements = Placements::on(catalog, &request.surface, standing, now_ms);
    let pins = placements.pins(fills_up);
    let mut wanted = placements.ask(wanted);
    wanted.limit = wanted.limit.saturating_add(elsewhere.len()).min(LIST.most);
    let mut list = match &known {
        Some((user, evidence)) => rank(catalog, user.ranking(), evidence, &wanted, random)?,
        None => popular(catalog, &wanted),
    };
    list.items.sort_by_key(|item| elsewhere.contains(catalog.product_id(item.ix)));
    let pinned = pinned(catalog, known.as_ref(), &pins, &wanted)?;
    Ok(placements.arrange(list, pinned, limit))
}

/// The items of the pins that may be shown to this user in this list, with their places.
fn pinned(
    catalog: &Catalog,
    known: Option<&(User<'_>, Evidence)>,
    pins: &[(u32, usize)],
    wanted: &RankRequest,
) -> Result<Vec<(RankedItem, usize)>, SurfaceError> {
    if pins.is_empty() {
        return Ok(Vec::new());
    }
    let given: Vec<(u32, f32)> = pins.iter().map(|(ix, _)| (*ix, 1.0)).collect();
    let mut allowed = match known {
        Some((user, evidence)) => rerank(catalog, user.ranking(), evidence, &given, wanted)?,
        None => in_order(catalog, &given, wanted),
    };
    allowed.items.retain(|item| known.is_none_or(|(_, evidence)| !evidence.avoids(item.ix)));
    let of = |ix: u32| {
        let product = catalog.product_of(ix);
        allowed.items.iter().find(|item| catalog.product_of(item.ix) == product).cloned()
    };
    Ok(pins.iter().filter_map(|(ix, at)| Some((of(*ix)?, *at))).collect())
}

/// Gives a list its name and remembers why it is as it is.
pub(super) fn present(
    catalog: &Catalog,
    ranked: Ranked,
    at: Surface,
    shown: &ShownLog,
    random: &dyn SecureRandom,
    now_ms: i64,
) -> Result<Ranking, SurfaceError> {
    let ranking_id = hex(&random::bytes::<8>(random)?);
    let products = ranked.items.iter().filter_map(|ranked| Some((ranked, catalog.item(ranked.ix)?)));
    let items = (0..).zip(products).map(|(index, (ranked, item))| RankedProduct {
        sale_price: item.reduced_at(now_ms).cloned(),
        product_id: item.product_id,
        variants: catalog.card_variants(ranked.ix, now_ms),
        item_id: item.item_id,
        title: item.title,
        brand: item.brand,
        price: item.price,
        availability: item.availability,
        link: item.link,
        image_link: item.image_link,
        index,
        score: ranked.score,
        highlights: Vec::new(),
        reasons: ranked.reasons.clone(),
        exploratory: ranked.exploratory,
    });
    let ranking = Ranking {
        ranking_id: ranking_id.clone(),
        items: items.collect(),
        mode: ranked.mode,
        diversity: ranked.diversity,
        fallback: ranked.fallback,
        model_version: ranked.model_version,
        catalog_version: catalog.version(),
    };
    shown.remember(ranking_id, catalog, at, &ranked);
    Ok(ranking)
}
