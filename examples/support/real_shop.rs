//! The same story over a real shop's folder: its history, and customers whose next step is known.

use std::collections::HashSet;
use std::error::Error;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sottovoce::api::{Config, Sottovoce};
use sottovoce::catalog::history::history;
use sottovoce::catalog::import::{ImportOptions, read};
use sottovoce::catalog::{EventKind, Item, SigningKey, Synonyms, User};
use sottovoce::clock::{DAY_MS, ManualClock};
use sottovoce::consent::{Choice, Purpose, PurposeChoice};
use sottovoce::profile::{Event, EventName};
use sottovoce::random::SystemRandom;
use sottovoce::ranking::Intensity;
use sottovoce::surfaces::{Ranking, RecommendRequest};
use sottovoce::vault::MemoryKeyStore;

use super::merchant;
use super::print::{chapter, fact, list, progress, table};

const STORE: &str = "real-shop";
const CUSTOMERS: usize = 300;
const SHELF: u32 = 10;
/// Where day 0 of a history that counts positions is put.
const START_DAY: i64 = 20_000;

/// Tells the story of a shop folder.
pub fn story(folder: &Path) -> Result<(), Box<dyn Error>> {
    chapter(1, "A real shop", "The merchant's own history becomes one signed bundle.");
    let items = read(
        open(folder, "catalog.jsonl")?,
        &ImportOptions { currency: Some("GBP".into()), ..ImportOptions::default() },
    )?
    .items;
    let users = history(open(folder, "server.jsonl")?, &items)?.users;
    let customers = history(open(folder, "test.jsonl")?, &items)?.users;
    let key = SigningKey::generate()?;
    let bundle = merchant::sign(&items, &users, Synonyms::default(), None, STORE, &key)?;
    fact("items", items.len());
    fact("users", users.len());
    fact("bundle", format!("{} bytes, {} for each item", bundle.len(), bundle.len() / items.len().max(1)));

    let temp = tempfile::tempdir()?;
    let download = temp.path().join("shop.bundle");
    std::fs::write(&download, &bundle)?;
    let device = |name: &str, customer: &User, known: usize| -> Result<Phone, Box<dyn Error>> {
        let home = temp.path().join(name);
        Phone::play(&home, &download, key.public_key().as_bytes(), &items, customer, known)
    };

    chapter(
        2,
        "A real customer",
        "Past purchases are played through the engine; the shelf is held against what came next.",
    );
    let told =
        customers.iter().find(|c| c.cases.last().is_some_and(|case| case.0 >= 5)).ok_or("no customer")?;
    let (known, until) = told.cases[told.cases.len() - 1];
    let phone = device("one", told, known)?;
    fact("events kept", format!("{} of {}", phone.kept, phone.played));
    let shelf = phone.shelf(true)?;
    list(&phone.engine.catalog().items(shelf.items.iter().map(|i| i.item_id.clone()).collect())?, &shelf);
    println!("\n   What the customer really took next:\n");
    let next: HashSet<&str> = targets(told, &items, known, until);
    let place = |id: &str| {
        shelf.items.iter().find(|i| i.item_id == id).map_or("–".into(), |i| format!("#{}", i.index + 1))
    };
    let mut rows: Vec<Vec<String>> = next.iter().map(|id| vec![title(&items, id), place(id)]).collect();
    rows.sort();
    table(&["product", "on the shelf"], &rows);

    chapter(3, "Three hundred customers", "How often a shelf of ten holds something the customer took next.");
    let cases: Vec<(&User, (usize, usize))> =
        customers.iter().filter_map(|c| Some((c, *c.cases.last()?))).take(CUSTOMERS).collect();
    let (mut own, mut plain) = (0, 0);
    for (done, (customer, (known, until))) in cases.iter().enumerate() {
        let next = targets(customer, &items, *known, *until);
        let phone = device(&format!("c{done}"), customer, *known)?;
        let hit = |shelf: &Ranking| shelf.items.iter().any(|i| next.contains(i.item_id.as_str()));
        own += usize::from(hit(&phone.shelf(true)?));
        plain += usize::from(hit(&phone.shelf(false)?));
        phone.engine.shutdown();
        std::fs::remove_dir_all(temp.path().join(format!("c{done}")))?;
        progress("customers", (done + 1) as f64 / cases.len() as f64);
    }
    let rate = |hits: usize| hits as f64 / cases.len().max(1) as f64;
    let margin = |hits: usize| 1.96 * (rate(hits) * (1.0 - rate(hits)) / cases.len().max(1) as f64).sqrt();
    for (name, hits) in [("own history", own), ("plain popularity", plain)] {
        let bar = "█".repeat((rate(hits) * 60.0).round() as usize);
        println!("   {name:<18} {:>5.1} % ± {:.1}  {bar}", rate(hits) * 100.0, margin(hits) * 100.0);
    }
    if own > plain { Ok(()) } else { Err("own history did not beat popularity".into()) }
}

