//! Random damages: no lock-out, no record lost that was not hit, and erasing always works.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::vault::tests::*;

const COMPARTMENTS: [Compartment; 4] = [Compartment(1), C, D, Compartment(9)];

type Content = BTreeMap<(u16, u16), BTreeSet<Vec<u8>>>;

/// A deterministic source of damages.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most.max(1)
    }
}

/// A vault with records of all sizes, some removed and some replaced again.
fn fill(vault: &Vault) {
    let mut dice = Dice(3);
    let mut ids = Vec::new();
    for i in 0..400_u32 {
        let c = COMPARTMENTS[dice.below(4)];
        let length = if i % 50 == 7 { 9000 + dice.below(3000) } else { 20 + dice.below(200) };
        let mut bytes = i.to_le_bytes().to_vec();
        bytes.resize(length, i as u8);
        vault
            .write(Durability::Normal, |w| {
                match i % 3 {
                    0 => ids.push((c, w.append(c, T, &bytes)?)),
                    1 => ids.push((c, w.append(c, U, &bytes)?)),
                    _ => ids.push((c, w.put(c, U, &format!("key {}", i % 40), &bytes)?)),
                }
                if i % 4 == 0 {
                    let (c, id) = ids.swap_remove(dice.below(ids.len()));
                    w.delete(c, &[id])?;
                }
                Ok::<_, VaultError>(())
            })
            .unwrap();
    }
}

fn content(vault: &Vault) -> Content {
    let mut all = Content::new();
    for c in COMPARTMENTS {
        for t in [T, U] {
            let records = vault.read(|r| r.scan(c, t)).unwrap();
            all.insert((c.0, t.0), records.into_iter().map(|r| r.bytes.to_vec()).collect());
        }
    }
    all
}

fn total(content: &Content) -> usize {
    content.values().map(BTreeSet::len).sum()
}

struct Sample {
    dir: tempfile::TempDir,
    keys: BTreeMap<String, Vec<u8>>,
    content: Content,
    /// Where in the file each record lies, as ranges of bytes, and each data key's row.
    places: Vec<(u16, Vec<Range<usize>>)>,
    key_rows: Vec<(u16, Range<usize>)>,
}

impl Sample {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let keys = Arc::new(Keys::default());
        let (vault, _) = open(dir.path(), &keys);
        fill(&vault);
        let content = content(&vault);
        drop(vault);
        let file = std::fs::read(dir.path().join("test.vault")).unwrap();
        let conn = rusqlite::Connection::open(dir.path().join("test.vault")).unwrap();
        let find = |bytes: &[u8]| memchr::memmem::find(&file, bytes).unwrap();
        let blobs = |sql: &str| -> Vec<(u16, Vec<u8>)> {
            let mut query = conn.prepare(sql).unwrap();
            let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
            rows.map(Result::unwrap).collect()
        };
        let key_rows = blobs("SELECT compartment, wrapped FROM data_key");
        let key_rows = key_rows.iter().map(|(c, bytes)| (*c, around(find(bytes), bytes.len()))).collect();
        let mut places = Vec::new();
        for c in COMPARTMENTS {
            for at in [T, U].into_iter().flat_map(|t| schema::RecordTable::both(c, t)) {
                if at.exists(&conn).unwrap() {
                    for (_, sealed) in blobs(&format!("SELECT {}, sealed FROM {at}", c.0)) {
                        places.push((c.0, pieces(&file, &sealed)));
                    }
                }
            }
        }
        let keys = keys.items.lock().unwrap().clone();
        Self { dir, keys, content, places, key_rows }
    }

    /// Records that the damage did not hit, in any part.
    fn spared(&self, hit: &Range<usize>) -> usize {
        let misses = |place: &Range<usize>| place.end <= hit.start || hit.end <= place.start;
        let keyless: BTreeSet<u16> =
            self.key_rows.iter().filter(|(_, place)| !misses(place)).map(|(c, _)| *c).collect();
        let spared =
            |(c, places): &&(u16, Vec<Range<usize>>)| !keyless.contains(c) && places.iter().all(misses);
        self.places.iter().filter(spared).count()
    }
}

