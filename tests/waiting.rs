//! Nobody waits without end for the app's own code.
#![allow(missing_docs, reason = "a test")]

mod support;

use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, Weak};
use std::thread;
use std::time::{Duration, Instant};

use sottovoce::api::{Change, Config, Listener, ListenerError};
use sottovoce::consent::{EraseScope, Purpose};
use sottovoce::vault::{KeyStore, KeyStoreError, MemoryKeyStore};
use sottovoce::{Sottovoce, SottovoceError};
use support::{Phone, STORE};

/// A key store whose first load answers when it is told to.
struct Slow {
    keys: Arc<MemoryKeyStore>,
    asked: Sender<()>,
    answer: Mutex<Option<Receiver<()>>>,
}

impl KeyStore for Slow {
    fn load(&self, alias: String) -> Result<Vec<u8>, KeyStoreError> {
        let answer = self.answer.lock().unwrap().take();
        if let Some(answer) = answer {
            self.asked.send(()).unwrap();
            answer.recv().unwrap();
        }
        self.keys.load(alias)
    }

    fn store(&self, alias: String, secret: Vec<u8>) -> Result<(), KeyStoreError> {
        self.keys.store(alias, secret)
    }

    fn remove(&self, alias: String) -> Result<(), KeyStoreError> {
        self.keys.remove(alias)
    }

    fn list(&self, prefix: String) -> Result<Vec<String>, KeyStoreError> {
        self.keys.list(prefix)
    }
}

fn config(phone: &Phone, folder: &str) -> Config {
    let home = phone.folder.path().join(folder).display().to_string();
    Config::new(STORE, &home, phone.shop.key.public_key().as_bytes())
}

#[test]
fn an_unlock_is_refused_while_a_key_store_does_not_answer_and_works_when_it_has() {
    let phone = Phone::new();
    drop(phone.engine());
    for shut_down in [false, true] {
        let ((asked, is_asked), (answer, answered)) = (channel(), channel());
        let keys = Slow { keys: phone.keys.clone(), asked, answer: Mutex::new(Some(answered)) };
        let engine = Sottovoce::new(config(&phone, "engine"), Arc::new(keys), None).unwrap();
        let first = thread::spawn({
            let engine = engine.clone();
            move || engine.unlock().map(drop)
        });
        is_asked.recv().unwrap();
        if shut_down {
            engine.shutdown();
        }
        let began = Instant::now();
        assert_eq!(engine.unlock().map(drop), Err(SottovoceError::Busy));
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
        answer.send(()).unwrap();
        let refused = if shut_down { Err(SottovoceError::Locked) } else { Ok(()) };
        assert_eq!(first.join().unwrap(), refused);
        assert!(engine.unlock().unwrap().unlocked);
    }
}

/// Changes consent at each change, as an app does that waits for an asynchronous call.
struct Stubborn {
    engine: Weak<Sottovoce>,
    calls: AtomicU32,
    at_once: AtomicU32,
    most: AtomicU32,
}

const CALLS: u32 = 50;

impl Listener for Stubborn {
    fn changed(&self, _: Change) -> Result<(), ListenerError> {
        self.most.fetch_max(self.at_once.fetch_add(1, SeqCst) + 1, SeqCst);
        if self.calls.fetch_add(1, SeqCst) < CALLS {
            let engine = self.engine.upgrade().unwrap();
            let again = thread::spawn(move || engine.consent().refuse_all("again".into(), "en".into()));
            again.join().unwrap().unwrap();
        }
        self.at_once.fetch_sub(1, SeqCst);
        Ok(())
    }
}

