//! What a user does on each page, told through the accessibility tree.

mod common;

use common::{app, folder, look_at};
use egui::Theme;
use sottovoce_desktop::state::{Action, Page};
use sottovoce_desktop::text::Lang;

#[test]
fn pictures() {
    let folder = folder();
    let mut app = app(folder.path(), Theme::Light);
    look_at(&mut app, "home-first");
    let ctx = app.ctx.clone();
    app.state_mut().apply(&ctx, Action::AcceptAll);
    app.state_mut().apply(&ctx, Action::PlayVisit);
    app.run();
    look_at(&mut app, "home");
    let tile = app.state().state().seen.home.slots.iter().find_map(|s| s.tiles.first()).unwrap().clone();
    app.state_mut().apply(&ctx, Action::Why(tile.ranking_id, tile.item_id.clone(), tile.title));
    app.run();
    look_at(&mut app, "why");
    app.state_mut().apply(&ctx, Action::Open(tile.item_id));
    app.run();
    look_at(&mut app, "product");
    app.state_mut().apply(&ctx, Action::Type("coffee".into()));
    app.state_mut().apply(&ctx, Action::Search);
    app.run();
    look_at(&mut app, "search");
    app.state_mut().apply(&ctx, Action::Prepare);
    app.state_mut().apply(&ctx, Action::Crowd(3000));
    for page in [Page::You, Page::Consent, Page::Leaves, Page::Vault, Page::Load, Page::Cart] {
        app.state_mut().apply(&ctx, Action::Go(page));
        app.run();
        look_at(&mut app, &format!("{page:?}").to_lowercase());
    }
    app.state_mut().apply(&ctx, Action::Theme);
    app.state_mut().apply(&ctx, Action::Speak(Lang::Ar));
    for page in [Page::Shop, Page::Consent] {
        app.state_mut().apply(&ctx, Action::Go(page));
        app.run();
        look_at(&mut app, &format!("ar-{page:?}").to_lowercase());
    }
}
