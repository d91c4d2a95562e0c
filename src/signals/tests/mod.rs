//! Stories of reports over a real vault, with a server that takes notes.

mod budget;
mod collecting;
mod crash;
mod hostile;
mod leaving;
mod questions;
mod sealed;
mod sending;

use std::path::Path;
use std::sync::{Arc, Barrier, Mutex};

use ring::signature::{Ed25519KeyPair, KeyPair};

use crate::base::clock::{DAY_MS, ManualClock};
use crate::base::random::{RandomError, SecureRandom, SystemRandom};
use crate::base::signed::PublicKey;
use crate::consent;
use crate::consent::{
    Choice, ConsentError, Essential, ExternalSignals, Gate, Permit, Policy, Purpose, PurposeChoice,
};
use crate::signals::*;
use crate::vault::{Durability, MemoryKeyStore, Opening, Vault};

/// The first millisecond of a window of seven days.
const MONDAY: i64 = 7 * 2_976 * DAY_MS;
/// What 3-to-1 odds cost.
const COST: u64 = 1_098_614;

struct Home {
    dir: tempfile::TempDir,
    keys: Arc<MemoryKeyStore>,
    clock: Arc<ManualClock>,
}

impl Home {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            keys: Arc::new(MemoryKeyStore::default()),
            clock: Arc::new(ManualClock::new(MONDAY)),
        }
    }

    /// A new home where measurement is allowed and the ledger has begun.
    fn willing() -> (Self, Gate) {
        let home = Self::new();
        let gate = home.open();
        answer(&gate, Choice::Give);
        (home, gate)
    }

    fn open(&self) -> Gate {
        let (gate, opening) = self.open_bare();
        begin(&gate, &opening).unwrap();
        gate
    }

    fn open_bare(&self) -> (Gate, Opening) {
        self.open_at(self.dir.path())
    }

    fn open_at(&self, dir: &Path) -> (Gate, Opening) {
        let (vault, opening) = Vault::open(dir, "shop", self.keys.clone(), Arc::new(SystemRandom)).unwrap();
        let policy = Policy::baseline().unwrap();
        (Gate::open(vault, policy, self.clock.clone(), Arc::new(SystemRandom)).unwrap(), opening)
    }

    /// A copy of the files as they are, as a backup would be.
    fn copy(&self) -> tempfile::TempDir {
        let copy = tempfile::tempdir().unwrap();
        for file in std::fs::read_dir(self.dir.path()).unwrap().flatten().filter(|f| f.path().is_file()) {
            std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
        }
        copy
    }
}

fn answer(gate: &Gate, choice: Choice) {
    gate.record(&[PurposeChoice { purpose: Purpose::Measurement, choice }], "test", "en").unwrap();
}

fn permit(gate: &Gate) -> Permit<consent::Measurement> {
    gate.permit().unwrap()
}

/// Signals that send at once.
fn eager(gate: &Gate) -> Signals<'_> {
    Signals::new(gate, &SystemRandom).with_send_time(SendTime::AtOnce)
}

fn bucket(bucket: u32) -> Option<Answer> {
    Some(Answer::Bucket(bucket))
}

fn spent(gate: &Gate) -> u64 {
    eager(gate).budget(None).unwrap().install_spent
}

fn waits(gate: &Gate) -> Vec<OutboxView> {
    gate.permit().map_or_else(|_| Vec::new(), |p| eager(gate).preview(&p, |_| bucket(2)).unwrap())
}

/// A question that measures something else.
fn measuring(what: serde_json::Value, buckets: &[&str], odds: u32) -> serde_json::Value {
    let mut task = task_json("asked", 2, odds);
    task["measures"] = what;
    task["buckets"] = buckets.into();
    task
}

fn task_json(id: &str, buckets: u32, odds: u32) -> serde_json::Value {
    let names: Vec<String> =
        (0..buckets).map(|i| if i == 0 { "nothing".into() } else { format!("b{i}") }).collect();
    serde_json::json!({
        "id": id,
        "question": "Which category do you look at most?",
        "measures": "category_interest",
        "buckets": names,
        "odds": { "num": odds, "den": 1 },
        "min_batch": 1000,
    })
}