#[test]
fn a_listener_that_changes_consent_at_each_change_is_told_one_change_at_a_time() {
    let phone = Phone::new();
    let engine = phone.engine();
    let listener = Arc::new(Stubborn {
        engine: Arc::downgrade(&engine),
        calls: AtomicU32::new(0),
        at_once: AtomicU32::new(0),
        most: AtomicU32::new(0),
    });
    engine.set_listener(Some(listener.clone()));
    engine.consent().refuse_all("notice".into(), "en".into()).unwrap();
    assert!(listener.calls.load(SeqCst) < CALLS, "the first caller is not kept");
    let began = Instant::now();
    while listener.calls.load(SeqCst) <= CALLS && began.elapsed() < Duration::from_secs(30) {
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!((listener.calls.load(SeqCst), listener.most.load(SeqCst)), (CALLS + 1, 1));
}

/// A key store that is stuck in its next `store`, once it is told to be.
#[derive(Default)]
struct Stuck {
    keys: MemoryKeyStore,
    next: Mutex<Option<(Sender<()>, Receiver<()>)>>,
}

impl KeyStore for Stuck {
    fn load(&self, alias: String) -> Result<Vec<u8>, KeyStoreError> {
        self.keys.load(alias)
    }

    fn store(&self, alias: String, secret: Vec<u8>) -> Result<(), KeyStoreError> {
        let next = self.next.lock().unwrap().take();
        if let Some((asked, answer)) = next {
            asked.send(()).unwrap();
            answer.recv().unwrap();
        }
        self.keys.store(alias, secret)
    }

    fn remove(&self, alias: String) -> Result<(), KeyStoreError> {
        self.keys.remove(alias)
    }

    fn list(&self, prefix: String) -> Result<Vec<String>, KeyStoreError> {
        self.keys.list(prefix)
    }
}

impl Stuck {
    /// The next `store` tells that it was asked, and ends when it is answered.
    fn stick(&self) -> (Receiver<()>, Sender<()>) {
        let ((asked, is_asked), (answer, answered)) = (channel(), channel());
        *self.next.lock().unwrap() = Some((asked, answered));
        (is_asked, answer)
    }
}

/// An unlocked engine that was told yes to everything, and its key store.
fn with_a_stuck_store(phone: &Phone) -> (Arc<Sottovoce>, Arc<Stuck>) {
    let keys = Arc::new(Stuck::default());
    let engine = Sottovoce::new(config(phone, "stuck"), keys.clone(), None).unwrap();
    engine.unlock().unwrap();
    engine.consent().accept_all("notice".into(), "en".into()).unwrap();
    (engine, keys)
}

#[test]
fn a_denial_counts_while_it_waits_for_a_call_that_is_stuck() {
    let phone = Phone::new();
    let (engine, keys) = with_a_stuck_store(&phone);
    let history = || engine.consent().is_allowed(Purpose::History);
    type Denial = fn(&Sottovoce);
    let denials: [(Denial, bool); 3] = [
        (|e| drop(e.consent().withdraw(vec![Purpose::History], "x".into(), "en".into()).unwrap()), false),
        (|e| drop(e.consent().refuse_all("x".into(), "en".into()).unwrap()), false),
        (|e| drop(e.data().erase(EraseScope::DataOf { purpose: Purpose::History }).unwrap()), true),
    ];
    for (deny, comes_back) in denials {
        engine.consent().accept_all("notice".into(), "en".into()).unwrap();
        assert!(history());
        let (is_asked, answer) = keys.stick();
        let stuck = thread::spawn({
            let engine = engine.clone();
            move || engine.consent().accept_all("again".into(), "en".into()).map(drop)
        });
        is_asked.recv().unwrap();
        let denying = thread::spawn({
            let engine = engine.clone();
            move || deny(&engine)
        });
        while history() {
            thread::yield_now();
        }
        assert!(!denying.is_finished(), "it waits for its turn");
        assert!(!engine.status().settled);
        answer.send(()).unwrap();
        stuck.join().unwrap().unwrap();
        denying.join().unwrap();
        assert_eq!(history(), comes_back);
        assert!(engine.status().settled);
    }
}

#[test]
fn a_denial_that_waits_when_the_engine_is_locked_holds_when_it_is_unlocked() {
    let phone = Phone::new();
    let (engine, keys) = with_a_stuck_store(&phone);
    let (is_asked, answer) = keys.stick();
    let call = |call: fn(&Sottovoce) -> Result<(), SottovoceError>| {
        let engine = engine.clone();
        thread::spawn(move || call(&engine))
    };
    let stuck = call(|e| e.consent().withdraw(vec![Purpose::Preferences], "x".into(), "en".into()).map(drop));
    is_asked.recv().unwrap();
    let denying = call(|e| e.consent().refuse_all("x".into(), "en".into()).map(drop));
    while engine.consent().is_allowed(Purpose::History) {
        thread::yield_now();
    }
    engine.shutdown();
    answer.send(()).unwrap();
    let ended = [stuck.join().unwrap(), denying.join().unwrap()];
    while let Err(error) = engine.unlock() {
        assert_eq!(error, SottovoceError::Busy, "{ended:?}");
    }
    assert!(!engine.consent().is_allowed(Purpose::History), "{ended:?}");
    assert!(engine.status().settled);
}
