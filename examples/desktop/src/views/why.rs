//! The sheet "why this?": evidence, the place without it, and corrections one click away.

use egui::{ScrollArea, Ui};
use sottovoce::profile::Correction;

use crate::state::{Action, State};
use crate::theme::Face;
use crate::widgets::{button, colored, column, heading, look, meter, say, text};

/// The sheet.
pub fn show(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let Some(why) = &state.seen.why else { return };
    let t = look(ui);
    ScrollArea::vertical().id_salt("why").auto_shrink(false).show(ui, |ui| {
        ui.with_layout(column(ui), |ui| {
            text(ui, say(ui, "Why this?"), Face::Small);
            heading(ui, &why.title, Face::Heading);
            text(ui, &why.explanation.text, Face::Body);
            let most = why.explanation.factors.iter().map(|f| f.weight.abs()).fold(0.01, f32::max);
            for factor in &why.explanation.factors {
                ui.add_space(8.0);
                text(ui, &factor.text, Face::Strong);
                let color = if factor.stated { t.second } else { t.accent };
                meter(
                    ui,
                    &format!("{} {:+.2}", factor.text, factor.weight),
                    factor.weight.abs() / most,
                    color,
                );
                ui.horizontal_wrapped(|ui| {
                    let evidence = format!("{} {}", say(ui, "Acts it rests on:"), factor.evidence_count);
                    text(ui, &evidence, Face::Small);
                    let place =
                        format!("{} {}", say(ui, "Place without it:"), factor.without_factor_rank + 1);
                    text(ui, &place, Face::Small);
                });
                if let Some(id) = factor.item_id.as_ref().filter(|_| factor.evidence_count > 0)
                    && button(ui, say(ui, "Forget those acts")).clicked()
                {
                    actions.push(Action::Correct(Correction::ExcludeEvidence { item_ids: vec![id.clone()] }));
                }
            }
            ui.add_space(12.0);
            colored(ui, say(ui, "Not right? Say so:"), Face::Strong, t.text);
            corrections(ui, &why.explanation.item_id, brand(state, &why.explanation.item_id), actions);
            ui.add_space(12.0);
            if button(ui, say(ui, "Close")).clicked() {
                actions.push(Action::CloseWhy);
            }
        });
    });
}

/// The maker of a product on the page.
fn brand(state: &State, item_id: &str) -> Option<String> {
    let seen = &state.seen;
    let shelves = seen.home.slots.iter().flat_map(|slot| &slot.tiles);
    let all = shelves
        .chain(seen.results.tiles.iter())
        .chain(seen.product.iter().flat_map(|p| p.similar.iter().chain(&p.together)));
    all.chain(&seen.cart.with_it)
        .find(|tile| tile.item_id == item_id)
        .map(|tile| tile.brand.clone())
        .filter(|b| !b.is_empty())
}

fn corrections(ui: &mut Ui, item_id: &str, brand: Option<String>, actions: &mut Vec<Action>) {
    let id = || item_id.to_owned();
    let mut say_it = |ui: &mut Ui, words: &str, correction: Correction| {
        if button(ui, words).clicked() {
            actions.push(Action::Correct(correction));
        }
    };
    say_it(ui, say(ui, "More like this"), Correction::MoreLike { item_id: id() });
    say_it(ui, say(ui, "Less like this"), Correction::LessLike { item_id: id() });
    say_it(ui, say(ui, "Never this product"), Correction::NeverItem { item_id: id() });
    if let Some(brand) = brand {
        let words = format!("{} {brand}", say(ui, "Never from"));
        say_it(ui, &words, Correction::NeverBrand { brand });
    }
}
