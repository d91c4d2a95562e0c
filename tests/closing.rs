//! A shutdown meets calls that are under way: a denial or an erasure that has begun is not lost.

mod support;

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, Weak};
use std::thread;
use std::time::Duration;

use sottovoce::api::{Change, Listener, ListenerError};
use sottovoce::clock::DAY_MS;
use sottovoce::consent::{EraseScope, Purpose};
use sottovoce::profile::{Event, EventName};
use sottovoce::surfaces::RecommendRequest;
use sottovoce::vault::{KeyStore, KeyStoreError, MemoryKeyStore};
use sottovoce::{Sottovoce, SottovoceError};
use support::{Phone, acquainted, give};

type Hook = Box<dyn FnOnce() + Send>;

/// A key store in which something happens during one of its calls.
#[derive(Default)]
struct Hooked {
    keys: MemoryKeyStore,
    hook: Mutex<Option<(usize, Hook)>>,
}

impl Hooked {
    /// At the next call but `calls`.
    fn arm(&self, calls: usize, hook: impl FnOnce() + Send + 'static) {
        *self.hook.lock().unwrap() = Some((calls, Box::new(hook)));
    }

    /// Whether it has not come to that yet.
    fn is_armed(&self) -> bool {
        self.hook.lock().unwrap().take().is_some()
    }

    fn call(&self) -> &MemoryKeyStore {
        let mut armed = self.hook.lock().unwrap();
        match armed.take() {
            Some((0, hook)) => {
                drop(armed);
                hook();
            }
            Some((calls, hook)) => *armed = Some((calls - 1, hook)),
            None => {}
        }
        &self.keys
    }
}

impl KeyStore for Hooked {
    fn load(&self, alias: String) -> Result<Vec<u8>, KeyStoreError> {
        self.call().load(alias)
    }

    fn store(&self, alias: String, secret: Vec<u8>) -> Result<(), KeyStoreError> {
        self.call().store(alias, secret)
    }

    fn remove(&self, alias: String) -> Result<(), KeyStoreError> {
        self.call().remove(alias)
    }

    fn list(&self, prefix: String) -> Result<Vec<String>, KeyStoreError> {
        self.call().list(prefix)
    }
}

/// What takes something back, and whether consent ends with it.
type Taking = (fn(&Sottovoce) -> Result<(), SottovoceError>, bool);

const TAKING: [Taking; 3] = [
    (|e| e.consent().refuse_all("s".into(), "en".into()).map(drop), true),
    (|e| e.consent().withdraw(vec![Purpose::History], "s".into(), "en".into()).map(drop), true),
    (|e| e.data().erase(EraseScope::DataOf { purpose: Purpose::History }).map(drop), false),
];

fn known() -> (Phone, Arc<Hooked>, Arc<Sottovoce>) {
    let (phone, first) = acquainted();
    first.shutdown();
    let keys = Arc::new(Hooked::default());
    for alias in phone.keys.list(String::new()).unwrap() {
        keys.keys.store(alias.clone(), phone.keys.load(alias).unwrap()).unwrap();
    }
    let engine = phone.engine_with(keys.clone()).unwrap();
    assert!(export(&engine).contains("KI81"));
    (phone, keys, engine)
}

fn export(engine: &Sottovoce) -> String {
    let export: serde_json::Value = serde_json::from_str(&engine.data().export().unwrap()).unwrap();
    export["events"].to_string()
}

fn is_taken_back(engine: &Sottovoce, ends_consent: bool) {
    for _ in 0..500 {
        // What closes on another thread may not be through.
        match engine.unlock() {
            Ok(_) => break,
            Err(_) => thread::sleep(Duration::from_millis(10)),
        }
    }
    assert!(!export(engine).contains("KI81"));
    assert_eq!(engine.consent().is_allowed(Purpose::History), !ends_consent);
}

/// Tries it during every call of the key store that taking back makes.
fn at_every_call(attempt: impl Fn(Taking, usize) -> bool) {
    for taking in TAKING {
        let met = (0..).take_while(|calls| attempt(taking, *calls)).count();
        assert!(met > 1, "{met}");
    }
}

#[test]
fn what_has_begun_to_take_back_ends_before_a_shutdown() {
    at_every_call(|(take_back, ends_consent), calls| {
        let (_phone, keys, engine) = known();
        let (met, inside) = channel();
        keys.arm(calls, move || {
            met.send(()).unwrap();
            // For as long as a slow key store may take.
            thread::sleep(Duration::from_millis(100));
        });
        let is_met = thread::scope(|scope| {
            let taking = scope.spawn(|| {
                let done = take_back(&engine);
                (done, keys.is_armed())
            });
            let is_met = inside.recv().is_ok();
            engine.shutdown();
            assert!(!engine.status().unlocked);
            assert_eq!(taking.join().unwrap(), (Ok(()), !is_met));
            is_met
        });
        is_taken_back(&engine, ends_consent);
        is_met
    });
}

