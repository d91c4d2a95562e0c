//! An offer is made of one in the signed plan, and by nobody else.
use sottovoce::surfaces::OfferCard;

fn make(card: OfferCard) -> OfferCard {
    OfferCard { title: "For you alone".into(), ..card } //~ E0451
}

fn main() {}
