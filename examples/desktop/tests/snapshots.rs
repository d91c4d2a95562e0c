//! Pictures of each page, in both themes and in Arabic. `UPDATE_SNAPSHOTS=1` takes them anew: look at each.

mod common;

use common::{folder, session_in};
use egui::Theme;
use sottovoce_desktop::state::{Action, Page};
use sottovoce_desktop::text::Lang;

const PAGES: [Page; 6] = [Page::Shop, Page::You, Page::Consent, Page::Leaves, Page::Search, Page::Product];

fn pages(theme: Theme, lang: Lang, name: &str, pages: &[Page]) {
    let folder = folder();
    let mut app = session_in(folder.path(), theme);
    let ctx = app.ctx.clone();
    let act = |app: &mut egui_kittest::Harness<'_, _>, action| {
        sottovoce_desktop::app::App::apply(app.state_mut(), &ctx, action);
        app.run();
    };
    let tile = app.state().state().seen.home.slots.iter().find_map(|s| s.tiles.first()).unwrap().clone();
    act(&mut app, Action::Speak(lang));
    act(&mut app, Action::Prepare);
    act(&mut app, Action::Type("coffee".into()));
    act(&mut app, Action::Search);
    for page in pages {
        match page {
            Page::Product => act(&mut app, Action::Open(tile.item_id.clone())),
            page => act(&mut app, Action::Go(*page)),
        }
        app.snapshot(format!("{name}-{page:?}").to_lowercase());
        if *page == Page::Shop {
            act(&mut app, Action::Why(tile.ranking_id.clone(), tile.item_id.clone(), tile.title.clone()));
            let listed =
                app.state().state().seen.home.slots.iter().find_map(|s| s.tiles.first()).unwrap().clone();
            act(&mut app, Action::Why(listed.ranking_id, listed.item_id, listed.title));
            app.snapshot(format!("{name}-why"));
            act(&mut app, Action::CloseWhy);
        }
    }
}

#[test]
fn light() {
    pages(Theme::Light, Lang::En, "light", &PAGES);
}

#[test]
fn dark() {
    pages(Theme::Dark, Lang::En, "dark", &PAGES);
}

#[test]
fn arabic() {
    pages(Theme::Light, Lang::Ar, "arabic", &[Page::Shop, Page::Consent, Page::Leaves]);
}
