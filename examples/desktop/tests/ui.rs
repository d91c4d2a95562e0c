//! What a user does on each page, told through the accessibility tree: what a screen reader reads is what is clicked.

mod common;

use std::sync::Arc;
use std::time::{Duration, Instant};

use common::{app, folder, press, session};
use egui::{Key, Role, Theme};
use egui_kittest::kittest::Queryable as _;
use sottovoce::consent::{Mechanism, Purpose};
use sottovoce::profile::ShoppingMode;
use sottovoce_desktop::app::App;
use sottovoce_desktop::seen::Seen;
use sottovoce_desktop::state::{Action, Page};
use sottovoce_desktop::worker::Worker;

#[test]
fn yes_and_no_weigh_the_same_and_a_no_keeps_nothing() {
    let folder = folder();
    let mut app = app(folder.path(), Theme::Light);
    let (yes, no) = (app.get_by_label("Accept all").rect(), app.get_by_label("Refuse all").rect());
    assert_eq!(yes.size(), no.size());
    press(&mut app, Role::Button, "Refuse all");
    assert!(!app.state().state().seen.consent.is_due);
    press(&mut app, Role::Button, "Play a visit: a coffee corner");
    assert_eq!(app.state().state().seen.note.as_ref().unwrap().text, "Acts stored: 0 / 6");
    press(&mut app, Role::Tab, "You");
    assert!(app.state().state().seen.you.acts.is_empty());
}

#[test]
fn a_correction_in_the_sheet_changes_the_shelf() {
    let folder = folder();
    let mut app = session(folder.path());
    let first = app.state().state().seen.home.slots.iter().find_map(|s| s.tiles.first()).unwrap().clone();
    press(&mut app, Role::Button, &format!("Why this? {}", first.title));
    let why = app.state().state().seen.why.clone().unwrap();
    assert!(why.explanation.factors.iter().any(|f| f.evidence_count > 0), "{why:?}");
    assert!(app.query_all_by_label_contains("Place without it:").count() >= why.explanation.factors.len());
    press(&mut app, Role::Button, "Never this product");
    assert!(!app.state().state().why, "the sheet stays open");
    let shelves = &app.state().state().seen.home.slots;
    assert!(shelves.iter().flat_map(|s| &s.tiles).all(|t| t.title != first.title), "it is still shown");
}

#[test]
fn switches_are_saved_together_and_each_withdrawal_erases() {
    let folder = folder();
    let mut app = session(folder.path());
    press(&mut app, Role::Tab, "Consent");
    let title = |app: &egui_kittest::Harness<'_, App>, purpose| {
        let center = app.state().state().seen.consent.center.clone().unwrap();
        center.notice.purposes.into_iter().find(|p| p.purpose == purpose).unwrap().title
    };
    let (ranking, history) = (title(&app, Purpose::Ranking), title(&app, Purpose::History));
    press(&mut app, Role::Switch, &ranking);
    assert!(
        app.state().state().seen.switched_on().contains(&Purpose::Ranking),
        "saved before it is asked for"
    );
    let save = app.state().state().seen.consent.center.clone().unwrap().notice.save_label;
    press(&mut app, Role::Button, &save);
    assert!(!app.state().state().seen.switched_on().contains(&Purpose::Ranking));
    press(&mut app, Role::Button, &format!("Withdraw now {history}"));
    let erased = app.state().state().seen.consent.erased.clone().unwrap();
    assert!(erased.rows > 5 && erased.keys_destroyed > 0, "{erased:?}");
}

#[test]
fn a_region_changes_what_holds_without_an_answer_and_a_signal_denies() {
    let folder = folder();
    let mut app = app(folder.path(), Theme::Light);
    press(&mut app, Role::Tab, "Consent");
    let decision = |app: &egui_kittest::Harness<'_, App>, purpose| {
        let snapshot = app.state().state().seen.consent.snapshot.clone().unwrap();
        snapshot.decisions.into_iter().find(|d| d.purpose == purpose).unwrap()
    };
    assert_eq!(decision(&app, Purpose::History).mechanism, Mechanism::OptIn);
    press(&mut app, Role::Tab, "US-CA");
    assert_eq!(decision(&app, Purpose::History).mechanism, Mechanism::OptOut);
    press(&mut app, Role::Button, "Accept all");
    assert!(decision(&app, Purpose::History).allowed);
    press(&mut app, Role::Switch, "Global Privacy Control");
    assert!(!decision(&app, Purpose::History).allowed);
}

