//! The bar at the top, the note at the bottom, and what is shown until a shop is open.

use egui::{
    Color32, ComboBox, CornerRadius, Id, Key, Role, Sense, Spinner, Stroke, Theme, Ui, WidgetInfo, vec2,
};

use crate::seen::Note;
use crate::state::{Action, Page, State};
use crate::text::{Lang, visual};
use crate::theme::Face;
use crate::widgets::{button, colored, column, field, focus_ring, look, say, tab, text};

/// The bar.
pub fn show(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    ui.with_layout(column(ui), |ui| {
        ui.horizontal(|ui| {
            logo(ui);
            text(ui, "Sottovoce", Face::Heading);
            ui.add_space(4.0);
            ui.spacing_mut().item_spacing.x = 2.0;
            for (page, name) in Page::BAR {
                let words = state.lang.say(name);
                if tab(ui, words, state.page.tab() == page).clicked() {
                    actions.push(Action::Go(page));
                }
            }
        });
        ui.add_space(2.0);
        ui.horizontal(|ui| {
            search(ui, state, actions);
            let cart = format!("{} ({})", say(ui, "Cart"), state.seen.cart.lines.len());
            if button(ui, &cart).clicked() {
                actions.push(Action::Go(Page::Cart));
            }
            language(ui, state, actions);
            if theme(ui) {
                actions.push(Action::Theme);
            }
            if state.busy > 0 {
                ui.add(Spinner::new().size(16.0));
            }
        });
    });
}

fn search(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let mut query = state.query.clone();
    let width = (ui.available_width() - 356.0).max(160.0);
    let response = field(ui, say(ui, "Search products and makers"), &mut query, width);
    if response.changed() {
        actions.push(Action::Type(query));
    }
    if response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter)) {
        actions.push(Action::Search);
    }
    let suggestions = &state.seen.suggestions;
    let open = !suggestions.is_empty() && !state.query.is_empty() && state.page != Page::Search;
    let below = response.rect.left_bottom() + vec2(0.0, 4.0);
    if open || (!suggestions.is_empty() && response.has_focus()) {
        egui::Area::new(Id::unique("suggestions")).order(egui::Order::Foreground).fixed_pos(below).show(
            ui.ctx(),
            |ui| {
                egui::Frame::popup(ui.style()).show(ui, |ui| {
                    ui.set_width(response.rect.width() - 14.0);
                    ui.with_layout(column(ui), |ui| {
                        for suggestion in suggestions {
                            if tab(ui, &suggestion.text, false).clicked() {
                                actions.push(
                                    suggestion
                                        .item_id
                                        .clone()
                                        .map_or_else(|| Action::Type(suggestion.text.clone()), Action::Open),
                                );
                                actions.extend(suggestion.item_id.is_none().then_some(Action::Search));
                                actions.extend(
                                    suggestion.item_id.is_some().then(|| Action::Type(String::new())),
                                );
                            }
                        }
                    });
                });
            },
        );
    }
    if button(ui, say(ui, "Search")).clicked() {
        actions.push(Action::Search);
    }
}

fn language(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let shown = visual(state.lang.name(), state.lang);
    let combo = ComboBox::from_id_salt("language").selected_text(shown).width(96.0);
    let response = combo.show_ui(ui, |ui| {
        for lang in Lang::ALL {
            if tab(ui, lang.name(), lang == state.lang).clicked() {
                actions.push(Action::Speak(lang));
                ui.close();
            }
        }
    });
    response.response.accessible_name(say(ui, "Language"));
}

/// A button with a moon or a sun, drawn: no font has them.
fn theme(ui: &mut Ui) -> bool {
    let t = look(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(34.0, 32.0), Sense::click());
    let name = say(ui, "Light or dark");
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    let middle = rect.center();
    if ui.ctx().theme() == Theme::Dark {
        ui.painter().circle_filled(middle, 5.0, t.text);
        for step in 0..8_u8 {
            let ray = egui::Vec2::angled(f32::from(step) * std::f32::consts::FRAC_PI_4);
            ui.painter().line_segment([middle + ray * 7.5, middle + ray * 10.0], Stroke::new(1.6, t.text));
        }
    } else {
        ui.painter().circle_filled(middle, 8.0, t.muted);
        ui.painter().circle_filled(middle + vec2(4.0, -3.0), 7.0, t.surface);
    }
    focus_ring(ui, &response, rect, 9);
    response.clicked()
}

fn logo(ui: &mut Ui) {
    let t = look(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(28.0, 28.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Sottovoce"));
    ui.painter().rect_filled(rect, CornerRadius::same(8), t.accent);
    for radius in [3.0, 6.5, 10.0_f32] {
        let faint = t.on_accent.gamma_multiply(1.1 - radius / 12.0);
        ui.painter().circle_stroke(rect.center(), radius, Stroke::new(1.8, faint));
    }
}

/// What the last action came to.
pub fn note(ui: &mut Ui, note: &Note, color: Color32) {
    ui.with_layout(column(ui), |ui| {
        ui.horizontal(|ui| {
            let head = if note.failed { say(ui, "Not done") } else { say(ui, "Done") };
            colored(ui, head, Face::Strong, color);
            text(ui, &note.text, Face::Body);
        });
    });
}

/// Until a shop is open.
pub fn opening(ui: &mut Ui, state: &State) {
    ui.vertical_centered(|ui| {
        ui.add_space(160.0);
        if state.busy > 0 {
            ui.add(Spinner::new().size(28.0));
            text(ui, say(ui, "The shop is being opened: its feed is read, trained and signed."), Face::Body);
        }
    });
}
