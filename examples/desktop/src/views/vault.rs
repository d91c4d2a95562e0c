//! What is stored: files, keys, and the proof that a withdrawal erases.

use egui::{Color32, Ui};
use sottovoce::consent::Purpose;

use crate::seen::Scan;
use crate::state::{Action, State};
use crate::theme::Face;
use crate::widgets::{beside, button, card, chip, colored, fact, heading, look, primary, say, text};

/// The page.
pub fn show(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    heading(ui, say(ui, "What is stored, and how it ends"), Face::Title);
    card(ui, |ui| withdraw(ui, state, actions));
    ui.add_space(8.0);
    let mut late = Vec::new();
    beside(ui, |ui| files(ui, state), |ui| state_of(ui, state, &mut late));
    actions.append(&mut late);
    ui.add_space(8.0);
    card(ui, |ui| compartments(ui, state));
}

fn withdraw(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    heading(ui, say(ui, "Withdraw, and search the disk"), Face::Heading);
    text(
        ui,
        say(ui, "The key is destroyed first, then the rows. Then every file is read as a thief would."),
        Face::Small,
    );
    ui.horizontal(|ui| {
        if primary(ui, say(ui, "Withdraw the history and search")).clicked() {
            actions.push(Action::WithdrawAndSearch(Purpose::History));
        }
        if button(ui, say(ui, "Erase everything")).clicked() {
            actions.push(Action::EraseAll);
        }
    });
    if let Some(scan) = &state.seen.vault.scan {
        found(ui, scan);
    }
}

fn found(ui: &mut Ui, scan: &Scan) {
    let t = look(ui);
    let said =
        format!("{} / {} {}", scan.hits, scan.words.len(), say(ui, "words of yours found in the vault"));
    colored(ui, &said, Face::Title, if scan.hits == 0 { t.accent } else { t.warn });
    let read = format!("{} · {} bytes", scan.files, scan.bytes);
    fact(ui, say(ui, "Files read"), &read);
    let control = format!("{} / {}", scan.control, scan.words.len());
    fact(ui, say(ui, "Found in the catalog"), &control);
    text(
        ui,
        say(ui, "The catalog is the same for everyone; it shows that the search finds what is there."),
        Face::Small,
    );
    fact(ui, say(ui, "Events erased"), &scan.rows.to_string());
    fact(ui, say(ui, "Keys destroyed"), &scan.keys_destroyed.to_string());
    let words: Vec<&str> = scan.words.iter().map(String::as_str).collect();
    text(ui, &words.join(" · "), Face::Small);
    if !scan.hex.is_empty() {
        text(ui, &format!("{} {}", say(ui, "Before and after:"), scan.file), Face::Strong);
    }
    for (offset, before, after) in &scan.hex {
        bytes(ui, *offset, before, t.muted);
        bytes(ui, *offset, after, t.accent);
    }
}

fn bytes(ui: &mut Ui, offset: usize, row: &[u8], color: Color32) {
    let row: Vec<String> = row.iter().map(|b| format!("{b:02x}")).collect();
    colored(ui, &format!("{offset:08x}   {}", row.join(" ")), Face::Bytes, color);
}

fn files(ui: &mut Ui, state: &State) {
    let vault = &state.seen.vault;
    heading(ui, say(ui, "Files"), Face::Heading);
    text(ui, &vault.folder.display().to_string(), Face::Small);
    for (name, size) in &vault.files {
        fact(ui, name, &format!("{size} bytes"));
    }
    heading(ui, say(ui, "Items in the key store"), Face::Heading);
    text(ui, &state.seen.shop.guard, Face::Small);
    for key in &vault.keys {
        colored(ui, key, Face::Bytes, look(ui).muted);
    }
}

fn state_of(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let vault = &state.seen.vault;
    heading(ui, say(ui, "State"), Face::Heading);
    if let Some(status) = &vault.status {
        let yes_no = |ui: &Ui, yes: bool| if yes { say(ui, "yes") } else { say(ui, "no") };
        let (unlocked, settled) = (yes_no(ui, status.unlocked), yes_no(ui, status.settled));
        fact(ui, say(ui, "Open"), unlocked);
        fact(ui, say(ui, "All work done"), settled);
        fact(ui, "SDK", &status.sdk_version);
    }
    ui.horizontal_wrapped(|ui| {
        if button(ui, say(ui, "Read and check everything")).clicked() {
            actions.push(Action::Integrity);
        }
        if button(ui, say(ui, "Export my copy")).clicked() {
            actions.push(Action::Export);
        }
    });
    if let Some((records, findings)) = &vault.integrity {
        let said =
            format!("{} {records} · {} {}", say(ui, "Records read:"), say(ui, "faults:"), findings.len());
        text(ui, &said, Face::Body);
        for finding in findings {
            text(ui, finding, Face::Small);
        }
    }
    if let Some(copy) = &vault.copy {
        text(ui, &copy.display().to_string(), Face::Small);
        text(ui, say(ui, "The copy is not encrypted: it is yours to keep."), Face::Small);
    }
}

/// One compartment for each purpose that keeps something, and whether it may be read now.
fn compartments(ui: &mut Ui, state: &State) {
    let t = look(ui);
    heading(ui, say(ui, "A compartment and a key for each purpose"), Face::Heading);
    let Some(center) = &state.seen.consent.center else { return };
    ui.horizontal_wrapped(|ui| {
        for purpose in &center.notice.purposes {
            let open = purpose.decision.allowed;
            let (ink, fill) = if open { (t.accent, t.accent_soft) } else { (t.muted, t.sunken) };
            let said = if open { say(ui, "open") } else { say(ui, "closed") };
            chip(ui, &format!("{} · {said}", purpose.title), ink, fill);
        }
    });
}
