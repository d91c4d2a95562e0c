//! Making one list: draw candidates, score them, pick, explain.

use std::collections::BTreeSet;

use libm::log1pf;
use ndarray::ArrayView1;
use serde::Deserialize;

use crate::base::limits::LIST;
use crate::base::random::SecureRandom;
use crate::catalog::Catalog;
use crate::profile::{Evidence, Intensity, Recent};
use crate::ranking::RankingError;
use crate::ranking::candidates::{Sources, draw};
use crate::ranking::diversify::{Variety, diversity, pick};
use crate::ranking::explain::{Factor, ReasonCode, Workings};
use crate::ranking::explore::explore;
use crate::ranking::features::matrix;
use crate::ranking::goes_with::Fallback;
use crate::ranking::kinds::{anchors, weights};
use crate::ranking::parts::Parts;
use crate::ranking::request::{Filter, Filters, RankRequest};
use crate::ranking::sums::ByProduct;
use crate::ranking::top::Scored;
use crate::ranking::variants::Suits;

/// How much the order that items came in says, against all that is known of the user.
pub(super) const BASE_WEIGHT: f32 = 1.5;
/// What an item loses that was passed over more often than says nothing: this share of the range of all scores, times the
/// logarithm of how much more often.
const TIRING: f32 = 0.2;
const UNNOTICED: f32 = 2.0;
/// Variants that score at least this share of the best one are as good a match.
pub(crate) const NEARLY: f32 = 0.9;

/// What a list is based on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum RankingMode {
    /// Stored behaviour.
    Personalized,
    /// This visit.
    Session,
    /// Stated preferences.
    Stated,
    /// Nothing about the user.
    #[default]
    Popular,
    /// A look or two: the first signs of what the user likes, too few to order a whole list by.
    FirstSigns,
}

/// One item of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct RankedItem {
    /// Its index in the catalog.
    pub ix: u32,
    /// Its score. Comparable within one list only.
    pub score: f32,
    /// The reasons for it, strongest first, at most three.
    pub reasons: Vec<ReasonCode>,
    /// The parts of the score, largest first.
    pub factors: Vec<Factor>,
    /// Whether it is in the list for exploration.
    pub exploratory: bool,
    /// The probability that it was in this list; 1 for items that are not exploratory.
    pub propensity: f32,
}

/// A list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ranked {
    /// The items, first to last.
    pub items: Vec<RankedItem>,
    /// What it is based on.
    pub mode: RankingMode,
    /// Mean dissimilarity of the first ten items, from 0 to 1.
    pub diversity: f32,
    /// Version of the set of features it was made with.
    pub model_version: u32,
    /// Number of candidates it was selected from.
    pub candidates: u32,
    /// What it is in place of what was asked for, where there is none of that.
    pub fallback: Option<Fallback>,
}

/// The making of one list.
pub(crate) struct Job<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) evidence: &'a Evidence,
    pub(super) request: &'a RankRequest,
    pub(super) filter: Filter,
    /// What the shop keeps in, and what it keeps out.
    pub(super) chosen: [Vec<Filter>; 2],
    /// Products, by their first variants.
    pub(super) excluded: BTreeSet<u32>,
    /// Whether its products must be of other kinds than the seeds.
    pub(super) apart: bool,
    limit: usize,
}

impl<'a> Job<'a> {
    pub(crate) fn new(catalog: &'a Catalog, evidence: &'a Evidence, request: &'a RankRequest) -> Self {
        let filter = Filter::of(catalog, &request.filters);
        let of = |all: &[Filters]| -> Vec<Filter> {
            all.iter().map(|filters| Filter::of(catalog, filters)).collect()
        };
        let chosen = [of(&request.only), of(&request.without)];
        let excluded = request.exclude.iter().chain(&request.seeds);
        let excluded = excluded.map(|ix| catalog.product_of(*ix)).collect();
        let (apart, limit) = (request.kind.goes_with(), request.limit.min(LIST.most));
        Self { catalog, evidence, request, filter, chosen, excluded, apart, limit }
    }

    /// The list that the request's kind stands for. It may be empty.
    pub(super) fn answer(&self, random: &dyn SecureRandom) -> Result<Ranked, RankingError> {
        if self.request.kind.goes_with() {
            return Ok(self.complements());
        }
        let anchors = anchors(self.catalog, self.evidence, self.request);
        let sources = Sources::of(self.catalog, self.evidence, &anchors);
        let candidates = self.candidates(&sources);
        let mut workings = self.score(&anchors, &sources, &candidates, Vec::new());
        self.tire(&mut workings);
        let mut list = self.finish(&mut workings);
        if self.request.exploration > 0.0 {
            self.explore(&mut workings, &mut list, random)?;
        }
        Ok(list)
    }