/// A cell around its blob: lengths and row id before it, a blind key after it.
fn around(start: usize, length: usize) -> Range<usize> {
    start.saturating_sub(16)..start + length + 18
}

/// Where a sealed record lies: in one piece, or on pages of its own that are chained.
fn pieces(file: &[u8], sealed: &[u8]) -> Vec<Range<usize>> {
    if let Some(start) = memchr::memmem::find(file, sealed) {
        return vec![around(start, sealed.len())];
    }
    let start = memchr::memmem::find(file, &sealed[..60]).unwrap();
    let page = |at: usize| at / 4096 * 4096..at / 4096 * 4096 + 4096;
    let mut places = vec![page(start)];
    for at in (60..sealed.len() - 30).step_by(1000) {
        places.extend(memchr::memmem::find(file, &sealed[at..at + 30]).map(page));
    }
    places.extend(memchr::memmem::find(file, &sealed[sealed.len() - 20..]).map(page));
    places
}

#[test]
fn a_sound_store_is_salvaged_to_the_record() {
    let sample = Sample::new();
    let keys = Arc::new(Keys::default());
    *keys.items.lock().unwrap() = sample.keys.clone();
    let file = sample.dir.path().join("test.vault");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[..100].fill(0);
    std::fs::write(&file, bytes).unwrap();
    let (vault, opening) = open(sample.dir.path(), &keys);
    assert!(opening.damaged && !opening.fresh && !opening.rolled_back, "{opening:?}");
    assert_eq!(opening.records_lost, 0);
    assert_eq!(content(&vault), sample.content);
    assert!(vault.integrity().unwrap().is_sound());
    assert!(vault.is_settled());
    drop(vault);
    assert_eq!(open(sample.dir.path(), &keys).1, Opening::default());
}

#[test]
fn of_a_store_without_a_readable_key_denials_and_spending_stay() {
    let sample = Sample::new();
    let keys = Arc::new(Keys::default());
    *keys.items.lock().unwrap() = sample.keys.clone();
    let (vault, _) = open(sample.dir.path(), &keys);
    vault
        .write(Durability::Anchored, |w| {
            w.anchor().spent.install = 5;
            Ok::<_, VaultError>(())
        })
        .unwrap();
    vault.erase(&[], 1, |_| Ok(())).unwrap();
    drop(vault);
    let file = sample.dir.path().join("test.vault");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[..100].fill(0);
    sample.key_rows.iter().for_each(|(_, place)| bytes[place.clone()].fill(7));
    std::fs::write(&file, bytes).unwrap();
    let (vault, opening) = open(sample.dir.path(), &keys);
    assert!(opening.damaged && opening.fresh, "{opening:?}");
    assert_eq!((vault.anchor().spent.install, vault.anchor().denied), (5, 1));
}

#[test]
fn records_that_a_damaged_page_hides_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::default());
    let (vault, _) = open(dir.path(), &keys);
    for i in 0..20 {
        append(&vault, C, &[i; 40]);
    }
    drop(vault);
    let file = dir.path().join("test.vault");
    let page: u32 = rusqlite::Connection::open(&file)
        .unwrap()
        .query_row("SELECT rootpage FROM sqlite_master WHERE name = 'r3_20'", [], |row| row.get(0))
        .unwrap();
    let mut bytes = std::fs::read(&file).unwrap();
    let rows = &mut bytes[(page as usize - 1) * 4096 + 3..][..2];
    assert_eq!(rows, [0, 20]);
    rows[1] = 10;
    std::fs::write(&file, bytes).unwrap();
    let (vault, opening) = open(dir.path(), &keys);
    assert!(opening.damaged && opening.records_lost == 0, "{opening:?}");
    assert_eq!(texts(&vault, C).len(), 20);
}

