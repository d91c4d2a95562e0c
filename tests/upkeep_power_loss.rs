//! Power loss at every moment of the making of a report, over the real API.
#![allow(missing_docs, reason = "a test")]

mod support;
mod vault_support;

use sottovoce::consent::Purpose;
use sottovoce::signals::Prepared;
use support::{Phone, give};
use vault_support::disk::{Disk, Loss, Rng};
use vault_support::{replay, vfs};

/// What 3-to-1 odds cost.
const COST: u64 = 1_098_614;

#[test]
fn a_report_is_there_with_its_charge_or_neither_is_and_once_it_is_told_both_are() {
    let mut phone = Phone::new();
    phone.task_set = Some(phone.shop.questions());
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