#[test]
fn a_shutdown_from_inside_what_takes_back_lets_it_end() {
    at_every_call(|(take_back, ends_consent), calls| {
        let (_phone, keys, engine) = known();
        let inner = Arc::downgrade(&engine);
        keys.arm(calls, move || inner.upgrade().unwrap().shutdown());
        assert_eq!(take_back(&engine), Ok(()));
        let is_met = !keys.is_armed();
        is_taken_back(&engine, ends_consent);
        is_met
    });
}

#[test]
fn a_shutdown_does_not_wait_for_a_key_store_that_never_answers() {
    let (_phone, keys, engine) = known();
    let ((met, inside), (end, over)) = (channel(), channel());
    keys.arm(0, move || {
        met.send(()).unwrap();
        over.recv().unwrap();
    });
    thread::scope(|scope| {
        let taking = scope.spawn(|| engine.consent().refuse_all("s".into(), "en".into()));
        inside.recv().unwrap();
        engine.shutdown();
        assert_eq!(engine.data().export(), Err(SottovoceError::Locked));
        assert_eq!(engine.unlock().err(), Some(SottovoceError::Busy));
        end.send(()).unwrap();
        if taking.join().unwrap().is_ok() {
            is_taken_back(&engine, true);
        }
    });
}

/// The engine, and who is told how an unlock fares after its shutdown.
type Told = (Weak<Sottovoce>, Sender<Option<SottovoceError>>);

/// Shuts the engine down when it is told of something.
struct Closing(Mutex<Option<Told>>);

impl Listener for Closing {
    fn changed(&self, _: Change) -> Result<(), ListenerError> {
        if let Some((engine, closed)) = self.0.lock().unwrap().take() {
            let engine = engine.upgrade().unwrap();
            engine.shutdown();
            closed.send(engine.unlock().err()).unwrap();
        }
        Ok(())
    }
}

#[test]
fn a_shutdown_by_a_listener_does_not_wait_for_the_call_that_told_it() {
    for (take_back, ends_consent) in TAKING {
        let (_phone, _, engine) = known();
        let (closed, reopened) = channel();
        let closing = Closing(Mutex::new(Some((Arc::downgrade(&engine), closed))));
        engine.set_listener(Some(Arc::new(closing)));
        assert_eq!(take_back(&engine), Ok(()));
        assert_eq!(
            reopened.recv().unwrap(),
            Some(SottovoceError::Busy),
            "it closes when that call has ended"
        );
        is_taken_back(&engine, ends_consent);
    }
}

#[test]
fn a_new_yes_brings_no_visit_back() {
    type Ending = fn(&Sottovoce, &Phone);
    let ends: [Ending; 3] = [
        |_, phone| phone.clock.advance(400 * DAY_MS),
        |engine, _| drop(engine.consent().withdraw(vec![Purpose::Session], "s".into(), "en".into()).unwrap()),
        |engine, _| drop(engine.data().erase(EraseScope::DataOf { purpose: Purpose::Session }).unwrap()),
    ];
    for end in ends {
        let phone = Phone::new();
        let engine = phone.stocked();
        give(&engine, &[Purpose::Session]);
        engine.events().track(Event::about(EventName::ViewItem, ["KI81"])).unwrap();
        assert!(export(&engine).contains("KI81"));
        end(&engine, &phone);
        engine.consent().accept_all("s".into(), "en".into()).unwrap();
        assert!(engine.consent().is_allowed(Purpose::Session));
        assert!(!export(&engine).contains("KI81"));
    }
}

#[test]
fn whoever_has_unlocked_finds_the_catalog_whatever_other_threads_do() {
    let phone = Phone::new();
    let engine = phone.stocked();
    let shelf = || engine.ranking().recommend(RecommendRequest::new("home", 4));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (0..50).for_each(|_| engine.shutdown()));
            scope.spawn(|| {
                for round in 0..50 {
                    if engine.unlock().is_ok() {
                        assert_ne!(shelf().err(), Some(SottovoceError::NoCatalog), "{round}");
                    }
                }
            });
        }
    });
    engine.unlock().unwrap();
    assert_eq!(shelf().err(), None);
}
