//! Evidence: what ranking may use about the user, gathered under permits and nowhere else.

use std::collections::BTreeSet;
use std::sync::Arc;

use libm::{expf, logf};

use crate::base::clock::DAY_MS;
use crate::base::sensitive::SensitiveTags;
use crate::catalog::{Catalog, Named, TagKind};
use crate::consent::SensitivePermit;
#[cfg(feature = "operator")]
use crate::consent::{Permit, Ranking};
use crate::profile::derived::Derived;
use crate::profile::event::ShoppingMode;
use crate::profile::interaction::{Act, topics_of_tag};
use crate::profile::state::Basis;
use crate::profile::stated::{PreferenceKey, Stated};
use crate::profile::{ProfileError, ReviewAspect, User};

/// Distinct items of the past that candidates are drawn from.
const RECENT: usize = 150;
/// Likings that a list can be ordered by.
const ENOUGH: usize = 3;
/// Purchases from which on prices are usual; the fences of a box plot, and the least width of the box against its middle.
const PURCHASES: usize = 5;
const FENCE: f32 = 1.5;
const NARROWEST: f32 = 0.2;
/// How long "not for me" holds.
const DISMISSED_MS: i64 = 180 * DAY_MS;

/// An item the user showed interest in lately.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Recent {
    /// The variant.
    pub(crate) ix: u32,
    /// Its product, by the first variant.
    pub(crate) product: u32,
    /// Acts at later moments: 0 for the last.
    pub(crate) step: u32,
    pub(crate) weight: f32,
    pub(crate) bought: bool,
}

/// What ranking may use, against one catalog. Holds plain values: it can outlive a change of
/// consent, so it is gathered anew for every list and never kept.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    pub(crate) derived: Arc<Derived>,
    /// Newest first, each product once, only what was liked.
    pub(crate) recent: Vec<Recent>,
    /// Products that were called "less like this", by their first variants.
    pub(crate) disliked: Vec<u32>,
    /// Tags the user named, with their strength.
    pub(crate) stated: Vec<(u32, f32)>,
    /// When they named each size, in milliseconds since 1970.
    pub(crate) sizes_said: Vec<(u32, i64)>,
    /// What the user said that matters to them in a product.
    pub(crate) matters: Vec<ReviewAspect>,
    /// Tags the user never wants to see.
    pub(crate) blocked_tags: BTreeSet<u32>,
    /// Items that must not be shown: all variants of what the user never wants to see.
    pub(crate) blocked_items: BTreeSet<u32>,
    /// Items that are kept from shelves, and found by who searches for them: all variants of what was dismissed or regretted
    /// lately or is to be less, those that were the wrong size, and those that were outgrown.
    pub(crate) avoided: BTreeSet<u32>,
    pub(crate) basis: Basis,
    /// The moment it speaks of, in milliseconds since 1970.
    pub(crate) now_ms: i64,
}

impl Evidence {
    /// Gathers what the permits allow, from memory.
    ///
    /// # Errors
    /// A permit is no longer valid.
    pub fn gather(user: User<'_>, catalog: &Catalog, now_ms: i64) -> Result<Self, ProfileError> {
        user.check()?;
        let (state, permits) = (user.profile.state(), user.permits);
        if state.mode == ShoppingMode::Private {
            return Ok(Self { now_ms, ..Self::default() });
        }
        let gift = state.mode == ShoppingMode::Gift;
        let wanted = Basis {
            session: permits.session.is_ok() && state.session_alive(now_ms),
            history: permits.inference.is_ok() && !gift,
            stated: permits.preferences.is_ok(),
            gift,
            topics: if gift || user.discreet {
                SensitiveTags::NONE
            } else {
                permits.topics(catalog).map(SensitivePermit::tag).collect()
            },
        };
        let derived = user.profile.derived(&state, catalog, wanted);
        let mut evidence = Self::from_derived(catalog, derived, now_ms);
        evidence.basis = Basis {
            history: wanted.history && state.past.iter().any(|p| p.record.is_some() && wanted.take(p)),
            stated: false,
            ..wanted
        };
        if wanted.stated {
            evidence.hear(catalog, &state.stated, gift);
        }
        Ok(evidence)
    }

