//! One product: variants, the size that fits, what is like it, what is bought with it, a rating.

use egui::{Rect, Sense, Ui, UiBuilder, pos2, vec2};
use sottovoce::api::{Word, word_text};

use super::cards;
use crate::art;
use crate::seen::{ProductPage, Tile};
use crate::state::{Action, Page, State};
use crate::theme::Face;
use crate::widgets::{button, card, chip, colored, column, heading, lang, look, primary, say, tab, text};

/// The page.
pub fn show(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let Some(page) = &state.seen.product else { return };
    if button(ui, say(ui, "Back to the shop")).clicked() {
        actions.push(Action::Go(Page::Shop));
    }
    card(ui, |ui| main(ui, page, actions));
    for (name, tiles) in [(say(ui, "Like this"), &page.similar), (say(ui, "Goes with this"), &page.together)]
    {
        shelf(ui, name, tiles, actions);
    }
}

/// A shelf beside something, if there is anything on it.
pub fn shelf(ui: &mut Ui, name: &str, tiles: &[Tile], actions: &mut Vec<Action>) {
    if !tiles.is_empty() {
        ui.add_space(8.0);
        heading(ui, name, Face::Heading);
        cards::grid(ui, tiles, 1, actions);
    }
}

fn main(ui: &mut Ui, page: &ProductPage, actions: &mut Vec<Action>) {
    let width = ui.available_width();
    let picture = 300.0_f32.min(width * 0.4);
    let (rect, _) = ui.allocate_exact_size(vec2(width, 312.0), Sense::hover());
    let rtl = lang(ui).is_rtl();
    let left = if rtl { rect.right() - picture } else { rect.left() };
    art::draw(ui, Rect::from_min_size(pos2(left, rect.top()), vec2(picture, 290.0)), page.picture);
    let words = if rtl {
        Rect::from_min_max(rect.min, pos2(left - 22.0, rect.bottom()))
    } else {
        Rect::from_min_max(pos2(left + picture + 22.0, rect.top()), rect.max)
    };
    let mut ui = ui.new_child(UiBuilder::new().id_salt("words").max_rect(words).layout(column(ui)));
    let ui = &mut ui;
    let t = look(ui);
    heading(ui, &page.product.title, Face::Title);
    ui.horizontal(|ui| {
        colored(ui, &page.price, Face::Heading, t.accent);
        text(ui, page.product.brand.as_deref().unwrap_or_default(), Face::Small);
    });
    if let Some(category) = &page.product.category {
        chip(ui, category, t.muted, t.sunken);
    }
    if page.product.variants.len() > 1 {
        variants(ui, page, actions);
    }
    if let Some(size) = &page.size {
        let said = format!("{} {}: {}", say(ui, "Your size:"), size.size, size.because);
        colored(ui, &said, Face::Body, t.second);
    }
    let stock = page.product.variants.iter().find(|v| v.item_id == page.product.default_item_id);
    if let Some(stock) = stock {
        let said = word_text(Word::Stock { availability: stock.availability }, lang(ui).locale().into());
        text(ui, &said, Face::Small);
    }
    ui.add_space(6.0);
    if primary(ui, say(ui, "Put into the cart")).clicked() {
        actions.push(Action::AddToCart(page.product.default_item_id.clone()));
    }
    ui.horizontal(|ui| {
        text(ui, say(ui, "Your rating:"), Face::Small);
        for stars in 1..=5_u8 {
            if tab(ui, &stars.to_string(), page.rated == Some(stars)).clicked() {
                actions.push(Action::Rate(page.product.default_item_id.clone(), stars));
            }
        }
    });
}

fn variants(ui: &mut Ui, page: &ProductPage, actions: &mut Vec<Action>) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for variant in page.product.variants.iter().take(14) {
            let options: Vec<&str> = variant.options.iter().map(|o| o.value.as_str()).collect();
            let chosen = variant.item_id == page.product.default_item_id;
            if tab(ui, &options.join(" · "), chosen).clicked() {
                actions.push(Action::Open(variant.item_id.clone()));
            }
        }
    });
}