#[test]
fn a_flipped_byte_is_named_and_this_devices_own_ledger_still_holds() {
    let folder = folder();
    let mut app = session(folder.path());
    press(&mut app, Role::Tab, "Consent");
    press(&mut app, Role::Button, "Flip a byte in a copy");
    let flipped = app.state().state().seen.consent.flipped.clone().unwrap();
    assert!(flipped.named.iter().any(|name| name.starts_with("receipt #")), "{flipped:?}");
    press(&mut app, Role::Button, "Verify every link");
    let check = app.state().state().seen.consent.check.clone().unwrap();
    assert!(check.broken_at.is_none() && check.verified >= 2, "{check:?}");
}

#[test]
fn the_next_policy_says_what_it_changes_and_asks_again() {
    let folder = folder();
    let mut app = session(folder.path());
    press(&mut app, Role::Tab, "Consent");
    press(&mut app, Role::Button, "Install the next policy");
    let diff = app.state().state().seen.consent.diff.clone().unwrap();
    assert!(
        diff.material.contains(&Purpose::History) && diff.material.contains(&Purpose::Measurement),
        "{diff:?}"
    );
    assert!(app.state().state().seen.consent.is_due);
}

#[test]
fn what_is_known_can_be_said_deleted_and_not_collected() {
    let folder = folder();
    let mut app = session(folder.path());
    press(&mut app, Role::Tab, "You");
    let before = app.state().state().seen.you.acts.clone();
    assert!(before.len() >= 6 && before.iter().all(|act| act.stored), "{before:?}");
    let act = &before[0];
    press(&mut app, Role::Button, &format!("Delete {} {}", act.name, act.about));
    assert_eq!(app.state().state().seen.you.acts.len(), before.len() - 1);
    press(&mut app, Role::CheckBox, "Nordhem");
    assert!(app.state().state().seen.you.view.as_ref().unwrap().stated.iter().any(|p| p.value == "Nordhem"));
    press(&mut app, Role::Tab, "Shopping privately");
    assert_eq!(app.state().state().seen.you.mode, ShoppingMode::Private);
    let kept = app.state().state().seen.you.acts.len();
    press(&mut app, Role::Tab, "Shop");
    press(&mut app, Role::Button, "Play a visit: a coffee corner");
    press(&mut app, Role::Tab, "You");
    assert_eq!(app.state().state().seen.you.acts.len(), kept, "something was kept in private");
}

#[test]
fn interests_fade_beside_fresher_ones() {
    let folder = folder();
    let mut app = session(folder.path());
    press(&mut app, Role::Tab, "You");
    let coffee = |app: &egui_kittest::Harness<'_, App>| {
        let view = app.state().state().seen.you.view.clone().unwrap();
        view.inferred.iter().find(|a| a.name.ends_with("Kitchen & Dining")).map_or(0.0, |a| a.strength)
    };
    assert!(coffee(&app) > 0.9);
    for _ in 0..8 {
        press(&mut app, Role::Button, "A week passes");
    }
    let ctx = app.ctx.clone();
    for id in ["CL1-BL-S", "CL22-MU-36-40", "CL23-RO-36-40", "CL2-SA-S"] {
        app.state_mut().apply(&ctx, Action::Open(id.into()));
        app.state_mut().apply(&ctx, Action::AddToCart(id.into()));
        app.run();
    }
    press(&mut app, Role::Tab, "You");
    assert!(coffee(&app) < 0.8, "{}", coffee(&app));
    assert_eq!(app.state().state().seen.you.decay.len(), 9);
}

#[test]
fn the_outbox_shows_the_bytes_that_the_collector_gets() {
    let folder = folder();
    let mut app = session(folder.path());
    press(&mut app, Role::Tab, "What leaves");
    press(&mut app, Role::Button, "Make this week's answer");
    let report = app.state().state().seen.leaves.outbox[0].clone();
    app.get_by_label(&format!("True answer: {}", report.true_answer));
    press(&mut app, Role::Button, "Wait until due, and send");
    let leaves = &app.state().state().seen.leaves;
    assert_eq!(leaves.received, [report.bytes_hex], "{:?}", app.state().state().seen.note);
    assert_eq!(leaves.sent.len(), 1);
    assert!(leaves.outbox.iter().all(|waiting| waiting.bytes_hex != leaves.received[0]), "it still waits");
    assert!(leaves.budget.as_ref().unwrap().install_spent > 1_000_000);
}

