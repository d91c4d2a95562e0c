//! There is no individual price: what an offer gives comes out of the signed plan and cannot be set or changed.
use sottovoce::catalog::Catalog;
use sottovoce::money::Money;
use sottovoce::surfaces::{OfferCard, RecommendRequest, SlotDecision};

fn change(card: &mut OfferCard, amount: Money) {
    card.percent = Some(90); //~ E0616
    card.amount = Some(amount.clone()); //~ E0616
    card.minimum = Some(amount); //~ E0616
    card.free_delivery = true; //~ E0616
    card.code = Some("JUST4U".into()); //~ E0616
}

fn fill(slot: &mut SlotDecision, price: Money) {
    slot.offer = Some(price); //~ E0308
}

fn ask(request: RecommendRequest, price: Money) -> RecommendRequest {
    RecommendRequest { price, ..request } //~ E0560
}

fn sign(catalog: &Catalog) {
    catalog.plan().offers[0].percent = Some(90); //~ E0596
}

fn main() {}