/// One customer's phone.
struct Phone {
    engine: Arc<Sottovoce>,
    played: usize,
    kept: usize,
}

impl Phone {
    /// Opens an engine, agrees to everything it needs, and plays the customer's first `known` events.
    fn play(
        home: &Path,
        download: &Path,
        shop_key: &[u8],
        items: &[Item],
        customer: &User,
        known: usize,
    ) -> Result<Self, Box<dyn Error>> {
        let clock = Arc::new(ManualClock::new(START_DAY * DAY_MS));
        let config = Config::new(STORE, &home.display().to_string(), shop_key);
        let keys = Arc::new(MemoryKeyStore::new());
        let engine = Sottovoce::with_sources(config, keys, None, clock.clone(), Arc::new(SystemRandom))?;
        engine.unlock()?;
        engine.catalog().install(download.display().to_string())?;
        let past = &customer.events[..known.min(customer.events.len())];
        let last = past.last().map_or(0, |e| e.time);
        // Days are counted back from a fixed today, a minute between events of one day.
        let at =
            |i: usize, time: i64| (START_DAY - (last - time)) * DAY_MS - (past.len() - i) as i64 * 60_000;
        let first = past.first().map_or(START_DAY * DAY_MS, |e| at(0, e.time));
        clock.set(first.max((START_DAY - 170) * DAY_MS));
        let yes = [Purpose::Session, Purpose::History, Purpose::Inference, Purpose::Ranking];
        let choices = yes.map(|purpose| PurposeChoice { purpose, choice: Choice::Give }).to_vec();
        engine.consent().record(choices, "first start".into(), "en".into())?;
        clock.set(START_DAY * DAY_MS);
        let mut kept = 0;
        for (i, event) in past.iter().enumerate() {
            let name =
                if event.kind == EventKind::Purchase { EventName::Purchase } else { EventName::ViewItem };
            let item = &items[event.item as usize].id;
            let outcome = engine.events().track(Event::about(name, [item.as_str()]).at(at(i, event.time)))?;
            kept += usize::from(matches!(outcome, sottovoce::profile::TrackOutcome::Stored { .. }));
        }
        Ok(Self { engine, played: past.len(), kept })
    }

    fn shelf(&self, personal: bool) -> Result<Ranking, Box<dyn Error>> {
        let request = RecommendRequest {
            intensity: (!personal).then_some(Intensity::Off),
            ..RecommendRequest::new("home", SHELF)
        };
        Ok(self.engine.ranking().recommend(request)?)
    }
}

fn targets<'a>(customer: &User, items: &'a [Item], known: usize, until: usize) -> HashSet<&'a str> {
    let next = customer.events.iter().take(until).skip(known);
    next.filter_map(|e| Some(items.get(e.item as usize)?.id.as_str())).collect()
}

fn title(items: &[Item], id: &str) -> String {
    let found = items.iter().find(|i| i.id == id);
    found.map(|i| if i.title.is_empty() { format!("item {id}") } else { i.title.clone() }).unwrap_or_default()
}

/// The file of that name, gzipped or not.
fn open(folder: &Path, name: &str) -> Result<File, Box<dyn Error>> {
    let candidates: [PathBuf; 2] = [folder.join(format!("{name}.gz")), folder.join(name)];
    let found = candidates.iter().find(|p| p.exists());
    let path = found.ok_or_else(|| format!("{}: no {name} or {name}.gz in it", folder.display()))?;
    Ok(File::open(path)?)
}
