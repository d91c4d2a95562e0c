//! Sizes as a shopper would want them: what a wrong size says and of what, whom a gift fits, what children grow out of, and that a
//! card shows the size that is advised. Over a small shop of its own.
#![allow(missing_docs, reason = "a test")]

mod support;

use std::sync::Arc;

use sottovoce::Sottovoce;
use sottovoce::catalog::{Item, WrittenPlan};
use sottovoce::clock::DAY_MS;
use sottovoce::consent::Purpose;
use sottovoce::money::Money;
use sottovoce::profile::{
    Confidence, Event, EventName, PreferenceKey, ReturnReason, SizeReason, TrackOutcome,
};
use sottovoce::ranking::ShelfKind;
use sottovoce::surfaces::{RankedProduct, RecommendRequest, SearchRequest, SortOrder};
use support::{Phone, give};

const EVERYTHING: [Purpose; 5] =
    [Purpose::Session, Purpose::History, Purpose::Inference, Purpose::Ranking, Purpose::Preferences];
const TOPS: &str = "Clothing > Tops";
const SHOES: &str = "Shoes";
const NAPPIES: &str = "Baby & Toddler > Diapering > Diapers";

/// Charts of two brands of shoes, one of a brand of trousers, and two that no size can be read without.
const CHARTS: &str = r#"
format = 1
[[size_charts]]
id = "aster"
about = { brands = ["Aster"] }
measure = "foot_length"
sizes = [
  { size = "41", from_mm = 258, until_mm = 265 },
  { size = "42", from_mm = 265, until_mm = 272 },
  { size = "43", from_mm = 272, until_mm = 279 },
]
[[size_charts]]
id = "birch"
about = { brands = ["Birch"] }
measure = "foot_length"
sizes = [
  { size = "41", from_mm = 251, until_mm = 258 },
  { size = "42", from_mm = 258, until_mm = 265 },
  { size = "43", from_mm = 265, until_mm = 272 },
  { size = "44", from_mm = 272, until_mm = 279 },
]
[[size_charts]]
id = "trousers"
about = { brands = ["Juniper"] }
measure = "waist"
sizes = [{ size = "41", from_mm = 800, until_mm = 840 }, { size = "42", from_mm = 840, until_mm = 880 }]
[[size_charts]]
id = "elm"
about = { brands = ["Elm"] }
measure = "height"
sizes = [{ size = "164/170", from_mm = 1640, until_mm = 1700 }, { size = "170/176", from_mm = 1700, until_mm = 1760 }]
[[size_charts]]
id = "fir"
about = { brands = ["Fir"] }
measure = "height"
sizes = [{ size = "short", from_mm = 1500, until_mm = 1700 }, { size = "long", from_mm = 1700, until_mm = 1900 }]
"#;

/// The variants of a product in one colour.
fn product(group: &str, brand: &str, category: &str, sizes: &[&str]) -> Vec<Item> {
    let item = |size: &&str| Item {
        id: format!("{group}-{size}"),
        item_group_id: Some(group.to_owned()),
        title: format!("{brand} {group}"),
        brand: Some(brand.to_owned()),
        google_product_category: Some(category.to_owned()),
        price: Some(Money { minor: 4_000, currency: "EUR".into() }),
        size: Some((*size).to_owned()),
        ..Item::default()
    };
    sizes.iter().map(item).collect()
}

fn of_system(system: &str, items: Vec<Item>) -> Vec<Item> {
    items.into_iter().map(|item| Item { size_system: Some(system.to_owned()), ..item }).collect()
}

fn in_color(color: &str, items: Vec<Item>) -> Vec<Item> {
    let item =
        |item: Item| Item { id: format!("{}-{color}", item.id), color: Some(color.to_owned()), ..item };
    items.into_iter().map(item).collect()
}