    /// One variant of each product that is drawn, in order of the index.
    fn candidates(&self, sources: &Sources) -> Vec<u32> {
        let allowed =
            |product| !self.had_before(product) && self.catalog.variants(product).any(|ix| self.allows(ix));
        let drawn = self.request.kind.draw();
        let mut products = draw(self.catalog, self.evidence, sources, drawn, &allowed);
        self.fill_up(&mut products, &allowed);
        let suits = self.suits();
        let shown = |product, may: &dyn Fn(u32) -> bool| suits.shown(product, may);
        let may = |ix| self.allows(ix);
        let mut candidates: Vec<u32> = products.into_iter().filter_map(|p| shown(p, &may)).collect();
        if candidates.is_empty() && self.request.kind.fills_up() {
            let any = self.catalog.best_sellers().iter().filter_map(|product| shown(*product, &may));
            candidates = any.take(self.limit).collect();
        }
        candidates.sort_unstable();
        candidates
    }

    /// The candidates and their features, as [`run`](Self::run) would score them.
    #[cfg(feature = "operator")]
    pub(crate) fn features(&self) -> (Vec<u32>, ndarray::Array2<f32>) {
        let anchors = anchors(self.catalog, self.evidence, self.request);
        let sources = Sources::of(self.catalog, self.evidence, &anchors);
        let candidates = self.candidates(&sources);
        let features = matrix(self.catalog, self.evidence, &sources, &candidates, &[]);
        (candidates, features)
    }

    /// Orders given items, which keep a say by their own scores.
    pub(crate) fn order(self, given: &[(u32, f32)]) -> Ranked {
        let anchors = anchors(self.catalog, self.evidence, self.request);
        let sources = Sources::of(self.catalog, self.evidence, &anchors);
        let given = self.one_of_each(given);
        let most = given.iter().fold(f32::MIN_POSITIVE, |m, c| m.max(c.1));
        let (candidates, base): (Vec<u32>, Vec<f32>) =
            given.into_iter().map(|(ix, score)| (ix, BASE_WEIGHT * (score / most).clamp(0.0, 1.0))).unzip();
        let mut workings = self.score(&anchors, &sources, &candidates, base);
        self.finish(&mut workings)
    }

    /// One variant of each product with the best score of any: of those that score nearly as well the one that suits.
    fn one_of_each(&self, given: &[(u32, f32)]) -> Vec<(u32, f32)> {
        let suits = self.suits();
        let allowed = given.iter().filter(|c| self.allows_given(c.0));
        let mut given: Vec<(u32, u32, f32)> =
            allowed.map(|&(ix, score)| (self.catalog.product_of(ix), ix, score)).collect();
        given.sort_by(|a, b| a.0.cmp(&b.0).then(b.2.total_cmp(&a.2)).then(a.1.cmp(&b.1)));
        let variant = |of_one: &[(u32, u32, f32)]| {
            let best = of_one.first()?.2;
            let near = of_one.iter().filter(|c| c.2 >= NEARLY * best);
            let ix = suits.best(near.map(|c| c.1))?;
            Some((ix, best))
        };
        let mut chosen: Vec<(u32, f32)> = given.chunk_by(|a, b| a.0 == b.0).filter_map(variant).collect();
        chosen.sort_by_key(|c| c.0);
        chosen
    }

