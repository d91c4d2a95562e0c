//! The parts that pages are made of. Each says to a screen reader what it is.

use std::sync::Arc;

use egui::{
    Align, Button, Color32, CornerRadius, CursorIcon, Frame, Galley, Id, Layout, Margin, Rect, Response,
    Role, Sense, Shadow, Stroke, StrokeKind, TextEdit, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};

use crate::text::{Lang, broken, has_arabic, visual};
use crate::theme::{Face, Tokens, tokens};

/// The language that a page is shown in.
#[must_use]
pub fn lang(ui: &Ui) -> Lang {
    ui.data(|d| d.get_temp(Id::unique("lang"))).unwrap_or_default()
}

/// Sets the language that pages are shown in.
pub fn set_lang(ctx: &egui::Context, lang: Lang) {
    ctx.data_mut(|d| d.insert_temp(Id::unique("lang"), lang));
}

/// A text of the app in the language of the page.
#[must_use]
pub fn say(ui: &Ui, english: &'static str) -> &'static str {
    lang(ui).say(english)
}

/// The colours in use.
#[must_use]
pub fn look(ui: &Ui) -> &'static Tokens {
    tokens(ui.ctx())
}

/// Downwards, from the side that is read first.
#[must_use]
pub fn column(ui: &Ui) -> Layout {
    Layout::top_down(if lang(ui).is_rtl() { Align::Max } else { Align::Min })
}

/// Text in its usual colour.
pub fn text(ui: &mut Ui, words: &str, face: Face) -> Response {
    let t = look(ui);
    let color = if face == Face::Small { t.muted } else { t.text };
    colored(ui, words, face, color)
}

/// Text, wrapped to what room there is.
pub fn colored(ui: &mut Ui, words: &str, face: Face, color: Color32) -> Response {
    let lines = lines(ui, words, face, color, ui.available_width());
    let size = lines.iter().fold(Vec2::ZERO, |s, g| vec2(s.x.max(g.size().x), s.y + g.size().y));
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    paint(ui, rect, &lines, color);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, words));
    response
}

/// The text of a page's or section's head, named as a heading.
pub fn heading(ui: &mut Ui, words: &str, face: Face) {
    let response = text(ui, words, face);
    response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, words));
}

fn lines(ui: &Ui, words: &str, face: Face, color: Color32, width: f32) -> Vec<Arc<Galley>> {
    let lang = lang(ui);
    let one = |line: String| ui.painter().layout_no_wrap(line, face.font(), color);
    // Bytes are bytes in every language.
    if face == Face::Bytes || !has_arabic(words) {
        return vec![ui.painter().layout(words.to_owned(), face.font(), color, width)];
    }
    let measure = |line: &str| one(visual(line, lang)).size().x;
    broken(words, width, measure).iter().map(|line| one(visual(line, lang))).collect()
}

fn paint(ui: &Ui, rect: Rect, lines: &[Arc<Galley>], color: Color32) {
    let mut y = rect.top();
    for line in lines {
        let x = if lang(ui).is_rtl() { rect.right() - line.size().x } else { rect.left() };
        ui.painter().galley(pos2(x, y), line.clone(), color);
        y += line.size().y;
    }
}

/// Text on one line, cut where there is no room for it.
pub fn cut(ui: &mut Ui, words: &str, face: Face, width: f32) -> Response {
    let shown = shortened(ui, words, face, width);
    let response = text(ui, &shown, face);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, words));
    response
}

fn shortened(ui: &Ui, words: &str, face: Face, width: f32) -> String {
    let room =
        |text: &str| ui.painter().layout_no_wrap(text.to_owned(), face.font(), Color32::WHITE).size().x;
    let mut shown = words.to_owned();
    while room(&shown) > width && shown.chars().count() > 3 {
        shown = shown.chars().take(shown.chars().count() - 2).collect::<String>().trim_end().to_owned() + "…";
    }
    shown
}

