//! What the engine says to the app's log: that something failed, and nothing about the user.

mod support;

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use sottovoce::api::set_logger;
use sottovoce::consent::{Choice, EraseScope, Policy, Purpose, PurposeChoice};
use sottovoce::log::{LogLevel, Logger, LoggerError};
use sottovoce::profile::{Event, EventName, PreferenceKey};
use support::Phone;

/// What nobody may read in a log.
const CANARY: &str = "canary";

struct Lines(Mutex<Sender<(LogLevel, String, String)>>);

impl Logger for Lines {
    fn log(&self, level: LogLevel, room: String, text: String) -> Result<(), LoggerError> {
        self.0.lock().unwrap().send((level, room, text)).unwrap();
        // A logger that fails loses no later line.
        panic!("a logger's own fault");
    }
}

struct Stuck;

impl Logger for Stuck {
    fn log(&self, _: LogLevel, _: String, _: String) -> Result<(), LoggerError> {
        loop {
            std::thread::park();
        }
    }
}

/// Everything said until it was quiet for a moment.
fn said(lines: &Receiver<(LogLevel, String, String)>) -> Vec<(LogLevel, String, String)> {
    std::iter::from_fn(|| lines.recv_timeout(Duration::from_millis(300)).ok()).collect()
}

/// The baseline as the phone's shop would sign it as its own.
fn policy(phone: &Phone) -> Vec<u8> {
    let mut json: Value = serde_json::from_str(include_str!("../src/consent/policy/baseline.json")).unwrap();
    json["id"] = "brambly".into();
    json["version"] = 1.into();
    Policy::seal(json.to_string().as_bytes(), phone.shop.key.pair()).unwrap()
}

/// One test, since the logger is the process's.
#[test]
fn what_failed_is_said_and_nothing_about_the_user() {
    std::panic::set_hook(Box::new(|_| ())); // of the logger's own faults
    let (sender, lines) = channel();
    set_logger(Some(Arc::new(Lines(Mutex::new(sender)))));
    let mut phone = Phone::new();
    phone.engine().shutdown();
    let warned = said(&lines);
    let is_warning = |(level, room, text): &&(LogLevel, String, String)| {
        *level == LogLevel::Warning && room == "api" && text.contains("no consent policy of this shop")
    };
    assert_eq!(warned.iter().filter(is_warning).count(), 1, "{warned:?}");
    phone.policy = Some(policy(&phone));
    let engine = phone.stocked();
    engine.consent().accept_all("test".into(), "en".into()).unwrap();
    let mut event = Event::about(EventName::Search, [CANARY]);
    event.search_term = Some(CANARY.into());
    engine.events().track(event).unwrap();
    engine.preferences().set(PreferenceKey::Brand, CANARY.into()).unwrap();
    let no = PurposeChoice { purpose: Purpose::History, choice: Choice::Refuse };
    engine.consent().record(vec![no], CANARY.into(), "en".into()).unwrap();
    engine.shutdown();
    let calm = said(&lines);
    assert!(calm.contains(&(LogLevel::Info, "api".into(), "the vault is open".into())), "{calm:?}");
    assert!(calm.iter().all(|(level, ..)| *level == LogLevel::Info), "{calm:?}");
    // A store that lost a page.
    let file = phone.folder.path().join("engine/vault/brambly.vault");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[..200].fill(0);
    std::fs::write(&file, bytes).unwrap();
    let engine = phone.engine();
    drop(engine.data().erase(EraseScope::Everything));
    let found = said(&lines);
    let damaged = |(level, room, text): &(LogLevel, String, String)| {
        *level == LogLevel::Error && room == "api" && text.contains("damaged")
    };
    assert!(found.iter().any(damaged), "{found:?}");
    let all = calm.iter().chain(&found);
    assert_eq!(all.filter(|(.., text)| text.contains(CANARY)).count(), 0);
    // One that blocks holds up nothing.
    set_logger(Some(Arc::new(Stuck)));
    for _ in 0..3 {
        engine.shutdown();
        engine.unlock().unwrap();
    }
    // Without a logger nothing is said, and whatever waits for one is let go.
    set_logger(None);
    engine.shutdown();
    phone.engine();
    assert!(said(&lines).is_empty());
}
