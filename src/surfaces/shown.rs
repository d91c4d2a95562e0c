//! What was shown lately and why, in memory only, so that "why this?" speaks of the very list.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use crate::catalog::{Catalog, TagKind};
use crate::profile::{Deed, Surface};
use crate::ranking::{Intensity, Ranked, RankingMode, ReasonCode};
use crate::surfaces::SurfaceError;
use crate::surfaces::search::Pages;
use crate::surfaces::shelf::{Ranking, RecommendRequest};
use crate::surfaces::words;

/// Lists that are remembered.
const REMEMBERED: usize = 32;

/// One part of an item's score.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct ExplanationFactor {
    /// The reason.
    pub code: ReasonCode,
    /// The same as a sentence for the user, such as "You often look at products by Copperfinch".
    pub text: String,
    /// The title of the product, or the brand, category or other tag it is based on.
    pub attribute: Option<String>,
    /// The product it is based on, by id.
    pub item_id: Option<String>,
    /// Number of user actions it is based on.
    pub evidence_count: u32,
    /// Whether it is a stated preference, rather than inferred from behaviour.
    pub stated: bool,
    /// Its part of the score; negative if it lowers the score.
    pub weight: f32,
    /// Rank of the product without this factor, 0 for the top.
    pub without_factor_rank: u32,
}

/// Why a product is where it is in a list.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Explanation {
    /// The variant that is shown.
    pub item_id: String,
    /// Its product.
    pub product_id: String,
    /// What its list is based on.
    pub mode: RankingMode,
    /// The same as a sentence for the user.
    pub text: String,
    /// The parts of its score: the reasons that its card gives, in their order, then the others, largest first. Those with the
    /// same sentence are one.
    pub factors: Vec<ExplanationFactor>,
    /// The probability that it was in the list; 1 for products that are not exploratory.
    pub propensity: f32,
}

/// What an app is not told about a factor, for its sentence.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Basis {
    /// The kind of its attribute.
    pub(super) kind: Option<TagKind>,
    /// The days on which the user had to do with that.
    pub(super) days: u32,
    /// What they did with it.
    pub(super) deed: Option<Deed>,
}

struct Shown {
    ranking_id: String,
    at: Surface,
    /// The page and the surface of a shelf, as long as the page is the one on the screen.
    placed: Option<(String, String)>,
    explanations: Vec<Remembered>,
}

/// What "why this?" is answered from, for one product.
#[derive(Clone)]
struct Remembered {
    told: Explanation,
    /// As many as factors.
    bases: Vec<Basis>,
    /// The reasons that its card gives.
    reasons: Vec<ReasonCode>,
}

impl Shown {
    fn is_on(&self, page: &str) -> bool {
        self.placed.as_ref().is_some_and(|(on, _)| on == page)
    }

    fn is_at(&self, surface: &str) -> bool {
        self.placed.as_ref().is_some_and(|(_, at)| at == surface)
    }
}

/// The lists shown lately.
#[derive(Default)]
pub struct ShownLog {
    lists: Mutex<VecDeque<Shown>>,
    /// Searches that may go on.
    pub(super) pages: Pages,
}

impl ShownLog {
    pub(super) fn remember(&self, ranking_id: String, catalog: &Catalog, at: Surface, ranked: &Ranked) {
        let explanations = ranked
            .items
            .iter()
            .map(|item| {
                let (factors, bases) = item.factors.iter().map(|f| factor(catalog, f)).unzip();
                let item_id = catalog.item_id(item.ix).to_owned();
                let product_id = catalog.product_id(item.ix).to_owned();
                let (text, mode, propensity) = (String::new(), ranked.mode, item.propensity);
                let told = Explanation { item_id, product_id, mode, text, factors, propensity };
                Remembered { told, bases, reasons: item.reasons.clone() }
            })
            .collect();
        let mut log = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        if log.len() == REMEMBERED {
            log.pop_front();
        }
        log.push_back(Shown { ranking_id, at, placed: None, explanations });
    }

    /// Begins a page anew: what it showed before is shown no more.
    pub(super) fn begin(&self, page: &str) {
        let mut log = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        for shown in log.iter_mut().filter(|shown| shown.is_on(page)) {
            shown.placed = None;
        }
    }

    /// Notes where on its page a shelf is.
    pub(super) fn place(&self, request: &RecommendRequest, ranking: &Ranking) {
        let Some(page) = &request.page else { return };
        let mut log = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        for shown in log.iter_mut() {
            if shown.ranking_id == ranking.ranking_id {
                shown.placed = Some((page.clone(), request.surface.clone()));
            } else if shown.is_on(page) && shown.is_at(&request.surface) {
                shown.placed = None;
            }
        }
    }

