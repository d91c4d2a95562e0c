//! Ranking: what to show, in which order, and why. The only place where items are scored.
//!
//! Candidates come from several sources (`candidates`), become rows of [`features`], are scored with
//! the shop's weights and picked for relevance and variety. Nothing is stored here, and without a
//! permit there is only the list that is the same for everyone ([`popular`]).
//!
//! [`features`]: crate::ranking::features
//! [`popular`]: crate::ranking::popular

mod allowed;
mod candidates;
mod diversify;
mod error;
/// Measures lists against what users did next.
#[cfg(feature = "operator")]
pub mod evaluate;
mod explain;
mod explore;
/// The features of a candidate and their default weights.
pub mod features;
/// Fits a shop's weights to its history.
#[cfg(feature = "operator")]
pub mod fit;
mod goes_with;
mod guard;
mod kernel;
mod kinds;
mod likeness;
mod list;
mod parts;
mod past;
mod request;
mod seeds;
mod sums;
mod tags;
#[cfg(test)]
mod tests;
mod top;
mod variants;

pub use crate::profile::Intensity;
pub use error::RankingError;
pub use explain::{Factor, ReasonCode, Subject};
pub use goes_with::Fallback;
pub(crate) use list::NEARLY;
pub use list::{Ranked, RankedItem, RankingMode};
pub(crate) use request::Filter;
pub use request::{Filters, RankRequest, Seen, ShelfKind};
pub(crate) use variants::Suits;

use crate::base::limits::LIST;
use crate::base::random::SecureRandom;
use crate::catalog::Catalog;
use crate::consent::{Permit, Ranking};
use crate::profile::Evidence;
use list::Job;

/// The list for this user.
///
/// # Errors
/// The permit is no longer valid, or exploration was asked for and there are no random bytes.
pub fn rank(
    catalog: &Catalog,
    permit: &Permit<Ranking>,
    evidence: &Evidence,
    request: &RankRequest,
    random: &dyn SecureRandom,
) -> Result<Ranked, RankingError> {
    permit.check()?;
    if request.intensity == Intensity::Off {
        return Ok(popular(catalog, request));
    }
    Job::new(catalog, evidence, request).run(random)
}

/// The list that is the same for everyone: best sellers, or what goes with the seeds. Needs no
/// permit and is not empty while anything that fits the filters can be ordered and says nothing
/// intimate that was not asked for.
#[must_use]
pub fn popular(catalog: &Catalog, request: &RankRequest) -> Ranked {
    let nobody = Evidence::default();
    let request = RankRequest { exploration: 0.0, ..request.clone() };
    Job::new(catalog, &nobody, &request).run(&crate::base::random::SystemRandom).unwrap_or_default()
}

/// The given items in the order that suits this user. `candidates` are indices with the score the
/// search or the server gave them; the score keeps its say. Filters and refusals hold.
///
/// # Errors
/// The permit is no longer valid.
pub fn rerank(
    catalog: &Catalog,
    permit: &Permit<Ranking>,
    evidence: &Evidence,
    candidates: &[(u32, f32)],
    request: &RankRequest,
) -> Result<Ranked, RankingError> {
    permit.check()?;
    Ok(match request.intensity {
        Intensity::Off => in_order(catalog, candidates, request),
        _ => Job::new(catalog, evidence, request).order(candidates),
    })
}

/// The given items by their own scores, for a user of whom nothing may be used.
#[must_use]
pub fn in_order(catalog: &Catalog, candidates: &[(u32, f32)], request: &RankRequest) -> Ranked {
    let nobody = Evidence::default();
    let request =
        RankRequest { intensity: Intensity::Off, limit: request.limit.min(LIST.most), ..request.clone() };
    Job::new(catalog, &nobody, &request).order(candidates)
}
