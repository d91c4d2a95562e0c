//! A widget in a process of its own sees what the app kept for it, and nothing once that may not be.

mod support;

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use serde_json::Value;
use sottovoce::api::widget_shelf_at;
use sottovoce::catalog::Item;
use sottovoce::clock::{Clock, DAY_MS, ManualClock};
use sottovoce::consent::{AgeBand, Choice, EraseScope, ExternalSignals, Policy, Purpose, PurposeChoice};
use sottovoce::profile::{Event, EventName, ShoppingMode};
use sottovoce::random::{RandomError, SecureRandom, SystemRandom};
use sottovoce::ranking::ShelfKind;
use sottovoce::sensitive::SensitiveTag;
use sottovoce::surfaces::{RecommendRequest, WidgetShelf};
use sottovoce::vault::{FileKeyStore, KeyStore, KeyStoreError, MemoryKeyStore};
use sottovoce::{Config, Sottovoce, SottovoceError};
use support::{NOW_MS, Phone, STORE, give};

const BASELINE: &str = include_str!("../src/consent/policy/baseline.json");
const USED: [Purpose; 4] = [Purpose::Session, Purpose::History, Purpose::Inference, Purpose::Ranking];

fn request() -> RecommendRequest {
    RecommendRequest::new("widget", 8)
}

/// What the widget of this phone is told about the app.
fn config(phone: &Phone) -> Config {
    let home = phone.folder.path().join("engine").display().to_string();
    Config {
        widget_directory: phone.widget_directory.clone(),
        ..Config::new(STORE, &home, phone.shop.key.public_key().as_bytes())
    }
}

fn seen(phone: &Phone) -> Option<WidgetShelf> {
    widget_shelf_at(&config(phone), phone.keys.clone(), &*phone.clock).unwrap()
}

/// An engine that knows a shopper and has kept a shelf for the widget.
fn kept(phone: &Phone) -> (Arc<Sottovoce>, WidgetShelf) {
    let engine = phone.stocked();
    give(&engine, &USED);
    for item in ["KI81", "KI83", "KI84"] {
        phone.clock.advance(60_000);
        engine.events().track(Event::about(EventName::ViewItem, [item])).unwrap();
    }
    let shelf = engine.ranking().keep_for_widget(request()).unwrap().unwrap();
    (engine, shelf)
}

#[test]
fn the_widget_sees_it_while_the_engine_is_open_and_none_after_a_change_of_mind() {
    let mut phone = Phone::new();
    let shared = phone.folder.path().join("group/widget");
    phone.widget_directory = Some(shared.display().to_string());
    assert_eq!(seen(&phone), None);
    let (engine, shelf) = kept(&phone);
    assert_eq!(seen(&phone).as_ref(), Some(&shelf));
    assert!(shelf.personal && shelf.items.len() == 8, "{shelf:?}");
    assert_eq!((shelf.made_ms, shelf.until_ms), (phone.clock.now_ms(), phone.clock.now_ms() + DAY_MS));
    let recommended = engine.ranking().recommend(request()).unwrap();
    let ids: Vec<_> = recommended.items.iter().map(|item| item.item_id.clone()).collect();
    assert_eq!(shelf.items.iter().map(|item| item.item_id.clone()).collect::<Vec<_>>(), ids);
    for (item, known) in shelf.items.iter().zip(engine.catalog().items(ids).unwrap()) {
        assert_eq!((&item.title, &item.image_link), (&known.title, &known.image_link));
        assert!(item.price.is_some());
    }
    let file = shared.join("brambly.snapshot");
    assert_eq!(support::files(&shared), std::slice::from_ref(&file), "nothing else lies where others read");
    let copy = std::fs::read(&file).unwrap();
    assert!(!copy.windows(4).any(|bytes| bytes == b"KI81" || bytes == b"http"));

    engine.consent().withdraw(vec![Purpose::Ranking], "settings".into(), "en".into()).unwrap();
    assert_eq!(seen(&phone), None);
    assert!(!file.exists());
    std::fs::write(&file, copy).unwrap();
    assert_eq!(seen(&phone), None, "not from a copy either");
    assert_eq!(engine.ranking().keep_for_widget(request()), Ok(None));
    assert!(!file.exists());

    give(&engine, &[Purpose::Ranking]);
    assert_eq!(seen(&phone), None, "a new yes brings nothing back");
    assert!(engine.ranking().keep_for_widget(request()).unwrap().is_some());
    engine.shutdown();
    assert!(seen(&phone).is_some(), "the app need not run");
}