fn items() -> Vec<Item> {
    let letters = ["S", "M", "L", "XL"];
    let shoes = ["41", "42", "43", "44"];
    let mut items = [
        product("tee", "Pell", TOPS, &letters),
        in_color("red", product("tee", "Pell", TOPS, &letters)),
        product("polo", "Pell", TOPS, &letters),
        product("henley", "Pell", TOPS, &letters),
        product("vest", "Pell", TOPS, &["S", "M"]),
        product("crew", "Kestrel", TOPS, &letters),
        product("aster", "Aster", SHOES, &["41", "42", "43"]),
        product("birch", "Birch", SHOES, &shoes),
        product("cedar", "Cedar", SHOES, &shoes),
        product("oak", "Oak", SHOES, &shoes),
        product("larch", "Birch", SHOES, &["38", "39", "41"]),
        product("juniper", "Juniper", "Clothing > Trousers", &["41", "42"]),
        of_system("EU", product("sandal", "Dune", "Sandals", &["38", "40", "42"])),
        of_system("IT", product("mule", "Dune", "Sandals", &["38", "40", "42"])),
        of_system("IT", product("clog", "Dune", "Sandals", &["38", "40", "42"])),
        product("coat", "Elm", "Clothing > Coats", &["164/170", "170/176"]),
        product("parka", "Elm", "Clothing > Coats", &["164/170", "170/176"]),
        product("cape", "Fir", "Clothing > Capes", &["short", "long"]),
        product("nappies", "Pip", NAPPIES, &["2", "3", "4", "5"]),
        product("swim", "Pip", NAPPIES, &["2", "4"]),
    ]
    .concat();
    // Each size of these is a product by itself.
    items.extend(["2", "3", "4"].into_iter().flat_map(|size| {
        let alone = |item: Item| Item { item_group_id: None, ..item };
        product("pants", "Pip", NAPPIES, &[size]).into_iter().map(alone)
    }));
    items
}

struct Shopper {
    phone: Phone,
    engine: Arc<Sottovoce>,
    orders: u32,
}

impl Shopper {
    fn new() -> Self {
        let mut phone = Phone::new();
        phone.shop.items = items();
        phone.shop.plan = Some(WrittenPlan::parse(CHARTS).unwrap().plan);
        let engine = phone.stocked();
        give(&engine, &EVERYTHING);
        Self { phone, engine, orders: 0 }
    }

    fn track(&self, event: Event) {
        self.phone.clock.advance(120_000);
        let outcome = self.engine.events().track(event).unwrap();
        assert!(matches!(outcome, TrackOutcome::Stored { .. }), "{outcome:?}");
    }

    fn orders(&mut self, item: &str, gift_wrap: Option<bool>) {
        self.orders += 1;
        let order = Some(self.orders.to_string());
        self.track(Event { transaction_id: order, gift_wrap, ..Event::about(EventName::Purchase, [item]) });
    }

    fn buys(&mut self, item: &str) {
        self.orders(item, None);
    }

    /// Buys something and does not send it back.
    fn keeps(&mut self, item: &str) {
        self.buys(item);
        self.days(30);
    }

    fn sends_back(&self, item: &str, why: ReturnReason) {
        self.track(Event { return_reason: Some(why), ..Event::about(EventName::ReturnItem, [item]) });
    }

    fn says(&self, size: &str) {
        self.phone.clock.advance(1_000);
        self.engine.preferences().set(PreferenceKey::Size, size.into()).unwrap();
    }

    fn days(&self, days: i64) {
        self.phone.clock.advance(days * DAY_MS);
    }

    fn advice(&self, item: &str) -> Option<(String, SizeReason, Confidence)> {
        let advice = self.engine.product().size_advice(item.into(), "en".into()).unwrap()?;
        assert!(advice.because.contains(&advice.size), "{advice:?}");
        Some((advice.size, advice.reason, advice.confidence))
    }

    fn size(&self, item: &str) -> Option<String> {
        self.advice(item).map(|told| told.0)
    }

    fn shelf(&self, kind: ShelfKind, seeds: &[&str]) -> Vec<RankedProduct> {
        let seed_item_ids = seeds.iter().map(|seed| (*seed).to_owned()).collect();
        let request =
            RecommendRequest { kind: Some(kind), seed_item_ids, ..RecommendRequest::new("test", 50) };
        self.engine.ranking().recommend(request).unwrap().items
    }

    fn search(&self, text: &str) -> Vec<RankedProduct> {
        self.engine.search().query(SearchRequest::new(text, 50)).unwrap().page.items
    }
}

fn fits(size: &str, reason: SizeReason, confidence: Confidence) -> Option<(String, SizeReason, Confidence)> {
    Some((size.to_owned(), reason, confidence))
}

