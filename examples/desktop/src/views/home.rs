//! The storefront: the slots of the shop's plan, in the order that suits.

use egui::{Color32, CornerRadius, Sense, Ui, UiBuilder, vec2};
use sottovoce::api::{Word, word_text};
use sottovoce::ranking::Intensity;
use sottovoce::surfaces::SlotKind;

use super::cards;
use crate::seen::Slot;
use crate::state::{Action, Page, State};
use crate::theme::Face;
use crate::widgets::{
    button, card, chip, colored, column, equals, heading, lang, look, pick, say, tab, text,
};

/// The page.
pub fn show(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    if state.seen.consent.is_due {
        notice(ui, state, actions);
        ui.add_space(12.0);
    }
    status(ui, state, actions);
    for slot in &state.seen.home.slots {
        match slot.kind {
            SlotKind::Banner | SlotKind::Story | SlotKind::Offer => banner(ui, slot),
            SlotKind::Shelf => shelf(ui, slot, actions),
            SlotKind::Categories => departments(ui, slot, actions),
        }
    }
}

/// What the lists are based on, how personal they are, and a visit to play.
fn status(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let locale = || lang(ui).locale().to_owned();
    let mode = word_text(Word::Sorted { mode: state.seen.home.mode }, locale());
    let how = [Intensity::Full, Intensity::Light, Intensity::Off]
        .map(|i| (i, word_text(Word::Personal { intensity: i }, locale())));
    ui.horizontal(|ui| {
        heading(ui, say(ui, "Picked on this device"), Face::Title);
        ui.add_space(12.0);
        for (intensity, name) in how {
            if tab(ui, &name, state.seen.intensity(Page::Shop) == intensity).clicked() {
                actions.push(Action::Personal(Page::Shop, intensity));
            }
        }
    });
    ui.horizontal(|ui| {
        text(ui, &mode, Face::Small);
        if button(ui, say(ui, "Play a visit: a coffee corner")).clicked() {
            actions.push(Action::PlayVisit);
        }
    });
    ui.add_space(6.0);
}

/// The notice in short, on the page it is about, with two equal answers and the way to each purpose.
fn notice(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let Some(center) = &state.seen.consent.center else { return };
    card(ui, |ui| {
        heading(ui, &center.notice.title, Face::Heading);
        text(ui, &center.notice.intro, Face::Body);
        ui.add_space(4.0);
        let (yes, no) = equals(ui, &center.notice.accept_label, &center.notice.refuse_label);
        actions.extend(yes.then_some(Action::AcceptAll));
        actions.extend(no.then_some(Action::RefuseAll));
        if button(ui, say(ui, "Choose one by one")).clicked() {
            actions.push(Action::Go(Page::Consent));
        }
    });
}

fn banner(ui: &mut Ui, slot: &Slot) {
    let offer = slot.decision.as_ref().and_then(|d| d.offer.as_ref());
    let title = offer.map(|o| o.title.as_str()).or(slot.decision.as_ref().map(|d| d.title.as_str()));
    let Some(title) = title.filter(|t| !t.is_empty()) else { return };
    let body =
        offer.map_or_else(|| slot.decision.as_ref().map(|d| d.text.clone()), |o| Some(o.terms.clone()));
    let because = slot.decision.as_ref().map_or(&slot.because, |d| &d.because);
    let t = look(ui);
    let hero = slot.kind == SlotKind::Banner;
    let height = if hero { 78.0 } else { 62.0 };
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let (fill, ink) = if hero { (t.accent, t.on_accent) } else { (t.accent_soft, t.text) };
    ui.painter().rect_filled(rect, CornerRadius::same(14), fill);
    if hero {
        rings(ui, rect, ink);
    }
    let inner = rect.shrink2(vec2(20.0, 12.0));
    let mut ui = ui.new_child(UiBuilder::new().id_salt(&slot.id).max_rect(inner).layout(column(ui)));
    ui.spacing_mut().item_spacing.y = 3.0;
    colored(&mut ui, title, if hero { Face::Title } else { Face::Heading }, ink);
    let said =
        body.filter(|b| !b.is_empty()).map_or_else(|| because.clone(), |body| format!("{body} {because}"));
    colored(&mut ui, &said, Face::Small, ink.gamma_multiply(0.85));
}

/// The app's rings, large and faint, on the side that is read last.
fn rings(ui: &Ui, rect: egui::Rect, ink: Color32) {
    let x = if lang(ui).is_rtl() { rect.left() + 90.0 } else { rect.right() - 90.0 };
    let paint = ui.painter().with_clip_rect(rect);
    for step in 1..=5_u8 {
        let faint = ink.gamma_multiply(0.20 - f32::from(step) * 0.025);
        paint.circle_stroke(
            egui::pos2(x, rect.center().y),
            f32::from(step) * 22.0,
            egui::Stroke::new(3.0, faint),
        );
    }
}

fn shelf(ui: &mut Ui, slot: &Slot, actions: &mut Vec<Action>) {
    if slot.tiles.is_empty() {
        return;
    }
    ui.add_space(8.0);
    heading(ui, &slot.title, Face::Heading);
    text(ui, &slot.because, Face::Small);
    let rows = if slot.id == "home-for-you" { 2 } else { 1 };
    cards::grid(ui, &slot.tiles, rows, actions);
}

fn departments(ui: &mut Ui, slot: &Slot, actions: &mut Vec<Action>) {
    let t = look(ui);
    ui.add_space(8.0);
    heading(ui, &slot.title, Face::Heading);
    ui.horizontal_wrapped(|ui| {
        for category in &slot.categories {
            if pick(ui, category, false).clicked() {
                actions.push(Action::Type(category.clone()));
                actions.push(Action::Search);
            }
        }
    });
    chip(ui, &slot.because, t.muted, t.sunken);
}
