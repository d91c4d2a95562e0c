//! What the surfaces of a shop cost against the ranking that they ask, over a catalog of 100 000 items and a plan with eight
//! slots.
//!
//! Run with `cargo bench --bench surfaces`. `SOTTOVOCE_BENCH_ITEMS=10000` takes another number of items.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench")]

mod figures;

use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use figures::{figure, median};
use sottovoce::catalog::{Artefacts, BundleHeader, Item, SigningKey, WrittenPlan, build_bundle};
use sottovoce::clock::ManualClock;
use sottovoce::consent::{Choice, Purpose, PurposeChoice};
use sottovoce::money::Money;
use sottovoce::profile::{Event, EventName, PreferenceKey, ReviewAspect};
use sottovoce::random::SystemRandom;
use sottovoce::ranking::ShelfKind;
use sottovoce::surfaces::{MessageRequest, RecommendRequest, Review, SearchRequest};
use sottovoce::vault::MemoryKeyStore;
use sottovoce::{Config, Sottovoce};

const TURNS: usize = 21;
const NOW_MS: i64 = 1_800_000_000_000;

fn items(count: usize) -> Vec<Item> {
    let item = |number: usize| Item {
        id: format!("SKU-{number}"),
        item_group_id: Some(format!("g{}", number / 3)),
        title: format!("Thing {number}"),
        brand: Some(format!("Brand {}", number % 300)),
        google_product_category: Some(format!("Department {} > Shelf {}", number % 20, number % 200)),
        color: Some(format!("colour {}", number % 19)),
        size: Some(format!("{}", number % 8)),
        price: Some(Money { minor: 500 + (number as i64 * 37) % 9000, currency: "EUR".into() }),
        ..Item::default()
    };
    (0..count).map(item).collect()
}

/// Eight slots of every kind, with segments and rules for some users.
fn plan() -> WrittenPlan {
    let mut toml = String::from("format = 1\n");
    for segment in 0..8 {
        writeln!(
            toml,
            "[[segments]]\nid = \"s{segment}\"\ntitle = {{ en = \"S\" }}\nlikes = [{{ kind = \"brand\", name = \"Brand {segment}\" }}]\n\
             [[rules]]\nid = \"r{segment}\"\ndo = \"boost\"\nwhat = {{ brands = [\"Brand {segment}\"] }}\nsurfaces = [\"ruled\"]\n\
             only = {{ segments = [\"s{segment}\"] }}"
        )
        .unwrap();
    }
    writeln!(toml, "[[layouts]]\nid = \"home\"").unwrap();
    for slot in 0..5 {
        writeln!(
            toml,
            "[[layouts.slots]]\nid = \"shelf{slot}\"\nkind = \"shelf\"\nabout = {{ categories = [\"Department {slot}\"] }}"
        )
        .unwrap();
    }
    let variants =
        (0..6).map(|at| format!("{{ id = \"v{at}\", about = {{ categories = [\"Department {at}\"] }} }}"));
    let variants = variants.collect::<Vec<_>>().join(", ");
    let names = (0..20).map(|at| format!("\"Department {at}\"")).collect::<Vec<_>>().join(", ");
    writeln!(
        toml,
        "[[layouts.slots]]\nid = \"hero\"\nkind = \"banner\"\nvariants = [{variants}]\n\
         [[layouts.slots]]\nid = \"names\"\nkind = \"categories\"\ncategories = [{names}]\n\
         [[layouts.slots]]\nid = \"offer\"\nkind = \"offer\"\n\
         [[offers]]\nid = \"o\"\nkind = \"threshold\"\ntitle = {{ en = \"O\" }}\nterms = {{ en = \"T\" }}\nfree_delivery = true\ndefault = true\n\
         [[offers]]\nid = \"chosen\"\nkind = \"discount\"\ntitle = {{ en = \"O\" }}\nterms = {{ en = \"T\" }}\npercent = 5\nonly = {{ segments = [\"s1\"] }}\n\
         [[messages.rules]]\nid = \"m\"\non = \"abandoned_cart\"\ntitle = {{ en = \"M\" }}\ntext = {{ en = \"{{item}}\" }}"
    )
    .unwrap();
    WrittenPlan::parse(&toml).unwrap()
}