/// A surface with a border and a soft shadow.
pub fn card<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    let t = look(ui);
    Frame::new()
        .fill(t.surface)
        .stroke(Stroke::new(1.0, t.border))
        .corner_radius(CornerRadius::same(14))
        .inner_margin(Margin::same(18))
        .shadow(Shadow { offset: [0, 2], blur: 10, spread: 0, color: t.shadow })
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.with_layout(column(ui), add).inner
        })
        .inner
}

/// A plain button.
pub fn button(ui: &mut Ui, words: &str) -> Response {
    press(ui, words, None)
}

/// A button for what the page is about.
pub fn primary(ui: &mut Ui, words: &str) -> Response {
    let t = look(ui);
    press(ui, words, Some((t.accent, t.on_accent)))
}

/// Two buttons that weigh the same, side by side: neither is drawn to be preferred.
pub fn equals(ui: &mut Ui, one: &str, other: &str) -> (bool, bool) {
    let t = look(ui);
    let width = (ui.available_width().min(460.0) - 10.0) / 2.0;
    let side = |ui: &mut Ui, words: &str| {
        let shown = visual(words, lang(ui));
        let face = egui::RichText::new(shown).font(Face::Strong.font()).color(t.accent);
        let made = Button::new(face)
            .fill(t.accent_soft)
            .stroke(Stroke::new(1.0, t.accent))
            .min_size(vec2(width, 38.0));
        ui.add(made).accessible_name(words).clicked()
    };
    ui.horizontal(|ui| (side(ui, one), side(ui, other))).inner
}

fn press(ui: &mut Ui, words: &str, colors: Option<(Color32, Color32)>) -> Response {
    let shown = visual(words, lang(ui));
    let t = look(ui);
    let (fill, ink) = colors.unwrap_or((t.surface, t.accent));
    let face = egui::RichText::new(shown).font(Face::Body.font()).color(ink);
    let line = if colors.is_some() { fill } else { t.border };
    ui.add(Button::new(face).fill(fill).stroke(Stroke::new(1.0, line))).accessible_name(words)
}

/// A choice among several, drawn as a tab; `chosen` tells a screen reader as well.
pub fn tab(ui: &mut Ui, words: &str, chosen: bool) -> Response {
    let t = look(ui);
    let shown = visual(words, lang(ui));
    let face = if chosen { Face::Strong } else { Face::Body };
    let face = egui::RichText::new(shown).font(face.font()).color(if chosen { t.accent } else { t.muted });
    let fill = if chosen { t.accent_soft } else { Color32::TRANSPARENT };
    let response = ui.add(Button::new(face).fill(fill).stroke(Stroke::NONE));
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, chosen, words));
    response
}

/// One of several values that can be chosen together.
pub fn pick(ui: &mut Ui, words: &str, chosen: bool) -> Response {
    let t = look(ui);
    let (fill, ink) = if chosen { (t.accent, t.on_accent) } else { (t.surface, t.text) };
    let face = egui::RichText::new(visual(words, lang(ui))).font(Face::Small.font()).color(ink);
    let line = if chosen { fill } else { t.border };
    let made =
        Button::new(face).fill(fill).stroke(Stroke::new(1.0, line)).corner_radius(CornerRadius::same(13));
    let response = ui.add(made.min_size(vec2(0.0, 26.0)));
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, chosen, words));
    response
}

/// A small label in a pill.
pub fn chip(ui: &mut Ui, words: &str, color: Color32, fill: Color32) {
    let shown = shortened(ui, words, Face::Small, ui.available_width() - 16.0);
    let galley = ui.painter().layout_no_wrap(visual(&shown, lang(ui)), Face::Small.font(), color);
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(16.0, 6.0), Sense::hover());
    ui.painter().rect_filled(rect, CornerRadius::same(255), fill);
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, color);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, words));
}

