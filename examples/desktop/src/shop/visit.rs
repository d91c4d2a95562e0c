//! What a shopper does: every act goes to the engine as an event with its GA4 name.

use sottovoce::clock::Clock as _;
use sottovoce::money::Money;
use sottovoce::profile::{Event, EventItem, EventName, TrackOutcome};

use super::{Failure, Shop, money};
use crate::art::Picture;
use crate::seen::{Cart, Seen, Tile, Why};
use crate::state::{Action, Page};

/// The visit of the quickstart, a few minutes between its acts: someone is setting up a coffee corner.
const VISIT: [(EventName, &[&str]); 6] = [
    (EventName::ViewItem, &["KI81"]),
    (EventName::ViewItem, &["KI83"]),
    (EventName::ViewItem, &["KI84"]),
    (EventName::AddToCart, &["KI84", "FO235"]),
    (EventName::Purchase, &["KI84", "FO235"]),
    (EventName::ViewItem, &["KI85"]),
];
const VISIT_SEARCH: &str = "coffee";

impl Shop {
    pub(super) fn shopping(&mut self, action: Action, seen: &mut Seen) -> Result<Option<String>, Failure> {
        match action {
            Action::Open(id) => {
                self.page = Page::Product;
                self.open_product(&id, seen)?;
                self.tracked(Event::about(EventName::ViewItem, [id]))?;
            }
            Action::Why(ranking_id, item_id, title) => {
                let explanation = self.engine.profile().explain(ranking_id, item_id, self.locale())?;
                seen.why = Some(Why { title, explanation });
            }
            Action::AddToCart(id) => {
                if !self.cart.contains(&id) {
                    self.cart.push(id.clone());
                }
                let said = self.tracked(Event::about(EventName::AddToCart, [id]))?;
                self.read_cart(seen)?;
                return Ok(said);
            }
            Action::RemoveFromCart(id) => {
                self.cart.retain(|kept| *kept != id);
                self.tracked(Event::about(EventName::RemoveFromCart, [id]))?;
            }
            Action::Buy => return self.buy(seen),
            Action::Rate(id, stars) => {
                let event = Event { rating: Some(stars), ..Event::about(EventName::RateItem, [id]) };
                let said = self.tracked(event)?;
                if let Some(page) = &mut seen.product {
                    page.rated = Some(stars);
                }
                return Ok(said);
            }
            Action::PlayVisit => return self.play(),
            _ => {}
        }
        Ok(None)
    }

    /// Plays the visit. Every act goes through consent as any other.
    fn play(&self) -> Result<Option<String>, Failure> {
        let mut stored = 0;
        for (name, items) in VISIT {
            self.clock.pass(180_000);
            let outcome = self.engine.events().track(Event::about(name, items.iter().copied()))?;
            stored += usize::from(matches!(outcome, TrackOutcome::Stored { .. }));
        }
        self.clock.pass(180_000);
        self.tracked_search(VISIT_SEARCH)?;
        self.clock.pass(180_000);
        Ok(Some(format!("{}: {stored} / {}", self.lang.say("Acts stored"), VISIT.len())))
    }

    fn buy(&mut self, seen: &mut Seen) -> Result<Option<String>, Failure> {
        if self.cart.is_empty() {
            return Ok(None);
        }
        let items = self.engine.catalog().items(self.cart.clone())?;
        let bought = items.iter().map(|item| EventItem {
            price: item.sale_price.clone().or_else(|| item.price.clone()),
            ..EventItem::new(item.item_id.clone())
        });
        let event = Event {
            items: bought.collect(),
            value: sum(items.iter().filter_map(|i| i.sale_price.as_ref().or(i.price.as_ref()))),
            transaction_id: Some(format!("order-{}", self.clock.now_ms())),
            payment_type: Some("Credit Card".into()),
            shipping_tier: Some("Express".into()),
            ..Event::new(EventName::Purchase)
        };
        let said = self.tracked(event)?;
        self.cart.clear();
        self.read_cart(seen)?;
        Ok(said)
    }

    pub(super) fn read_cart(&self, seen: &mut Seen) -> Result<(), Failure> {
        let items = self.engine.catalog().items(self.cart.clone())?;
        let tile = |item: &sottovoce::catalog::CatalogItem| Tile {
            ranking_id: String::new(),
            item_id: item.item_id.clone(),
            title: item.title.clone(),
            brand: item.brand.clone().unwrap_or_default(),
            price: item.sale_price.as_ref().or(item.price.as_ref()).map(money).unwrap_or_default(),
            before: None,
            reason: None,
            picture: Picture::of(
                item.category.as_deref().unwrap_or_default(),
                item.color.as_deref(),
                &item.product_id,
            ),
        };
        let total = sum(items.iter().filter_map(|i| i.sale_price.as_ref().or(i.price.as_ref())));
        seen.cart = Cart {
            lines: items.iter().map(tile).collect(),
            total: total.as_ref().map(money).unwrap_or_default(),
            hints: Some(self.engine.product().checkout_hints()?),
            with_it: self.with_cart(seen.intensity(Page::Cart))?,
        };
        Ok(())
    }

    pub(super) fn tracked_search(&self, text: &str) -> Result<(), Failure> {
        let event = Event { search_term: Some(text.into()), ..Event::new(EventName::Search) };
        self.tracked(event).map(|_| ())
    }

    /// Reports an event; what was not kept is said, with the reason.
    fn tracked(&self, event: Event) -> Result<Option<String>, Failure> {
        use sottovoce::api::{Word, word_text};
        Ok(match self.engine.events().track(event)? {
            TrackOutcome::Dropped { reason, .. } => Some(word_text(Word::Dropped { reason }, self.locale())),
            TrackOutcome::Stored { .. } | TrackOutcome::SessionOnly { .. } => None,
        })
    }
}

/// The sum, if all is in one currency.
fn sum<'a>(prices: impl Iterator<Item = &'a Money>) -> Option<Money> {
    let prices: Vec<&Money> = prices.collect();
    let first = prices.first()?;
    let same = prices.iter().all(|p| p.currency == first.currency);
    same.then(|| Money { minor: prices.iter().map(|p| p.minor).sum(), currency: first.currency.clone() })
}
