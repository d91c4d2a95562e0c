//! Nobody waits without end for the app's own code.
#![allow(missing_docs, reason = "a test")]

mod support;

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use sottovoce::api::Config;
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

#[test]
fn an_unlock_is_refused_while_a_key_store_does_not_answer_and_works_when_it_has() {
    let phone = Phone::new();
    drop(phone.engine());
    for shut_down in [false, true] {
        let ((asked, is_asked), (answer, answered)) = (channel(), channel());
        let keys = Slow { keys: phone.keys.clone(), asked, answer: Mutex::new(Some(answered)) };
        let home = phone.folder.path().join("engine").display().to_string();
        let config = Config::new(STORE, &home, phone.shop.key.public_key().as_bytes());
        let engine = Sottovoce::new(config, Arc::new(keys), None).unwrap();
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
