//! The notice and the preference center: every text and switch is the engine's.

use egui::Ui;
use sottovoce::consent::{NoticePurpose, PreferenceCenter, Purpose};

use super::rights;
use crate::state::{Action, State};
use crate::text::Lang;
use crate::theme::Face;
use crate::widgets::{
    beside, button, card, colored, equals, fact, heading, look, primary, say, switch, text,
};

/// The page.
pub fn show(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let Some(center) = &state.seen.consent.center else { return };
    card(ui, |ui| top(ui, state, center, actions));
    ui.add_space(8.0);
    let groups = groups(center);
    let (one, other): (Vec<_>, Vec<_>) = groups.iter().enumerate().partition(|(i, _)| i % 2 == 0);
    let side = |ui: &mut Ui, groups: &[(usize, &Vec<&NoticePurpose>)], actions: &mut Vec<Action>| {
        for (_, purposes) in groups {
            group(ui, state, center, purposes, actions);
        }
    };
    let mut late = Vec::new();
    beside(ui, |ui| side(ui, &one, actions), |ui| side(ui, &other, &mut late));
    actions.append(&mut late);
    ui.add_space(8.0);
    rights::show(ui, state, center, actions);
}

fn top(ui: &mut Ui, state: &State, center: &PreferenceCenter, actions: &mut Vec<Action>) {
    let notice = &center.notice;
    heading(ui, &notice.title, Face::Title);
    text(ui, &notice.intro, Face::Body);
    fact(ui, &notice.labels.controller, &notice.controller);
    if let Some(contact) = &notice.contact {
        fact(ui, &notice.labels.contact, contact);
    }
    if let Some(complaint) = &notice.complaint {
        fact(ui, &notice.labels.complaint, complaint);
    }
    fact(ui, &notice.labels.grant, &notice.grant_text);
    ui.add_space(4.0);
    let (yes, no) = equals(ui, &notice.accept_label, &notice.refuse_label);
    actions.extend(yes.then_some(Action::AcceptAll));
    actions.extend(no.then_some(Action::RefuseAll));
    if state.draft.is_some() && primary(ui, &notice.save_label).clicked() {
        actions.push(Action::Save);
    }
    if let Some(erased) = &state.seen.consent.erased {
        let said = format!(
            "{} {} · {} {}",
            say(ui, "Records erased:"),
            erased.rows,
            say(ui, "keys destroyed:"),
            erased.keys_destroyed
        );
        text(ui, &said, Face::Small);
    }
}

/// The purposes by their headings, in order.
fn groups(center: &PreferenceCenter) -> Vec<Vec<&NoticePurpose>> {
    let mut groups: Vec<Vec<&NoticePurpose>> = Vec::new();
    for purpose in &center.notice.purposes {
        match groups.last_mut().filter(|g| g.first().is_some_and(|p| p.group_title == purpose.group_title)) {
            Some(group) => group.push(purpose),
            None => groups.push(vec![purpose]),
        }
    }
    groups
}

fn group(
    ui: &mut Ui,
    state: &State,
    center: &PreferenceCenter,
    purposes: &[&NoticePurpose],
    actions: &mut Vec<Action>,
) {
    if let Some(first) = purposes.first() {
        heading(ui, &first.group_title, Face::Heading);
    }
    for purpose in purposes {
        ui.push_id(purpose.purpose.id(), |ui| one(ui, state, center, purpose, actions));
        ui.add_space(10.0);
    }
}

fn one(
    ui: &mut Ui,
    state: &State,
    center: &PreferenceCenter,
    purpose: &NoticePurpose,
    actions: &mut Vec<Action>,
) {
    let labels = &center.notice.labels;
    let on = if purpose.can_refuse { state.switches().contains(&purpose.purpose) } else { purpose.is_on };
    ui.horizontal(|ui| {
        if purpose.can_refuse
            && purpose.purpose != Purpose::Transfer
            && switch(ui, &purpose.title, on, on || purpose.can_give)
        {
            actions.push(Action::Turn(purpose.purpose, !on));
        }
        text(ui, &purpose.title, Face::Strong);
    });
    text(ui, &purpose.benefit, Face::Body);
    let t = look(ui);
    for (label, value) in [
        (&labels.data, &purpose.data),
        (&labels.retention, &purpose.retention_text),
        (&labels.recipients, &purpose.recipients_text),
    ] {
        if !value.is_empty() {
            text(ui, &format!("{label}: {value}"), Face::Small);
        }
    }
    let needs: Vec<&str> = center
        .notice
        .purposes
        .iter()
        .filter(|p| purpose.needs_one_of.contains(&p.purpose))
        .map(|p| p.title.as_str())
        .collect();
    if !needs.is_empty() {
        text(ui, &format!("{}: {}", labels.needs, needs.join(", ")), Face::Small);
    }
    colored(ui, &purpose.reason_text, Face::Small, if purpose.decision.allowed { t.accent } else { t.muted });
    if purpose.can_refuse && purpose.is_on {
        let withdraw = button(ui, say(ui, "Withdraw now"));
        if withdraw.accessible_name(format!("{} {}", say(ui, "Withdraw now"), purpose.title)).clicked() {
            actions.push(Action::Withdraw(purpose.purpose));
        }
    }
}

/// A date as it is read: day, hour and minute in UTC.
#[must_use]
pub fn when(ms: i64, _: Lang) -> String {
    let (days, rest) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000));
    // Howard Hinnant's civil_from_days: http://howardhinnant.github.io/date_algorithms.html
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (day, month) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
    let year = yoe + era * 400 + i64::from(month <= 2);
    format!("{year}-{month:02}-{day:02} {:02}:{:02}", rest / 3_600_000, rest / 60_000 % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read() {
        assert_eq!(when(0, Lang::En), "1970-01-01 00:00");
        assert_eq!(when(1_767_225_600_000 + 3_660_000, Lang::En), "2026-01-01 01:01");
        assert_eq!(when(1_709_164_800_000, Lang::En), "2024-02-29 00:00");
    }
}