fn set_json(version: u64, from_ms: i64, tasks: &[serde_json::Value]) -> serde_json::Value {
    serde_json::json!({
        "format": 1,
        "version": version,
        "window_days": 7,
        "valid_from_ms": from_ms,
        "valid_until_ms": from_ms + 400 * DAY_MS,
        "endpoint": "https://signals.shop.example/reports",
        "tasks": tasks,
    })
}

fn shop() -> (Ed25519KeyPair, PublicKey) {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[9; 32]).unwrap();
    let key = PublicKey::from_bytes(pair.public_key().as_ref()).unwrap();
    (pair, key)
}

/// A set as a device gets it: signed and opened again.
fn signed_set(json: &serde_json::Value) -> TaskSet {
    let (pair, key) = shop();
    TaskSet::open(&TaskSet::seal(json.to_string().as_bytes(), &pair).unwrap(), &key).unwrap()
}

/// Three-to-one over twelve buckets, valid from the Monday of the tests.
fn set() -> TaskSet {
    signed_set(&set_json(1, MONDAY, &[task_json("category", 12, 3)]))
}

/// A server that answers with the statuses it was given, then with 200, and keeps all bodies.
#[derive(Default, Clone)]
struct Server {
    statuses: Arc<Mutex<Vec<u16>>>,
    bodies: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Server {
    fn answering(statuses: &[u16]) -> Self {
        Self { statuses: Arc::new(Mutex::new(statuses.iter().rev().copied().collect())), ..Self::default() }
    }

    fn sender(&self) -> Sender {
        Sender::new(Arc::new(self.clone()))
    }

    fn bodies(&self) -> Vec<Vec<u8>> {
        self.bodies.lock().unwrap().clone()
    }
}

impl Transport for Server {
    fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        assert_eq!(
            (request.method.as_str(), request.url.as_str()),
            ("POST", "https://signals.shop.example/reports")
        );
        self.bodies.lock().unwrap().push(request.body);
        match self.statuses.lock().unwrap().pop() {
            Some(0) => Err(TransportError::Failed { reason: "no network".into() }),
            status => Ok(HttpResponse { status: status.unwrap_or(200), body: Vec::new() }),
        }
    }
}

type Reply = Result<HttpResponse, TransportError>;

struct Does<F>(F);

impl<F: Fn(HttpRequest) -> Reply + Send + Sync> Transport for Does<F> {
    fn send(&self, request: HttpRequest) -> Reply {
        (self.0)(request)
    }
}

/// A transport that does as it pleases.
fn does(what: impl Fn(HttpRequest) -> Reply + Send + Sync + 'static) -> Sender {
    Sender::new(Arc::new(Does(what)))
}

/// The way to a server, on which something happens.
fn during(server: &Server, happens: impl Fn() + Send + Sync + 'static) -> Sender {
    let server = server.clone();
    does(move |request| {
        happens();
        server.send(request)
    })
}

/// A source that fails.
struct Broken;

impl SecureRandom for Broken {
    fn fill(&self, _: &mut [u8]) -> Result<(), RandomError> {
        Err(RandomError)
    }
}

#[test]
fn a_window_gets_one_report_and_one_charge() {
    let (home, gate) = Home::willing();
    let signals = Signals::new(&gate, &SystemRandom);
    let Prepared::Queued { task_id, send_after_ms } =
        signals.prepare(&permit(&gate), &set(), |_| bucket(3)).unwrap()
    else {
        panic!("no report")
    };
    assert_eq!(task_id, "category");
    let next_week = MONDAY + 7 * DAY_MS..MONDAY + 14 * DAY_MS;
    assert!(next_week.contains(&send_after_ms));
    home.clock.advance(6 * DAY_MS);
    let again = signals.prepare(&permit(&gate), &set(), |_| panic!("nobody may be asked twice")).unwrap();
    assert_eq!(again, Prepared::Skipped { reason: SkipReason::WindowAnswered });
    assert_eq!((spent(&gate), waits(&gate).len()), (COST, 1));
}

