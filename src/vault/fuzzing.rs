//! Entry points for fuzzing: every stored format is read from hostile bytes, and what was written is read back. The
//! same functions run on random input in a plain `cargo test`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a fuzzer wants to hear of it")]

use std::sync::LazyLock;

use crate::base::random::{RandomError, SecureRandom};
use crate::vault::crypto::cipher::{Algorithm, SealKey, fingerprint, key_id};
use crate::vault::crypto::secret::Raw;
use crate::vault::db::head::Head;
use crate::vault::db::raw;
use crate::vault::db::raw::{MOST_COLUMNS, PAGE, Value};
use crate::vault::keys::anchor::{ANCHOR_BYTES, Anchor};
use crate::vault::keys::item::{Item, ItemName, Root, encode_old};
use crate::vault::keys::ring::{Material, WrapKey};
use crate::vault::life::widget_file::{Header, WidgetKey, decode_key};

/// No randomness at all, so that a finding can be repeated.
struct Fixed;

impl SecureRandom for Fixed {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        bytes.fill(7);
        Ok(())
    }
}

fn root() -> Root {
    Root::generate(&Fixed, 3, [5; 16]).unwrap()
}

/// A sealed record.
pub fn sealed_record(bytes: &[u8]) {
    static KEYS: LazyLock<[SealKey; 2]> = LazyLock::new(|| {
        [Algorithm::Aes256Gcm, Algorithm::ChaCha20Poly1305]
            .map(|algorithm| SealKey::new(1, algorithm, &[9; 32]).unwrap())
    });
    let mut room = zeroize::Zeroizing::default();
    for key in &*KEYS {
        assert!(key.open_in(b"place", bytes, &mut room).is_err());
        let _ = (key_id(bytes), fingerprint(bytes));
        let sealed = key.seal(&Fixed, b"place", bytes).unwrap();
        assert_eq!(key.open_in(b"place", &sealed, &mut room).unwrap(), bytes);
    }
}

/// A wrapped data key.
pub fn wrapped_key(bytes: &[u8]) {
    static WRAP: LazyLock<WrapKey> = LazyLock::new(|| {
        let wrap = WrapKey::new(&root()).unwrap();
        let wrapped = wrap.wrap(&Fixed, 2, 1, &Material::generate(&Fixed, None).unwrap()).unwrap();
        assert!(wrap.unwrap(2, 2, &wrapped).is_err());
        assert!(wrap.unwrap(2, 1, &wrapped).is_ok());
        wrap
    });
    assert!(WRAP.unwrap(2, 1, bytes).is_err());
    let _ = Material::decode(bytes);
}

/// What the key store returned: items, the widget's key, and aliases. With the check that belongs to them as well.
pub fn key_item(bytes: &[u8]) {
    let check = crate::base::signed::sha256(bytes);
    for bytes in [bytes, &[bytes, &check[..4]].concat()] {
        read_item(bytes);
    }
}

fn read_item(bytes: &[u8]) {
    if let Ok(item) = Item::decode(bytes) {
        assert!(*item.encode() == bytes || *encode_old(&item.root) == bytes);
    }
    let _ = decode_key(bytes);
    if let Ok(alias) = std::str::from_utf8(bytes)
        && let Some(name) = ItemName::parse([0xab; 16], alias)
    {
        assert_eq!(name.to_string(), alias);
    }
}

/// What must not roll back, in two key store items.
pub fn anchor(bytes: &[u8]) {
    let Some((a, b)) = bytes.split_at_checked(ANCHOR_BYTES) else { return };
    let [a, b] = [a, b].map(|bytes| {
        let anchor = Anchor::decode(bytes)?;
        assert_eq!(anchor.encode(), bytes);
        Some(anchor)
    });
    let (Some(a), Some(b)) = (a, b) else { return };
    let both = a.strictest(b);
    assert_eq!(both, b.strictest(a));
    for one in [a, b, both] {
        assert_eq!(both.strictest(one), both);
        assert_eq!(
            (both.denied & one.denied, both.unfinished & one.unfinished),
            (one.denied, one.unfinished)
        );
        let (spent, less) = (both.spent, one.spent);
        assert!(spent.quarter >= less.quarter && spent.install >= less.install);
        assert!(spent.free_from >= less.free_from && both.erasures >= one.erasures);
        assert!(both.latest_ms >= one.latest_ms && both.device_ms >= one.device_ms);
    }
}

/// A damaged database and its log: any bytes, and pages that a log is rightly made of.
pub fn raw_pages(bytes: &[u8]) {
    hold(bytes, &[]);
    hold(&[], bytes);
    let Some((split, rest)) = bytes.split_first() else { return };
    let (file, logged) = rest.split_at(rest.len() * usize::from(*split) / 255);
    hold(file, logged);
    let pages = logged.chunks(4 + PAGE).filter_map(|frame| {
        let (number, content) = frame.split_first_chunk()?;
        let mut page = [0; PAGE];
        page.iter_mut().zip(content).for_each(|(to, from)| *to = *from);
        Some((u32::from_le_bytes(*number), page))
    });
    hold(file, &raw::log_of(&pages.collect::<Vec<_>>()));
}

