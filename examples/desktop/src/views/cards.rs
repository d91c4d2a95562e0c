//! Products in rows and grids.

use egui::{
    CornerRadius, CursorIcon, Rect, Role, Sense, Shadow, Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo, pos2,
    vec2,
};
use sottovoce::api::{Word, word_text};

use crate::art;
use crate::seen::Tile;
use crate::state::Action;
use crate::theme::Face;
use crate::widgets::{button, chip, colored, column, cut, focus_ring, lang, look, say};

/// Space between cards.
const GAP: f32 = 16.0;
/// Height of a card.
pub const HEIGHT: f32 = 286.0;

/// How many cards fit beside each other.
#[must_use]
pub fn columns(width: f32) -> usize {
    (((width + GAP) / (212.0 + GAP)) as usize).max(1)
}

/// Cards in rows, at most `rows` of them.
pub fn grid(ui: &mut Ui, tiles: &[Tile], rows: usize, actions: &mut Vec<Action>) {
    let width = ui.available_width();
    let across = columns(width);
    for row in tiles.chunks(across).take(rows) {
        self::row(ui, row, across, actions);
        ui.add_space(GAP - ui.spacing().item_spacing.y);
    }
}

/// One row of cards, of which `across` would fit.
pub fn row(ui: &mut Ui, tiles: &[Tile], across: usize, actions: &mut Vec<Action>) {
    let width = ui.available_width();
    let (rect, _) = ui.allocate_exact_size(vec2(width, HEIGHT), Sense::hover());
    let one = (width - GAP * (across - 1) as f32) / across as f32;
    for (i, tile) in tiles.iter().enumerate() {
        let along = (one + GAP) * i as f32;
        let left = if lang(ui).is_rtl() { rect.right() - along - one } else { rect.left() + along };
        let place = Rect::from_min_size(pos2(left, rect.top()), vec2(one, HEIGHT));
        let builder =
            UiBuilder::new().id_salt((&tile.ranking_id, &tile.item_id)).max_rect(place).layout(column(ui));
        card(&mut ui.new_child(builder), place, tile, actions);
    }
}

fn card(ui: &mut Ui, rect: Rect, tile: &Tile, actions: &mut Vec<Action>) {
    let t = look(ui);
    let response = ui.interact(rect, ui.scope_id().with("card"), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &tile.title));
    let lift = ui.ctx().animate_bool_responsive(response.id, response.hovered());
    let blur = 8 + (8.0 * lift) as u8;
    let shadow = Shadow { offset: [0, 2], blur, spread: 0, color: t.shadow };
    ui.painter().add(shadow.as_shape(rect, CornerRadius::same(14)));
    let line = Stroke::new(1.0, t.border.lerp_to_gamma(t.accent, lift));
    ui.painter().rect(rect, CornerRadius::same(14), t.surface, line, StrokeKind::Inside);
    focus_ring(ui, &response, rect, 15);
    let picture = Rect::from_min_size(rect.min + vec2(9.0, 9.0), vec2(rect.width() - 18.0, 142.0));
    art::draw(ui, picture, tile.picture);
    if response.on_hover_cursor(CursorIcon::PointingHand).clicked() {
        actions.push(Action::Open(tile.item_id.clone()));
    }
    let words =
        Rect::from_min_max(pos2(rect.left() + 14.0, picture.bottom() + 9.0), rect.max - vec2(14.0, 8.0));
    let mut ui = ui.new_child(UiBuilder::new().id_salt("words").max_rect(words).layout(column(ui)));
    ui.spacing_mut().item_spacing.y = 3.0;
    cut(&mut ui, &tile.title, Face::Strong, words.width());
    ui.horizontal(|ui| {
        colored(ui, &tile.price, Face::Body, if tile.before.is_some() { t.warn } else { t.text });
        cut(ui, &tile.brand, Face::Small, words.width() - 74.0);
    });
    ui.add_space(1.0);
    if let Some(code) = tile.reason {
        let said = word_text(Word::Shown { code }, lang(&ui).locale().into());
        chip(&mut ui, &said, t.accent, t.accent_soft);
    }
    if !tile.ranking_id.is_empty() {
        ui.add_space(1.0);
        let words = say(&ui, "Why this?");
        let asks = button(&mut ui, words);
        let name = format!("{words} {}", tile.title);
        if asks.accessible_name(name).clicked() {
            let (list, id, title) = (tile.ranking_id.clone(), tile.item_id.clone(), tile.title.clone());
            actions.push(Action::Why(list, id, title));
        }
    }
}