#[test]
fn a_permit_that_is_no_longer_valid_lets_nobody_ask_and_charges_nothing() {
    let (_home, gate) = Home::willing();
    let stale = permit(&gate);
    answer(&gate, Choice::Refuse);
    let prepared = eager(&gate).prepare(&stale, &set(), |_| panic!("nobody may ask"));
    assert!(matches!(prepared, Err(SignalsError::Consent(ConsentError::StalePermit(_)))));
    assert!(eager(&gate).flush(&stale, &Server::default().sender()).is_err());
    assert_eq!(spent(&gate), 0);
}

#[test]
fn without_random_bytes_there_is_no_report_and_no_charge() {
    let (_home, gate) = Home::willing();
    assert!(matches!(
        Signals::new(&gate, &Broken).prepare(&permit(&gate), &set(), |_| bucket(1)),
        Err(SignalsError::Random(_))
    ));
    assert_eq!((spent(&gate), waits(&gate).len()), (0, 0));
}

#[test]
fn two_threads_make_one_report() {
    let (_home, gate) = Home::willing();
    let (set, both_asked) = (set(), Barrier::new(2));
    let prepare = || {
        let asked = |_: Asked<'_>| {
            both_asked.wait(); // both have found the window free
            bucket(1)
        };
        eager(&gate).prepare(&permit(&gate), &set, asked).unwrap()
    };
    let made =
        std::thread::scope(|scope| [scope.spawn(prepare), scope.spawn(prepare)].map(|t| t.join().unwrap()));
    let answered = Prepared::Skipped { reason: SkipReason::WindowAnswered };
    assert_eq!(made.iter().filter(|prepared| **prepared == answered).count(), 1);
    assert_eq!((spent(&gate), waits(&gate).len()), (COST, 1));
}

#[test]
fn the_preview_shows_the_very_bytes_and_what_they_say() {
    let (_home, gate) = Home::willing();
    eager(&gate).prepare(&permit(&gate), &set(), |_| bucket(5)).unwrap();
    let view = eager(&gate)
        .preview(&permit(&gate), |asked| bucket(asked.task.bucket_named("b5")))
        .unwrap()
        .remove(0);
    assert_eq!(
        (view.true_answer.as_str(), view.possible.len(), view.charged_micro_epsilon),
        ("b5", 12, COST)
    );
    assert!(view.trust.contains("3:1"));
    let server = Server::default();
    eager(&gate).flush(&permit(&gate), &server.sender()).unwrap();
    let body = server.bodies().remove(0);
    assert_eq!(view.bytes_hex, crate::base::signed::hex(&body));
    let shape = set().task(0).unwrap().mechanism().unwrap();
    let told = Report::parse(&body).unwrap().buckets(&shape).unwrap();
    assert_eq!(
        told.buckets().map(|b| set().task(0).unwrap().buckets[b as usize].clone()).collect::<Vec<_>>(),
        view.reported
    );
    let sent = eager(&gate).sent().unwrap();
    assert_eq!((sent.len(), sent[0].window_start_ms, sent[0].byte_count as usize), (1, MONDAY, body.len()));
}

#[test]
fn the_length_of_a_report_does_not_depend_on_the_answer() {
    let (home, gate) = Home::willing();
    let server = Server::default();
    let amiss = [Answer::Buckets(vec![1, 2]), Answer::Amount(7)].map(Some);
    let truths = [None, bucket(0), bucket(11), bucket(12), bucket(u32::MAX)];
    for truth in truths.into_iter().chain(amiss) {
        eager(&gate).prepare(&permit(&gate), &set(), |_| truth).unwrap();
        eager(&gate).flush(&permit(&gate), &server.sender()).unwrap();
        home.clock.advance(7 * DAY_MS);
    }
    assert!(server.bodies().iter().all(|b| b.len() == REPORT_BYTES));
    assert_eq!(server.bodies().len(), 7);
}