#[test]
fn a_shelf_with_what_the_shop_marks_as_sensitive_later_is_removed() {
    let mut phone = Phone::new();
    let (engine, shelf) = kept(&phone);
    phone.apply(&engine, &phone.shop.bundle(2)).unwrap();
    assert_eq!(seen(&phone).as_ref(), Some(&shelf), "nothing of it is marked");
    let shown = phone.shop.items.iter_mut().find(|item| item.id == shelf.items[0].item_id).unwrap();
    shown.sensitive_tags = vec![SensitiveTag::Health];
    phone.apply(&engine, &phone.shop.bundle(3)).unwrap();
    assert_eq!(seen(&phone), None);
}

#[test]
fn another_process_reads_it() {
    const HOME: &str = "SOTTOVOCE_WIDGET_TEST";
    if let Some(home) = std::env::var_os(HOME).map(PathBuf::from) {
        let keys = Arc::new(FileKeyStore::new(home.join("keys")));
        let config = Config::new(STORE, &home.join("engine").display().to_string(), &[0; 32]);
        let shelf = widget_shelf_at(&config, keys.clone(), &ManualClock::new(NOW_MS)).unwrap();
        println!("saw {}", shelf.map_or(0, |shelf| shelf.items.len()));
        return;
    }
    let phone = Phone::new();
    let look = || {
        let mut widget = Command::new(std::env::current_exe().unwrap());
        widget.args(["--exact", "another_process_reads_it", "--nocapture"]).env(HOME, phone.folder.path());
        let said = String::from_utf8(widget.output().unwrap().stdout).unwrap();
        said.lines().find_map(|line| line.split_once("saw ")?.1.parse::<u32>().ok()).unwrap()
    };
    let engine = phone.engine_with(Arc::new(FileKeyStore::new(phone.folder.path().join("keys")))).unwrap();
    phone.apply(&engine, &phone.shop.bundle(1)).unwrap();
    give(&engine, &USED);
    assert_eq!(look(), 0);
    engine.ranking().keep_for_widget(request()).unwrap();
    assert_eq!(look(), 8);
    engine.events().set_mode(ShoppingMode::Private).unwrap();
    assert_eq!(look(), 0, "others look at it as well");
    engine.events().set_mode(ShoppingMode::Normal).unwrap();
    engine.ranking().keep_for_widget(request()).unwrap();
    assert_eq!(look(), 8);
    engine.consent().withdraw(vec![Purpose::Ranking], "settings".into(), "en".into()).unwrap();
    assert_eq!(look(), 0);
}

#[test]
fn what_the_user_is_shown_as_usual_is_off_the_widget_while_they_shop_in_another_mode() {
    for mode in [ShoppingMode::Private, ShoppingMode::Gift] {
        let phone = Phone::new();
        let (engine, usual) = kept(&phone);
        let file = phone.folder.path().join("engine/vault/brambly.snapshot");
        let copy = std::fs::read(&file).unwrap();
        engine.events().set_mode(mode).unwrap();
        assert_eq!(seen(&phone), None, "{mode:?}");
        std::fs::write(&file, copy).unwrap();
        assert_eq!(seen(&phone), None, "{mode:?}: not from a copy either");
        let neutral = engine.ranking().keep_for_widget(request()).unwrap().unwrap();
        assert!(!neutral.personal && neutral.items != usual.items, "{mode:?}");
        assert_eq!(seen(&phone), Some(neutral.clone()));
        engine.events().set_mode(ShoppingMode::Normal).unwrap();
        assert_eq!(seen(&phone), Some(neutral), "it tells nothing");
        assert_eq!(engine.ranking().keep_for_widget(request()), Ok(Some(usual.clone())));
        assert_eq!(seen(&phone), Some(usual));
    }
}

