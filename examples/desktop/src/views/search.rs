//! Search results: only the rows that are visible are laid out, however many there are.

use egui::{ScrollArea, Sense, Ui, UiBuilder, vec2};
use sottovoce::ranking::Intensity;
use sottovoce::surfaces::Facet;

use super::cards;
use crate::seen::Results;
use crate::shop::ORDERS;
use crate::state::{Action, Page, State};
use crate::theme::Face;
use crate::widgets::{column, heading, lang, look, pick, say, tab, text};

/// The page.
pub fn show(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let results = &state.seen.results;
    head(ui, state, results, actions);
    let side = 176.0;
    let area = ui.available_rect_before_wrap();
    let rtl = lang(ui).is_rtl();
    let (facets, list) = if rtl {
        area.split_left_right_at_x(area.right() - side)
    } else {
        area.split_left_right_at_x(area.left() + side)
    };
    let (facets, list) = if rtl { (list, facets) } else { (facets, list) };
    let mut left = ui.new_child(UiBuilder::new().id_salt("facets").max_rect(facets).layout(column(ui)));
    ScrollArea::vertical().id_salt("facets").auto_shrink(false).show(&mut left, |ui| {
        ui.with_layout(column(ui), |ui| {
            for facet in &results.facets {
                narrow(ui, facet, results, actions);
            }
        });
    });
    let gap = if rtl { vec2(0.0, 0.0) } else { vec2(12.0, 0.0) };
    let list = egui::Rect::from_min_max(list.min + gap, list.max - vec2(12.0, 0.0) + gap * 0.0);
    let mut right = ui.new_child(UiBuilder::new().id_salt("list").max_rect(list).layout(column(ui)));
    rows(&mut right, results, actions);
    ui.allocate_rect(area, Sense::hover());
}

fn head(ui: &mut Ui, state: &State, results: &Results, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        heading(ui, &format!("“{}”", results.text), Face::Title);
        text(ui, &format!("{} {}", results.total, say(ui, "products")), Face::Small);
        for (intensity, name) in
            [(Intensity::Full, say(ui, "In your order")), (Intensity::Off, say(ui, "In everyone's order"))]
        {
            if tab(ui, name, state.seen.intensity(Page::Search) == intensity).clicked() {
                actions.push(Action::Personal(Page::Search, intensity));
            }
        }
    });
    ui.horizontal(|ui| {
        for (sort, name) in ORDERS {
            if tab(ui, lang(ui).say(name), results.sort == sort).clicked() {
                actions.push(Action::Sort(sort));
            }
        }
    });
    if let Some(instead) = &results.instead {
        text(ui, &format!("{} “{instead}”", say(ui, "Searched instead for")), Face::Body);
    }
    if !results.unmatched.is_empty() {
        text(ui, &format!("{} {}", say(ui, "Nothing matches"), results.unmatched.join(", ")), Face::Small);
    }
    ui.add_space(4.0);
}

fn narrow(ui: &mut Ui, facet: &Facet, results: &Results, actions: &mut Vec<Action>) {
    use sottovoce::surfaces::FacetKind as Kind;
    // Prices are narrowed by the order here; the other kinds by their values.
    let name = match facet.kind {
        Kind::Availability => say(ui, "In stock"),
        Kind::Brand => say(ui, "Maker"),
        Kind::Category => say(ui, "Department"),
        Kind::Color => say(ui, "Colour"),
        Kind::Size => say(ui, "Size"),
        Kind::Price => return,
    };
    heading(ui, name, Face::Strong);
    ui.spacing_mut().item_spacing.y = 5.0;
    for value in facet.values.iter().take(6) {
        let wish = (facet.kind, value.value.clone());
        let label = if value.label.is_empty() { &value.value } else { &value.label };
        let label = label.rsplit(" > ").next().unwrap_or(label);
        let chosen = results.chosen.contains(&wish);
        if pick(ui, &format!("{label} ({})", value.count), chosen).clicked() {
            actions.push(Action::Facet(wish.0, wish.1));
        }
    }
    ui.add_space(8.0);
}

fn rows(ui: &mut Ui, results: &Results, actions: &mut Vec<Action>) {
    let t = look(ui);
    if results.tiles.is_empty() {
        ui.add_space(40.0);
        crate::widgets::colored(ui, say(ui, "Nothing found."), Face::Heading, t.muted);
        return;
    }
    let across = cards::columns(ui.available_width());
    let count = results.tiles.len().div_ceil(across);
    ui.spacing_mut().item_spacing.y = 16.0;
    ScrollArea::vertical().id_salt("results").auto_shrink(false).show_rows(
        ui,
        cards::HEIGHT,
        count,
        |ui, visible| {
            if visible.end + 2 >= count && results.cursor.is_some() {
                actions.push(Action::More);
            }
            for row in visible {
                let first = row * across;
                let last = (first + across).min(results.tiles.len());
                if let Some(tiles) = results.tiles.get(first..last) {
                    cards::row(ui, tiles, across, actions);
                }
            }
        },
    );
}