fn shopper(folder: &std::path::Path, count: usize) -> Arc<Sottovoce> {
    let key = SigningKey::generate().unwrap();
    let header = BundleHeader {
        store_id: "bench".into(),
        version: 1,
        plan: Some(plan().plan),
        ..BundleHeader::default()
    };
    let bundle = build_bundle(&items(count), &Artefacts::untrained(count), &header, &key).unwrap();
    let (download, home) = (folder.join("shop.svb"), folder.join("engine"));
    std::fs::write(&download, bundle).unwrap();
    let config = Config::new("bench", &home.display().to_string(), key.public_key().as_bytes());
    let (keys, clock) = (Arc::new(MemoryKeyStore::new()), Arc::new(ManualClock::new(NOW_MS)));
    let engine = Sottovoce::with_sources(config, keys, None, clock.clone(), Arc::new(SystemRandom)).unwrap();
    engine.unlock().unwrap();
    engine.catalog().install(download.display().to_string()).unwrap();
    let all = [
        Purpose::Session,
        Purpose::History,
        Purpose::Inference,
        Purpose::Ranking,
        Purpose::Preferences,
        Purpose::Offers,
        Purpose::Messaging,
    ];
    let yes = all.map(|purpose| PurposeChoice { purpose, choice: Choice::Give });
    engine.consent().record(yes.to_vec(), "bench".into(), "en".into()).unwrap();
    for act in 0..60 {
        clock.advance(180_000);
        let item = format!("SKU-{}", (act * 613) % count);
        let name = if act % 6 == 5 { EventName::Purchase } else { EventName::ViewItem };
        let transaction_id = Some(act.to_string()).filter(|_| name == EventName::Purchase);
        engine.events().track(Event { transaction_id, ..Event::about(name, [item]) }).unwrap();
    }
    engine.events().track(Event::about(EventName::AddToCart, ["SKU-5"])).unwrap();
    for (key, value) in [(PreferenceKey::Size, "3"), (PreferenceKey::Brand, "Brand 7")] {
        engine.preferences().set(key, value.into()).unwrap();
    }
    engine
}

/// Median times of the works in milliseconds, each in turn.
fn typical<const N: usize>(works: [&dyn Fn(); N]) -> [f64; N] {
    let mut took = [const { Vec::new() }; N];
    for _ in 0..TURNS {
        for (work, took) in works.iter().zip(&mut took) {
            let start = Instant::now();
            work();
            took.push(start.elapsed().as_secs_f64() * 1e3);
        }
    }
    took.map(median)
}

fn main() {
    let count =
        std::env::var("SOTTOVOCE_BENCH_ITEMS").ok().and_then(|number| number.parse().ok()).unwrap_or(100_000);
    let folder = tempfile::tempdir().unwrap();
    let engine = shopper(folder.path(), count);
    let (ranking, en) = (engine.ranking(), || "en".to_owned());
    let recommend = || drop(black_box(ranking.recommend(RecommendRequest::new("plain", 20)).unwrap()));
    let ruled = || drop(black_box(ranking.recommend(RecommendRequest::new("ruled", 20)).unwrap()));
    let storefront = || {
        let page = black_box(ranking.storefront("home".into(), en()).unwrap());
        assert_eq!(page.slots.len(), 8);
    };
    let decide = || drop(black_box(ranking.decide("hero".into(), en()).unwrap()));
    let segments = || drop(black_box(engine.profile().segments(en()).unwrap()));
    let seeded = |kind| {
        let seed_item_ids = vec!["SKU-613".to_owned()];
        let request =
            RecommendRequest { kind: Some(kind), seed_item_ids, ..RecommendRequest::new("page", 20) };
        drop(black_box(ranking.recommend(request).unwrap()));
    };
    let (product, cart) = (|| seeded(ShelfKind::BoughtTogether), || seeded(ShelfKind::Cart));
    let similar = || seeded(ShelfKind::Similar);
    let (search, messages) = (engine.search(), engine.messages());
    let browse = || drop(black_box(search.browse_advice(None, en()).unwrap()));
    let size = || drop(black_box(engine.product().size_advice("SKU-613".into(), en()).unwrap()));
    let hints = || _ = black_box(engine.product().checkout_hints().unwrap());
    let reviews = || {
        let aspects = |at: usize| vec![ReviewAspect::ALL[at % ReviewAspect::ALL.len()]];
        let review = |at: usize| Review { review_id: at.to_string(), aspects: aspects(at) };
        let ranked = engine.product().rank_reviews("SKU-613".into(), (0..500).map(review).collect(), en());
        assert_eq!(black_box(ranked.unwrap()).len(), 500);
    };
    let find = || drop(black_box(search.query(SearchRequest::new("thing 613", 20)).unwrap()));
    let predictions = || drop(black_box(engine.profile().predictions().unwrap()));
    let request =
        || MessageRequest { locale: en(), utc_offset_minutes: 0, system_allows: true, leaving: false };
    let poll = || assert!(black_box(messages.poll(request()).unwrap()).message.is_some());
    let [plain, ruled, storefront, decide, segments] =
        typical([&recommend, &ruled, &storefront, &decide, &segments]);
    let others: [(&str, &dyn Fn()); 10] = [
        ("product_page", &product),
        ("similar", &similar),
        ("cart", &cart),
        ("browse_advice", &browse),
        ("size_advice", &size),
        ("rank_500_reviews", &reviews),
        ("checkout_hints", &hints),
        ("search", &find),
        ("predictions", &predictions),
        ("message", &poll),
    ];
    let took = typical(others.map(|(_, work)| work));
    figure("surfaces", "recommend", plain, "ms", 10.0);
    figure("surfaces", "recommend_with_rules_vs_recommend", ruled / plain, "ratio", 2.0);
    figure("surfaces", "storefront_of_8_slots_vs_recommend", storefront / plain, "ratio", 3.0);
    figure("surfaces", "decide_vs_recommend", decide / plain, "ratio", 2.0);
    figure("surfaces", "segments_vs_recommend", segments / plain, "ratio", 1.0);
    for ((name, _), took) in others.iter().zip(took) {
        figure("surfaces", &format!("{name}_vs_recommend"), took / plain, "ratio", 2.0);
    }
}