/// A switch named by `words`; true if it was used.
pub fn switch(ui: &mut Ui, words: &str, on: bool, enabled: bool) -> bool {
    let t = look(ui);
    let sense = if enabled { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(vec2(42.0, 24.0), sense);
    response.widget_info(|| WidgetInfo::selected(Role::Switch, enabled, on, words));
    let how = ui.ctx().animate_bool_responsive(response.id, on);
    let track = if on { t.accent } else { t.border };
    let track = if enabled { track } else { track.gamma_multiply(0.45) };
    ui.painter().rect_filled(rect, CornerRadius::same(12), track);
    let how = if lang(ui).is_rtl() { 1.0 - how } else { how };
    let x = egui::lerp(rect.left() + 12.0..=rect.right() - 12.0, how);
    ui.painter().circle_filled(pos2(x, rect.center().y), 9.0, if on { t.on_accent } else { t.surface });
    focus_ring(ui, &response, rect, 13);
    response.on_hover_cursor(CursorIcon::PointingHand).clicked()
}

/// Draws what has the keyboard.
pub fn focus_ring(ui: &Ui, response: &Response, rect: Rect, radius: u8) {
    if response.has_focus() {
        let line = Stroke::new(2.0, look(ui).accent);
        ui.painter().rect_stroke(rect.expand(2.0), CornerRadius::same(radius), line, StrokeKind::Outside);
    }
}

/// A bar from 0 to 1 with its name and figure in the accessibility tree.
pub fn meter(ui: &mut Ui, words: &str, share: f32, color: Color32) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 8.0), Sense::hover());
    let t = look(ui);
    ui.painter().rect_filled(rect, CornerRadius::same(4), t.sunken);
    let width = rect.width() * share.clamp(0.0, 1.0);
    let left = if lang(ui).is_rtl() { rect.right() - width } else { rect.left() };
    let full = Rect::from_min_size(pos2(left, rect.top()), vec2(width, 8.0));
    ui.painter().rect_filled(full, CornerRadius::same(4), color);
    response.widget_info(|| WidgetInfo {
        value: Some(f64::from(share)),
        ..WidgetInfo::labeled(Role::Meter, true, words)
    });
}

/// A field of one line; true when it was changed.
pub fn field(ui: &mut Ui, name: &str, value: &mut String, width: f32) -> Response {
    let hint = egui::RichText::new(visual(name, lang(ui))).color(look(ui).muted);
    let edit =
        TextEdit::singleline(value).hint_text(hint).desired_width(width).margin(Margin::symmetric(10, 7));
    ui.add(edit.font(Face::Body.font())).accessible_name(name)
}

/// A name on one side and what it is on the other.
pub fn fact(ui: &mut Ui, name: &str, value: &str) {
    ui.spacing_mut().interact_size.y = 20.0;
    ui.horizontal(|ui| {
        let width = 190.0_f32.min(ui.available_width() / 2.0);
        let (rect, _) = ui.allocate_exact_size(vec2(width, 20.0), Sense::hover());
        let mut left = ui.new_child(UiBuilder::new().max_rect(rect).layout(column(ui)));
        text(&mut left, name, Face::Small);
        text(ui, value, Face::Body);
    });
    ui.spacing_mut().interact_size.y = 32.0;
}

/// Two cards beside each other, or under each other where there is no room.
pub fn beside(ui: &mut Ui, one: impl FnOnce(&mut Ui), other: impl FnOnce(&mut Ui)) {
    let width = ui.available_width();
    if width < 760.0 {
        card(ui, one);
        ui.add_space(8.0);
        card(ui, other);
        return;
    }
    let top = ui.cursor().top();
    let left = ui.max_rect().left();
    let half = (width - 16.0) / 2.0;
    let xs = if lang(ui).is_rtl() { [left + half + 16.0, left] } else { [left, left + half + 16.0] };
    let rect = |x: f32| Rect::from_min_size(pos2(x, top), vec2(half, f32::INFINITY));
    let mut first = ui.new_child(UiBuilder::new().id_salt("one").max_rect(rect(xs[0])).layout(column(ui)));
    card(&mut first, one);
    let mut second = ui.new_child(UiBuilder::new().id_salt("other").max_rect(rect(xs[1])).layout(column(ui)));
    card(&mut second, other);
    let height = first.min_rect().height().max(second.min_rect().height());
    ui.allocate_exact_size(vec2(width, height), Sense::hover());
}
