//! What was shown lately and why, in memory only, so that "why this?" speaks of the very list.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use crate::catalog::{Catalog, TagKind};
use crate::ranking::{Ranked, RankingMode, ReasonCode};
use crate::surfaces::SurfaceError;
use crate::surfaces::search::Pages;
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
    /// The parts of its score, largest first.
    pub factors: Vec<ExplanationFactor>,
    /// The probability that it was in the list; 1 for products that are not exploratory.
    pub propensity: f32,
}

struct Shown {
    ranking_id: String,
    explanations: Vec<(Explanation, Vec<Option<TagKind>>)>,
}

/// The lists shown lately.
#[derive(Default)]
pub struct ShownLog {
    lists: Mutex<VecDeque<Shown>>,
    /// Searches that may go on.
    pub(super) pages: Pages,
}

impl ShownLog {
    pub(super) fn remember(&self, ranking_id: String, catalog: &Catalog, ranked: &Ranked) {
        let explanations = ranked
            .items
            .iter()
            .map(|item| {
                let (factors, kinds) = item.factors.iter().map(|f| factor(catalog, f)).unzip();
                let item_id = catalog.item_id(item.ix).to_owned();
                let product_id = catalog.product_id(item.ix).to_owned();
                let (text, mode, propensity) = (String::new(), ranked.mode, item.propensity);
                (Explanation { item_id, product_id, mode, text, factors, propensity }, kinds)
            })
            .collect();
        let mut log = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        if log.len() == REMEMBERED {
            log.pop_front();
        }
        log.push_back(Shown { ranking_id, explanations });
    }

    /// Why a product was in the list, in the language of `locale`, as long as the list is remembered. `item_id` is the
    /// product's or that of any of its variants, as `product_of` tells.
    ///
    /// # Errors
    /// [`SurfaceError::Argument`] where the list is not remembered, or does not have the product.
    pub fn explain(
        &self,
        ranking_id: &str,
        item_id: &str,
        product_of: impl Fn(&str) -> Option<String>,
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
        let of = |is: &dyn Fn(&Explanation) -> bool| shown.explanations.iter().find(|(e, _)| is(e));
        let explained = of(&is_it).or_else(|| of(&is_its)).cloned();
        let (mut told, kinds) =
            explained.ok_or_else(|| unknown("item_id", "the list does not have this product"))?;
        told.text = words::of_list(told.mode, told.propensity < 1.0, locale);
        for (factor, kind) in told.factors.iter_mut().zip(kinds) {
            factor.text = words::of_factor(factor, kind, locale);
        }
        Ok(told)
    }

    /// Forgets everything: what was shown may rest on what is no longer allowed.
    pub fn clear(&self) {
        self.lists.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.pages.clear();
    }
}

/// A part of a score, and the kind of its attribute. It is put into words when somebody asks.
fn factor(catalog: &Catalog, factor: &crate::ranking::Factor) -> (ExplanationFactor, Option<TagKind>) {
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
    (told, kind)
}
