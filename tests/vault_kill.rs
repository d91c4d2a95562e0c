//! The process is killed (`SIGKILL`) at any moment of its work, 300 times in a plain run, and each time the next one
//! finds everything that was acknowledged. Half of the kills aim inside an erasure, a rotation, a checkpoint, the
//! writing of a snapshot, or the opening, which creates the file or takes up what the last kill cut off.
//! `SOTTOVOCE_KILLS` asks for another number; the ignored test does 10,000.
#![allow(missing_docs, reason = "a test")]
#![cfg(unix)]

mod emulated;
mod vault_support;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sottovoce::random::SystemRandom;
use sottovoce::vault::{Compartment, Durability, FileKeyStore, KeyStore, Opening, Table, Vault, VaultError};
use vault_support::disk::Rng;
use vault_support::{fast_folder, from_env};

const LEDGER: Compartment = Compartment(1);
const HISTORY: Compartment = Compartment(2);
const T: Table = Table(1);
const U: Table = Table(2);

fn open(dir: &Path) -> Result<(Vault, Opening), VaultError> {
    let keys: Arc<dyn KeyStore> = Arc::new(FileKeyStore::new(dir.join("keys")));
    Vault::open(&dir.join("data"), "v", keys, Arc::new(SystemRandom))
}

/// What the vault holds, as the child reports it: charges in the ledger, generation and length of the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Seen {
    spent: u64,
    generation: u64,
    events: u64,
}

fn number(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes[..8].try_into().unwrap())
}

fn look(vault: &Vault) -> Seen {
    let seen = vault.read(|r| {
        let get = |key: &str| Ok::<_, VaultError>(r.get(LEDGER, T, key)?.map_or(0, |bytes| number(&bytes)));
        let events = r.scan(HISTORY, U)?;
        let generation = get("generation")?;
        assert!(events.iter().all(|event| number(&event.bytes) == generation), "an erased event came back");
        Ok::<_, VaultError>(Seen { spent: get("spent")?, generation, events: events.len() as u64 })
    });
    seen.unwrap()
}

/// The child: works until it is killed, and says on its standard output what is done, after it is done.
#[test]
#[ignore = "the process that is killed"]
fn child() {
    let Ok(dir) = std::env::var("SOTTOVOCE_KILL_DIR") else { return };
    let mut rng = Rng::new(from_env("SOTTOVOCE_KILL_SEED", 1) as u64);
    let say = |word: &str, seen: Seen| {
        let line = format!("{word} {} {} {}\n", seen.spent, seen.generation, seen.events);
        std::io::stdout().write_all(line.as_bytes()).unwrap();
    };
    say("+open", Seen::default());
    let (vault, _) = open(Path::new(&dir)).unwrap();
    let mut seen = look(&vault);
    say("ok", seen);
    let aim = std::env::var("SOTTOVOCE_KILL_AIM").unwrap_or_default();
    loop {
        // What is aimed at comes soon; what is expensive comes seldom otherwise.
        let step = match aim.as_str() {
            "erase" if rng.coin() => 14,
            "rotate" if rng.coin() => 16,
            "snapshot" if rng.coin() => 18,
            "checkpoint" if rng.coin() => 19,
            _ => rng.below(18),
        };
        match step {
            0..9 => {
                let generation = seen.generation.to_le_bytes();
                let event = |w: &mut sottovoce::vault::Writer<'_>| w.append(HISTORY, U, &generation);
                vault.write(Durability::Normal, event).unwrap();
                seen.events += 1;
            }
            9..14 => {
                seen.spent += 1;
                let spent = seen.spent.to_le_bytes();
                vault.write(Durability::Full, |w| w.put(LEDGER, T, "spent", &spent)).unwrap();
            }
            14..16 => {
                let next = Seen { generation: seen.generation + 1, events: 0, ..seen };
                say("+erase", next);
                let generation = next.generation.to_le_bytes();
                let note = |w: &mut sottovoce::vault::Writer<'_>| {
                    w.put(LEDGER, T, "generation", &generation).map(drop)
                };
                vault.erase(&[HISTORY], 0, note).unwrap();
                seen = next;
            }
            16..18 => {
                say("+rotate", seen);
                vault.rotate_root().unwrap();
                vault.rotate_data_key(HISTORY).unwrap();
                vault.reseal(50).unwrap();
            }
            18 => {
                say("+snapshot", seen);
                vault.write_widget(&snapshot(seen)).unwrap();
            }
            _ => {
                // 1000 pages fill the log, so the commit runs a checkpoint.
                let generation = seen.generation.to_le_bytes();
                let mut big = generation.to_vec();
                big.resize(60_000, 0);
                say("+checkpoint", Seen { events: seen.events + 70, ..seen });
                let bulk = |w: &mut sottovoce::vault::Writer<'_>| {
                    (0..70).try_for_each(|_| w.append(HISTORY, U, &big).map(drop))
                };
                vault.write::<_, VaultError>(Durability::Normal, bulk).unwrap();
                seen.events += 70;
                if seen.events > 200 {
                    vault.write(Durability::Normal, |w| w.clear(HISTORY, U)).unwrap();
                    seen.events = 0;
                }
            }
        }
        say("ok", seen);
    }
}

/// Large enough to be torn, if anything could tear it.
fn snapshot(seen: Seen) -> Vec<u8> {
    seen.generation.to_le_bytes().repeat(20_000)
}