    /// What follows from derived signals alone.
    pub(crate) fn from_derived(catalog: &Catalog, derived: Arc<Derived>, now_ms: i64) -> Self {
        let mut evidence = Self { recent: recent(catalog, &derived), now_ms, ..Self::default() };
        evidence.basis.history = !derived.signals.is_empty();
        let lately = |time: i64| now_ms.saturating_sub(time) < DISMISSED_MS;
        let dismissed = derived.uses.iter().filter(|(_, u)| u.dismissed_ms.is_some_and(lately));
        let all = dismissed.flat_map(|(product, _)| catalog.variants(*product));
        let misfits = derived.misfits.iter().filter(|(_, time)| lately(**time)).map(|(&ix, _)| ix);
        evidence.avoided = all.chain(misfits).chain(derived.outgrown(catalog).iter().copied()).collect();
        evidence.derived = derived;
        evidence
    }

    /// Takes in what the user said; what they refused is no start for anything. While shopping for somebody else only the refusals count.
    fn hear(&mut self, catalog: &Catalog, stated: &Stated, gift: bool) {
        for p in stated.iter() {
            match p.key {
                PreferenceKey::NeverItem | PreferenceKey::LessLikeItem => {
                    let Some(named) = catalog.named(&p.value) else { continue };
                    let all = catalog.variants(named.ix());
                    if p.key == PreferenceKey::LessLikeItem {
                        self.avoided.extend(all);
                        self.disliked.push(catalog.product_of(named.ix()));
                    } else {
                        self.blocked_items.extend(all);
                    }
                }
                PreferenceKey::MoreLikeItem if !gift => {
                    let may_count = |of: &Named| catalog.sensitive_of(*of).is_subset_of(self.basis.topics);
                    if let Some(ix) = catalog.named(&p.value).filter(may_count).map(Named::ix) {
                        let product = catalog.product_of(ix);
                        self.recent.push(Recent { ix, product, step: 2, weight: 3.0, bought: false });
                    }
                }
                PreferenceKey::Matters => {
                    self.matters.extend(ReviewAspect::parse(&p.value).filter(|_| !gift));
                }
                key => match key.tag_kind() {
                    Some((kind, true)) => self.blocked_tags.extend(find_tags(catalog, kind, &p.value)),
                    Some((kind, false)) if !gift => {
                        let may_count =
                            |tag: &u32| topics_of_tag(catalog, *tag).is_subset_of(self.basis.topics);
                        for tag in find_tags(catalog, kind, &p.value).filter(may_count) {
                            self.stated.push((tag, 1.0));
                            if kind == TagKind::Size {
                                self.sizes_said.push((tag, p.set_at_ms));
                            }
                        }
                    }
                    _ => {}
                },
            }
        }
        self.basis.stated = !self.stated.is_empty();
        let mut recent = std::mem::take(&mut self.recent);
        recent.retain(|recent| !self.blocks(catalog, recent.ix) && !self.avoids(recent.ix));
        self.recent = recent;
    }

    /// Whether there is anything to personalise with.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.recent.is_empty() && self.stated.is_empty() && self.derived.likings().next().is_none()
    }

    /// Whether there is too little to order a whole list by: a look or two, and nothing that was said.
    pub(crate) fn is_thin(&self) -> bool {
        let liked = || self.derived.signals.iter().filter(|signal| signal.weight > 0.0);
        let few = liked().take(ENOUGH).count() < ENOUGH;
        self.stated.is_empty() && few && liked().all(|signal| signal.act == Act::Look)
    }

    /// The usual range of what the user pays, as natural logarithms of prices in major units: the quartiles of the prices
    /// bought at, widened by the fences of a box plot (Tukey 1977). None before the fifth purchase.
    pub(crate) fn usual_prices(&self, catalog: &Catalog) -> Option<(f32, f32)> {
        *self.derived.usual.get_or_init(|| usual_prices(catalog, &self.derived))
    }

    /// Whether the item is kept from shelves, and found by who searches for it.
    pub(crate) fn avoids(&self, ix: u32) -> bool {
        self.avoided.contains(&ix)
    }

    /// Whether the item must not be shown to this user.
    pub(crate) fn blocks(&self, catalog: &Catalog, ix: u32) -> bool {
        self.blocked_items.contains(&ix)
            || (!self.blocked_tags.is_empty()
                && catalog.tags(ix).iter().any(|t| self.blocked_tags.contains(t)))
    }
}

