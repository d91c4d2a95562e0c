//! Occasions to tell the user something: what their own acts left open. Worked out from memory for each call and kept nowhere;
//! the same acts at the same time give the same occasions.

use std::collections::BTreeMap;

use crate::base::clock::DAY_MS;
use crate::catalog::plan::Occasion;
use crate::catalog::{Catalog, Named, TagKind};
use crate::profile::event::EventName;
use crate::profile::record::{Past, Stored};
use crate::profile::{Evidence, User};

/// What is in the cart for longer than this is forgotten there.
const CART_MS: i64 = 30 * DAY_MS;
/// Looks count for so long.
const LOOKS_MS: i64 = 7 * DAY_MS;
/// Looks at one product that are more than passing by.
const LINGERING: u32 = 3;
/// Looks at each of two products that are a comparison, and at one of them when leaving.
const COMPARED: u32 = 2;
/// Acts without which nobody is missed.
const KNOWN: u32 = 3;
/// Acts that the hour of the day is learnt from, and the days on which they were.
const HABIT: usize = 10;
const HABIT_DAYS: usize = 3;

/// Something that the user may be told about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Open {
    pub(crate) occasion: Occasion,
    /// The variant that it is about. Being away is about none.
    pub(crate) item: Option<u32>,
    /// When it came about, in milliseconds since 1970.
    pub(crate) since_ms: i64,
    /// Acts of the user that it rests on.
    pub(crate) evidence_count: u32,
    /// By how many per cent the price is lower.
    pub(crate) lower_percent: u32,
}

/// What is open, and at which hour the user tends to be here.
pub(crate) struct Occasions {
    pub(crate) open: Vec<Open>,
    times: Vec<i64>,
}

impl Occasions {
    /// What is open for a user by this evidence of them. Only what can be ordered and is shown unasked comes up.
    pub(crate) fn of(catalog: &Catalog, user: User<'_>, evidence: &Evidence, leaving: bool) -> Self {
        let state = user.profile.state();
        let known: Vec<&Past> = state.past.iter().filter(|past| evidence.basis.take(past)).collect();
        let acts = Acts { catalog, evidence, known };
        let open = if leaving { acts.when_leaving().into_iter().collect() } else { acts.open() };
        Self { open, times: acts.events().map(|event| event.time_ms).collect() }
    }

    /// The hour of the day at which most of what the user does is done, 0 to 23, for an offset from UTC in milliseconds. None
    /// before there is a habit.
    pub(crate) fn usual_hour(&self, offset_ms: i64) -> Option<i64> {
        let local = || self.times.iter().map(|time| time.saturating_add(offset_ms));
        let mut days: Vec<i64> = local().map(|time| time.div_euclid(DAY_MS)).collect();
        days.dedup();
        if self.times.len() < HABIT || days.len() < HABIT_DAYS {
            return None;
        }
        let mut hours = [0_u32; 24];
        for hour in local().map(|time| time.rem_euclid(DAY_MS) / HOUR_MS) {
            // An hour counts for those beside it: habits are not exact.
            for (beside, count) in [(23, 1), (0, 2), (1, 1)] {
                let at = usize::try_from((hour + beside) % 24).unwrap_or_default();
                if let Some(sum) = hours.get_mut(at) {
                    *sum += count;
                }
            }
        }
        (0..24).zip(hours).max_by_key(|(hour, sum)| (*sum, -hour)).map(|(hour, _)| hour)
    }
}

/// Milliseconds of an hour.
pub(crate) const HOUR_MS: i64 = 3_600_000;

/// What the user did, as far as it may be used.
struct Acts<'a> {
    catalog: &'a Catalog,
    evidence: &'a Evidence,
    /// In order of time.
    known: Vec<&'a Past>,
}