/// A widget finds a whole snapshot of this generation, or none.
fn check_snapshot(dir: &Path, seen: Seen) {
    let keys = Arc::new(FileKeyStore::new(dir.join("keys")));
    if let Some(found) = Vault::read_widget(&dir.join("data"), "v", keys).unwrap() {
        let generation = number(&found);
        assert!(generation <= seen.generation, "it does not hang on the root key");
        assert_eq!(*found, snapshot(Seen { generation, ..seen }));
    }
}

fn spawn(dir: &Path, seed: u64, aim: &str) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child", "--ignored", "--nocapture", "--test-threads", "1"]);
    command
        .env("SOTTOVOCE_KILL_DIR", dir)
        .env("SOTTOVOCE_KILL_SEED", seed.to_string())
        .env("SOTTOVOCE_KILL_AIM", aim);
    command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

fn parse(line: &str) -> Option<(String, Seen)> {
    let mut words = line.split(' ');
    let word = words.next()?.to_owned();
    let mut next = || words.next()?.trim().parse().ok();
    Some((word, Seen { spent: next()?, generation: next()?, events: next()? }))
}

/// Lets a child work, kills it and returns the last that it said was done and the last that it said it began.
fn run_and_kill(dir: &Path, rng: &mut Rng, aimed: Option<&str>) -> (Option<Seen>, Option<Seen>) {
    let mut child = spawn(dir, rng.next(), aimed.unwrap_or_default());
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (mut done, mut begun) = (None, None);
    let patience = Duration::from_micros(rng.below(30_000) as u64);
    let mut since = None;
    for line in lines.by_ref().map_while(Result::ok) {
        // The test harness writes its own lines first, the last of them without an end.
        let Some((word, seen)) = line.rsplit("... ").next().and_then(parse) else { continue };
        if let Some(what) = word.strip_prefix('+') {
            begun = Some(seen);
            if aimed == Some(what) {
                std::thread::sleep(Duration::from_micros(rng.below(4_000) as u64));
                break;
            }
        } else {
            (done, begun) = (Some(seen), None);
            if aimed.is_none() && since.get_or_insert_with(Instant::now).elapsed() > patience {
                break;
            }
        }
    }
    child.kill().unwrap();
    for (word, seen) in lines.map_while(Result::ok).filter_map(|line| parse(&line)) {
        if word == "ok" {
            (done, begun) = (Some(seen), None);
        } else {
            begun = Some(seen);
        }
    }
    child.wait().unwrap();
    (done, begun)
}

fn kill(times: usize) {
    let mut rng = Rng::new(11);
    let mut folder = fast_folder();
    let mut last: Option<Seen> = None;
    for i in 0..times {
        if i % 20 == 0 {
            (folder, last) = (fast_folder(), None);
        }
        let aims = ["erase", "open", "rotate", "open", "checkpoint", "snapshot"];
        let aimed = (i % 2 == 1).then(|| aims[(i / 2) % aims.len()]);
        let (mut done, mut begun) = run_and_kill(folder.path(), &mut rng, aimed);
        if matches!(aimed, Some("erase" | "rotate")) && rng.coin() {
            // Whoever takes it up is killed as well.
            let later = run_and_kill(folder.path(), &mut rng, Some("open"));
            if later.0.is_some() {
                (done, begun) = later;
            }
        }
        let least = done.or(last).unwrap_or_default();
        let (vault, opening) = open(folder.path()).unwrap();
        assert!(!opening.damaged && !opening.key_was_missing && !opening.rolled_back, "{i}: {opening:?}");
        assert!(!opening.fresh || done.or(last).is_none(), "{i}: the vault is gone");
        let seen = look(&vault);
        // At most the one step that was under way is there as well.
        assert!(seen.spent == least.spent || seen.spent == least.spent + 1, "{i}: {least:?} became {seen:?}");
        match begun {
            Some(next) if next.generation > least.generation => {
                assert!(
                    seen.generation == least.generation
                        || (seen.generation, seen.events) == (next.generation, 0)
                );
            }
            _ => assert_eq!(seen.generation, least.generation, "{i}"),
        }
        let cleared = begun.is_some_and(|next| next.events > 200) && seen.events == 0;
        let same = seen.generation != least.generation || seen.events >= least.events || cleared;
        assert!(same, "{i}: {least:?} became {seen:?}");
        assert!(vault.integrity().unwrap().is_sound(), "{i}");
        check_snapshot(folder.path(), seen);
        let roots = || {
            let items = std::fs::read_dir(folder.path().join("keys")).unwrap();
            items.filter(|item| !item.as_ref().unwrap().path().to_string_lossy().contains("widget")).count()
        };
        // Each kill leaves one at most, and the next anchored change that comes to its end takes them all along.
        assert!(roots() <= 4, "{i}: {} items were left behind", roots());
        if rng.coin() {
            vault.rotate_root().unwrap();
            assert_eq!(roots(), 1, "{i}: an old root key was left behind");
        }
        last = Some(seen);
    }
}

#[test]
fn nothing_acknowledged_is_lost_when_the_process_is_killed() {
    if emulated::emulated() {
        return;
    }
    kill(from_env("SOTTOVOCE_KILLS", 300));
}

#[test]
#[ignore = "takes minutes"]
fn ten_thousand_kills() {
    kill(10_000);
}