fn usual_prices(catalog: &Catalog, derived: &Derived) -> Option<(f32, f32)> {
    let bought = derived.signals.iter().filter(|signal| signal.act == Act::Buy);
    let mut prices: Vec<f32> = bought.filter_map(|signal| catalog.log_price(signal.of.ix())).collect();
    if prices.len() < PURCHASES {
        return None;
    }
    prices.sort_unstable_by(f32::total_cmp);
    let at = |share: f32| {
        expf(prices.get(((prices.len() - 1) as f32 * share).round() as usize).copied().unwrap_or_default())
    };
    let (low, middle, high) = (at(0.25), at(0.5), at(0.75));
    let fence = FENCE * (high - low).max(NARROWEST * middle);
    Some((logf((low - fence).max(f32::MIN_POSITIVE)), logf(high + fence)))
}

/// Category preferences may mean either of the two paths a shop knows.
pub(super) fn find_tags<'a>(
    catalog: &'a Catalog,
    kind: TagKind,
    value: &'a str,
) -> impl Iterator<Item = u32> + 'a {
    let also = (kind == TagKind::Category).then_some(TagKind::ProductType);
    [Some(kind), also].into_iter().flatten().filter_map(move |k| catalog.find_tag(k, value))
}

/// The last products that were liked, each once, and not dismissed since.
fn recent(catalog: &Catalog, derived: &Derived) -> Vec<Recent> {
    let mut recent: Vec<Recent> = Vec::new();
    let mut seen = BTreeSet::new();
    let (mut step, mut moment) = (0, None);
    for signal in derived.signals.iter().rev().filter(|s| s.weight > 0.0) {
        if moment.is_some_and(|m| m != signal.time_ms) {
            step += 1;
        }
        moment = Some(signal.time_ms);
        let ix = signal.of.ix();
        let product = catalog.product_of(ix);
        let is_dismissed = derived.uses.get(&product).is_some_and(|u| u.dismissed_ms.is_some());
        if is_dismissed || derived.misfits.contains_key(&ix) {
            continue;
        }
        if seen.insert(product) {
            recent.push(Recent { ix, product, step, weight: signal.weight, bought: signal.act == Act::Buy });
        }
        if recent.len() >= RECENT {
            break;
        }
    }
    recent
}

#[cfg(feature = "operator")]
impl Evidence {
    /// Evidence of a customer in the shop's own training or test data: items, whether they were
    /// bought, and times in milliseconds, oldest first. For measuring rankings; under a permit, as
    /// on a device.
    ///
    /// # Errors
    /// The permit is no longer valid.
    pub fn of_interactions(
        catalog: &Catalog,
        ranking: &Permit<Ranking>,
        interactions: impl Iterator<Item = (u32, bool, i64)>,
        now_ms: i64,
    ) -> Result<Self, ProfileError> {
        ranking.check()?;
        Ok(Self::from_derived(catalog, Arc::new(Self::derive(catalog, interactions)), now_ms))
    }

    /// What such interactions mean.
    pub(crate) fn derive(catalog: &Catalog, interactions: impl Iterator<Item = (u32, bool, i64)>) -> Derived {
        use crate::profile::interaction::{InteractionWeights, Signal};
        let weights = InteractionWeights::default();
        let mut derived = Derived::default();
        for (ix, bought, time_ms) in interactions {
            let (act, weight) = if bought { (Act::Buy, weights.purchase) } else { (Act::Look, weights.view) };
            let open = catalog.sensitive(ix).is_empty();
            derived
                .add_signal(catalog, Signal { of: Named::Item(ix), act, weight, time_ms, quantity: 1, open });
        }
        derived
    }
}
