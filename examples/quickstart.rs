//! From a product feed to a private whisper: the whole of Sottovoce as one story.
//!
//!     cargo run --release --example quickstart
//!     cargo run --release --example quickstart -- --shop FOLDER

#[path = "support/crowd.rs"]
mod crowd;
#[path = "support/merchant.rs"]
mod merchant;
#[path = "support/print.rs"]
mod print;
#[path = "support/real_shop.rs"]
mod real_shop;
#[path = "support/traces.rs"]
mod traces;

use std::error::Error;
use std::sync::Arc;

use print::{chapter, fact, list, table};
use sottovoce::api::{Config, Sottovoce};
use sottovoce::clock::{Clock, ManualClock, SystemClock};
use sottovoce::consent::{Choice, Purpose, PurposeChoice};
use sottovoce::profile::{Event, EventName, PreferenceKey, ReviewAspect};
use sottovoce::random::SystemRandom;
use sottovoce::surfaces::{MessageRequest, Ranking, RecommendRequest, Review, SearchRequest, SearchResults};
use sottovoce::vault::FileKeyStore;

/// What the shopper of this story does, a few minutes apart: someone is setting up a coffee corner.
const VISIT: [(EventName, &[&str]); 6] = [
    (EventName::ViewItem, &["KI81"]),
    (EventName::ViewItem, &["KI83"]),
    (EventName::ViewItem, &["KI84"]),
    (EventName::AddToCart, &["KI84", "FO235"]),
    (EventName::Purchase, &["KI84", "FO235"]),
    (EventName::ViewItem, &["KI85"]),
];
/// Shoes that the shopper has, and those of another brand that they look at.
const WORN: &str = "SH29-FO-41";
const TRIED: &str = "SH35-MU-38";
const SEARCH: &str = "coffee";
/// What the shopper mistypes, and what they call by another name than the shop.
const MISSPELT: &str = "kofee";
const SYNONYM: &str = "trainers";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => story(),
        ["--shop", folder] => real_shop::story(folder.as_ref()),
        _ => Err("usage: quickstart [--shop FOLDER]".into()),
    }
}

