//! Surfaces: what a shop shows, each asking the one ranking in its own way.
//!
//! A surface passes what the user's permits allow to ranking, and falls back to products that are the
//! same for everyone. It never scores anything itself, and a denial never empties a shelf.

mod browse;
/// Entry points for fuzzing.
#[cfg(any(test, feature = "operator"))]
#[doc(hidden)]
pub mod fuzzing;
mod messages;
mod offers;
mod page;
mod placement;
mod product;
mod reviews;
mod search;
mod shelf;
mod shown;
mod storefront;
mod vector;
mod widget;
mod words;

pub use browse::{BrowseAdvice, FilterPreset, PresetReason, browse_advice};
pub use messages::{
    Message, MessageKind, MessagePoll, MessageRequest, MessageSetting, MessageSettings, Silence,
    message_settings, next_message,
};
pub use offers::{OfferCard, OfferKind, Visitor};
pub use page::{PreviewAs, SlotDecision, SlotKind, SlotReason, Storefront, StorefrontSlot};
pub use product::{SizeAdvice, size_advice};
pub use reviews::{RankedReview, Review, ReviewConcern, rank_reviews};
pub use search::{Facet, FacetKind, FacetValue, SearchRequest, SearchResults, SortOrder, search};
pub use shelf::{RankedProduct, Ranking, RecommendRequest, recommend};
pub use shown::{Explanation, ExplanationFactor, ShownLog};
pub use storefront::{decide, preview, storefront};
pub use vector::{VectorMatch, by_vector};
pub use widget::{WidgetItem, WidgetShelf, keep_for_widget, widget_shelf};

use crate::base::limits::{FILTER_VALUES, OutOfBounds, TAG};
use crate::base::random::RandomError;
use crate::catalog::Catalog;
use crate::consent::ConsentError;
use crate::profile::ProfileError;
use crate::ranking::{Filters, RankingError};

/// What can go wrong with a surface.
#[derive(Debug, thiserror::Error)]
pub enum SurfaceError {
    /// Consent changed while the list was being made.
    #[error(transparent)]
    Consent(#[from] ConsentError),
    /// The profile could not be used.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// An argument is too long or too large.
    #[error(transparent)]
    OutOfBounds(#[from] OutOfBounds),
    /// An argument cannot be meant.
    #[error("{field}: {detail}")]
    Argument {
        /// Which.
        field: &'static str,
        /// What is wrong with it.
        detail: &'static str,
    },
    /// The pages that a cursor leads to are gone.
    #[error("this search cannot go on: search again")]
    CursorExpired,
    /// No random bytes could be had.
    #[error(transparent)]
    Random(#[from] RandomError),
}

impl From<RankingError> for SurfaceError {
    fn from(e: RankingError) -> Self {
        match e {
            RankingError::Consent(e) => Self::Consent(e),
            RankingError::Random(e) => Self::Random(e),
        }
    }
}

fn check_filters(filters: &Filters, catalog: &Catalog) -> Result<(), SurfaceError> {
    let lists = [
        ("filters.brands", &filters.brands),
        ("filters.categories", &filters.categories),
        ("filters.colors", &filters.colors),
        ("filters.sizes", &filters.sizes),
        ("filters.tags", &filters.tags),
    ];
    lists.into_iter().try_for_each(|(field, values)| FILTER_VALUES.texts(TAG, field, values))?;
    let bounds = [("filters.min_price", &filters.min_price), ("filters.max_price", &filters.max_price)];
    for (field, price) in bounds.iter().filter_map(|(field, price)| Some((*field, price.as_ref()?))) {
        if !price.is_sound() {
            return Err(SurfaceError::Argument { field, detail: "it is no price" });
        }
        if !catalog.currencies().contains(&price.currency) {
            return Err(SurfaceError::Argument { field, detail: "nothing is sold in this currency" });
        }
    }
    match (&filters.min_price, &filters.max_price) {
        (Some(min), Some(max)) if min.currency != max.currency || min.minor > max.minor => {
            let detail = "it must be at least the lowest price, in the same currency";
            Err(SurfaceError::Argument { field: "filters.max_price", detail })
        }
        _ => Ok(()),
    }
}