/// The item that stands for a product in a list.
fn card<'a>(list: &'a [RankedProduct], product: &str) -> Option<&'a str> {
    list.iter().find(|card| card.product_id == product).map(|card| card.item_id.as_str())
}

use Confidence::{High, Low, Medium};
use ReturnReason::{Other, TooLarge, TooSmall};

#[test]
fn a_size_is_right_again_once_it_is_kept_in_another_colour() {
    let mut shopper = Shopper::new();
    shopper.buys("tee-M");
    shopper.sends_back("tee-M", TooSmall);
    assert_eq!(shopper.advice("tee-S"), fits("L", SizeReason::TooSmall, Low));
    shopper.keeps("tee-M-red");
    assert_eq!(shopper.advice("tee-S"), fits("M", SizeReason::KeptOfBrand, Medium));
    assert_eq!(shopper.advice("polo-S"), fits("M", SizeReason::KeptOfBrand, Medium));
    shopper.sends_back("tee-M-red", TooSmall);
    assert_eq!(shopper.advice("tee-S"), fits("L", SizeReason::TooSmall, Low), "until that goes back as well");
}

#[test]
fn a_wrong_size_is_first_about_its_product_and_then_about_the_brand() {
    let mut shopper = Shopper::new();
    shopper.buys("tee-M");
    shopper.sends_back("tee-M", TooSmall);
    assert_eq!(shopper.advice("henley-S"), fits("L", SizeReason::TooSmall, Low), "so far it is the brand");
    shopper.keeps("polo-M");
    assert_eq!(shopper.advice("tee-S"), fits("L", SizeReason::TooSmall, Low), "that one was too small");
    assert_eq!(shopper.advice("polo-S"), fits("M", SizeReason::KeptOfBrand, Medium));
    assert_eq!(shopper.advice("henley-S"), fits("M", SizeReason::KeptOfBrand, Medium));
    shopper.keeps("henley-L");
    shopper.keeps("vest-M");
    assert_eq!(shopper.advice("henley-S"), fits("L", SizeReason::KeptOfBrand, Medium), "its own size");
    assert_eq!(shopper.advice("tee-S"), fits("L", SizeReason::TooSmall, Low), "M of the brand is not that");
}

#[test]
fn a_return_that_names_the_product_is_about_what_was_bought_of_it() {
    let mut shopper = Shopper::new();
    shopper.sends_back("tee", TooSmall);
    assert_eq!(shopper.advice("tee-S"), None, "nobody knows in which size");
    shopper.buys("tee-L");
    shopper.sends_back("tee", TooLarge);
    assert_eq!(shopper.advice("tee-S"), fits("M", SizeReason::TooLarge, Low));
    shopper.days(40);
    assert_eq!(shopper.advice("tee-S"), fits("M", SizeReason::TooLarge, Low), "it was not kept");

    for back in [EventName::ReturnItem, EventName::Refund] {
        let mut shopper = Shopper::new();
        shopper.buys("tee-L");
        shopper.track(Event::about(back, ["tee"]));
        shopper.days(40);
        assert_eq!(shopper.advice("tee-S"), None, "{back:?}");
    }
}

#[test]
fn what_went_back_for_another_reason_was_not_kept_whatever_was_bought_since() {
    let mut shopper = Shopper::new();
    shopper.buys("tee-M");
    shopper.sends_back("tee-M", Other);
    shopper.keeps("tee-L");
    assert_eq!(shopper.advice("tee-S"), fits("L", SizeReason::KeptOfBrand, Medium));
}

#[test]
fn a_wrong_size_of_one_chart_is_one_of_another_and_of_the_bare_size_less_surely() {
    let mut shopper = Shopper::new();
    shopper.says("42");
    assert_eq!(shopper.advice("birch-41"), fits("42", SizeReason::Stated, Medium));
    shopper.buys("aster-42");
    shopper.sends_back("aster-42", TooSmall);
    assert_eq!(
        shopper.advice("birch-41"),
        fits("44", SizeReason::TooSmallByChart, Low),
        "its 42 and 43 are no larger than what was too small"
    );
    assert_eq!(shopper.advice("oak-41"), fits("42", SizeReason::Stated, Low), "42 was wrong elsewhere");
    assert_eq!(shopper.advice("juniper-41"), fits("42", SizeReason::Stated, Medium), "a foot is no waist");
    shopper.keeps("birch-43");
    assert_eq!(shopper.advice("birch-41"), fits("43", SizeReason::KeptOfBrand, Medium), "it fits after all");

    let mut shopper = Shopper::new();
    shopper.says("42");
    shopper.buys("cedar-42");
    shopper.sends_back("cedar-42", TooSmall);
    assert_eq!(shopper.advice("birch-41"), fits("42", SizeReason::Stated, Low));
    assert_eq!(shopper.advice("cedar-41"), fits("43", SizeReason::TooSmall, Low));
}

