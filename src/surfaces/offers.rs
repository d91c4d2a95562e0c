//! Offers: which of the shop's published ones a user gets. Choosing needs the user's yes to just that; everyone else gets the
//! default.
//!
//! There is no individual price: a card is made of an offer that stands in the signed plan and of nothing else, so its rule
//! and its amount are the same bytes for everyone who gets it.

use crate::base::clock::DAY_MS;
use crate::base::money::Money;
use crate::catalog::Catalog;
use crate::catalog::plan::{Offer, OfferGift, PlanText, Slot, is_on};
use crate::profile::{Evidence, Standing, Surface, User};
use crate::surfaces::page::SlotReason;
use crate::surfaces::{SurfaceError, words};

/// The days that showings are counted over, if an offer does not say.
const DAYS: u32 = 7;

/// Who looks at a page, and from where.
#[derive(Clone, Copy, Default)]
pub struct Visitor<'a> {
    /// The user, if anything may be ordered by them.
    pub user: Option<User<'a>>,
    /// Country or subdivision, as the app told.
    pub region: Option<&'a str>,
}

/// What an offer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum OfferKind {
    /// A reduction of the products that it is about.
    Discount,
    /// Something from a value of the order on.
    Threshold,
    /// Products that are cheaper together.
    Bundle,
    /// For members of a tier.
    Reward,
}

/// A published offer. It names a rule and an amount of the signed plan; no price of a product is in it. What it gives can be
/// read, and set by nobody but the plan.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct OfferCard {
    /// Its name in the plan. When it is shown, report that a promotion of this name was: that is what is counted.
    pub offer_id: String,
    /// What it is.
    pub kind: OfferKind,
    /// Its words, in the language that was asked for.
    pub title: String,
    /// Its terms.
    pub terms: String,
    /// The code to enter, the same for everyone.
    code: Option<String>,
    /// The reduction in per cent.
    percent: Option<u32>,
    /// The reduction as an amount.
    amount: Option<Money>,
    /// Whether delivery is free.
    free_delivery: bool,
    /// The least value of an order.
    minimum: Option<Money>,
    /// Where it leads.
    pub link: Option<String>,
    /// When it ends, in milliseconds since 1970.
    pub until_ms: Option<i64>,
    /// What has to be shown with it where the user is, because it was chosen for them; none for a default.
    pub disclosure: Option<String>,
    /// Why this one.
    pub reason: SlotReason,
    /// The same as a sentence for the user.
    pub because: String,
}

impl OfferCard {
    /// The code to enter, the same for everyone.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// The reduction in per cent.
    #[must_use]
    pub const fn percent(&self) -> Option<u32> {
        self.percent
    }

    /// The reduction as an amount.
    #[must_use]
    pub const fn amount(&self) -> Option<&Money> {
        self.amount.as_ref()
    }

    /// Whether delivery is free.
    #[must_use]
    pub const fn free_delivery(&self) -> bool {
        self.free_delivery
    }

    /// The least value of an order.
    #[must_use]
    pub const fn minimum(&self) -> Option<&Money> {
        self.minimum.as_ref()
    }
}

/// The offer for a slot: the first of the plan that is meant for the user and was not shown too often, if they let one be
/// chosen, and else the default.
pub(super) fn choose(
    catalog: &Catalog,
    visitor: &Visitor<'_>,
    (evidence, standing): &(Evidence, Standing),
    slot: &Slot,
    locale: &str,
    preview: bool,
) -> Result<Option<OfferCard>, SurfaceError> {
    let user = visitor.user.and_then(|user| user.on(Surface::Offers));
    let may_choose = match user.map(|user| &user.permits.offers) {
        Some(Ok(permit)) => {
            permit.check()?;
            true
        }
        _ => preview,
    };
    let is_of_slot = |offer: &&Offer| slot.offers.is_empty() || slot.offers.contains(&offer.id);
    let valid = |offer: &&Offer| is_valid(catalog, offer, evidence.now_ms);
    let all = || catalog.plan().offers.iter().filter(is_of_slot).filter(valid);
    let meant = |offer: &&Offer| {
        !offer.default
            && standing.suits(&offer.only, &offer.never)
            && !was_shown_enough(visitor.user, evidence, offer)
    };
    let chosen = all().find(|offer| may_choose && meant(offer));
    if let Some(offer) = chosen {
        let name = words::of_audience(catalog, &offer.only, standing, locale);
        let reason = SlotReason::of(&offer.only);
        let disclosure = disclosure(offer, visitor.region).map(|text| text.of(locale));
        return Ok(card(offer, disclosure, reason, &name, locale));
    }
    let default = catalog.plan().offers.iter().filter(valid).find(|offer| offer.default);
    Ok(default.and_then(|offer| card(offer, None, SlotReason::Everyone, "", locale)))
}

/// Whether it is offered at all now: it has begun and not ended, and one of the items that it names can be ordered.
fn is_valid(catalog: &Catalog, offer: &Offer, now_ms: i64) -> bool {
    let can_be_ordered = |id: &String| {
        let product = catalog.product_named(id);
        product.is_some_and(|ix| catalog.variants(ix).any(|ix| catalog.availability(ix).can_be_ordered()))
    };
    offer.kind != OfferGift::Unknown
        && is_on(offer.from, offer.until, now_ms)
        && (offer.about.items.is_empty() || offer.about.items.iter().any(can_be_ordered))
}

/// Whether it was shown as often as the plan lets it, as far as the app reported and the user lets it be known.
fn was_shown_enough(user: Option<User<'_>>, evidence: &Evidence, offer: &Offer) -> bool {
    let Some(most) = offer.most_shown else { return false };
    let since = evidence.now_ms.saturating_sub(i64::from(offer.per_days.unwrap_or(DAYS)) * DAY_MS);
    user.is_some_and(|user| user.promotions_shown(evidence, &offer.id, since) >= most)
}

/// What has to be said in a region: of the region itself, else of its country, else of all others.
fn disclosure<'o>(offer: &'o Offer, region: Option<&str>) -> Option<&'o PlanText> {
    let of = |region: &str| offer.disclosure.get(region);
    let country = region.and_then(|region| region.split('-').next());
    region.and_then(of).or_else(|| country.and_then(of)).or_else(|| of("*"))
}

fn card(
    offer: &Offer,
    disclosure: Option<String>,
    reason: SlotReason,
    name: &str,
    locale: &str,
) -> Option<OfferCard> {
    let kind = match offer.kind {
        OfferGift::Discount => OfferKind::Discount,
        OfferGift::Threshold => OfferKind::Threshold,
        OfferGift::Bundle => OfferKind::Bundle,
        OfferGift::Reward => OfferKind::Reward,
        OfferGift::Unknown => return None,
    };
    Some(OfferCard {
        offer_id: offer.id.clone(),
        kind,
        title: offer.title.of(locale),
        terms: offer.terms.of(locale),
        code: offer.code.clone(),
        percent: offer.percent,
        amount: offer.amount.clone(),
        free_delivery: offer.free_delivery,
        minimum: offer.minimum.clone(),
        link: offer.link.clone(),
        until_ms: offer.until,
        disclosure,
        reason,
        because: words::of_slot(reason, name, locale),
    })
}