#[test]
fn a_larger_crowd_is_understood_better_and_a_small_one_not_at_all() {
    let folder = folder();
    let mut app = app(folder.path(), Theme::Light);
    press(&mut app, Role::Tab, "What leaves");
    let ctx = app.ctx.clone();
    let mut margins = Vec::new();
    for devices in [500, 2000, 8000] {
        app.state_mut().apply(&ctx, Action::Slide(devices));
        app.run();
        press(&mut app, Role::Button, "Let them answer");
        let crowd = app.state().state().seen.leaves.crowd.clone().unwrap();
        assert_eq!((crowd.devices, crowd.bars.is_empty()), (devices, devices < 1000));
        margins.push(crowd.margin);
    }
    assert!(margins[2] < margins[1] * 0.6, "{margins:?}");
}

#[test]
fn after_withdrawal_no_word_of_the_user_is_on_the_disk() {
    let folder = folder();
    let mut app = session(folder.path());
    press(&mut app, Role::Tab, "Vault");
    press(&mut app, Role::Button, "Withdraw the history and search");
    let scan = app.state().state().seen.vault.scan.clone().unwrap();
    assert_eq!(scan.hits, 0, "{scan:?}");
    assert!(
        scan.words.len() > 8 && scan.control > 0 && scan.keys_destroyed > 0 && !scan.hex.is_empty(),
        "{scan:?}"
    );
    press(&mut app, Role::Button, "Read and check everything");
    assert_eq!(app.state().state().seen.vault.integrity.clone().unwrap().1, Vec::<String>::new());
    press(&mut app, Role::Button, "Export my copy");
    assert!(app.state().state().seen.vault.copy.as_ref().unwrap().exists());
}

#[test]
fn the_keyboard_alone_reaches_and_presses_a_button() {
    let folder = folder();
    let mut app = app(folder.path(), Theme::Light);
    for _ in 0..40 {
        app.key_press(Key::Tab);
        app.run();
        if app.get_by_label("Refuse all").is_focused() {
            break;
        }
    }
    assert!(app.get_by_label("Refuse all").is_focused(), "the keyboard does not get there");
    app.key_press(Key::Enter);
    app.run();
    assert!(!app.state().state().seen.consent.is_due);
}

#[test]
fn a_feed_of_a_hundred_thousand_items_lays_out_only_what_is_visible() {
    let folder = folder();
    let mut feed =
        "id\ttitle\tdescription\tlink\timage_link\tavailability\tprice\tbrand\tproduct_type\n".to_owned();
    for i in 0..100_000 {
        feed += &format!(
            "i{i}\tThing {i}\tA thing.\thttps://s.example/{i}\thttps://s.example/{i}.jpg\tin stock\t1.50 EUR\tMaker {}\tToys\n",
            i % 50
        );
    }
    let path = folder.path().join("feed.tsv");
    std::fs::write(&path, feed).unwrap();
    let mut app = app(folder.path(), Theme::Light);
    let ctx = app.ctx.clone();
    app.state_mut().apply(&ctx, Action::Load(path, String::new()));
    app.state_mut().apply(&ctx, Action::Type("thing".into()));
    app.state_mut().apply(&ctx, Action::Search);
    app.run();
    let seen = app.state().state().seen.clone();
    assert_eq!((seen.shop.items, seen.results.total), (100_000, 100_000), "{:?}", seen.note);
    // All of them at once, as after scrolling to the end.
    let tile = seen.results.tiles[0].clone();
    let tiles =
        (0..100_000).map(|i| sottovoce_desktop::seen::Tile { item_id: format!("t{i}"), ..tile.clone() });
    let mut all = Seen::clone(&seen);
    all.results.tiles = Arc::new(tiles.collect());
    app.state_mut().show(Arc::new(all));
    app.run();
    let cards = app.query_all_by_role_and_label(Role::Button, &tile.title).count();
    assert!((3..=16).contains(&cards), "{cards} cards are laid out");
    let started = Instant::now();
    app.step();
    assert!(started.elapsed() < Duration::from_millis(250), "{:?}", started.elapsed());
}

#[test]
fn the_window_is_drawn_while_the_worker_is_busy() {
    let folder = folder();
    let options = common::options(folder.path());
    let mut app = egui_kittest::Harness::builder()
        .with_size([1100.0, 700.0])
        .build_eframe(move |cc| App::new(&cc.egui_ctx, Worker::thread(options, || {})));
    let started = Instant::now();
    app.step();
    assert!(started.elapsed() < Duration::from_millis(900), "{:?}", started.elapsed());
    while !app.state().state().seen.ready {
        assert!(started.elapsed() < Duration::from_secs(60), "{:?}", app.state().state().seen.note);
        std::thread::sleep(Duration::from_millis(20));
        app.step();
    }
    assert!(!app.state().state().seen.home.slots.is_empty());
    assert_eq!(app.state().state().page, Page::Shop);
}
