//! What leaves the device: before it does, what it cost, and what a crowd of such answers says.

use egui::{Slider, Ui};
use sottovoce::signals::{BudgetView, OutboxView};

use super::consent::when;
use crate::plot::{Line, bars, lines};
use crate::state::{Action, State};
use crate::theme::Face;
use crate::widgets::{
    beside, button, card, chip, colored, fact, heading, lang, look, meter, primary, say, text,
};

/// The page.
pub fn show(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    heading(ui, say(ui, "Nothing leaves but this"), Face::Title);
    let mut late = Vec::new();
    beside(ui, |ui| outbox(ui, state, actions), |ui| budget(ui, state));
    ui.add_space(8.0);
    card(ui, |ui| crowd(ui, state, &mut late));
    actions.append(&mut late);
    ui.add_space(8.0);
    card(ui, |ui| sent(ui, state));
}

fn outbox(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    heading(ui, say(ui, "Outbox"), Face::Heading);
    ui.horizontal_wrapped(|ui| {
        for (name, action) in [
            (say(ui, "Make this week's answer"), Action::Prepare),
            (say(ui, "Wait until due, and send"), Action::Send),
            (say(ui, "Destroy"), Action::Discard),
            (say(ui, "A week passes"), Action::Pass(7)),
        ] {
            if button(ui, name).clicked() {
                actions.push(action);
            }
        }
    });
    if let Some(skipped) = &state.seen.leaves.skipped {
        text(ui, skipped, Face::Body);
    }
    if state.seen.leaves.outbox.is_empty() {
        text(ui, say(ui, "Nothing waits."), Face::Body);
    }
    for report in &state.seen.leaves.outbox {
        waiting(ui, report);
    }
}

fn waiting(ui: &mut Ui, report: &OutboxView) {
    let t = look(ui);
    text(ui, &report.question, Face::Strong);
    colored(ui, &format!("{} {}", say(ui, "True answer:"), report.true_answer), Face::Body, t.second);
    text(ui, say(ui, "It never leaves this device."), Face::Small);
    colored(
        ui,
        &format!("{} {}", say(ui, "Will be said:"), report.reported.join(", ")),
        Face::Body,
        t.accent,
    );
    fact(ui, say(ui, "Not sent before"), &when(report.send_after_ms, lang(ui)));
    fact(ui, say(ui, "ε charged"), &micro(report.charged_micro_epsilon));
    fact(ui, say(ui, "Destination"), &report.destination);
    hex(ui, &report.bytes_hex);
    text(ui, &report.trust, Face::Small);
}

/// Bytes in rows of 16.
fn hex(ui: &mut Ui, bytes: &str) {
    let t = look(ui);
    let pairs: Vec<String> =
        bytes.as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair).into_owned()).collect();
    for row in pairs.chunks(16) {
        colored(ui, &row.join(" "), Face::Bytes, t.muted);
    }
}

fn micro(value: u64) -> String {
    format!("{:.4}", value as f64 / 1e6)
}

fn budget(ui: &mut Ui, state: &State) {
    let t = look(ui);
    heading(ui, say(ui, "Privacy budget"), Face::Heading);
    let Some(b) = &state.seen.leaves.budget else { return };
    colored(ui, &format!("ε {}", micro(b.left)), Face::Title, t.accent);
    text(ui, say(ui, "left now"), Face::Small);
    for (name, spent, cap) in shares(ui, b) {
        let said = format!("{name}: {} / {}", micro(spent), micro(cap));
        text(ui, &said, Face::Small);
        meter(ui, &said, spent as f32 / cap.max(1) as f32, t.accent);
    }
    let cap = b.install_cap as f64 / 1e6;
    let line = Line { name: String::new(), color: t.accent, points: state.seen.leaves.spent.clone() };
    let said = format!("ε {} / {}", micro(b.install_spent), micro(b.install_cap));
    lines(ui, &said, &[line], cap * 1.1, Some(cap));
    text(
        ui,
        say(ui, "Spent since the installation, by day; the dashes are all there will ever be."),
        Face::Small,
    );
    text(ui, &b.trust, Face::Small);
}

fn shares(ui: &Ui, b: &BudgetView) -> [(&'static str, u64, u64); 3] {
    [
        (say(ui, "This window"), b.window_spent, b.window_cap),
        (say(ui, "This quarter"), b.quarter_spent, b.quarter_cap),
        (say(ui, "This installation"), b.install_spent, b.install_cap),
    ]
}

fn crowd(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let t = look(ui);
    heading(ui, say(ui, "A crowd whispers"), Face::Heading);
    text(
        ui,
        say(
            ui,
            "One answer says nothing. Move the slider: bars are the collector's estimate, lines its 95 % interval, diamonds the truth that only this simulation knows.",
        ),
        Face::Small,
    );
    let mut devices = state.devices;
    ui.horizontal(|ui| {
        let slider = Slider::new(&mut devices, 500..=100_000).logarithmic(true).show_value(false);
        let response = ui.add(slider).accessible_name(say(ui, "Devices"));
        if response.changed() {
            actions.push(Action::Slide(devices));
        }
        if response.drag_stopped() || (response.changed() && !response.dragged()) {
            actions.push(Action::Crowd(devices));
        }
        text(ui, &format!("{devices} {}", say(ui, "devices")), Face::Strong);
        if primary(ui, say(ui, "Let them answer")).clicked() {
            actions.push(Action::Crowd(devices));
        }
    });
    let Some(crowd) = &state.seen.leaves.crowd else { return };
    text(ui, &format!("{} {}", say(ui, "Odds of one answer:"), crowd.odds), Face::Small);
    if crowd.bars.is_empty() {
        let said =
            format!("{} {} / {}", say(ui, "Too few answers to say anything:"), crowd.devices, crowd.least);
        colored(ui, &said, Face::Body, t.warn);
        return;
    }
    let inside = crowd
        .bars
        .iter()
        .filter(|b| b.truth.is_some_and(|v| (b.interval.0..=b.interval.1).contains(&v)))
        .count();
    let said = format!(
        "{} ±{:.1} % · {} {inside} / {}",
        say(ui, "Widest interval:"),
        crowd.margin,
        say(ui, "truth inside:"),
        crowd.bars.len()
    );
    bars(ui, &said, &crowd.bars);
    chip(ui, &said, t.accent, t.accent_soft);
}

fn sent(ui: &mut Ui, state: &State) {
    heading(ui, say(ui, "Everything ever sent"), Face::Heading);
    let leaves = &state.seen.leaves;
    if leaves.sent.is_empty() {
        text(ui, say(ui, "Nothing yet."), Face::Body);
    }
    for report in &leaves.sent {
        let said = format!("{} · {} bytes", when(report.sent_ms, lang(ui)), report.byte_count);
        fact(ui, &report.task_id, &said);
    }
    if !leaves.received.is_empty() {
        text(ui, say(ui, "What the collector in this window received, as it came:"), Face::Small);
    }
    for bytes in &leaves.received {
        hex(ui, bytes);
    }
}
