//! What the engine knows about the user: stated apart from inferred, each with its evidence.

use egui::Ui;
use sottovoce::api::{Word, word_text};
use sottovoce::profile::{Affinity, Correction, ProfileView, ShoppingMode};
use sottovoce::ranking::Intensity;

use super::consent::when;
use crate::plot::{Line, lines};
use crate::state::{Action, Page, State};
use crate::theme::Face;
use crate::widgets::{beside, button, card, chip, fact, heading, lang, look, meter, pick, say, tab, text};

/// The page.
pub fn show(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let Some(view) = &state.seen.you.view else { return };
    modes(ui, state, actions);
    let mut late = Vec::new();
    beside(
        ui,
        |ui| {
            stated(ui, view, actions);
            form(ui, state, actions);
        },
        |ui| inferred(ui, view),
    );
    ui.add_space(8.0);
    beside(
        ui,
        |ui| {
            decay(ui, state, &mut late);
            ui.add_space(10.0);
            guesses(ui, state);
        },
        |ui| acts(ui, state, actions),
    );
    actions.append(&mut late);
    ui.add_space(8.0);
    card(ui, |ui| intensities(ui, state, actions));
}

fn intensities(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    heading(ui, say(ui, "How personal each list is"), Face::Heading);
    let pages = [
        (Page::Shop, say(ui, "Shop")),
        (Page::Search, say(ui, "Search")),
        (Page::Product, say(ui, "Like this")),
        (Page::Cart, say(ui, "Cart")),
    ];
    for (page, name) in pages {
        ui.push_id(name, |ui| {
            ui.horizontal(|ui| {
                text(ui, name, Face::Body);
                for intensity in [Intensity::Full, Intensity::Light, Intensity::Off] {
                    let said = word(ui, Word::Personal { intensity });
                    if tab(ui, &said, state.seen.intensity(page) == intensity).clicked() {
                        actions.push(Action::Personal(page, intensity));
                    }
                }
            });
        });
    }
}

fn word(ui: &Ui, word: Word) -> String {
    word_text(word, lang(ui).locale().into())
}

fn modes(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        heading(ui, say(ui, "What is known about you"), Face::Title);
        ui.add_space(10.0);
        for mode in [ShoppingMode::Normal, ShoppingMode::Gift, ShoppingMode::Private] {
            let name = word(ui, Word::Shopping { mode });
            if tab(ui, &name, state.seen.you.mode == mode).clicked() {
                actions.push(Action::Mode(mode));
            }
        }
    });
    ui.add_space(4.0);
}

fn stated(ui: &mut Ui, view: &ProfileView, actions: &mut Vec<Action>) {
    let t = look(ui);
    heading(ui, say(ui, "You said"), Face::Heading);
    text(ui, say(ui, "It goes before everything that is inferred."), Face::Small);
    if view.stated.is_empty() {
        text(ui, say(ui, "Nothing yet."), Face::Body);
    }
    for preference in &view.stated {
        ui.horizontal(|ui| {
            let kind = word(ui, Word::Preference { key: preference.key });
            chip(ui, &kind, t.second, t.sunken);
            text(ui, &preference.value, Face::Body);
            let remove = button(ui, say(ui, "Remove"));
            if remove.accessible_name(format!("{} {}", say(ui, "Remove"), preference.value)).clicked() {
                actions.push(Action::Prefer(preference.key, preference.value.clone(), false));
            }
        });
    }
}

fn inferred(ui: &mut Ui, view: &ProfileView) {
    let t = look(ui);
    heading(ui, say(ui, "Inferred from what you did"), Face::Heading);
    if view.inferred.is_empty() {
        text(ui, say(ui, "Nothing yet."), Face::Body);
    }
    let most = view.inferred.iter().map(|a| a.strength.abs()).fold(1e-9, f64::max);
    for affinity in view.inferred.iter().filter(|a| says_more(a, view)).take(9) {
        let kind = word(ui, Word::Attribute { kind: affinity.kind });
        let leaf = affinity.name.rsplit(" > ").next().unwrap_or(&affinity.name);
        let said = format!("{leaf} · {kind}");
        text(ui, &said, Face::Body);
        let share = (affinity.strength.abs() / most) as f32;
        let color = if affinity.strength < 0.0 { t.warn } else { t.accent };
        meter(ui, &format!("{said} {:.2}", affinity.strength), share, color);
        text(ui, &format!("{} {}", say(ui, "Acts it rests on:"), affinity.evidence_count), Face::Small);
    }
}

/// Whether no narrower category rests on the same acts: those that do say the same again.
fn says_more(affinity: &Affinity, view: &ProfileView) -> bool {
    let below = format!("{} > ", affinity.name);
    let mut narrower = view.inferred.iter().filter(|a| a.kind == affinity.kind && a.name.starts_with(&below));
    !narrower.any(|a| a.evidence_count == affinity.evidence_count)
}