#[test]
fn sizes_that_only_a_chart_can_read_compare_by_it() {
    let mut shopper = Shopper::new();
    shopper.keeps("coat-170/176");
    assert_eq!(shopper.advice("parka-164/170"), fits("170/176", SizeReason::KeptOfBrand, Medium));
    assert_eq!(shopper.advice("cape-short"), fits("long", SizeReason::KeptByChart, Medium));
    shopper.sends_back("coat-170/176", TooLarge);
    assert_eq!(shopper.advice("parka-164/170"), fits("164/170", SizeReason::TooLarge, Low));
}

#[test]
fn what_is_wrapped_as_a_gift_fits_somebody_else() {
    let mut shopper = Shopper::new();
    shopper.orders("tee-S", Some(true));
    let shipped = Event { gift_wrap: Some(true), ..Event::new(EventName::AddShippingInfo) };
    shopper.track(Event::about(EventName::AddToCart, ["polo-S"]));
    shopper.track(shipped);
    shopper.buys("polo-S");
    shopper.days(30);
    assert_eq!(shopper.advice("henley-M"), None);
    assert_eq!(card(&shopper.shelf(ShelfKind::BuyAgain, &[]), "tee"), None, "nor is it what they buy");
    shopper.buys("tee-M");
    shopper.orders("polo-M", Some(false));
    shopper.days(30);
    assert_eq!(shopper.advice("henley-M"), fits("M", SizeReason::KeptOfBrand, High), "that is their own");
    shopper.orders("tee-S", Some(true));
    shopper.sends_back("tee-S", TooSmall);
    shopper.orders("tee-XL", Some(true));
    shopper.sends_back("tee", TooSmall);
    assert_eq!(shopper.advice("tee-S"), fits("M", SizeReason::KeptOfBrand, Medium), "it fitted them");
    assert_eq!(shopper.engine.product().checkout_hints().unwrap().gift_wrap, Some(true), "that is a habit");
}

#[test]
fn a_card_shows_the_size_that_is_advised() {
    let mut shopper = Shopper::new();
    let before = shopper.shelf(ShelfKind::ForYou, &[]);
    assert_eq!(card(&before, "birch"), Some("birch-41"), "nothing is known");
    shopper.keeps("aster-42");
    assert_eq!(shopper.advice("birch-41"), fits("43", SizeReason::KeptByChart, Medium));
    for (kind, seeds) in [
        (ShelfKind::ForYou, vec![]),
        (ShelfKind::Trending, vec![]),
        (ShelfKind::Similar, vec!["cedar-41"]),
        (ShelfKind::Cart, vec!["tee-M"]),
    ] {
        let list = shopper.shelf(kind, &seeds);
        assert_eq!(card(&list, "birch"), Some("birch-43"), "{kind:?}");
    }
    assert_eq!(card(&shopper.search("birch"), "birch"), Some("birch-43"));
    assert_eq!(shopper.advice("larch-39"), None, "it does not come in 43");
    assert_eq!(
        card(&shopper.shelf(ShelfKind::ForYou, &[]), "larch"),
        Some("larch-41"),
        "but in what is nearest"
    );
    for sort in [SortOrder::Popular, SortOrder::PriceUp] {
        let request = |text| SearchRequest { sort: Some(sort), ..SearchRequest::new(text, 50) };
        let found = |text| shopper.engine.search().query(request(text)).unwrap().page.items;
        assert_eq!(card(&found("birch"), "birch"), Some("birch-43"), "{sort:?}");
        assert_eq!(card(&found("birch 41"), "birch"), Some("birch-41"), "{sort:?}");
    }
    assert_eq!(card(&shopper.search("birch 41"), "birch"), Some("birch-41"), "that was asked for");
}