fn story() -> Result<(), Box<dyn Error>> {
    chapter(
        1,
        "Feed → bundle",
        "The merchant turns a product feed and an order history into one signed file for everyone.",
    );
    let shop = merchant::build()?;
    fact("items", shop.items.len());
    fact("the same from Shopify", if shop.twins == shop.items { "yes, item by item" } else { "no" });
    fact("bundle", format!("{} bytes", shop.bundle.len()));
    fact("hash", &shop.hash);

    chapter(2, "Open", "A phone opens its engine. Nobody has been asked anything yet.");
    let folder = tempfile::tempdir()?;
    let home = folder.path().join("engine");
    let clock = Arc::new(ManualClock::new(SystemClock.now_ms()));
    let mut config = Config::new(merchant::STORE, &home.display().to_string(), shop.public_key.as_bytes());
    config.task_set = Some(merchant::questions(&shop, clock.now_ms())?);
    let keys = Arc::new(FileKeyStore::new(folder.path().join("keys"))); // a phone has a Keychain or a Keystore
    let engine = Sottovoce::with_sources(config, keys, None, clock.clone(), Arc::new(SystemRandom))?;
    engine.unlock()?;
    let download = folder.path().join("shop.bundle");
    std::fs::write(&download, &shop.bundle)?;
    let report = engine.catalog().install(download.display().to_string())?;
    fact(
        "catalog",
        format!("version {}, {} items, signature and hashes verified", report.version, report.items),
    );
    let early = engine.events().track(Event::about(EventName::ViewItem, ["KI81"]))?;
    fact("tracking now", format!("{early:?}, nothing is written"));
    println!("\n   The home shelf, the same for everyone:\n");
    show_shelf(&engine)?;

    chapter(3, "Consent", "The notice, and an answer to each purpose.");
    let notice = engine.consent().pending_prompt("en".into())?.ok_or("nothing to ask")?;
    let agreed = [
        Purpose::Preferences,
        Purpose::Session,
        Purpose::History,
        Purpose::Inference,
        Purpose::Ranking,
        Purpose::Messaging,
        Purpose::Measurement,
    ];
    let asked = notice.purposes.iter().filter(|p| p.can_refuse);
    let choices: Vec<PurposeChoice> = asked
        .map(|p| PurposeChoice {
            purpose: p.purpose,
            choice: if agreed.contains(&p.purpose) { Choice::Give } else { Choice::Refuse },
        })
        .collect();
    let answer = |p: Purpose| choices.iter().find(|c| c.purpose == p).map_or("needed", |c| word(c.choice));
    let rows = notice
        .purposes
        .iter()
        .map(|p| vec![p.title.clone(), p.benefit.clone(), answer(p.purpose).to_owned()]);
    table(&["purpose", "what you get", "answer"], &rows.collect::<Vec<_>>());
    let all = choices.iter().map(|c| c.purpose).collect();
    engine.consent().served(all, "first start".into(), "en".into())?;
    let receipt = engine.consent().record(choices, "first start".into(), "en".into())?;
    println!();
    fact("receipt", format!("#{} {} under {}", receipt.seq, receipt.record_id, receipt.policy));
    fact("chained to", &receipt.prev_hash);

    chapter(4, "Shop", "Events with GA4 names; the engine learns from them on the device.");
    for (name, items) in VISIT {
        clock.advance(180_000);
        let outcome = engine.events().track(Event::about(name, items.iter().copied()))?;
        fact(name.as_str(), format!("{:<14} {outcome:?}", items.join(", ")));
    }
    let search = Event { search_term: Some(SEARCH.into()), ..Event::new(EventName::Search) };
    fact("search", format!("{SEARCH:<14} {:?}", engine.events().track(search)?));
    println!("\n   The home shelf, for this shopper:\n");
    let shelf = show_shelf(&engine)?;
    let first = &shelf.items[0].item_id;
    println!("\n   Why {}?\n", merchant::title(&engine, first)?);
    let why = engine.profile().explain(shelf.ranking_id.clone(), first.clone(), "en".into())?;
    println!("   {}\n", why.text);
    let rows = why.factors.iter().map(|f| {
        vec![
            f.text.clone(),
            f.evidence_count.to_string(),
            format!("{:+.2}", f.weight),
            format!("#{}", f.without_factor_rank + 1),
        ]
    });
    table(&["because", "acts", "weight", "place without it"], &rows.collect::<Vec<_>>());
    println!("\n   Searching “{SEARCH}”, in the order for everyone and in personal order:\n");
    let neutral = engine.search().query(SearchRequest::new(SEARCH, 6).neutral())?;
    let personal = engine.search().query(SearchRequest::new(SEARCH, 6))?;
    let titles = |r: &SearchResults| {
        r.page.items.iter().map(|i| merchant::title(&engine, &i.item_id)).collect::<Result<Vec<_>, _>>()
    };
    let rows = titles(&neutral)?.into_iter().zip(titles(&personal)?).map(|(n, p)| vec![n, p]);
    table(&["for everyone", "for this shopper"], &rows.collect::<Vec<_>>());
    println!("\n   Searching “{MISSPELT}”, and “{SYNONYM}”, which no product is called:\n");
    for text in [MISSPELT, SYNONYM] {
        let found = engine.search().query(SearchRequest::new(text, 3))?;
        let instead = found.searched_instead.as_ref().map(|query| format!(" (searched for “{query}”)"));
        fact(text, format!("{} products{}", found.total, instead.unwrap_or_default()));
        titles(&found)?.iter().for_each(|title| fact("", title));
    }

    chapter(5, "Storefront", "The shop's plan: which slots this shopper sees, what fills them, and why.");
    show_storefront(&engine)?;
    show_product(&engine)?;
    show_message(&engine, clock.now_ms())?;

    chapter(6, "Whisper", "One randomised answer a week. It can be read before it leaves.");
    engine.privacy().run_maintenance(false)?;
    for report in engine.privacy().outbox()? {
        fact("question", &report.question);
        fact("true answer", format!("{}   (never leaves this device)", report.true_answer));
        fact("will be said", format!("one of: {}", report.reported.join(", ")));
        fact("bytes", format!("{} bytes: {}", report.byte_count, report.bytes_hex));
        fact("ε charged", format!("{:.4}", report.charged_micro_epsilon as f64 / 1e6));
    }
    let budget = engine.privacy().budget()?;
    fact(
        "ε left this quarter",
        format!("{:.4} of {:.4}", budget.left as f64 / 1e6, budget.quarter_cap as f64 / 1e6),
    );

    chapter(7, "Crowd", "20,000 devices whisper; only the crowd can be understood.");
    crowd::whisper(&shop, clock.now_ms())?;

    chapter(8, "Change of mind", "The shopper takes `history` back.");
    let planted = traces::of_the_shopper(&engine, &VISIT, SEARCH)?;
    let erased = engine.consent().withdraw(vec![Purpose::History], "settings".into(), "en".into())?;
    fact("events erased", erased.rows);
    fact("keys destroyed", erased.keys_destroyed);
    fact("reports cancelled", erased.reports_cancelled);
    fact("receipt", &erased.receipt_id);
    let (files, hits) = traces::search(&home.join("vault"), &planted)?;
    fact("traces on disk", format!("{hits} of {} words of the shopper's in {files} files", planted.len()));
    clock.advance(3_600_000);
    println!("\n   The home shelf an hour later, when this visit is forgotten, too:\n");
    show_shelf(&engine)?;
    if hits > 0 { Err("the disk still knows the shopper".into()) } else { Ok(()) }
}