fn decay(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let t = look(ui);
    heading(ui, say(ui, "Interests fade"), Face::Heading);
    text(
        ui,
        say(ui, "Strength by day, 1 for the strongest. Let time pass, look at something else, and see."),
        Face::Small,
    );
    ui.horizontal(|ui| {
        for (days, name) in [(1, say(ui, "A day passes")), (7, say(ui, "A week passes"))] {
            if button(ui, name).clicked() {
                actions.push(Action::Pass(days));
            }
        }
    });
    let decay = &state.seen.you.decay;
    let newest = decay.iter().rev().find(|(_, affinities)| !affinities.is_empty());
    let Some((_, now)) = newest else { return };
    let view = state.seen.you.view.as_ref();
    let colors = [t.accent, t.second, t.warn];
    let of = |name: &str, list: &[Affinity]| list.iter().find(|a| a.name == name).map(|a| a.strength);
    let drawn: Vec<Line> = now
        .iter()
        .filter(|affinity| view.is_some_and(|view| says_more(affinity, view)))
        .zip(colors)
        .map(|(affinity, color)| Line {
            name: affinity.name.rsplit(" > ").next().unwrap_or_default().to_owned(),
            color,
            points: decay.iter().filter_map(|(day, list)| Some((*day, of(&affinity.name, list)?))).collect(),
        })
        .collect();
    let top = drawn.iter().flat_map(|l| l.points.iter().map(|p| p.1)).fold(0.1, f64::max);
    let said: Vec<String> =
        drawn.iter().map(|l| format!("{} {:.2}", l.name, l.points.last().map_or(0.0, |p| p.1))).collect();
    lines(ui, &said.join(", "), &drawn, top, None);
    ui.horizontal_wrapped(|ui| {
        for (line, words) in drawn.iter().zip(&said) {
            chip(ui, words, line.color, t.sunken);
        }
    });
}

fn guesses(ui: &mut Ui, state: &State) {
    let t = look(ui);
    heading(ui, say(ui, "Segments and predictions"), Face::Heading);
    ui.horizontal_wrapped(|ui| {
        for segment in &state.seen.you.segments {
            chip(ui, &segment.title, t.accent, t.accent_soft);
        }
    });
    let Some(predictions) = &state.seen.you.predictions else { return };
    let stage = word(ui, Word::Nearness { stage: predictions.stage });
    fact(ui, say(ui, "Nearness"), &stage);
    for (name, prediction) in
        [(say(ui, "Buys soon"), &predictions.purchase), (say(ui, "Stays away"), &predictions.churn)]
    {
        let said = prediction.as_ref().map_or_else(
            || say(ui, "too little to say").to_owned(),
            |p| format!("{:.0} % ({})", p.likelihood * 100.0, p.evidence_count),
        );
        fact(ui, name, &said);
    }
    for again in predictions.replenishments.iter().take(4) {
        fact(ui, &again.item_id, &when(again.due_ms, lang(ui)));
    }
    let Some(view) = &state.seen.you.view else { return };
    fact(ui, say(ui, "Acts stored"), &view.stored_events.to_string());
    fact(ui, say(ui, "Acts of this visit"), &view.session_events.to_string());
    if let Some(prices) = &view.prices {
        fact(ui, say(ui, "Usual prices"), &format!("{:.2} – {:.2}", prices.low, prices.high));
    }
}

fn form(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let Some(form) = &state.seen.you.form else { return };
    heading(ui, &form.title, Face::Heading);
    text(ui, &form.intro, Face::Small);
    text(ui, &form.reason_text, Face::Small);
    for field in form.fields.iter().filter(|f| !f.options.is_empty()).take(5) {
        text(ui, &field.label, Face::Strong);
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = egui::vec2(5.0, 5.0);
            ui.spacing_mut().interact_size.y = 26.0;
            for option in field.options.iter().take(10) {
                if pick(ui, &option.label, option.chosen).clicked() {
                    actions.push(Action::Prefer(field.key, option.value.clone(), !option.chosen));
                }
            }
        });
    }
}

fn acts(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    heading(ui, say(ui, "What you did"), Face::Heading);
    if state.seen.you.acts.is_empty() {
        text(ui, say(ui, "Nothing yet."), Face::Body);
    }
    for (i, act) in state.seen.you.acts.iter().take(14).enumerate() {
        let kept = if act.stored { say(ui, "stored") } else { say(ui, "this visit only") };
        text(ui, &act.name, Face::Strong);
        text(ui, &act.about, Face::Body);
        ui.push_id(i, |ui| {
            ui.horizontal(|ui| {
                text(ui, &format!("{} · {kept}", when(act.time_ms, lang(ui))), Face::Small);
                let delete = button(ui, say(ui, "Delete"));
                if delete
                    .accessible_name(format!("{} {} {}", say(ui, "Delete"), act.name, act.about))
                    .clicked()
                {
                    let (from_ms, to_ms) = (act.time_ms, act.time_ms);
                    actions.push(Action::Correct(Correction::NotMe { from_ms, to_ms }));
                }
            });
        });
    }
}
