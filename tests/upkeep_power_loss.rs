//! Power loss over the real API: at every moment of the making of a report, and right after what was told as done. And
//! a disk that takes nothing, which keeps nobody from having everything erased.
#![allow(missing_docs, reason = "a test")]

mod support;
mod vault_support;

use rusqlite::ffi::SQLITE_FULL;
use sottovoce::Sottovoce;
use sottovoce::consent::{EraseScope, ErasureReport, ExternalSignals, Policy, Purpose};
use sottovoce::profile::PreferenceKey;
use sottovoce::signals::Prepared;
use support::{Offline, Phone, give};
use vault_support::disk::{Disk, Loss, Rng};
use vault_support::replay;
use vault_support::vfs::{self, Call};

/// What 3-to-1 odds cost.
const COST: u64 = 1_098_614;

#[test]
fn a_report_is_there_with_its_charge_or_neither_is_and_once_it_is_told_both_are() {
    let mut phone = Phone::new();
    phone.task_set = Some(phone.shop.questions());
    phone.transport = Some(std::sync::Arc::new(Offline));
    let vault = phone.folder.path().join("engine").join("vault");
    std::fs::create_dir_all(&vault).unwrap();
    let tape = vfs::record(&vault);
    let engine = phone.engine();
    give(&engine, &[Purpose::Measurement]);
    let mut disk = Disk::default();
    tape.take().iter().for_each(|op| disk.play(op));
    let made = engine.privacy().run_maintenance(false).unwrap().report;
    assert!(matches!(made, Some(Prepared::Queued { .. })), "{made:?}");
    let ops = tape.take();
    engine.shutdown();
    drop(engine);
    vfs::forget(&vault);
    let mut rng = Rng::new(1);
    let mut found = |disk: &Disk, loss| {
        replay::place(&vault, &disk.crash(loss, &mut rng));
        let engine = phone.engine();
        let privacy = engine.privacy();
        (privacy.outbox().unwrap().len(), privacy.budget().unwrap().install_spent)
    };
    for op in &ops {
        for loss in [Loss::All, Loss::Prefix, Loss::Subset, Loss::Torn, Loss::Torn] {
            let state = found(&disk, loss);
            // What is spent is anchored first: until the call returns, it may be spent for nothing.
            assert!([(0, 0), (0, COST), (1, COST)].contains(&state), "{state:?}");
        }
        disk.play(op);
    }
    assert_eq!(found(&disk, Loss::All), (1, COST), "it was acknowledged, so it is there");
}

/// The baseline as a shop would sign it, with fewer days.
fn policy(phone: &Phone) -> Vec<u8> {
    let baseline = include_str!("../src/consent/policy/baseline.json");
    let json = baseline.replacen("\"version\": 0", "\"version\": 1", 1).replacen("365", "364", 1);
    Policy::seal(json.as_bytes(), phone.shop.key.pair()).unwrap()
}

#[test]
fn what_was_told_as_done_is_done_when_the_power_goes() {
    type Act = fn(&Phone, &Sottovoce);
    type Holds = fn(&Sottovoce) -> bool;
    let acts: [(&str, Act, Holds); 6] = [
        (
            "a notice",
            |_, e| drop(e.consent().served(vec![Purpose::Session], "banner".into(), "en".into()).unwrap()),
            |e| e.consent().receipts(1).unwrap().len() == 1,
        ),
        ("a yes", |_, e| give(e, &[Purpose::Session]), |e| e.consent().is_allowed(Purpose::Session)),
        (
            "a no",
            |_, e| drop(e.consent().withdraw(vec![Purpose::History], "center".into(), "en".into()).unwrap()),
            |e| !e.consent().is_allowed(Purpose::History),
        ),
        (
            "a signal",
            |_, e| {
                let signals = ExternalSignals { global_privacy_control: true, ..ExternalSignals::default() };
                e.consent().apply_signals(signals).unwrap();
            },
            |e| !e.consent().is_allowed(Purpose::History),
        ),
        (
            "a policy",
            |phone, e| drop(e.consent().apply_policy(policy(phone)).unwrap()),
            |e| e.consent().snapshot().unwrap().policy.ends_with("@1"),
        ),
        (
            "a word",
            |_, e| e.preferences().set(PreferenceKey::Brand, "Copperfinch".into()).unwrap(),
            |e| e.preferences().all().unwrap().len() == 1,
        ),
    ];
    for (what, act, holds) in acts {
        let phone = Phone::new();
        let vault = phone.folder.path().join("engine").join("vault");
        std::fs::create_dir_all(&vault).unwrap();
        let tape = vfs::record(&vault);
        let engine = phone.engine();
        give(&engine, &[Purpose::History, Purpose::Preferences]);
        act(&phone, &engine);
        let mut disk = Disk::default();
        tape.take().iter().for_each(|op| disk.play(op));
        engine.shutdown();
        drop(engine);
        vfs::forget(&vault);
        replay::place(&vault, &disk.crash(Loss::All, &mut Rng::new(1)));
        assert!(holds(&phone.engine()), "{what}");
    }
}

/// An engine with a brand that was named, on a disk that takes nothing while `act` is done.
fn on_a_full_disk(act: impl FnOnce(&Sottovoce) -> ErasureReport) -> Phone {
    let phone = Phone::new();
    let vault = phone.folder.path().join("engine").join("vault");
    std::fs::create_dir_all(&vault).unwrap();
    let tape = vfs::record(&vault);
    let engine = phone.engine();
    give(&engine, &[Purpose::Preferences]);
    engine.preferences().set(PreferenceKey::Brand, "Copperfinch".into()).unwrap();
    tape.fail_at(0, |call| (call == Call::Write).then_some(SQLITE_FULL), true);
    let report = act(&engine);
    assert!(tape.heal() && !report.complete);
    assert!(!engine.consent().is_allowed(Purpose::Preferences));
    drop(engine);
    vfs::forget(&vault);
    phone
}

#[test]
fn a_no_on_a_full_disk_is_carried_out_later_and_once() {
    let phone = on_a_full_disk(|e| {
        e.consent().withdraw(vec![Purpose::Preferences], "center".into(), "en".into()).unwrap()
    });
    let engine = phone.engine();
    assert!(!engine.consent().is_allowed(Purpose::Preferences));
    give(&engine, &[Purpose::Preferences]);
    assert!(engine.preferences().all().unwrap().is_empty());
    engine.preferences().set(PreferenceKey::Brand, "Ostrava".into()).unwrap();
    drop(engine);
    assert_eq!(
        phone.engine().preferences().all().unwrap().len(),
        1,
        "what came after a new yes is not erased with the old"
    );
}

#[test]
fn everything_is_erased_as_soon_as_a_full_disk_lets_it() {
    let phone = on_a_full_disk(|e| e.data().erase(EraseScope::Everything).unwrap());
    let engine = phone.engine();
    let receipts = engine.consent().receipts(0).unwrap();
    assert_eq!((receipts.len(), receipts[0].surface.as_str()), (1, ""), "one that tells nothing");
    give(&engine, &[Purpose::Preferences]);
    assert!(engine.preferences().all().unwrap().is_empty());
}