#[test]
fn a_damaged_older_copy_allows_nothing_that_an_item_denies() {
    let (dir, backup) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let keys = Arc::new(Keys::default());
    let (vault, _) = open(dir.path(), &keys);
    append(&vault, C, b"kept");
    append(&vault, D, b"gone");
    drop(vault);
    copy(dir.path(), backup.path());
    let (vault, _) = open(dir.path(), &keys);
    keys.fail("remove", unavailable());
    assert_eq!(vault.erase(&[D], 1, |_| Ok(())).unwrap().completion, Completion::OnDisk);
    drop(vault);
    let file = backup.path().join("test.vault");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[..100].fill(0);
    std::fs::write(&file, bytes).unwrap();
    // Nothing can be brought to its end either.
    keys.fail("store", unavailable());
    let (vault, opening) = open(backup.path(), &keys);
    assert!(opening.damaged && !opening.fresh, "{opening:?}");
    assert_eq!((vault.anchor().denied, texts(&vault, C)), (1, vec![b"kept".to_vec()]));
}

#[test]
fn damages_lock_nobody_out_and_lose_nothing_else() {
    damages(11, 120);
}

#[test]
#[ignore = "takes minutes"]
fn a_thousand_damages_lock_nobody_out_and_lose_nothing_else() {
    damages(12, 1000);
}

fn damages(seed: u64, rounds: usize) {
    let sample = Sample::new();
    let whole = std::fs::read(sample.dir.path().join("test.vault")).unwrap();
    let mut dice = Dice(seed);
    let mut told = 0;
    for round in 0..rounds {
        let start = dice.below(whole.len());
        let length = match round % 4 {
            0 | 1 => 1,
            2 => 1 + dice.below(300),
            _ => 1 + dice.below(9000),
        };
        let mut bytes = whole.clone();
        let hit = match round % 20 {
            19 => start..usize::MAX,
            _ => start..(start + length).min(whole.len()),
        };
        if round % 20 == 19 {
            bytes.truncate(start);
        } else {
            bytes[hit.clone()].iter_mut().for_each(|b| *b ^= 1 + dice.below(255) as u8);
        }
        let dir = tempfile::tempdir().unwrap();
        let keys = Arc::new(Keys::default());
        *keys.items.lock().unwrap() = sample.keys.clone();
        std::fs::write(dir.path().join("test.vault"), &bytes).unwrap();
        let opened = try_open(dir.path(), &keys);
        let (vault, opening) = opened.unwrap_or_else(|e| panic!("round {round}, {hit:?}: {e}"));
        // The first look may meet the damage; the second is at the mended file.
        content(&vault);
        let found = content(&vault);
        for (place, records) in &found {
            assert!(
                records.is_subset(&sample.content[place]),
                "round {round}, {hit:?}: what was never there"
            );
        }
        let spared = sample.spared(&hit);
        assert!(
            total(&found) >= spared,
            "round {round}, {hit:?}: {} of {spared}; {opening:?}",
            total(&found)
        );
        let lost = total(&sample.content) - total(&found);
        told += usize::from(lost > 0);
        let said = opening.damaged || vault.mended().is_some() || !vault.unreadable().is_empty();
        assert!(lost == 0 || said, "round {round}, {hit:?}: in silence");
        vault.integrity().unwrap();
        vault.erase(&[C], 1, |_| Ok(())).unwrap_or_else(|e| panic!("round {round}, {hit:?}: erase: {e}"));
        append(&vault, C, b"goes on");
        if opening.moved_aside.is_some() {
            // What is written after a salvage is in the files that a killed process leaves.
            let killed = tempfile::tempdir().unwrap();
            for name in ["test.vault", "test.vault-wal"] {
                drop(std::fs::copy(dir.path().join(name), killed.path().join(name)));
            }
            let (vault, _) = open(killed.path(), &keys);
            assert_eq!(texts(&vault, C), [b"goes on".to_vec()], "round {round}, {hit:?}: killed");
        }
        drop(vault);
        let (vault, _) = open(dir.path(), &keys);
        assert_eq!(texts(&vault, C), [b"goes on".to_vec()], "round {round}, {hit:?}");
        assert_eq!(vault.anchor().denied, 1);
    }
    assert!(told > rounds / 10, "{told}");
}