fn show_storefront(engine: &Sottovoce) -> Result<(), Box<dyn Error>> {
    let page = engine.ranking().storefront("home".into(), "en".into())?;
    let rows = page.slots.iter().map(|slot| {
        let decision = slot.decision.as_ref();
        let filled = match decision.map(|decision| (&decision.offer, &decision.title)) {
            Some((Some(offer), _)) => offer.title.clone(),
            Some((None, title)) => title.clone(),
            None if slot.categories.is_empty() => slot.title.clone(),
            None => slot.categories.iter().take(3).cloned().collect::<Vec<_>>().join(", "),
        };
        let because = decision.map_or(&slot.because, |decision| &decision.because);
        vec![slot.slot_id.clone(), filled, because.clone()]
    });
    table(&["slot", "shows", "because"], &rows.collect::<Vec<_>>());
    let segments = engine.profile().segments("en".into())?;
    println!();
    fact("segments", segments.iter().map(|segment| segment.title.as_str()).collect::<Vec<_>>().join(", "));
    Ok(())
}

/// The page of a product and the checkout behind it: the size that fits, the reviews about what matters, what is remembered.
fn show_product(engine: &Sottovoce) -> Result<(), Box<dyn Error>> {
    let chosen = Event {
        shipping_tier: Some("express".into()),
        gift_wrap: Some(true),
        ..Event::new(EventName::AddShippingInfo)
    };
    for event in [Event::about(EventName::Purchase, [WORN]), chosen] {
        engine.events().track(event)?;
    }
    let size = engine.product().size_advice(TRIED.into(), "en".into())?;
    fact("size advice", size.map_or("none".into(), |size| format!("{}. {}", size.size, size.because)));
    engine.preferences().set(PreferenceKey::Matters, ReviewAspect::Comfort.word().into())?;
    let reviews = [("“Looks great”", ReviewAspect::Looks), ("“Like walking on moss”", ReviewAspect::Comfort)];
    let review = |(id, aspect): (&str, ReviewAspect)| Review { review_id: id.into(), aspects: vec![aspect] };
    let ranked = engine.product().rank_reviews(TRIED.into(), reviews.map(review).to_vec(), "en".into())?;
    for review in ranked {
        let why = review.concerns.first().map(|concern| concern.because.as_str()).unwrap_or_default();
        fact("review", format!("{} {why}", review.review_id));
    }
    let hints = engine.product().checkout_hints()?;
    fact("checkout", format!("delivery {:?}, gift wrap {:?}", hints.delivery, hints.gift_wrap));
    Ok(())
}

/// What the shop would say next to a shopper who is not looking.
fn show_message(engine: &Sottovoce, now_ms: i64) -> Result<(), Box<dyn Error>> {
    let request =
        MessageRequest { locale: "en".into(), utc_offset_minutes: 0, system_allows: true, leaving: false };
    let poll = engine.messages().poll(request)?;
    let said = match (poll.message, poll.silence) {
        (Some(message), _) => {
            let hours = (message.deliver_at_ms - now_ms) / 3_600_000;
            format!("in {hours} hours: “{}” {} {}", message.title, message.text, message.because)
        }
        (None, silence) => format!("none: {silence:?}"),
    };
    fact("next message", said);
    Ok(())
}

fn show_shelf(engine: &Sottovoce) -> Result<Ranking, Box<dyn Error>> {
    let shelf = engine.ranking().recommend(RecommendRequest::new("home", 8))?;
    list(&engine.catalog().items(shelf.items.iter().map(|i| i.item_id.clone()).collect())?, &shelf);
    Ok(shelf)
}

const fn word(choice: Choice) -> &'static str {
    match choice {
        Choice::Give => "yes",
        Choice::Refuse => "no",
        Choice::Defer => "later",
    }
}
