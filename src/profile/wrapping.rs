//! Orders that are gifts, by what was chosen at their checkout: they are somebody else's taste and size, as what is bought while
//! shopping for somebody else is.

use crate::base::clock::SESSION_GAP_MS;
use crate::profile::event::EventName;
use crate::profile::record::Stored;

/// What was last chosen at a checkout.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wrapping {
    /// Whether it is a gift, and when that was chosen.
    chosen: Option<(bool, i64)>,
    ordered_ms: Option<i64>,
}

impl Wrapping {
    /// Takes in an event, not older than those before it, and tells whether it is an order that is wrapped as a gift: by what it
    /// says itself, or else by what was chosen at its checkout, which is in the same visit. The parts of an order are of one
    /// moment.
    pub(super) fn wraps(&mut self, event: &Stored) -> bool {
        if !is_checkout(event.name()) {
            return false;
        }
        if event.name() != EventName::Purchase {
            self.chosen = event.gift_wrap.map(|wrap| (wrap, event.time_ms)).or(self.chosen);
            return false;
        }
        let ordered_ms = self.ordered_ms.replace(event.time_ms);
        let is_over = |chosen_ms: i64| {
            event.time_ms.saturating_sub(chosen_ms) >= SESSION_GAP_MS
                || ordered_ms.is_some_and(|ordered| ordered < event.time_ms && chosen_ms <= ordered)
        };
        self.chosen.take_if(|(_, chosen_ms)| is_over(*chosen_ms));
        event.gift_wrap.or(self.chosen.map(|(wrap, _)| wrap)).unwrap_or(false)
    }
}

/// Whether an order is being made in it.
pub(super) const fn is_checkout(name: EventName) -> bool {
    use EventName::{AddPaymentInfo, AddShippingInfo, BeginCheckout, Purchase};
    matches!(name, AddPaymentInfo | AddShippingInfo | BeginCheckout | Purchase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::event::Event;

    #[test]
    fn an_order_is_a_gift_by_its_own_checkout_alone() {
        let mut wrapping = Wrapping::default();
        let mut at = |minutes: i64, name, gift_wrap| {
            let event = Event { gift_wrap, ..Event::about(name, ["a"]) };
            wrapping.wraps(&Stored::of(event, minutes * 60_000, 0))
        };
        use EventName::{AddShippingInfo, AddToCart, BeginCheckout, Purchase};
        assert!(!at(1, Purchase, None));
        assert!(at(2, Purchase, Some(true)));
        assert!(!at(3, AddShippingInfo, Some(true)), "it is no order yet");
        assert!(!at(4, BeginCheckout, None));
        assert!(at(5, Purchase, None) && at(5, Purchase, None), "both parts of it");
        assert!(!at(6, Purchase, None), "the next order is another one");
        at(7, AddShippingInfo, Some(true));
        assert!(!at(8, Purchase, Some(false)), "the order says so itself");
        at(9, AddShippingInfo, Some(true));
        at(9, AddShippingInfo, Some(false));
        assert!(!at(10, Purchase, None), "what was chosen last");
        at(11, AddToCart, Some(true));
        assert!(!at(12, Purchase, None), "a cart is no checkout");
        at(13, AddShippingInfo, Some(true));
        assert!(!at(43, Purchase, None), "another visit");
    }
}