#[test]
fn a_shelf_that_is_made_while_the_user_goes_into_private_mode_is_made_again() {
    struct Turning(OnceLock<Weak<Sottovoce>>, AtomicU32);
    impl SecureRandom for Turning {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
            let engine = self.0.get().and_then(Weak::upgrade);
            if self.1.swap(0, Ordering::SeqCst) > 0
                && let Some(engine) = engine
            {
                // Wherever this falls, the mode is set.
                drop(engine.events().set_mode(ShoppingMode::Private));
            }
            SystemRandom.fill(bytes)
        }
    }
    let phone = Phone::new();
    let (engine, _) = kept(&phone);
    engine.shutdown();
    let random = Arc::new(Turning(OnceLock::new(), AtomicU32::new(0)));
    let engine = Sottovoce::with_sources(
        config(&phone),
        phone.keys.clone(),
        None,
        phone.clock.clone(),
        random.clone(),
    )
    .unwrap();
    engine.unlock().unwrap();
    random.0.set(Arc::downgrade(&engine)).unwrap();
    random.1.store(1, Ordering::SeqCst);
    let shelf = engine.ranking().keep_for_widget(request()).unwrap().unwrap();
    assert_eq!((engine.status().mode, random.1.load(Ordering::SeqCst)), (ShoppingMode::Private, 0));
    assert!(!shelf.personal);
    assert_eq!(seen(&phone), Some(shelf));
}

#[test]
fn whatever_ends_ranking_the_widget_sees_none() {
    type End = fn(&Phone, &Sottovoce);
    let ends: [(&str, End); 7] = [
        ("refusal", |_, engine| {
            let no = PurposeChoice { purpose: Purpose::Ranking, choice: Choice::Refuse };
            engine.consent().record(vec![no], "center".into(), "en".into()).unwrap();
        }),
        ("an opt-out signal", |_, engine| {
            let opted_out = ExternalSignals { global_privacy_control: true, ..Default::default() };
            engine.consent().apply_signals(opted_out).unwrap();
        }),
        ("age", |_, engine| {
            let child = ExternalSignals { age_band: Some(AgeBand::Under13), ..Default::default() };
            engine.consent().apply_signals(child).unwrap();
        }),
        ("time", |phone, engine| {
            phone.clock.advance(200 * DAY_MS);
            engine.privacy().run_maintenance(false).unwrap();
        }),
        ("a policy", |phone, engine| {
            let mut json: Value = serde_json::from_str(BASELINE).unwrap();
            (json["id"], json["version"]) = ("brambly".into(), 1.into());
            json["regions"][0]["mechanisms"]["ranking"] = "prohibited".into();
            let signed = Policy::seal(json.to_string().as_bytes(), phone.shop.key.pair()).unwrap();
            engine.consent().apply_policy(signed).unwrap();
        }),
        ("erasure", |_, engine| drop(engine.data().erase(EraseScope::Everything).unwrap())),
        ("the app", |_, engine| engine.ranking().forget_widget().unwrap()),
    ];
    for (what, end) in ends {
        let phone = Phone::new();
        let (engine, shelf) = kept(&phone);
        let file = phone.vault_files().into_iter().find(|f| f.ends_with("brambly.snapshot")).unwrap();
        let copy = std::fs::read(&file).unwrap();
        end(&phone, &engine);
        assert!(!file.exists(), "{what}");
        std::fs::write(&file, copy).unwrap();
        let then = ManualClock::new(shelf.made_ms);
        assert_eq!(widget_shelf_at(&config(&phone), phone.keys.clone(), &then), Ok(None), "{what}: a copy");
    }
}

#[test]
fn it_holds_for_a_day_and_no_longer_than_a_yes_it_rests_on() {
    let phone = Phone::new();
    let (engine, shelf) = kept(&phone);
    phone.clock.advance(DAY_MS - 1);
    assert_eq!(seen(&phone), Some(shelf));
    phone.clock.advance(1);
    assert_eq!(seen(&phone), None);
    phone.clock.set(NOW_MS - 1);
    assert_eq!(seen(&phone), None, "a clock set back");

    let ends = engine.consent().snapshot().unwrap().decisions;
    let ends =
        ends.iter().filter(|d| USED.contains(&d.purpose)).filter_map(|d| d.expires_at_ms).min().unwrap();
    phone.clock.set(ends - 1000);
    let last = engine.ranking().keep_for_widget(request()).unwrap().unwrap();
    assert_eq!(last.until_ms, ends);
    phone.clock.set(ends);
    assert_eq!(seen(&phone), None);
    assert_eq!(engine.ranking().keep_for_widget(request()), Ok(None));
}