#[test]
fn nobody_is_shown_a_size_that_their_child_has_grown_out_of() {
    let mut shopper = Shopper::new();
    shopper.keeps("nappies-2");
    shopper.keeps("nappies-2");
    shopper.keeps("nappies-3");
    shopper.keeps("nappies-3");
    let seen = |shopper: &Shopper| -> Vec<String> {
        let kinds = [ShelfKind::ForYou, ShelfKind::Trending, ShelfKind::BuyAgain];
        let cards = kinds.into_iter().flat_map(|kind| shopper.shelf(kind, &[])).map(|card| card.item_id);
        cards.filter(|id| id.starts_with("pants") || id.starts_with("nappies")).collect()
    };
    assert_eq!(shopper.advice("nappies-2"), fits("3", SizeReason::KeptOfBrand, High), "as often, and newer");
    let cards = seen(&shopper);
    assert!(cards.contains(&"pants-3".into()) && cards.contains(&"pants-4".into()), "{cards:?}");
    assert!(!cards.iter().any(|id| id.ends_with("-2")), "{cards:?}");
    assert!(card(&shopper.search("pants"), "pants-2").is_some(), "whoever searches for it finds it");

    shopper.buys("pants-4");
    assert_eq!(shopper.advice("nappies-2"), fits("4", SizeReason::OrderedOfBrand, Low), "they grow");
    let cards = seen(&shopper);
    assert!(!cards.iter().any(|id| id.ends_with("-2") || id.ends_with("-3")), "{cards:?}");
    shopper.days(30);
    assert_eq!(shopper.advice("nappies-2"), fits("4", SizeReason::KeptOfBrand, Medium));
    shopper.buys("nappies-2");
    assert_eq!(shopper.size("nappies-3").as_deref(), Some("2"), "there is another child");
    assert!(seen(&shopper).contains(&"pants-2".into()));

    let mut shopper = Shopper::new();
    shopper.buys("nappies-4");
    shopper.sends_back("nappies-4", TooLarge);
    assert_eq!(shopper.advice("swim-4"), fits("2", SizeReason::TooLarge, Low));
    shopper.keeps("nappies-3");
    assert_eq!(shopper.advice("swim-4"), None, "2 is too small by now");

    let mut shopper = Shopper::new();
    shopper.buys("nappies-4");
    shopper.days(181);
    assert_eq!(shopper.advice("nappies-2"), fits("4", SizeReason::KeptOfBrand, Low), "that is long ago");
}

#[test]
fn what_was_said_last_leads() {
    let shopper = Shopper::new();
    shopper.says("S");
    assert_eq!(shopper.advice("tee-M"), fits("S", SizeReason::Stated, Medium));
    shopper.says("L");
    assert_eq!(shopper.advice("tee-M"), fits("L", SizeReason::Stated, Medium));
    assert_eq!(shopper.advice("vest-M"), None, "it does not come in L, and they are no longer an S");
    let shelf = shopper.shelf(ShelfKind::ForYou, &[]);
    assert_eq!((card(&shelf, "polo"), card(&shelf, "vest")), (Some("polo-L"), Some("vest-M")));
    shopper.says("42");
    assert_eq!(shopper.size("tee-M").as_deref(), Some("L"), "what is said of shoes is not about shirts");
    assert_eq!(shopper.size("oak-41").as_deref(), Some("42"));
    shopper.says("S");
    assert_eq!(shopper.size("tee-M").as_deref(), Some("S"), "said again");
}

#[test]
fn sizes_of_two_countries_are_not_one() {
    let mut shopper = Shopper::new();
    shopper.keeps("sandal-40");
    assert_eq!(shopper.advice("sandal-38"), fits("40", SizeReason::KeptOfBrand, Medium));
    assert_eq!(shopper.advice("mule-38"), None, "Italy's 40 is another shoe");
    shopper.sends_back("sandal-40", TooSmall);
    shopper.keeps("mule-40");
    assert_eq!(shopper.advice("clog-38"), fits("40", SizeReason::KeptOfBrand, Medium));
    assert_eq!(shopper.advice("sandal-38"), fits("42", SizeReason::TooSmall, Low));

    let shopper = Shopper::new();
    shopper.says("40");
    assert_eq!(shopper.advice("sandal-38"), None, "of which country was not said");
}
