//! The page of a product: which size fits, and why.

use std::cmp::Ordering;

use crate::base::limits::ID;
use crate::catalog::{Catalog, Named, TagKind};
use crate::profile::{Confidence, Evidence, SizeEvidence, SizeReason, Surface, User, size_measure};
use crate::surfaces::{SurfaceError, words};

/// The size of a product that fits the user.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct SizeAdvice {
    /// The variant to choose: as near to the one that was asked about as there is in this size.
    pub item_id: String,
    /// The size as the shop calls it.
    pub size: String,
    /// How sure it is.
    pub confidence: Confidence,
    /// What it is based on.
    pub reason: SizeReason,
    /// The same as a sentence for the user.
    pub because: String,
    /// Number of user actions it is based on.
    pub evidence_count: u32,
    /// The item that was kept, ordered or sent back, where the shop's size charts lead from its size to this one.
    #[uniffi(default = None)]
    pub compared_item_id: Option<String>,
    /// The name in the plan of the product's own size chart, where that was used.
    #[uniffi(default = None)]
    pub chart_id: Option<String>,
}

/// The size that fits, by an item's id or its product's; nothing where there is no evidence, or no user.
///
/// # Errors
/// [`SurfaceError::OutOfBounds`], [`SurfaceError::Argument`] for what the catalog does not have; consent changed meanwhile.
pub fn size_advice(
    catalog: &Catalog,
    user: Option<User<'_>>,
    item_id: &str,
    locale: &str,
    now_ms: i64,
) -> Result<Option<SizeAdvice>, SurfaceError> {
    ID.text("item_id", item_id)?;
    let unknown = SurfaceError::Argument { field: "item_id", detail: "the catalog does not have it" };
    let named = catalog.named(item_id).ok_or(unknown)?;
    let asked = named.ix();
    let Some(user) = user.and_then(|user| user.on(Surface::Product)) else { return Ok(None) };
    let evidence = Evidence::gather(user, catalog, now_ms)?;
    let known = SizeEvidence::of(catalog, &evidence);
    let found = match named {
        Named::Item(ix) => known.fit_among(std::iter::once(ix)),
        Named::Product(ix) => known.fit_among(catalog.variants(ix)),
    };
    let Some((fit, scale)) = found else { return Ok(None) };
    let of_size = |ix: &u32| {
        let is_it = |size: f32| size.total_cmp(&fit.size) == Ordering::Equal;
        size_measure(catalog, *ix).is_some_and(|(size, also)| is_it(size) && also == scale)
    };
    let shared = |ix: u32| {
        let tags = catalog.tags(ix);
        catalog.tags(asked).iter().filter(|tag| tags.contains(tag)).count()
    };
    let nearest =
        |ix: &u32| (shared(*ix), catalog.availability(*ix).can_be_ordered(), std::cmp::Reverse(*ix));
    let Some(ix) = catalog.variants(asked).filter(of_size).max_by_key(nearest) else { return Ok(None) };
    let Some(size) = catalog.first_tag(ix, TagKind::Size).map(|tag| tag.name.to_owned()) else {
        return Ok(None);
    };
    let compared = fit.by.and_then(|by| by.other);
    let other = words::OtherSize {
        item: compared.map(|ix| catalog.title(ix)).unwrap_or_default(),
        size: fit.by.map(|by| by.size).unwrap_or_default(),
    };
    Ok(Some(SizeAdvice {
        item_id: catalog.item_id(ix).to_owned(),
        because: words::of_size(fit.reason, &size, other, locale),
        compared_item_id: compared.map(|ix| catalog.item_id(ix).to_owned()),
        chart_id: fit.by.map(|by| by.chart.id.clone()),
        size,
        confidence: fit.confidence,
        reason: fit.reason,
        evidence_count: fit.evidence_count,
    }))
}
