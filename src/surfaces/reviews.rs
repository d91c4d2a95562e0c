//! The reviews of a product: those first that are about what matters to the user, each with why.

use std::cmp::Reverse;

use crate::base::limits::{ID, REVIEW_ASPECTS, REVIEWS};
use crate::catalog::Catalog;
use crate::profile::{Concern, ConcernReason, Evidence, ReviewAspect, Surface, User};
use crate::surfaces::{SurfaceError, words};

/// A review as the app hands it in. Its text, its author and its stars stay in the app.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Review {
    /// Its id in the app.
    pub review_id: String,
    /// What it is about, at most 16.
    pub aspects: Vec<ReviewAspect>,
}

/// An aspect of a review that matters to the user.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ReviewConcern {
    /// The aspect.
    pub aspect: ReviewAspect,
    /// Why it matters to them.
    pub reason: ConcernReason,
    /// The same as a sentence for the user.
    pub because: String,
    /// Number of user actions it is based on.
    pub evidence_count: u32,
}

/// A review in its place.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct RankedReview {
    /// Its id in the app.
    pub review_id: String,
    /// Those of its aspects that matter to the user; none where nothing is known.
    pub concerns: Vec<ReviewConcern>,
}

/// All of the reviews: those first that are about more of what matters to the user, and otherwise as they were handed in.
///
/// # Errors
/// [`SurfaceError::OutOfBounds`], [`SurfaceError::Argument`] for an item that the catalog does not have; consent changed
/// meanwhile.
pub fn rank_reviews(
    catalog: &Catalog,
    user: Option<User<'_>>,
    item_id: &str,
    reviews: Vec<Review>,
    locale: &str,
    now_ms: i64,
) -> Result<Vec<RankedReview>, SurfaceError> {
    ID.text("item_id", item_id)?;
    REVIEWS.entries("reviews", reviews.len())?;
    for review in &reviews {
        ID.text("review_id", &review.review_id)?;
        REVIEW_ASPECTS.entries("aspects", review.aspects.len())?;
    }
    let unknown = SurfaceError::Argument { field: "item_id", detail: "the catalog does not have it" };
    let ix = catalog.named(item_id).ok_or(unknown)?.ix();
    let concerns = match user.and_then(|user| user.on(Surface::Product)) {
        // Who stands beside the user sees which reviews come first.
        Some(user) => {
            let user = user.discreet();
            Evidence::gather(user, catalog, now_ms)?.concerns(catalog, user, ix)
        }
        None => Vec::new(),
    };
    let of = |review: &Review| -> Vec<Concern> {
        concerns.iter().copied().filter(|concern| review.aspects.contains(&concern.aspect)).collect()
    };
    let mut reviews: Vec<(Vec<Concern>, Review)> =
        reviews.into_iter().map(|review| (of(&review), review)).collect();
    reviews.sort_by_key(|(of, _)| Reverse(of.iter().map(|concern| concern.weight()).sum::<u32>()));
    let told = |concern: &Concern| ReviewConcern {
        aspect: concern.aspect,
        reason: concern.reason,
        because: words::of_concern(concern.reason, locale),
        evidence_count: concern.evidence_count,
    };
    let ranked = reviews.into_iter().map(|(of, review)| RankedReview {
        review_id: review.review_id,
        concerns: of.iter().map(told).collect(),
    });
    Ok(ranked.collect())
}
