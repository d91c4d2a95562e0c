//! Below the switches: sensitive topics, what the platform tells, the ledger, and the shop's policies.

use egui::Ui;
use sottovoce::api::{Word, word_text};
use sottovoce::consent::{AgeBand, ExternalSignals, PreferenceCenter};

use super::consent::when;
use crate::state::{Action, State};
use crate::theme::Face;
use crate::widgets::{
    beside, button, card, colored, fact, field, heading, lang, look, say, switch, tab, text,
};

const REGIONS: [&str; 7] = ["DE", "FR", "US-CA", "US-CO", "CA-QC", "BR", "ZZ"];
const AGES: [(Option<AgeBand>, &str); 4] = [
    (None, "–"),
    (Some(AgeBand::Under13), "<13"),
    (Some(AgeBand::From16To17), "16–17"),
    (Some(AgeBand::Adult), "18+"),
];
/// The keys of a consent platform that the page has fields for.
const TCF: &str = "IABTCF_PurposeConsents";
const GPP: &str = "IABGPP_USNAT_SaleOptOut";

/// The cards.
pub fn show(ui: &mut Ui, state: &State, center: &PreferenceCenter, actions: &mut Vec<Action>) {
    let mut late = Vec::new();
    beside(ui, |ui| topics(ui, center, actions), |ui| signals(ui, state, &mut late));
    actions.append(&mut late);
    ui.add_space(8.0);
    beside(ui, |ui| ledger(ui, state, center, actions), |ui| policies(ui, state, &mut late));
    actions.append(&mut late);
}

fn topics(ui: &mut Ui, center: &PreferenceCenter, actions: &mut Vec<Action>) {
    heading(ui, &center.notice.labels.sensitive, Face::Heading);
    text(ui, say(ui, "Each is asked about on its own, and stored under a key of its own."), Face::Small);
    for topic in &center.sensitive {
        ui.horizontal(|ui| {
            if switch(ui, &topic.title, topic.is_on, topic.is_on || topic.can_give) {
                actions.push(Action::Topic(topic.tag, !topic.is_on));
            }
            text(ui, &topic.title, Face::Strong);
        });
        text(ui, &topic.data, Face::Small);
        text(ui, &topic.reason_text, Face::Small);
        ui.add_space(6.0);
    }
    if center.sensitive.is_empty() {
        text(ui, say(ui, "Nothing is asked about here."), Face::Body);
    }
}

fn signals(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let now = &state.seen.consent.signals;
    heading(ui, say(ui, "Region, age and opt-outs"), Face::Heading);
    let rule = state.seen.consent.snapshot.as_ref().map_or("", |s| s.region_rule.as_str());
    fact(ui, say(ui, "Rule in force"), rule);
    let mut tell = |change: &dyn Fn(&mut ExternalSignals)| {
        let mut next = now.clone();
        change(&mut next);
        actions.push(Action::Signals(next));
    };
    ui.horizontal_wrapped(|ui| {
        for region in REGIONS {
            if tab(ui, region, now.region.as_deref() == Some(region)).clicked() {
                tell(&|s| s.region = Some(region.into()));
            }
        }
    });
    ui.horizontal_wrapped(|ui| {
        text(ui, say(ui, "Age"), Face::Small);
        for (band, name) in AGES {
            if tab(ui, name, now.age_band == band).clicked() {
                tell(&|s| s.age_band = band);
            }
        }
    });
    ui.horizontal(|ui| {
        if switch(ui, "Global Privacy Control", now.global_privacy_control, true) {
            tell(&|s| s.global_privacy_control = !s.global_privacy_control);
        }
        text(ui, "Global Privacy Control", Face::Body);
    });
    for (key, example) in [(TCF, "1111111111"), (GPP, "1")] {
        let mut value = now.consent_platform.get(key).cloned().unwrap_or_default();
        text(ui, &format!("{key} ({example})"), Face::Small);
        if field(ui, key, &mut value, 220.0).changed() {
            tell(&|s| {
                if value.is_empty() {
                    s.consent_platform.remove(key)
                } else {
                    s.consent_platform.insert(key.into(), value.clone())
                };
            });
        }
    }
}

fn ledger(ui: &mut Ui, state: &State, center: &PreferenceCenter, actions: &mut Vec<Action>) {
    let t = look(ui);
    let page = &state.seen.consent;
    heading(ui, say(ui, "Ledger"), Face::Heading);
    ui.horizontal_wrapped(|ui| {
        for (name, action) in [
            (say(ui, "Verify every link"), Action::Verify),
            (say(ui, "Flip a byte in a copy"), Action::Flip),
            (say(ui, "Export receipts"), Action::ExportReceipts),
        ] {
            if button(ui, name).clicked() {
                actions.push(action);
            }
        }
    });
    if let Some(check) = &page.check {
        let sound = check.broken_at.map_or_else(
            || say(ui, "Every signature and link holds.").to_owned(),
            |seq| format!("{} #{seq}", say(ui, "Broken at")),
        );
        let said = format!("{sound} {} {}", say(ui, "Receipts verified:"), check.verified);
        colored(ui, &said, Face::Body, if check.broken_at.is_some() { t.warn } else { t.accent });
    }
    if let Some(flipped) = &page.flipped {
        let said = format!(
            "{} {} {} {}: {}",
            say(ui, "Byte"),
            flipped.offset,
            say(ui, "of"),
            flipped.file,
            flipped.named.join(" · ")
        );
        colored(ui, &said, Face::Body, t.warn);
        text(ui, &format!("{} {}", say(ui, "Copies tried:"), flipped.copies), Face::Small);
    }
    for entry in center.history.iter().take(8) {
        let head =
            format!("#{} {} · {}", entry.receipt.seq, entry.title, when(entry.receipt.time_ms, lang(ui)));
        text(ui, &head, Face::Strong);
        text(ui, &format!("{} {}", say(ui, "chained to"), short(&entry.receipt.prev_hash)), Face::Small);
    }
}

/// The beginning of a hash.
#[must_use]
pub fn short(hash: &str) -> String {
    if hash.chars().count() <= 20 {
        hash.to_owned()
    } else {
        format!("{}…", hash.chars().take(20).collect::<String>())
    }
}

fn policies(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    heading(ui, say(ui, "Policies"), Face::Heading);
    let page = &state.seen.consent;
    fact(ui, say(ui, "In force"), page.snapshot.as_ref().map_or("", |s| s.policy.as_str()));
    text(
        ui,
        say(ui, "The next policy keeps the history for longer and names another recipient."),
        Face::Small,
    );
    if button(ui, say(ui, "Install the next policy")).clicked() {
        actions.push(Action::NextPolicy);
    }
    let Some(diff) = &page.diff else { return };
    card(ui, |ui| {
        text(ui, &format!("{} → {}", diff.from, diff.to), Face::Strong);
        for change in &diff.changes {
            let title = word_text(Word::Title { purpose: change.purpose }, lang(ui).locale().into());
            let kinds: Vec<String> = change.kinds.iter().map(|kind| format!("{kind:?}")).collect();
            fact(ui, &title, &kinds.join(", "));
        }
        let asked: Vec<String> = diff
            .material
            .iter()
            .map(|purpose| word_text(Word::Title { purpose: *purpose }, lang(ui).locale().into()))
            .collect();
        fact(ui, say(ui, "Asked again about"), &asked.join(", "));
    });
}