    /// The products that other shelves of the page show.
    pub(super) fn elsewhere(&self, request: &RecommendRequest) -> BTreeSet<String> {
        let Some(page) = &request.page else { return BTreeSet::new() };
        let log = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        let others = log.iter().filter(|shown| shown.is_on(page) && !shown.is_at(&request.surface));
        others.flat_map(|shown| &shown.explanations).map(|of| of.told.product_id.clone()).collect()
    }

    /// Why a product was in the list, in the language of `locale`, as long as the list is remembered. `item_id` is the
    /// product's or that of any of its variants, as `product_of` tells; `chosen` is how much the user lets a surface be made for
    /// them.
    ///
    /// # Errors
    /// [`SurfaceError::Argument`] where the list is not remembered, or does not have the product.
    pub fn explain(
        &self,
        ranking_id: &str,
        item_id: &str,
        product_of: impl Fn(&str) -> Option<String>,
        chosen: impl Fn(Surface) -> Intensity,
        locale: &str,
    ) -> Result<Explanation, SurfaceError> {
        let unknown = |field, detail| SurfaceError::Argument { field, detail };
        let log = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        let shown = log.iter().rev().find(|s| s.ranking_id == ranking_id);
        let shown = shown.ok_or_else(|| {
            unknown("ranking_id", "no such list was shown recently; request the list again")
        })?;
        let is_it = |e: &Explanation| e.item_id == item_id || e.product_id == item_id;
        let product = product_of(item_id);
        let is_its = |e: &Explanation| product.as_ref() == Some(&e.product_id);
        let of = |is: &dyn Fn(&Explanation) -> bool| shown.explanations.iter().find(|of| is(&of.told));
        let explained = of(&is_it).or_else(|| of(&is_its)).cloned();
        let Remembered { mut told, bases, reasons } =
            explained.ok_or_else(|| unknown("item_id", "the list does not have this product"))?;
        told.text = words::of_list(told.mode, told.propensity < 1.0, chosen(shown.at), locale);
        for (factor, basis) in told.factors.iter_mut().zip(bases) {
            factor.text = words::of_factor(factor, basis, locale);
        }
        told.factors = folded(told.factors, &reasons);
        Ok(told)
    }

    /// Forgets everything: what was shown may rest on what is no longer allowed.
    pub fn clear(&self) {
        self.lists.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.pages.clear();
    }
}

/// The factors, with those of one sentence in the first of them. It goes by the name of the one that is a reason.
fn folded(factors: Vec<ExplanationFactor>, reasons: &[ReasonCode]) -> Vec<ExplanationFactor> {
    let mut all: Vec<ExplanationFactor> = Vec::with_capacity(factors.len());
    for factor in factors {
        if let Some(same) = all.iter_mut().find(|same| same.text == factor.text) {
            if reasons.contains(&factor.code) && !reasons.contains(&same.code) {
                same.code = factor.code;
            }
            same.weight += factor.weight;
            same.evidence_count = same.evidence_count.max(factor.evidence_count);
        } else {
            all.push(factor);
        }
    }
    let place = |factor: &ExplanationFactor| {
        let place = reasons.iter().position(|code| *code == factor.code);
        (place.unwrap_or(usize::MAX), place.is_some() && factor.attribute.is_none())
    };
    all.sort_by(|a, b| place(a).cmp(&place(b)).then(b.weight.total_cmp(&a.weight)));
    all
}

/// A part of a score, and what it takes to put it into words when somebody asks.
fn factor(catalog: &Catalog, factor: &crate::ranking::Factor) -> (ExplanationFactor, Basis) {
    use crate::ranking::Subject;
    let (attribute, item_id, kind) = match factor.subject {
        Subject::None => (None, None, None),
        Subject::Item(ix) => (Some(catalog.title(ix).to_owned()), Some(catalog.item_id(ix).to_owned()), None),
        Subject::Tag(tag) => {
            let tag = catalog.tag(tag);
            (tag.map(|t| t.name.to_owned()), None, tag.map(|t| t.kind))
        }
    };
    let told = ExplanationFactor {
        code: factor.code,
        text: String::new(),
        attribute,
        item_id,
        evidence_count: factor.evidence_count,
        stated: factor.stated,
        weight: factor.weight,
        without_factor_rank: factor.without_rank,
    };
    (told, Basis { kind, days: factor.days, deed: factor.deed })
}