impl Acts<'_> {
    fn events(&self) -> impl DoubleEndedIterator<Item = &Stored> {
        self.known.iter().map(|past| &past.event)
    }

    fn open(&self) -> Vec<Open> {
        let looks = self.looks(|_| true);
        let mut open: Vec<Open> = Vec::new();
        open.extend(self.abandoned_cart());
        open.extend(self.lingering(&looks));
        open.extend(self.comparison(&looks));
        open.extend(self.replenishments());
        open.extend(self.wishes());
        open.extend(self.away());
        open
    }

    fn about(&self, occasion: Occasion, item: u32, since_ms: i64, evidence_count: u32) -> Open {
        Open { occasion, item: Some(item), since_ms, evidence_count, lower_percent: 0 }
    }

    /// The variant to speak of: the one that is named, or of a product one that can be ordered.
    fn sold(&self, named: Named) -> Option<u32> {
        let may_be_shown = |ix: &u32| {
            self.catalog.availability(*ix).can_be_ordered()
                && self.catalog.sensitive(*ix).is_empty()
                && !self.evidence.blocks(self.catalog, *ix)
                && !self.evidence.avoids(*ix)
        };
        match named {
            Named::Item(ix) => Some(ix).filter(may_be_shown),
            Named::Product(ix) => self.catalog.variants(ix).find(may_be_shown),
        }
    }

    fn product(&self, id: &str) -> Option<u32> {
        self.catalog.named(id).map(|named| self.catalog.product_of(named.ix()))
    }

    /// What was put into the cart last, of what is still in it. Who looks at the cart or pays says what it holds now, where
    /// the event has items.
    fn abandoned_cart(&self) -> Option<Open> {
        let (mut cart, mut touched_ms) = (Vec::<(String, i64)>::new(), i64::MIN);
        for event in self.events() {
            match event.name() {
                // Whoever has bought has no cart, whatever the app reported of it.
                EventName::Purchase => cart.clear(),
                EventName::AddToCart => {
                    touched_ms = event.time_ms;
                    for item in &event.items {
                        let before = cart.iter().position(|(id, _)| *id == item.id).map(|at| cart.remove(at));
                        let quantity = before.map_or(0, |(_, quantity)| quantity);
                        cart.push((item.id.clone(), quantity + i64::from(item.quantity)));
                    }
                }
                EventName::RemoveFromCart => {
                    touched_ms = event.time_ms;
                    for item in &event.items {
                        if let Some(held) = cart.iter_mut().find(|(id, _)| *id == item.id) {
                            held.1 -= i64::from(item.quantity);
                        }
                    }
                    cart.retain(|(_, quantity)| *quantity > 0);
                }
                EventName::ViewCart
                | EventName::BeginCheckout
                | EventName::AddShippingInfo
                | EventName::AddPaymentInfo => {
                    touched_ms = event.time_ms;
                    if !event.items.is_empty() {
                        let held = event.items.iter().map(|item| (item.id.clone(), i64::from(item.quantity)));
                        cart = held.collect();
                    }
                }
                _ => {}
            }
        }
        let is_recent = self.evidence.now_ms.saturating_sub(touched_ms) < CART_MS;
        let named = cart.iter().rev().filter_map(|(id, _)| self.catalog.named(id));
        let item = named.filter_map(|named| self.sold(named)).next().filter(|_| is_recent)?;
        let count = u32::try_from(cart.len()).unwrap_or(u32::MAX);
        Some(self.about(Occasion::AbandonedCart, item, touched_ms, count))
    }

    /// Looks at each product that was neither bought nor put into the cart since, with the variant and the time of the last.
    fn looks(&self, is_in: impl Fn(&Past) -> bool) -> BTreeMap<u32, (u32, Named, i64)> {
        let since = self.evidence.now_ms.saturating_sub(LOOKS_MS);
        let mut looks: BTreeMap<u32, (u32, Named, i64)> = BTreeMap::new();
        let lately = self.known.iter().filter(|past| past.event.time_ms >= since && is_in(past));
        for event in lately.map(|past| &past.event) {
            for item in &event.items {
                let Some(named) = self.catalog.named(&item.id) else { continue };
                let product = self.catalog.product_of(named.ix());
                match event.name() {
                    EventName::ViewItem => {
                        let look = looks.entry(product).or_insert((0, named, event.time_ms));
                        *look = (look.0 + 1, named, event.time_ms);
                    }
                    EventName::AddToCart | EventName::Purchase => {
                        looks.remove(&product);
                    }
                    _ => {}
                }
            }
        }
        looks
    }

    fn lingering(&self, looks: &BTreeMap<u32, (u32, Named, i64)>) -> Option<Open> {
        let most = looks.values().filter(|look| look.0 >= LINGERING).max_by_key(|look| (look.0, look.2))?;
        Some(self.about(Occasion::Lingering, self.sold(most.1)?, most.2, most.0))
    }

    /// The product that was looked at last of two or more of one category that each were looked at again.
    fn comparison(&self, looks: &BTreeMap<u32, (u32, Named, i64)>) -> Option<Open> {
        let mut by_kind: BTreeMap<u32, Vec<&(u32, Named, i64)>> = BTreeMap::new();
        for (product, look) in looks.iter().filter(|(_, look)| look.0 >= COMPARED) {
            if let Some(kind) = self.kind(*product) {
                by_kind.entry(kind).or_default().push(look);
            }
        }
        let compared = by_kind.into_values().filter(|looks| looks.len() > 1);
        let open = |looks: Vec<&(u32, Named, i64)>| {
            let last = looks.iter().max_by_key(|look| look.2)?;
            let count = looks.iter().map(|look| look.0).sum();
            Some(self.about(Occasion::Comparison, self.sold(last.1)?, last.2, count))
        };
        compared.filter_map(open).max_by_key(|open| open.since_ms)
    }

    /// The tag of the narrowest category of a product.
    fn kind(&self, product: u32) -> Option<u32> {
        let of_kind = |kind: TagKind| {
            let is_of = |tag: &&u32| self.catalog.tag(**tag).is_some_and(|tag| tag.kind == kind);
            let depth = |tag: &&u32| self.catalog.tag(**tag).map_or(0, |tag| tag.name.matches('>').count());
            self.catalog.tags(product).iter().filter(is_of).max_by_key(depth).copied()
        };
        of_kind(TagKind::ProductType).or_else(|| of_kind(TagKind::Category))
    }

    fn replenishments(&self) -> Vec<Open> {
        let due = self.evidence.replenishments(self.catalog).into_iter();
        due.filter_map(|needed| {
            let item = self.sold(self.catalog.named(&needed.item_id)?)?;
            Some(self.about(Occasion::Replenishment, item, needed.due_ms, needed.evidence_count))
        })
        .collect()
    }

    /// What is on the wish list and can be ordered again, or costs less.
    fn wishes(&self) -> Vec<Open> {
        let mut wishes: BTreeMap<u32, (&Stored, &String)> = BTreeMap::new();
        for event in self.events() {
            for item in &event.items {
                let Some(product) = self.product(&item.id) else { continue };
                match event.name() {
                    EventName::AddToWishlist => {
                        wishes.insert(product, (event, &item.id));
                    }
                    EventName::RemoveFromWishlist | EventName::Purchase => {
                        wishes.remove(&product);
                    }
                    _ => {}
                }
            }
        }
        let open = |(event, id): (&Stored, &String)| {
            let (then, item) = (event.asked.get(id)?, self.sold(self.catalog.named(id)?)?);
            if !then.can_be_ordered {
                return Some(self.about(Occasion::BackInStock, item, event.time_ms, 1));
            }
            let (was, is) = (then.price.as_ref()?, self.catalog.price_at(item, self.evidence.now_ms)?);
            let less = was.minor.checked_sub(is.minor).filter(|less| *less > 0)?;
            let lower = u32::try_from(less.checked_mul(100)?.checked_div(was.minor)?).ok()?;
            let is_comparable = was.currency == is.currency;
            let open = self.about(Occasion::PriceDrop, item, event.time_ms, 1);
            is_comparable.then_some(Open { lower_percent: lower, ..open })
        };
        wishes.into_values().filter_map(open).collect()
    }

    fn away(&self) -> Option<Open> {
        let since_ms = self.events().next_back()?.time_ms;
        let evidence_count = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
        let open =
            Open { occasion: Occasion::WinBack, item: None, since_ms, evidence_count, lower_percent: 0 };
        (evidence_count >= KNOWN).then_some(open)
    }

    /// What is in the cart, or else was looked at again in this visit.
    fn when_leaving(&self) -> Option<Open> {
        let now_ms = self.evidence.now_ms;
        let looks = self.looks(|past| past.in_session);
        let looked = || {
            let again = looks.values().filter(|look| look.0 >= COMPARED);
            let most = again.max_by_key(|look| (look.0, look.2))?;
            Some(self.about(Occasion::ExitIntent, self.sold(most.1)?, now_ms, most.0))
        };
        let cart = self.abandoned_cart();
        let cart = cart.map(|open| Open { occasion: Occasion::ExitIntent, since_ms: now_ms, ..open });
        cart.or_else(looked)
    }
}
