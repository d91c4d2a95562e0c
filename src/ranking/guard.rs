//! The surprise guard: on a shelf that nobody asked anything of, nothing is shown that only a single look speaks for, or that
//! lies next to a sensitive topic. Being known too well is worse than a best seller.
//!
//! What the user had or named is no surprise, nor is what everyone is shown; a search, the page of a product and a part of the
//! shop are contexts of their own.

use std::collections::BTreeSet;

use crate::base::sensitive::SensitiveTags;
use crate::profile::Recent;
use crate::ranking::candidates::POPULAR;
use crate::ranking::explain::Workings;
use crate::ranking::list::Job;
use crate::ranking::request::{Filters, ShelfKind};
use crate::ranking::sums::{ByProduct, Said};

/// Looks, of one product or of several, that an inference rests on.
const ENOUGH: u32 = 2;
/// Whoever put a product on the wish list or did more meant it. A look or a choice from a list weighs less.
const MEANT: f32 = 2.0;

impl Job<'_> {
    /// The candidates that would surprise.
    pub(super) fn surprising(&self, workings: &Workings<'_>) -> BTreeSet<u32> {
        let is_unasked = matches!(self.request.kind, ShelfKind::ForYou | ShelfKind::NextUp)
            && self.request.seeds.is_empty()
            && self.request.filters == Filters::default();
        if !self.request.guarded || !is_unasked || self.evidence.is_empty() {
            return BTreeSet::new();
        }
        let catalog = self.catalog;
        let of_everyone: BTreeSet<u32> = [catalog.best_sellers(), catalog.rising()]
            .into_iter()
            .flat_map(|best| best.iter().copied().take(POPULAR))
            .collect();
        let guard = Guard { job: self, workings, of_everyone, signs: signs(workings) };
        workings.candidates.iter().copied().filter(|ix| guard.surprises(*ix)).collect()
    }
}

struct Guard<'a> {
    job: &'a Job<'a>,
    workings: &'a Workings<'a>,
    /// Products that are candidates for anybody.
    of_everyone: BTreeSet<u32>,
    /// How many looks the lists of what was looked at say of a product.
    signs: ByProduct<u32>,
}

impl Guard<'_> {
    fn surprises(&self, ix: u32) -> bool {
        let (catalog, evidence) = (self.job.catalog, self.job.evidence);
        let product = catalog.product_of(ix);
        let had = || evidence.derived.uses.get(&product).is_some_and(|used| used.count > 0);
        let named = || evidence.stated.iter().any(|(tag, _)| catalog.tags(ix).contains(tag));
        if self.of_everyone.contains(&product) || had() || named() {
            return false;
        }
        self.is_thin(ix, product) || self.is_delicate(product)
    }

    /// Whether no more than a look speaks for it.
    fn is_thin(&self, ix: u32, product: u32) -> bool {
        let catalog = self.job.catalog;
        let said = self.signs.get(&product).copied().unwrap_or_default();
        let of = |ix| [catalog.brand(ix), catalog.category(ix)];
        let liked = of(ix).into_iter().flatten().map(|tag| self.job.evidence.derived.evidence_count(tag));
        let shares = |recent: &&Recent| of(ix).iter().zip(of(recent.ix)).any(|(a, b)| a.is_some() && *a == b);
        let anchors = || self.workings.anchors.iter();
        let kin = || anchors().filter(shares).map(|recent| sign(self.workings, recent)).sum::<u32>();
        let alike = || self.workings.likeness(ix, |recent| sign(self.workings, recent));
        said.max(liked.max().unwrap_or_default()) < ENOUGH && kin() < ENOUGH && alike() < ENOUGH
    }

    /// Whether most of what goes with it is about sensitive topics that the user did not allow.
    fn is_delicate(&self, product: u32) -> bool {
        let topics: SensitiveTags = self.job.evidence.basis.topics;
        let (mut near, mut sensitive) = (0, 0);
        for (other, _) in self.job.catalog.neighbours(product) {
            near += 1;
            sensitive += u32::from(!self.job.catalog.sensitive(other).is_subset_of(topics));
        }
        sensitive * 2 > near
    }
}

/// What the lists of what was looked at say together of each product, each list in the count of its looks.
fn signs(workings: &Workings<'_>) -> ByProduct<u32> {
    let mut signs: ByProduct<u32> = ByProduct::default();
    let of_anchors: Vec<u32> = workings.anchors.iter().map(|recent| sign(workings, recent)).collect();
    for list in &workings.sources.said {
        let mut of_list: ByProduct<u32> = ByProduct::default();
        for Said { anchor, product, .. } in list {
            *of_list.entry(*product).or_default() += of_anchors.get(*anchor).copied().unwrap_or_default();
        }
        for (product, said) in of_list {
            let most = signs.entry(product).or_default();
            *most = said.max(*most);
        }
    }
    signs
}

/// How many looks a product of the past stands for.
fn sign(workings: &Workings<'_>, recent: &Recent) -> u32 {
    if recent.weight >= MEANT || recent.bought { ENOUGH } else { workings.use_count(recent.ix) }
}
