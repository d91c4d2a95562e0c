//! Search: what the words find, in an order that suits the user. No query leaves the device.

use crate::base::limits::{LIST, SEARCH_TERM};
use crate::base::random::SecureRandom;
use crate::catalog::Catalog;
use crate::profile::{Evidence, User};
use crate::ranking::{Filters, Intensity, RankRequest, ShelfKind, in_order, rerank};
use crate::surfaces::shelf::{Ranking, present};
use crate::surfaces::shown::ShownLog;
use crate::surfaces::{SurfaceError, check_filters};

/// How many of the text index's finds are looked at first, and how many more at a time where they are too few products.
const POOL: usize = 300;
const MORE: usize = 8;
/// Products that are enough to choose from.
const ENOUGH: usize = 100;

/// A search request.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct SearchRequest {
    /// The query, at most 400 bytes; the first twelve words count. The last word may be unfinished.
    pub text: String,
    /// Number of products, 1 to 200.
    pub limit: u32,
    /// What the products must match.
    #[uniffi(default = None)]
    pub filters: Option<Filters>,
    /// How much the order is personalized; off is the same order for everyone.
    #[uniffi(default = None)]
    pub intensity: Option<Intensity>,
}

impl SearchRequest {
    /// A search in personal order.
    #[must_use]
    pub fn new(text: &str, limit: u32) -> Self {
        Self { text: text.into(), limit, filters: None, intensity: None }
    }

    /// The same in the order that is the same for everyone.
    #[must_use]
    pub fn neutral(self) -> Self {
        Self { intensity: Some(Intensity::Off), ..self }
    }
}

/// Searches the catalog.
///
/// # Errors
/// [`SurfaceError::OutOfBounds`]; or [`SurfaceError`] when consent changes meanwhile or no random bytes can be had.
pub fn search(
    catalog: &Catalog,
    user: Option<User<'_>>,
    request: &SearchRequest,
    shown: &ShownLog,
    random: &dyn SecureRandom,
    now_ms: i64,
) -> Result<Ranking, SurfaceError> {
    SEARCH_TERM.text("text", &request.text)?;
    LIST.number("limit", request.limit)?;
    request.filters.as_ref().map_or(Ok(()), |filters| check_filters(filters, catalog))?;
    let found = find(catalog, &request.text, request.limit as usize);
    let wanted = RankRequest {
        filters: request.filters.clone().unwrap_or_default(),
        intensity: request.intensity.unwrap_or_default(),
        ..RankRequest::new(ShelfKind::ForYou, request.limit as usize)
    };
    let ranked = match user {
        Some(user) if wanted.intensity != Intensity::Off => {
            let evidence = Evidence::gather(user, catalog, now_ms)?;
            rerank(catalog, user.ranking(), &evidence, &found, &wanted)?
        }
        _ => in_order(catalog, &found, &wanted),
    };
    present(catalog, ranked, shown, random, now_ms)
}

/// What the index finds, until it is enough products or there is no more.
fn find(catalog: &Catalog, text: &str, products: usize) -> Vec<(u32, f32)> {
    let mut pool = POOL;
    loop {
        let found = catalog.search(text, pool);
        let mut distinct: Vec<u32> = found.iter().map(|(ix, _)| catalog.product_of(*ix)).collect();
        distinct.sort_unstable();
        distinct.dedup();
        if found.len() < pool || distinct.len() >= ENOUGH.max(products) {
            return found;
        }
        pool *= MORE;
    }
}
