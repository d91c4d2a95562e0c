//! Which finds a request lets through, and which it would with one filter less: that is what facets count.

use crate::catalog::Catalog;
use crate::catalog::text::search::Hit;
use crate::ranking::{Filter, Filters};
use crate::surfaces::search::{FacetKind, SearchRequest};

/// The finds of a search.
#[derive(Default)]
pub(super) struct Sieved {
    /// What every filter lets through.
    pub(super) through: Vec<Hit>,
    /// The same, and what all filters but one do, with the facet of that one. Nothing if no facets are counted.
    pub(super) nearly: Vec<(u32, Option<FacetKind>)>,
}

/// Whether filters keep an item out.
#[derive(PartialEq, Eq)]
enum KeptOut {
    No,
    /// One alone does, which has a facet.
    By(FacetKind),
    /// It would not be shown without any one of them either.
    Whatever,
}

impl KeptOut {
    /// The facet that counts the item; nothing inside where all do.
    fn counted(&self) -> Option<Option<FacetKind>> {
        match self {
            Self::No => Some(None),
            Self::By(kind) => Some(Some(*kind)),
            Self::Whatever => None,
        }
    }
}

/// The filters of a request.
pub(super) struct Sieve<'a> {
    catalog: &'a Catalog,
    request: &'a SearchRequest,
    filters: Vec<(Option<FacetKind>, Filter)>,
    excluded: Vec<Filter>,
}

impl<'a> Sieve<'a> {
    pub(super) fn of(catalog: &'a Catalog, request: &'a SearchRequest) -> Self {
        let apart = |filters: &Option<Filters>| filters.as_ref().map(one_each).unwrap_or_default();
        let against = |(kind, filters): (_, Filters)| (kind, Filter::of(catalog, &filters));
        let filters = apart(&request.filters).into_iter().map(against).collect();
        let excluded = apart(&request.exclude).into_iter().map(|filter| against(filter).1).collect();
        Self { catalog, request, filters, excluded }
    }

    /// Sorts the finds. `refused` is what the user does not want to see.
    pub(super) fn sieve(&self, mut hits: Vec<Hit>, refused: impl Fn(u32) -> bool) -> Sieved {
        let mut nearly = Vec::new();
        hits.retain(|hit| {
            let kept_out = match self.may_be_shown(hit.ix) && !refused(hit.ix) {
                true => self.kept_out(hit.ix),
                false => KeptOut::Whatever,
            };
            if self.request.facets {
                nearly.extend(kept_out.counted().map(|by| (hit.ix, by)));
            }
            kept_out == KeptOut::No
        });
        Sieved { through: hits, nearly }
    }

    /// Which filters keep an item out.
    fn kept_out(&self, ix: u32) -> KeptOut {
        let available = &self.request.availability;
        let wanted = available.is_empty() || available.contains(&self.catalog.availability(ix));
        let failed = self.filters.iter().filter(|(_, filter)| !filter.passes(self.catalog, ix));
        let unwanted = (!wanted).then_some(Some(FacetKind::Availability));
        let mut failed = failed.map(|(kind, _)| *kind).chain(unwanted);
        match (failed.next(), failed.next()) {
            (None, _) => KeptOut::No,
            (Some(Some(kind)), None) => KeptOut::By(kind),
            _ => KeptOut::Whatever,
        }
    }

    fn may_be_shown(&self, ix: u32) -> bool {
        self.catalog.availability(ix).can_be_ordered()
            && !self.excluded.iter().any(|filter| filter.passes(self.catalog, ix))
    }
}

/// Each filter that is set, by itself, and its facet.
fn one_each(filters: &Filters) -> Vec<(Option<FacetKind>, Filters)> {
    let none = Filters::default;
    let Filters { brands, categories, colors, sizes, tags, min_price, max_price } = filters.clone();
    let apart = [
        (Some(FacetKind::Brand), Filters { brands, ..none() }),
        (Some(FacetKind::Category), Filters { categories, ..none() }),
        (Some(FacetKind::Color), Filters { colors, ..none() }),
        (Some(FacetKind::Size), Filters { sizes, ..none() }),
        (None, Filters { tags, ..none() }),
        (Some(FacetKind::Price), Filters { min_price, max_price, ..none() }),
    ];
    apart.into_iter().filter(|(_, filters)| *filters != none()).collect()
}
