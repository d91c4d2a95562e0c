//! Moments that a drawn life seldom meets, gone through one by one.

use std::path::Path;
use std::sync::Arc;

use sottovoce::random::SystemRandom;
use sottovoce::vault::{Compartment, Durability, FileKeyStore, KeyStore, Opening, Table, Vault};

use super::model::{Disk, Loss, Moment, Rules};
use super::recorder::{Mark, Naming, Op, put, record};
use super::vault_support::disk::Rng;
use super::vault_support::fast_folder;

const LOSSES: [Loss; 6] = [Loss::All, Loss::Content, Loss::Names, Loss::Prefix, Loss::Subset, Loss::Torn];

#[test]
fn a_key_is_stored_replaced_and_removed_whole_and_for_good() {
    let home = fast_folder();
    let recording = record(home.path());
    let keys = FileKeyStore::new(home.path().join("engine").join("keys"));
    let contents = [None, Some(vec![1; 600]), Some(vec![2; 900]), None];
    for (n, content) in contents[1..].iter().enumerate() {
        recording.tape.mark(Mark::Begun(n));
        match content {
            Some(secret) => keys.store("k".into(), secret.clone()).unwrap(),
            None => keys.remove("k".into()).unwrap(),
        }
        recording.tape.mark(Mark::Acked(n));
    }
    let recorded = recording.finish();
    let (mut disk, mut rng) = (Disk::new(&recorded, Rules::STRICT, Moment::default()), Rng::new(1));
    for op in &recorded.ops {
        disk.play(op);
        let Moment { begun, acked, .. } = disk.moment;
        let legal = &contents[acked.map_or(0, |n| n + 1)..=begun + 1];
        for loss in LOSSES {
            let found = disk.crash(loss, &mut rng).remove("engine/keys/k.key").flatten();
            assert!(legal.contains(&found), "{loss:?} after {op:?}: {found:?}");
        }
    }
}

const KEPT: Compartment = Compartment(1);
const GONE: Compartment = Compartment(2);
const TABLE: Table = Table(1);

fn open(home: &Path) -> (Vault, Opening) {
    let keys = Arc::new(FileKeyStore::new(home.join("keys")));
    Vault::open(&home.join("vault"), "v", keys, Arc::new(SystemRandom)).unwrap()
}

/// Whoever is killed before the disk has a commit leaves it to the system: the next process finds the commit, and must
/// not take away the keys that stood before it until the disk has it.
#[test]
fn the_keys_before_a_commit_stay_until_the_disk_has_it() {
    let home = fast_folder();
    let recording = record(home.path());
    let (vault, _) = open(home.path());
    for compartment in [KEPT, GONE] {
        vault.write(Durability::Full, |w| w.append(compartment, TABLE, b"x")).unwrap();
    }
    recording.tape.mark(Mark::Begun(1));
    vault.erase(&[GONE], 1, |_| Ok(())).unwrap();
    recording.tape.mark(Mark::Acked(1));
    drop(vault);
    let first = recording.finish();
    let (mut disk, mut rng) = (Disk::new(&first, Rules::FAIR, Moment::default()), Rng::new(1));
    for (n, op) in first.ops.iter().enumerate() {
        disk.play(op);
        if disk.moment.begun == 0 || !matches!(first.ops.get(n + 1), Some(Op::Sync { .. })) {
            continue;
        }
        let next = fast_folder();
        put(&disk.crash(Loss::Nothing, &mut rng), next.path());
        let recording = record(next.path());
        drop(open(next.path()));
        let opening = recording.finish();
        let removes = |op: &Op| matches!(op, Op::Name { change: Naming::Gone { .. }, .. });
        for cut in (0..opening.ops.len()).filter(|at| removes(&opening.ops[*at])) {
            let mut disk = disk.clone();
            // The folder's sync that follows makes the removal durable.
            disk.play_on(&opening, cut + 2);
            let last = fast_folder();
            put(&disk.crash(Loss::All, &mut rng), last.path());
            let (vault, opened) = open(last.path());
            assert!(!opened.fresh && !opened.damaged, "killed after {n}, lost after {cut}: {opened:?}");
            assert_eq!(vault.read(|r| r.count(KEPT, TABLE)).unwrap(), 1);
        }
    }
}