    pub(super) fn suits(&self) -> Suits<'a> {
        Suits::of(self.catalog, self.evidence, &self.request.seeds)
    }

    /// Adds best sellers until there is enough to choose from.
    fn fill_up(&self, products: &mut Vec<u32>, allowed: &dyn Fn(u32) -> bool) {
        let wanted = self.limit.saturating_mul(3);
        if products.len() >= wanted || !self.request.kind.fills_up() {
            return;
        }
        let others = self.catalog.best_sellers().iter().copied();
        let others = others.filter(|p| products.binary_search(p).is_err() && allowed(*p));
        let others: Vec<u32> = others.take(wanted - products.len()).collect();
        products.extend(others);
    }

    pub(super) fn score<'w>(
        &'w self,
        anchors: &'w [Recent],
        sources: &'w Sources,
        candidates: &'w [u32],
        base: Vec<f32>,
    ) -> Workings<'w> {
        let whole: &[Recent] = if self.is_of_a_part() { anchors } else { &[] };
        let features = matrix(self.catalog, self.evidence, sources, candidates, whole);
        let mut weights = weights(self.catalog, self.request, !anchors.is_empty());
        if !base.is_empty() {
            self.mute_for_order(&mut weights);
            let scores = features.dot(&ArrayView1::from(weights.as_slice()));
            let (least, most) = scores.iter().fold((f32::MAX, f32::MIN), |(l, m), &s| (l.min(s), m.max(s)));
            let range = (most - least).max(1.0);
            weights.iter_mut().for_each(|w| *w /= range);
        }
        let mut scores = features.dot(&ArrayView1::from(weights.as_slice())).to_vec();
        for (score, base) in scores.iter_mut().zip(&base) {
            *score += base;
        }
        let (catalog, evidence) = (self.catalog, self.evidence);
        let (kind, prices) = (self.request.kind, evidence.usual_prices(catalog));
        Workings {
            catalog,
            evidence,
            kind,
            prices,
            anchors,
            sources,
            candidates,
            features,
            weights,
            base,
            scores,
            parts: Parts::default(),
            seeds: ByProduct::default(),
            hidden: BTreeSet::new(),
        }
    }

    /// Whether it is a shelf of a part of the shop, which the user's past may have nothing to do with.
    fn is_of_a_part(&self) -> bool {
        let is_cut = self.request.filters != Filters::default() || !self.request.only.is_empty();
        is_cut && !self.request.kind.is_about_seeds()
    }

    /// What was shown again and again without anybody looking at it sinks. On the page of a product it is the page that counts.
    fn tire(&self, workings: &mut Workings<'_>) {
        if self.request.kind.is_about_seeds() || self.request.intensity == Intensity::Off {
            return;
        }
        if !self.evidence.derived.was_passed() {
            return;
        }
        let (least, most) =
            workings.scores.iter().fold((f32::MAX, f32::MIN), |(l, m), &s| (l.min(s), m.max(s)));
        for (score, ix) in workings.scores.iter_mut().zip(workings.candidates) {
            let passed = self.evidence.derived.passed(self.catalog.product_of(*ix), self.evidence.now_ms);
            *score -= TIRING * (most - least) * log1pf((passed - UNNOTICED).max(0.0));
        }
    }

    /// When items come in an order of their own, popularity has had its say; of whom nothing is known, or may be used, only the
    /// order counts.
    fn mute_for_order(&self, weights: &mut [f32]) {
        use crate::ranking::features::{COLD, LOG_POPULARITY, RECENT_POPULARITY};
        let nobody = self.request.intensity == Intensity::Off || self.evidence.is_empty();
        for (feature, weight) in weights.iter_mut().enumerate() {
            let muted = [COLD, LOG_POPULARITY, RECENT_POPULARITY].contains(&feature);
            if nobody || muted {
                *weight = 0.0;
            }
        }
    }

    pub(super) fn finish(&self, workings: &mut Workings<'_>) -> Ranked {
        let scored = workings.candidates.iter().zip(&workings.scores);
        let mut ranked: Vec<Scored> = scored.map(|(&ix, &score)| Scored { score, ix }).collect();
        workings.hidden = self.surprising(workings);
        ranked.retain(|scored| !workings.hidden.contains(&scored.ix));
        ranked.sort_unstable_by(|a, b| b.cmp(a));
        let given = !workings.base.is_empty();
        let variety = Variety {
            diversity: if given { 0.0 } else { self.request.diversity.clamp(0.0, 1.0) },
            caps: !given && self.request.diversity > 0.0 && self.request.kind.wants_caps(),
            prices: workings.prices,
        };
        let list = pick(self.catalog, &ranked, self.limit, variety);
        workings.prepare(&list);
        Ranked {
            diversity: diversity(self.catalog, &list),
            items: list.into_iter().map(|ix| item(workings, ix)).collect(),
            mode: self.mode(),
            model_version: crate::ranking::features::VERSION,
            candidates: u32::try_from(ranked.len()).unwrap_or(u32::MAX),
            fallback: None,
        }
    }

    fn mode(&self) -> RankingMode {
        let basis = self.evidence.basis;
        if self.evidence.is_empty() || self.request.intensity == Intensity::Off {
            RankingMode::Popular
        } else if basis.history && self.evidence.is_thin() {
            RankingMode::FirstSigns
        } else if basis.history {
            RankingMode::Personalized
        } else if basis.session {
            RankingMode::Session
        } else {
            RankingMode::Stated
        }
    }

    fn explore(
        &self,
        workings: &mut Workings<'_>,
        list: &mut Ranked,
        random: &dyn SecureRandom,
    ) -> Result<(), RankingError> {
        let shown: BTreeSet<u32> = list.items.iter().map(|i| i.ix).collect();
        let mut others: Vec<Scored> = workings
            .candidates
            .iter()
            .zip(&workings.scores)
            .filter(|c| !shown.contains(c.0) && !workings.hidden.contains(c.0))
            .map(|(&ix, &score)| Scored { score, ix })
            .collect();
        others.sort_by(|a, b| b.cmp(a));
        let others: Vec<u32> = others.into_iter().map(|s| s.ix).collect();
        let explored = explore(list.items.len(), &others, self.request.exploration, random)?;
        workings.prepare(&explored.iter().map(|explored| explored.ix).collect::<Vec<_>>());
        for explored in explored {
            let Some(place) = list.items.get_mut(explored.at) else { continue };
            *place = item(workings, explored.ix);
            place.exploratory = true;
            place.propensity = explored.propensity;
            place.reasons.insert(0, ReasonCode::Exploration);
        }
        Ok(())
    }
}

fn item(workings: &Workings<'_>, ix: u32) -> RankedItem {
    let at = workings.candidates.binary_search(&ix).unwrap_or_default();
    let factors = workings.factors(at);
    RankedItem {
        ix,
        score: workings.scores.get(at).copied().unwrap_or_default(),
        reasons: workings.reasons(at, &factors),
        factors,
        exploratory: false,
        propensity: 1.0,
    }
}