/// Nothing comes out that did not lie there, and no more than the bytes could hold a few times.
fn hold(file: &[u8], log: &[u8]) {
    let rows = raw::rows(file, log);
    assert!(rows.iter().all(|row| (1..=MOST_COLUMNS).contains(&row.values.len())));
    let bytes = rows.iter().flat_map(|row| &row.values).map(|value| match value {
        Value::Bytes(bytes) => bytes.len(),
        Value::Null | Value::Integer(_) => 0,
    });
    // Rows without overflow pages overlap at most once for each offset of their page.
    assert!(bytes.sum::<usize>() <= (PAGE + 4) * (file.len() + log.len() + PAGE));
}

/// A widget's file.
pub fn widget_file(bytes: &[u8]) {
    static KEY: LazyLock<WidgetKey> = LazyLock::new(|| {
        WidgetKey::new(&Raw::default(), Header::Keyed { install: [5; 16], tag: 3 }).unwrap()
    });
    let key = &*KEY;
    let _ = Header::parse(bytes);
    assert!(key.open(bytes).is_none());
    if let Ok(file) = key.seal(&Fixed, bytes) {
        assert_eq!(*key.open(&file).unwrap(), bytes);
    }
}

/// The content of the head row.
pub fn head(bytes: &[u8]) {
    if let Some(head) = Head::decode(bytes) {
        assert_eq!(head.encode(), bytes);
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn each(bytes: &[u8]) {
        super::sealed_record(bytes);
        super::wrapped_key(bytes);
        super::key_item(bytes);
        super::widget_file(bytes);
        super::head(bytes);
        super::anchor(bytes);
        super::raw_pages(bytes);
    }

    /// What really lies on a device: databases, logs, key store items and widget files of every format.
    fn real() -> Vec<Vec<u8>> {
        let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
        let mut folders = vec![std::path::PathBuf::from(fixtures)];
        let mut found = Vec::new();
        while let Some(folder) = folders.pop() {
            for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                let stored = ["vault", "vault-wal", "key", "snapshot"];
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|e| stored.iter().any(|stored| e == *stored)) {
                    found.push(std::fs::read(path).unwrap());
                }
            }
        }
        assert!(found.len() > 20, "{}", found.len());
        found
    }

    /// Changes real files until told to stop: bytes, ranges, ends, and parts of one in another.
    fn change_real_files(mut seed: u64, mut goes_on: impl FnMut() -> bool) -> u64 {
        let (real, mut rounds) = (real(), 0);
        let mut below = move |bound: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % bound.max(1)
        };
        while goes_on() {
            let mut bytes = real[below(real.len())].clone();
            for _ in 0..=below(6) {
                let (at, other) = (below(bytes.len()), &real[below(real.len())]);
                let length = 1 + [below(4), below(64), below(5000)][below(3)];
                let end = (at + length).min(bytes.len());
                match below(6) {
                    0 => bytes.truncate(at),
                    1 => bytes[at..end].fill([0, 0xff, 0x0d, 0x81][below(4)]),
                    2 => bytes[at..end].iter_mut().zip(other).for_each(|(to, from)| *to = *from),
                    3 => drop(
                        bytes.splice(at..end, other.iter().skip(below(other.len())).take(length).copied()),
                    ),
                    _ => bytes[at..end].iter_mut().for_each(|byte| *byte = below(256) as u8),
                }
            }
            each(&bytes);
            rounds += 1;
        }
        rounds
    }

    #[test]
    fn real_files_with_changes_are_read_without_a_panic() {
        let mut left = 24;
        change_real_files(1, || {
            left -= 1;
            left >= 0
        });
    }

    /// For as many seconds as `SOTTOVOCE_FUZZ_SECONDS` says.
    #[test]
    #[ignore = "takes ten minutes"]
    fn many_real_files_with_changes_are_read_without_a_panic() {
        let seconds =
            std::env::var("SOTTOVOCE_FUZZ_SECONDS").ok().and_then(|s| s.parse().ok()).unwrap_or(600);
        let until = std::time::Instant::now() + std::time::Duration::from_secs(seconds);
        let seed = u64::from(std::process::id());
        let rounds = change_real_files(seed, || std::time::Instant::now() < until);
        println!("{rounds} rounds from seed {seed}");
        assert!(rounds > 0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn hostile_bytes_are_refused_without_a_panic(bytes in vec(any::<u8>(), 0..300)) {
            each(&bytes);
        }

        #[test]
        fn bytes_that_look_right_at_first_are_refused_too(rest in vec(any::<u8>(), 0..120), kind in 0..4_usize) {
            let starts: [&[u8]; 4] = [&[1, 1, 0, 0, 0], &[1, 0, 0, 0, 0], &[2, 1, 0, 0, 0], b"SVSN\x02\x05\x05\x05\x05\x05\x05\x05"];
            each(&[starts[kind], &rest[..]].concat());
        }
    }
}
