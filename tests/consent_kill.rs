//! The process is killed (`SIGKILL`) inside a withdrawal: once at each call that it makes for randomness or to the key
//! store, and then at random moments, 60 times in a plain run. The next process finds it done or never begun, and
//! nothing of what was taken back can be read with any key that is left. `SOTTOVOCE_KILLS` asks for another number;
//! the ignored test does 3,000.
#![allow(missing_docs, reason = "a test")]
#![cfg(unix)]

mod emulated;
mod support;
mod vault_support;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use sottovoce::clock::SystemClock;
use sottovoce::consent::{
    ConsentError, DecisionReason, ErasureReport, Gate, History, Inference, Measurement, Policy, Preferences,
    Purpose, PurposeType,
};
use sottovoce::random::{RandomError, SecureRandom, SystemRandom};
use sottovoce::vault::{Durability, FileKeyStore, KeyStore, KeyStoreError, Opening, Table, Vault};
use vault_support::disk::Rng;
use vault_support::{fast_folder, from_env};

const T: Table = Table(20);
const CANARY: &[u8] = b"canary-7f3a-blue-suede-shoes";
const GONE: [Purpose; 3] = [Purpose::History, Purpose::Inference, Purpose::Measurement];

/// The step at which the child stops and waits for its death; none left below zero.
static STEPS: AtomicI64 = AtomicI64::new(-1);

fn step() {
    if STEPS.fetch_sub(1, Ordering::SeqCst) == 0 {
        say("here");
        loop {
            std::thread::park();
        }
    }
}

fn say(word: &str) {
    std::io::stdout().write_all(format!("\n{word}\n").as_bytes()).unwrap();
}

/// A source of randomness at each call of which the process may die.
struct Steps;

impl SecureRandom for Steps {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        step();
        SystemRandom.fill(bytes)
    }
}

/// A key store before and after each call of which the process may die.
struct Keys(FileKeyStore);

impl Keys {
    fn call<T>(&self, work: impl FnOnce(&FileKeyStore) -> T) -> T {
        step();
        let done = work(&self.0);
        step();
        done
    }
}

impl KeyStore for Keys {
    fn load(&self, alias: String) -> Result<Vec<u8>, KeyStoreError> {
        self.call(|k| k.load(alias))
    }

    fn store(&self, alias: String, secret: Vec<u8>) -> Result<(), KeyStoreError> {
        self.call(|k| k.store(alias, secret))
    }

    fn remove(&self, alias: String) -> Result<(), KeyStoreError> {
        self.call(|k| k.remove(alias))
    }

    fn list(&self, prefix: String) -> Result<Vec<String>, KeyStoreError> {
        self.call(|k| k.list(prefix))
    }
}

fn vault(data: &Path, keys: &Path) -> (Vault, Opening) {
    let keys = Arc::new(Keys(FileKeyStore::new(keys)));
    Vault::open(data, "shop", keys, Arc::new(Steps)).unwrap()
}

fn open(home: &Path) -> Gate {
    let (vault, _) = vault(&home.join("data"), &home.join("keys"));
    Gate::open(vault, Policy::baseline().unwrap(), Arc::new(SystemClock), Arc::new(Steps)).unwrap()
}

fn keep<P: PurposeType>(gate: &Gate) {
    let permit = gate.permit::<P>().unwrap();
    gate.write::<_, ConsentError>(Durability::Full, |w| w.at(&permit)?.append(T, CANARY).map(drop)).unwrap();
}

/// A user who agreed to everything and left something everywhere.
fn full(home: &Path) {
    let gate = open(home);
    gate.accept_all("banner", "en").unwrap();
    keep::<History>(&gate);
    keep::<Inference>(&gate);
    keep::<Measurement>(&gate);
    keep::<Preferences>(&gate);
}

/// The child: withdraws, unless it dies before.
#[test]
#[ignore = "the process that is killed"]
fn child() {
    let Ok(home) = std::env::var("SOTTOVOCE_KILL_DIR") else { return };
    let gate = open(Path::new(&home));
    say("begin");
    STEPS.store(from_env("SOTTOVOCE_KILL_STEP", usize::MAX >> 1) as i64, Ordering::SeqCst);
    gate.withdraw(&[Purpose::History], "settings", "en").unwrap();
    STEPS.store(-1, Ordering::SeqCst);
    say("done");
    loop {
        std::thread::park();
    }
}