#[test]
fn nothing_sensitive_and_no_present_is_on_it() {
    let mut phone = Phone::new();
    let sensitive = |item: &mut Item| item.sensitive_tags = vec![SensitiveTag::Health];
    phone.shop.items.iter_mut().step_by(2).for_each(sensitive);
    let hidden: Vec<_> = phone.shop.items.iter().step_by(2).map(|item| item.id.clone()).collect();
    let engine = phone.stocked();
    give(&engine, &USED);
    let kinds = [
        ShelfKind::ForYou,
        ShelfKind::Similar,
        ShelfKind::BoughtTogether,
        ShelfKind::Cart,
        ShelfKind::Trending,
        ShelfKind::NextUp,
    ];
    for (kind, seed) in kinds.iter().flat_map(|kind| [(*kind, &hidden[0]), (*kind, &phone.shop.items[1].id)])
    {
        let seeded = matches!(kind, ShelfKind::Similar | ShelfKind::BoughtTogether | ShelfKind::Cart);
        let seed_item_ids = if seeded { vec![seed.clone()] } else { Vec::new() };
        let request = RecommendRequest { kind: Some(kind), seed_item_ids, limit: 50, ..request() };
        let shelf = engine.ranking().keep_for_widget(request).unwrap().unwrap();
        assert!(shelf.items.iter().all(|item| !hidden.contains(&item.item_id)), "{kind:?} {seed}");
        assert!(shelf.items.len() <= 50);
    }

    let neutral = engine.ranking().keep_for_widget(request()).unwrap().unwrap();
    engine.events().set_mode(ShoppingMode::Gift).unwrap();
    for item in phone.shop.items.iter().skip(1).step_by(2).take(6) {
        phone.clock.advance(60_000);
        engine.events().track(Event::about(EventName::ViewItem, [item.id.as_str()])).unwrap();
    }
    let gift = engine.ranking().keep_for_widget(request()).unwrap().unwrap();
    assert_eq!((gift.personal, gift.items), (false, neutral.items));
}

#[test]
fn what_cannot_be_read_is_told_apart_from_what_is_not_there() {
    struct Counting(Arc<MemoryKeyStore>, AtomicU32);
    impl KeyStore for Counting {
        fn load(&self, alias: String) -> Result<Vec<u8>, KeyStoreError> {
            self.1.fetch_add(1, Ordering::SeqCst);
            self.0.load(alias)
        }
        fn store(&self, _: String, _: Vec<u8>) -> Result<(), KeyStoreError> {
            Err(KeyStoreError::Unavailable { reason: "a widget writes nothing".into() })
        }
        fn remove(&self, _: String) -> Result<(), KeyStoreError> {
            Err(KeyStoreError::Unavailable { reason: "a widget removes nothing".into() })
        }
        fn list(&self, _: String) -> Result<Vec<String>, KeyStoreError> {
            Err(KeyStoreError::Unavailable { reason: "a widget looks for nothing".into() })
        }
    }
    let phone = Phone::new();
    let (_engine, shelf) = kept(&phone);
    let keys = Arc::new(Counting(phone.keys.clone(), AtomicU32::new(0)));
    assert_eq!(widget_shelf_at(&config(&phone), keys.clone(), &*phone.clock), Ok(Some(shelf)));
    assert_eq!(keys.1.load(Ordering::SeqCst), 1, "one key is loaded");
    let stranger = Arc::new(MemoryKeyStore::new());
    assert_eq!(widget_shelf_at(&config(&phone), stranger, &*phone.clock), Ok(None), "its key is not there");
    let file = phone.vault_files().into_iter().find(|f| f.ends_with("brambly.snapshot")).unwrap();
    std::fs::write(&file, b"SVSN").unwrap();
    let damaged = widget_shelf_at(&config(&phone), phone.keys.clone(), &*phone.clock).unwrap_err();
    assert_eq!(damaged, SottovoceError::Damaged { what: "widget file".into() });
    let nowhere = Config { widget_directory: Some(String::new()), ..config(&phone) };
    assert!(widget_shelf_at(&nowhere, phone.keys.clone(), &*phone.clock).is_err());
}

#[test]
fn an_erasure_of_everything_is_done_although_a_folder_is_in_the_place_of_the_widgets_file() {
    let phone = Phone::new();
    let (engine, _) = kept(&phone);
    let file = phone.folder.path().join("engine/vault/brambly.snapshot");
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir_all(file.join("full")).unwrap();
    let report = engine.data().erase(EraseScope::Everything).unwrap();
    assert!(report.complete && engine.status().settled);
    assert!(!engine.consent().is_allowed(Purpose::History));
    assert!(!file.exists());
    engine.privacy().run_maintenance(false).unwrap();
    assert_eq!(seen(&phone), None);
}
