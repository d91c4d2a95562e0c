//! From events to signals: which item, how strong a sign of interest, and when.

use crate::base::sensitive::SensitiveTags;
use crate::catalog::{Catalog, Named, TagKind};
use crate::profile::event::{EventName, ReturnReason};
use crate::profile::record::Stored;

/// How much an act says about interest. Conventions, not measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct InteractionWeights {
    /// Seeing an item's page.
    pub view: f32,
    /// Choosing an item in a list.
    pub click: f32,
    /// Putting it on the wish list.
    pub wish: f32,
    /// Putting it into the cart.
    pub cart: f32,
    /// Buying it.
    pub purchase: f32,
    /// Four or five stars.
    pub rating: f32,
    /// Sending it back for its size, for that size; the next one counts the same for it.
    pub misfit: f32,
    /// Searching for a tag, for that tag.
    pub search: f32,
}

impl Default for InteractionWeights {
    fn default() -> Self {
        Self {
            view: 1.0,
            click: 1.5,
            wish: 3.0,
            cart: 3.0,
            purchase: 5.0,
            rating: 3.0,
            misfit: -3.0,
            search: 1.5,
        }
    }
}

/// What kind of act a signal comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// Seen or chosen.
    Look,
    /// Interest short of a purchase.
    Want(Wanted),
    Buy,
    /// Taken out of the cart or off the wish list: what putting it there said is taken back.
    Unwant(Wanted),
    /// Paid back: what buying it said is taken back.
    Unbuy,
    /// Sent back because this size is too small, or too large.
    TooSmall,
    TooLarge,
    /// Rated low, sent back, dismissed: it is kept from shelves, and says nothing about others.
    Regret,
}

/// How something was wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Put into the cart.
    Cart,
    /// Put on the wish list.
    Wish,
    /// Rated high.
    Rating,
}

/// One item of one event, against a catalog.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Signal {
    /// The item or the product.
    pub(crate) of: Named,
    pub(crate) act: Act,
    pub(crate) weight: f32,
    pub(crate) time_ms: i64,
    /// How many of it, at least 1.
    pub(crate) quantity: u32,
    /// Whether it may be named: it has to do with no sensitive topic.
    pub(crate) open: bool,
}

impl InteractionWeights {
    /// What an event says about each of its items; `None` when it says nothing.
    pub(crate) fn of(&self, event: &Stored) -> Option<(Act, f32)> {
        Some(match event.name() {
            EventName::ViewItem => (Act::Look, self.view * dwell_factor(event.dwell_bucket)),
            EventName::SelectItem => (Act::Look, self.click),
            EventName::AddToWishlist => (Act::Want(Wanted::Wish), self.wish),
            EventName::AddToCart => (Act::Want(Wanted::Cart), self.cart),
            EventName::Purchase => (Act::Buy, self.purchase),
            EventName::RemoveFromCart => (Act::Unwant(Wanted::Cart), self.view),
            EventName::RemoveFromWishlist => (Act::Unwant(Wanted::Wish), self.view),
            EventName::Refund => (Act::Unbuy, self.view),
            EventName::ReturnItem => match event.return_reason {
                Some(ReturnReason::TooSmall) => (Act::TooSmall, self.misfit),
                Some(ReturnReason::TooLarge) => (Act::TooLarge, self.misfit),
                _ => (Act::Regret, 0.0),
            },
            EventName::DismissItem => (Act::Regret, 0.0),
            EventName::RateItem => match event.rating {
                Some(4..) => (Act::Want(Wanted::Rating), self.rating),
                Some(1 | 2) => (Act::Regret, 0.0),
                _ => return None,
            },
            EventName::ViewItemList
            | EventName::ViewCart
            | EventName::BeginCheckout
            | EventName::AddShippingInfo
            | EventName::AddPaymentInfo
            | EventName::ViewPromotion
            | EventName::SelectPromotion
            | EventName::Search
            | EventName::ImpressionEnd => return None,
        })
    }
}

impl Signal {
    /// Whether it says anything about a tag of its item. Who names a product, or looks at one, has not chosen what sets its
    /// variants apart; a colour is looked at for its own sake. A wrong size speaks of the size alone, and what keeps one item
    /// from shelves of no tag.
    pub(crate) fn speaks_of(&self, catalog: &Catalog, tag: u32) -> bool {
        let is_size = || catalog.tag_kind(tag) == Some(TagKind::Size);
        let chosen = match (self.of, self.act) {
            (Named::Item(_), Act::TooSmall | Act::TooLarge) => return is_size(),
            // Which of its sizes it was is not known.
            (Named::Product(_), Act::TooSmall | Act::TooLarge) => return false,
            (_, Act::Unwant(_) | Act::Unbuy | Act::Regret) => return false,
            (Named::Product(_), _) => false,
            (Named::Item(_), Act::Look) => !is_size(),
            (Named::Item(_), _) => true,
        };
        chosen || catalog.variants(self.of.ix()).all(|variant| catalog.tags(variant).contains(&tag))
    }
}

/// A glance counts half, a long look half more.
fn dwell_factor(bucket: Option<u8>) -> f32 {
    match bucket {
        Some(0) => 0.5,
        Some(2..) => 1.5,
        _ => 1.0,
    }
}

/// Tags a search term names: the whole of it, or a word of it.
pub(crate) fn searched_tags(catalog: &Catalog, term: &str) -> Vec<u32> {
    const KINDS: [TagKind; 7] = [
        TagKind::Category,
        TagKind::ProductType,
        TagKind::Brand,
        TagKind::Color,
        TagKind::Material,
        TagKind::Pattern,
        TagKind::Free,
    ];
    let words = term.split_whitespace().filter(|w| w.len() > 1).take(8);
    let mut tags: Vec<u32> = std::iter::once(term.trim())
        .chain(words)
        .flat_map(|text| KINDS.iter().filter_map(move |&kind| catalog.find_tag(kind, text)))
        .collect();
    tags.sort_unstable();
    tags.dedup();
    tags
}

/// What a tag stands for: the topics of its items.
pub(crate) fn topics_of_tag(catalog: &Catalog, tag: u32) -> SensitiveTags {
    catalog.topics_of(catalog.items_with_tag(tag))
}