/// Lets a child withdraw and kills it, at a step or after a while. Says whether the withdrawal had returned.
fn withdraw_and_die(home: &Path, at: Result<usize, Duration>) -> bool {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child", "--ignored", "--nocapture", "--test-threads", "1"]);
    command.env("SOTTOVOCE_KILL_DIR", home).stdout(Stdio::piped()).stderr(Stdio::null());
    if let Ok(step) = at {
        command.env("SOTTOVOCE_KILL_STEP", step.to_string());
    }
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line == "begin"), "the child could not open");
    let mut done = false;
    match at {
        Ok(_) => done = lines.find(|line| line == "here" || line == "done").unwrap() == "done",
        Err(pause) => std::thread::sleep(pause),
    }
    child.kill().unwrap();
    child.wait().unwrap();
    done || lines.any(|line| line == "done")
}

/// What the next process finds.
fn look(home: &Path, backup: &Path, returned: bool) -> Option<ErasureReport> {
    let gate = open(home);
    let decision = gate.decide(Purpose::History);
    let mut resumed = None;
    if decision.allowed {
        assert!(!returned, "a withdrawal that had returned is forgotten");
        let report = gate.withdraw(&[Purpose::History], "settings", "en").unwrap();
        assert_eq!((report.rows, report.reports_cancelled), (2, 1), "half of it is gone");
    } else {
        assert_eq!(decision.reason, DecisionReason::Refused);
        resumed = gate.resume_erasure().unwrap();
        if let Some(report) = &resumed {
            assert_eq!((report.rows, report.reports_cancelled), (2, 1));
            assert_eq!(report.receipt_id, gate.receipts(0).last().unwrap().record_id);
        }
    }
    assert_eq!(gate.resume_erasure().unwrap(), None, "told once");
    assert_eq!(gate.verify_ledger().unwrap().broken_at, None);
    assert_eq!(gate.decide(Purpose::History).reason, DecisionReason::Refused);
    assert!(gate.integrity().unwrap().is_sound());
    drop(gate);
    nothing_is_left(home, backup);
    resumed
}

/// Neither the files nor an older copy of them give anything away to whoever has the keys that are left.
fn nothing_is_left(home: &Path, backup: &Path) {
    let (now, _) = vault(&home.join("data"), &home.join("keys"));
    let kept = |purpose: Purpose| now.read(|r| r.count(purpose.compartment(), T)).unwrap();
    assert_eq!((GONE.map(kept), kept(Purpose::Preferences)), ([0; 3], 1));
    assert!(GONE.iter().all(|p| !now.read(|r| Ok::<_, ConsentError>(r.has(p.compartment()))).unwrap()));
    drop(now);
    let old = fast_folder();
    support::copy(&backup.join("data"), &old.path().join("data"));
    support::copy(&home.join("keys"), &old.path().join("keys"));
    let keys = Arc::new(FileKeyStore::new(old.path().join("keys")));
    if let Ok((old, opening)) = Vault::open(&old.path().join("data"), "shop", keys, Arc::new(SystemRandom)) {
        assert!(opening.fresh, "a copy from before opens: {opening:?}");
        assert!(GONE.iter().all(|p| old.read(|r| r.count(p.compartment(), T)).unwrap() == 0));
    }
    for file in support::files(home) {
        let bytes = fs::read(&file).unwrap();
        assert!(!bytes.windows(CANARY.len()).any(|w| w == CANARY), "{}", file.display());
    }
}

fn kill(times: usize) {
    let before = fast_folder();
    full(before.path());
    let mut rng = Rng::new(5);
    let (mut next_step, mut steps, mut returned, mut resumed) = (Some(0), 0, 0, 0);
    for round in 0..times {
        let home = fast_folder();
        support::copy(before.path(), home.path());
        let at = next_step.ok_or_else(|| Duration::from_micros(rng.below(2_500) as u64));
        let done = withdraw_and_die(home.path(), at);
        returned += u32::from(done);
        resumed += u32::from(look(home.path(), before.path(), done).is_some());
        // Past the last step the withdrawal returns.
        next_step = next_step.filter(|_| !done).map(|step| step + 1);
        steps = next_step.unwrap_or(steps);
        assert!(next_step.is_none() || round + 1 < times, "more steps than kills");
    }
    println!(
        "{times} kills, {steps} of them at known steps; {returned} came after the withdrawal had returned, \
         {resumed} withdrawals were finished by the next process"
    );
    assert!(steps > 10 && resumed > 0, "no kill hit the middle");
}

#[test]
fn a_withdrawal_that_is_killed_is_done_or_never_begun() {
    if emulated::emulated() {
        return;
    }
    kill(from_env("SOTTOVOCE_KILLS", 60));
}

#[test]
#[ignore = "takes minutes"]
fn three_thousand_kills() {
    kill(3_000);
}
