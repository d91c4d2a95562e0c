//! What about a product matters to a user, as far as they said or did something that tells: for who reads reviews.

use serde::Deserialize;

use crate::catalog::{Catalog, Named, TagKind};
use crate::profile::event::{EventName, ReturnReason};
use crate::profile::interaction::Act;
use crate::profile::record::Stored;
use crate::profile::worded::worded;
use crate::profile::{Evidence, User};

/// Offers that were chosen from which on prices matter.
const OFFERS: u32 = 2;

worded! {
    /// What a review may be about. The preference `Matters` names each by its word.
    ReviewAspect {
        /// Whether it is as large as its size says.
        Size = "size";
        /// How well it is made, and how long it lasts.
        Quality = "quality";
        /// Whether it is worth its price.
        Value = "value";
        /// How it feels to wear or use it.
        Comfort = "comfort";
        /// How it looks.
        Looks = "looks";
        /// What it does to people and the environment.
        Sustainability = "sustainability";
        /// How easy it is to use.
        EaseOfUse = "ease_of_use";
        /// How it is packed and delivered.
        Delivery = "delivery";
    }
}

impl ReviewAspect {
    /// Reads the word of [`word`](Self::word), in capitals or not.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|aspect| aspect.word().eq_ignore_ascii_case(word.trim()))
    }
}

/// Why an aspect matters to the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum ConcernReason {
    /// The user said so.
    Stated,
    /// Something of this kind was sent back as too small or too large.
    SentBack,
    /// Something of this kind was rated with one or two stars.
    RatedLow,
    /// It costs more than the user usually pays.
    AboveUsual,
    /// Offers of the shop's plan were chosen at least twice.
    ChoseOffers,
}

/// An aspect that matters to the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Concern {
    pub(crate) aspect: ReviewAspect,
    pub(crate) reason: ConcernReason,
    /// Number of user actions it is based on.
    pub(crate) evidence_count: u32,
}

impl Concern {
    /// How much it counts beside others: what was said twice what was done. A convention, not measured.
    pub(crate) fn weight(self) -> u32 {
        if self.reason == ConcernReason::Stated { 2 } else { 1 }
    }
}

impl Evidence {
    /// What matters to the user about an item, each aspect once. What they said needs no inference; all else does.
    pub(crate) fn concerns(&self, catalog: &Catalog, user: User<'_>, ix: u32) -> Vec<Concern> {
        let mut concerns: Vec<Concern> = Vec::new();
        let mut add = |aspect, reason, evidence_count| {
            if evidence_count > 0 && concerns.iter().all(|concern| concern.aspect != aspect) {
                concerns.push(Concern { aspect, reason, evidence_count });
            }
        };
        for aspect in &self.matters {
            add(*aspect, ConcernReason::Stated, 1);
        }
        if user.permits.inference.is_err() {
            return concerns;
        }
        let [returned, rated, offers] = self.told_by_deeds(catalog, user, ix);
        if catalog.first_tag(ix, TagKind::Size).is_some() {
            add(ReviewAspect::Size, ConcernReason::SentBack, returned);
        }
        add(ReviewAspect::Quality, ConcernReason::RatedLow, rated);
        let above = self.usual_prices(catalog).zip(catalog.log_price(ix));
        if above.is_some_and(|((_, high), price)| price > high) {
            let bought = self.derived.signals.iter().filter(|signal| signal.act == Act::Buy).count();
            add(ReviewAspect::Value, ConcernReason::AboveUsual, u32::try_from(bought).unwrap_or(u32::MAX));
        }
        if offers >= OFFERS {
            add(ReviewAspect::Value, ConcernReason::ChoseOffers, offers);
        }
        concerns
    }

    /// How often something of the same kind was sent back for its size, or rated low, and how often an offer was chosen.
    fn told_by_deeds(&self, catalog: &Catalog, user: User<'_>, ix: u32) -> [u32; 3] {
        let is_like = |named: Named| {
            let kind = catalog.category(named.ix());
            kind.is_some() && kind == catalog.category(ix) && catalog.sensitive_of(named).is_empty()
        };
        let about = |event: &Stored| {
            event.items.iter().filter(|item| catalog.named(&item.id).is_some_and(is_like)).count() as u32
        };
        let state = user.profile.state();
        let known = state.past.iter().filter(|past| self.basis.take(past)).map(|past| &past.event);
        known.fold([0; 3], |[returned, rated, offers], event| match event.name() {
            EventName::ReturnItem if is_misfit(event) => [returned + about(event), rated, offers],
            EventName::RateItem if event.rating.is_some_and(|stars| stars <= 2) => {
                [returned, rated + about(event), offers]
            }
            EventName::SelectPromotion if is_offer(catalog, event) => [returned, rated, offers + 1],
            _ => [returned, rated, offers],
        })
    }
}

/// Whether a promotion is an offer of the shop's plan. A banner says nothing of prices.
fn is_offer(catalog: &Catalog, event: &Stored) -> bool {
    let offers = &catalog.plan().offers;
    event.promotion_id.as_ref().is_some_and(|id| offers.iter().any(|offer| offer.id == *id))
}

fn is_misfit(event: &Stored) -> bool {
    matches!(event.return_reason, Some(ReturnReason::TooSmall | ReturnReason::TooLarge))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_aspect_has_a_word_of_its_own() {
        for aspect in ReviewAspect::ALL {
            assert_eq!(ReviewAspect::parse(&aspect.word().to_uppercase()), Some(aspect));
        }
        assert_eq!(ReviewAspect::parse("the author"), None);
    }
}
