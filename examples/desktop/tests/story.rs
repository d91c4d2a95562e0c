//! Every chapter of the quickstart, through the window: what `examples/quickstart.rs` prints is clicked and read here.

mod common;

use common::{app, folder, press};
use egui::{Key, Role, Theme};
use egui_kittest::kittest::Queryable as _;
use sottovoce::consent::Purpose;
use sottovoce::ranking::RankingMode;

#[test]
fn the_quickstart_is_told_through_the_window() {
    let folder = folder();
    // 1 Feed → bundle, and 2 Open: shelves are full before anyone was asked anything, and nothing is kept.
    let mut app = app(folder.path(), Theme::Light);
    let seen =
        |app: &egui_kittest::Harness<'_, sottovoce_desktop::app::App>| app.state().state().seen.clone();
    assert_eq!((seen(&app).shop.items, seen(&app).shop.refused), (609, Some(0)));
    assert_eq!(seen(&app).home.mode, RankingMode::Popular);
    let first = |app: &_| -> Vec<String> {
        let shelf = seen(app).home.slots.iter().find(|s| s.id == "home-for-you").unwrap().tiles.clone();
        shelf.into_iter().map(|t| t.title).collect()
    };
    let for_everyone = first(&app);
    press(&mut app, Role::Button, "Play a visit: a coffee corner");
    assert_eq!(seen(&app).note.clone().unwrap().text, "Acts stored: 0 / 6");

    // 3 Consent: one receipt, chained.
    press(&mut app, Role::Button, "Accept all");
    press(&mut app, Role::Tab, "Consent");
    let entries = seen(&app).consent.center.clone().unwrap().history;
    assert!(entries.len() >= 2 && entries[0].receipt.prev_hash.len() >= 64, "{entries:?}");

    // 4 Shop: the shelf, the reasons, search in both orders, a misspelling and a synonym.
    press(&mut app, Role::Tab, "Shop");
    press(&mut app, Role::Button, "Play a visit: a coffee corner");
    assert_eq!(seen(&app).note.clone().unwrap().text, "Acts stored: 6 / 6");
    assert_eq!(seen(&app).home.mode, RankingMode::Personalized);
    let for_me = first(&app);
    assert_ne!(for_me, for_everyone);
    press(&mut app, Role::Button, &format!("Why this? {}", for_me[0]));
    assert!(!seen(&app).why.clone().unwrap().explanation.factors.is_empty());
    press(&mut app, Role::Button, "Close");
    let found = |app: &mut egui_kittest::Harness<'_, sottovoce_desktop::app::App>, text: &str| {
        let field = app.get_by_role_and_label(Role::TextInput, "Search products and makers");
        field.focus();
        app.run();
        app.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
        app.get_by_role_and_label(Role::TextInput, "Search products and makers").type_text(text);
        app.run();
        app.key_press(Key::Enter);
        app.run();
        let results = seen(app).results.clone();
        assert_eq!(results.text, text);
        results
    };
    let mine = found(&mut app, "coffee");
    press(&mut app, Role::Tab, "In everyone's order");
    assert_ne!(seen(&app).results.tiles, mine.tiles);
    press(&mut app, Role::Tab, "In your order");
    assert!(found(&mut app, "kofee").total > 3, "a misspelling finds nothing");
    assert!(found(&mut app, "trainers").total > 3, "a synonym finds nothing");

    // 5 Storefront: slots with their reasons, and the segment they are for.
    press(&mut app, Role::Tab, "Shop");
    app.get_by_label("The coffee corner");
    press(&mut app, Role::Tab, "You");
    app.get_by_label("Coffee people");

    // 6 Whisper: read before it leaves.
    press(&mut app, Role::Tab, "What leaves");
    press(&mut app, Role::Button, "Make this week's answer");
    app.get_by_label("True answer: Kitchen");
    let charged = seen(&app).leaves.outbox[0].charged_micro_epsilon as f64 / 1e6;
    assert!((charged - 3_f64.ln()).abs() < 1e-5, "{charged}");

    // 7 Crowd.
    press(&mut app, Role::Button, "Let them answer");
    assert_eq!(
        seen(&app).leaves.crowd.clone().unwrap().bars.len(),
        seen(&app).leaves.outbox[0].possible.len()
    );

    // 8 Change of mind: erased, not on the disk, the report is gone, and the shelf is for this visit only.
    press(&mut app, Role::Tab, "Vault");
    press(&mut app, Role::Button, "Withdraw the history and search");
    let scan = seen(&app).vault.scan.clone().unwrap();
    assert!(scan.hits == 0 && scan.rows >= 6 && scan.keys_destroyed > 0, "{scan:?}");
    assert!(!seen(&app).switched_on().contains(&Purpose::History));
    press(&mut app, Role::Tab, "What leaves");
    app.get_by_label("Nothing waits.");
    press(&mut app, Role::Tab, "Shop");
    assert_ne!(seen(&app).home.mode, RankingMode::Personalized);
}
