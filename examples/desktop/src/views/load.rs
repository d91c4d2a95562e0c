//! Another shop in the place of the example: any feed that the importer reads, or a signed bundle.

use egui::Ui;

use super::rights::short;
use crate::state::{Action, State};
use crate::theme::Face;
use crate::widgets::{card, fact, field, heading, primary, say, text};

/// The page.
pub fn show(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    heading(ui, say(ui, "Load a shop"), Face::Title);
    let shop = &state.seen.shop;
    card(ui, |ui| {
        heading(ui, say(ui, "Open now"), Face::Heading);
        fact(ui, say(ui, "Shop"), &shop.store);
        fact(ui, say(ui, "Items"), &shop.items.to_string());
        fact(ui, say(ui, "Signed bundle"), &format!("{} bytes", shop.bytes));
        fact(ui, "SHA-256", &short(&shop.hash));
        if let Some(refused) = shop.refused {
            fact(ui, say(ui, "Rows refused"), &refused.to_string());
        }
        fact(ui, say(ui, "Start to first shelf"), &format!("{} ms", shop.first_shelf_ms));
        fact(ui, say(ui, "Keys are guarded by"), &shop.guard);
    });
    ui.add_space(8.0);
    card(ui, |ui| {
        heading(ui, say(ui, "Another"), Face::Heading);
        text(
            ui,
            say(
                ui,
                "Google Merchant (XML, TSV), Shopify, WooCommerce, schema.org, JSON lines: the kind is told by content. For a signed bundle, give its shop's id and public key as well.",
            ),
            Face::Small,
        );
        let mut path = state.path.clone();
        if field(ui, say(ui, "Path of a feed or bundle"), &mut path, 460.0).changed() {
            actions.push(Action::Path(path));
        }
        let mut key = state.key.clone();
        if field(ui, say(ui, "Of a bundle: shop's id, a space, public key"), &mut key, 460.0).changed() {
            actions.push(Action::Key(key));
        }
        if primary(ui, say(ui, "Load")).clicked() && !state.path.trim().is_empty() {
            actions.push(Action::Load(state.path.trim().into(), state.key.clone()));
        }
    });
}
