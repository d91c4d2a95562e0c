//! Shelves: one request for every list of products that a shop shows.

use crate::base::limits::{ID, ITEM_IDS, LIST, OutOfBounds, SURFACE};
use crate::base::random;
use crate::base::random::SecureRandom;
use crate::base::signed::hex;
use crate::catalog::Catalog;
use crate::profile::{Evidence, User};
use crate::ranking::{
    Filters, Intensity, Kind, RankRequest, Ranked, RankingMode, ReasonCode, Seen, popular, rank,
};
use crate::surfaces::shown::ShownLog;
use crate::surfaces::{SurfaceError, check_filters};

/// A request for a shelf.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct RecommendRequest {
    /// Where it is shown: `home`, `product`, `cart` …, at most 128 bytes. It is the name of the shelf in events.
    pub surface: String,
    /// Number of products, at most 200.
    pub limit: u32,
    /// The kind of list; `ForYou` if none is given.
    #[uniffi(default = None)]
    pub kind: Option<Kind>,
    /// The products it starts from: the one on the page, those in the cart; at most 1000.
    #[uniffi(default = [])]
    pub seed_item_ids: Vec<String>,
    /// Products to exclude, at most 1000.
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
        }
    }

    pub(super) fn check(&self) -> Result<(), OutOfBounds> {
        SURFACE.text("surface", &self.surface)?;
        LIST.number("limit", self.limit)?;
        ITEM_IDS.texts(ID, "seed_item_ids", &self.seed_item_ids)?;
        ITEM_IDS.texts(ID, "exclude_item_ids", &self.exclude_item_ids)?;
        self.filters.as_ref().map_or(Ok(()), check_filters)
    }

    fn against(&self, catalog: &Catalog) -> Result<RankRequest, SurfaceError> {
        self.check()?;
        if self.diversity.is_some_and(|d| !(0.0..=1.0).contains(&d)) {
            return Err(SurfaceError::Argument { field: "diversity", detail: "it must lie between 0 and 1" });
        }
        let indexes = |ids: &[String]| ids.iter().filter_map(|id| catalog.index_of(id)).collect();
        let usual = RankRequest::new(self.kind.unwrap_or(Kind::ForYou), self.limit as usize);
        Ok(RankRequest {
            seeds: indexes(&self.seed_item_ids),
            exclude: indexes(&self.exclude_item_ids),
            filters: self.filters.clone().unwrap_or_default(),
            diversity: self.diversity.unwrap_or(usual.diversity),
            seen: self.seen.unwrap_or_default(),
            intensity: self.intensity.unwrap_or_default(),
            ..usual
        })
    }
}

/// One product of a list.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct RankedProduct {
    /// Its id in the catalog.
    pub item_id: String,
    /// Its place, from 0.
    pub index: u32,
    /// Its score, comparable within one list only.
    pub score: f32,
    /// The reasons for it, strongest first, at most three.
    pub reasons: Vec<ReasonCode>,
    /// Whether it is in the list for exploration.
    pub exploratory: bool,
}

/// A list of products.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
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
    present(catalog, ranked(catalog, user, request, random, now_ms)?, shown, random)
}

/// What a request leads to, before anybody is shown it.
pub(super) fn ranked(
    catalog: &Catalog,
    user: Option<User<'_>>,
    request: &RecommendRequest,
    random: &dyn SecureRandom,
    now_ms: i64,
) -> Result<Ranked, SurfaceError> {
    let wanted = request.against(catalog)?;
    Ok(match user {
        Some(user) => {
            let evidence = Evidence::gather(user, catalog, now_ms)?;
            rank(catalog, user.ranking(), &evidence, &wanted, random)?
        }
        None => popular(catalog, &wanted),
    })
}

/// Gives a list its name and remembers why it is as it is.
pub(super) fn present(
    catalog: &Catalog,
    ranked: Ranked,
    shown: &ShownLog,
    random: &dyn SecureRandom,
) -> Result<Ranking, SurfaceError> {
    let ranking_id = hex(&random::bytes::<8>(random)?);
    let items = (0..).zip(&ranked.items).map(|(index, item)| RankedProduct {
        item_id: catalog.item_id(item.ix).to_owned(),
        index,
        score: item.score,
        reasons: item.reasons.clone(),
        exploratory: item.exploratory,
    });
    let ranking = Ranking {
        ranking_id: ranking_id.clone(),
        items: items.collect(),
        mode: ranked.mode,
        diversity: ranked.diversity,
        model_version: ranked.model_version,
        catalog_version: catalog.version(),
    };
    shown.remember(ranking_id, catalog, &ranked);
    Ok(ranking)
}
