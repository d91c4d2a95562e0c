//! What was shown lately and why, in memory only, so that "why this?" speaks of the very list.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use crate::catalog::Catalog;
use crate::ranking::{Ranked, RankingMode, ReasonCode};

/// Lists that are remembered.
const REMEMBERED: usize = 32;

/// One part of an item's score.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct ExplanationFactor {
    /// What it is.
    pub code: ReasonCode,
    /// The title of the product, or the brand, category or other tag it rests on.
    pub attribute: Option<String>,
    /// The product it rests on, by id.
    pub item_id: Option<String>,
    /// How many of the user's acts it rests on.
    pub evidence_count: u32,
    /// Whether the user said it, rather than it following from what they did.
    pub stated: bool,
    /// Its part of the score; negative for what speaks against the product.
    pub weight: f32,
    /// Where the product would stand by score without it, 0 for the top.
    pub without_factor_rank: u32,
}

/// Why a product stands where it stands.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Explanation {
    /// The product.
    pub item_id: String,
    /// What its list rests on.
    pub mode: RankingMode,
    /// The parts of its score, largest first.
    pub factors: Vec<ExplanationFactor>,
    /// The odds that it was in the list; 1 for what is there on its merits.
    pub propensity: f32,
}

struct Shown {
    ranking_id: String,
    explanations: Vec<Explanation>,
}

/// The lists shown lately.
#[derive(Default)]
pub struct ShownLog(Mutex<VecDeque<Shown>>);

impl ShownLog {
    pub(super) fn remember(&self, ranking_id: String, catalog: &Catalog, ranked: &Ranked) {
        let explanations = ranked
            .items
            .iter()
            .map(|item| Explanation {
                item_id: catalog.item_id(item.ix).to_owned(),
                mode: ranked.mode,
                factors: item.factors.iter().map(|f| factor(catalog, f)).collect(),
                propensity: item.propensity,
            })
            .collect();
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if log.len() == REMEMBERED {
            log.pop_front();
        }
        log.push_back(Shown { ranking_id, explanations });
    }

    /// Why `item_id` was in the list, as long as the list is remembered.
    #[must_use]
    pub fn explain(&self, ranking_id: &str, item_id: &str) -> Option<Explanation> {
        let log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let shown = log.iter().rev().find(|s| s.ranking_id == ranking_id)?;
        shown.explanations.iter().find(|e| e.item_id == item_id).cloned()
    }

    /// Forgets everything: what was shown may rest on what is no longer allowed.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

fn factor(catalog: &Catalog, factor: &crate::ranking::Factor) -> ExplanationFactor {
    use crate::ranking::Subject;
    let (attribute, item_id) = match factor.subject {
        Subject::None => (None, None),
        Subject::Item(ix) => (Some(catalog.title(ix).to_owned()), Some(catalog.item_id(ix).to_owned())),
        Subject::Tag(tag) => (catalog.tag(tag).map(|t| t.name.to_owned()), None),
    };
    ExplanationFactor {
        code: factor.code,
        attribute,
        item_id,
        evidence_count: factor.evidence_count,
        stated: factor.stated,
        weight: factor.weight,
        without_factor_rank: factor.without_rank,
    }
}
