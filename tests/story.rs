//! The whole story from an app's side, and what must hold when things go wrong.

mod support;

use std::sync::Arc;

use sottovoce::consent::{Choice, ExternalSignals, Purpose, PurposeChoice};
use sottovoce::profile::{DropReason, Event, EventName, TrackOutcome};
use sottovoce::ranking::RankingMode;
use sottovoce::signals::{Prepared, SkipReason};
use sottovoce::surfaces::{Ranking, RecommendRequest, SearchRequest};
use sottovoce::vault::{KeyStore, KeyStoreError, MemoryKeyStore};
use sottovoce::{Config, Sottovoce, SottovoceError};
use support::{Offline, Phone, give};

const SHOPPER: [&str; 4] = ["KI81", "KI83", "KI84", "FO235"];
const EVERYTHING: [Purpose; 5] =
    [Purpose::Session, Purpose::History, Purpose::Inference, Purpose::Ranking, Purpose::Preferences];

fn shelf(engine: &Sottovoce) -> Ranking {
    engine.ranking().recommend(RecommendRequest::new("home", 12)).unwrap()
}

fn shop_around(phone: &Phone, engine: &Sottovoce) {
    for item in SHOPPER {
        phone.clock.advance(120_000);
        let outcome = engine.events().track(Event::about(EventName::ViewItem, [item])).unwrap();
        assert!(matches!(outcome, TrackOutcome::Stored { .. }), "{item}: {outcome:?}");
    }
}

/// A phone that was used and put away.
fn leave_a_history(phone: &Phone) {
    let engine = phone.stocked();
    give(&engine, &EVERYTHING);
    shop_around(phone, &engine);
    engine.shutdown();
}

#[test]
fn before_an_answer_nothing_is_written_and_the_shelf_is_full() {
    let phone = Phone::new();
    let engine = phone.stocked();
    let bytes = || phone.vault_files().iter().map(|f| std::fs::read(f).unwrap()).collect::<Vec<_>>();
    let before = bytes();
    let outcome = engine.events().track(Event::about(EventName::ViewItem, ["KI81"])).unwrap();
    assert_eq!(outcome, TrackOutcome::dropped(DropReason::ConsentPending));
    assert_eq!(bytes(), before, "a dropped event left a trace");
    let shelf = shelf(&engine);
    assert_eq!((shelf.items.len(), shelf.mode), (12, RankingMode::Popular));
}

/// A key store that nobody may ask.
struct Unasked;
impl KeyStore for Unasked {
    fn load(&self, _: String) -> Result<Vec<u8>, KeyStoreError> {
        panic!("asked")
    }
    fn store(&self, _: String, _: Vec<u8>) -> Result<(), KeyStoreError> {
        panic!("asked")
    }
    fn remove(&self, _: String) -> Result<(), KeyStoreError> {
        panic!("asked")
    }
    fn list(&self, _: String) -> Result<Vec<String>, KeyStoreError> {
        panic!("asked")
    }
}

/// A key store before the device is unlocked for the first time.
struct Away;
impl KeyStore for Away {
    fn load(&self, _: String) -> Result<Vec<u8>, KeyStoreError> {
        Err(KeyStoreError::Unavailable { reason: "before first unlock".into() })
    }
    fn store(&self, _: String, _: Vec<u8>) -> Result<(), KeyStoreError> {
        Err(KeyStoreError::Unavailable { reason: "before first unlock".into() })
    }
    fn remove(&self, _: String) -> Result<(), KeyStoreError> {
        Err(KeyStoreError::Unavailable { reason: "before first unlock".into() })
    }
    fn list(&self, _: String) -> Result<Vec<String>, KeyStoreError> {
        Err(KeyStoreError::Unavailable { reason: "before first unlock".into() })
    }
}

#[test]
fn until_it_is_unlocked_an_engine_uses_no_key_and_shows_what_is_the_same_for_everyone() {
    let phone = Phone::new();
    let config = |home: &std::path::Path| {
        Config::new(support::STORE, &home.display().to_string(), phone.shop.key.public_key().as_bytes())
    };
    let nowhere = phone.folder.path().join("nowhere");
    let engine = Sottovoce::new(config(&nowhere), Arc::new(Unasked), None).unwrap();
    assert!(!nowhere.exists(), "the constructor wrote something");
    assert!(!engine.consent().is_allowed(Purpose::Ranking) && !engine.status().unlocked);

    leave_a_history(&phone);
    let home = phone.folder.path().join("engine");
    let engine = Sottovoce::new(config(&home), Arc::new(Unasked), None).unwrap();
    let at_once = engine.ranking().recommend(RecommendRequest::new("home", 12));
    assert_eq!(at_once, Err(SottovoceError::Locked), "a screen opens nothing");
    let engine = Sottovoce::new(config(&home), Arc::new(Away), None).unwrap();
    assert!(matches!(engine.unlock(), Err(SottovoceError::KeyStoreUnavailable { .. })));
    let shelf = shelf(&engine);
    assert_eq!((shelf.items.len(), shelf.mode), (12, RankingMode::Popular));
    let outcome = engine.events().track(Event::about(EventName::ViewItem, ["KI81"])).unwrap();
    assert_eq!(outcome, TrackOutcome::dropped(DropReason::Locked));
}

#[test]
fn refusing_everything_leaves_a_working_shop() {
    let phone = Phone::new();
    let engine = phone.stocked();
    let no = Purpose::ALL.map(|purpose| PurposeChoice { purpose, choice: Choice::Refuse });
    engine.consent().record(no.to_vec(), "notice".into(), "en".into()).unwrap();
    let outcome = engine.events().track(Event::about(EventName::ViewItem, ["KI81"])).unwrap();
    assert_eq!(outcome, TrackOutcome::dropped(DropReason::ConsentRefused));
    assert_eq!(shelf(&engine).items.len(), 12);
    assert!(!engine.search().query(SearchRequest::new("coffee", 5)).unwrap().page.items.is_empty());
}

#[test]
fn what_was_done_changes_the_shelf_and_outlives_a_restart() {
    let phone = Phone::new();
    let engine = phone.stocked();
    let before = shelf(&engine);
    give(&engine, &EVERYTHING);
    shop_around(&phone, &engine);
    let after = shelf(&engine);
    assert_eq!(after.mode, RankingMode::Personalized);
    assert_ne!(ids(&before), ids(&after));
    let why = engine
        .profile()
        .explain(after.ranking_id.clone(), after.items[0].item_id.clone(), "en".into())
        .unwrap();
    assert!(why.factors.iter().any(|f| f.evidence_count > 0), "{why:?}");
    engine.shutdown();
    drop(engine);
    let engine = phone.engine();
    assert_eq!(ids(&shelf(&engine)), ids(&after), "the same device must make the same shelf again");
}

fn ids(ranking: &Ranking) -> Vec<&str> {
    ranking.items.iter().map(|i| i.item_id.as_str()).collect()
}

#[test]
fn after_withdrawal_no_file_knows_the_shopper() {
    let phone = Phone::new();
    let engine = phone.stocked();
    give(&engine, &EVERYTHING);
    shop_around(&phone, &engine);
    let search = Event { search_term: Some("espresso canary".into()), ..Event::new(EventName::Search) };
    engine.events().track(search).unwrap();
    engine.preferences().set(sottovoce::profile::PreferenceKey::Brand, "Copperfinch".into()).unwrap();
    let canaries =
        ["KI81", "KI83", "KI84", "FO235", "espresso canary", "Copperfinch", "Hearthwick", "Espresso Machine"];
    let found = |when: &str| {
        for file in phone.vault_files() {
            let bytes = std::fs::read(&file).unwrap();
            for canary in canaries {
                let hit = bytes.windows(canary.len()).any(|w| w.eq_ignore_ascii_case(canary.as_bytes()));
                assert!(!hit, "{when}: {canary} in {}", file.display());
            }
        }
    };
    assert!(!phone.vault_files().is_empty());
    found("while in use");
    let report = engine
        .consent()
        .withdraw(vec![Purpose::History, Purpose::Preferences], "settings".into(), "en".into())
        .unwrap();
    assert_eq!(report.rows, 6, "four views, a search, one list of preferences");
    assert_eq!(report.keys_destroyed, 2);
    found("after withdrawal");
    assert!(engine.preferences().all().unwrap().is_empty());
    engine.shutdown();
    found("after shutdown");
    drop(engine);
    let engine = phone.engine();
    assert_eq!(engine.profile().view().unwrap().stored_events, 0);
    assert_eq!(engine.consent().verify_ledger().unwrap().broken_at, None);
}

#[test]
fn a_bad_bundle_is_refused_and_the_good_one_stays() {
    let phone = Phone::new();
    let engine = phone.stocked();
    let good = phone.shop.bundle(2);
    for at in (0..good.len()).step_by(good.len() / 97) {
        let mut bad = good.clone();
        bad[at] ^= 0x10;
        let refused = phone.apply(&engine, &bad).unwrap_err();
        assert!(matches!(refused, SottovoceError::Rejected { .. }), "byte {at}: {refused}");
    }
    let stranger = support::Shop::new();
    assert!(matches!(phone.apply(&engine, &stranger.bundle(3)), Err(SottovoceError::Rejected { .. })));
    assert_eq!(engine.status().catalog_version, Some(1));
    assert_eq!(phone.apply(&engine, &good).unwrap(), 2);
    let older = phone.apply(&engine, &phone.shop.bundle(1)).unwrap_err();
    assert!(older.to_string().contains("older"), "{older}");
    assert_eq!(engine.status().catalog_version, Some(2));
    assert_eq!(shelf(&engine).items.len(), 12);
}

#[test]
fn deleting_the_catalog_does_not_open_the_way_back() {
    let phone = Phone::new();
    let engine = phone.engine();
    phone.apply(&engine, &phone.shop.bundle(2)).unwrap();
    engine.shutdown();
    phone.apply(&engine, &phone.shop.bundle(4)).unwrap(); // locked: the file alone tells
    engine.unlock().unwrap();
    engine.data().erase(sottovoce::consent::EraseScope::Everything).unwrap();
    engine.shutdown();
    std::fs::remove_dir_all(phone.folder.path().join("engine").join("catalog")).unwrap();
    engine.unlock().unwrap();
    let older = phone.apply(&engine, &phone.shop.bundle(3)).unwrap_err();
    assert!(older.to_string().contains("older"), "{older}");
    assert_eq!(engine.status().catalog_version, None);
    assert_eq!(phone.apply(&engine, &phone.shop.bundle(4)).unwrap(), 4, "the same is no step back");
}

#[test]
fn a_key_that_is_wrong_or_away_deletes_nothing() {
    let phone = Phone::new();
    leave_a_history(&phone);

    let away = phone.engine_with(Arc::new(Away)).err().unwrap();
    assert!(matches!(away, SottovoceError::KeyStoreUnavailable { .. }), "{away}");

    struct Garbled(Arc<MemoryKeyStore>);
    impl KeyStore for Garbled {
        fn load(&self, alias: String) -> Result<Vec<u8>, KeyStoreError> {
            let mut secret = self.0.load(alias)?;
            secret.iter_mut().for_each(|b| *b ^= 0x55);
            Ok(secret)
        }
        fn store(&self, _: String, _: Vec<u8>) -> Result<(), KeyStoreError> {
            Ok(())
        }
        fn remove(&self, _: String) -> Result<(), KeyStoreError> {
            Ok(())
        }
        fn list(&self, prefix: String) -> Result<Vec<String>, KeyStoreError> {
            self.0.list(prefix)
        }
    }
    let garbled = phone.engine_with(Arc::new(Garbled(phone.keys.clone()))).err().unwrap();
    assert_eq!(garbled, SottovoceError::WrongKey);

    let engine = phone.engine();
    assert_eq!(engine.profile().view().unwrap().stored_events, 4, "everything is still there");
}

#[test]
fn a_missing_key_is_a_fresh_start_that_is_told() {
    let phone = Phone::new();
    leave_a_history(&phone);
    let engine = phone.engine_with(Arc::new(MemoryKeyStore::new())).unwrap();
    let status = engine.status();
    assert!(status.opening.as_ref().is_some_and(|o| o.fresh && o.key_was_missing), "{status:?}");
    assert!(!engine.consent().is_allowed(Purpose::History));
}

#[test]
fn a_cut_off_database_is_an_error_or_set_aside_but_never_lost_in_silence() {
    let phone = Phone::new();
    leave_a_history(&phone);
    let database =
        phone.vault_files().into_iter().max_by_key(|f| std::fs::metadata(f).map_or(0, |m| m.len())).unwrap();
    let whole = std::fs::read(&database).unwrap();
    std::fs::write(&database, &whole[..whole.len() / 3]).unwrap();
    match phone.engine_with(phone.keys.clone()) {
        Err(e) => assert!(matches!(e, SottovoceError::Damaged { .. } | SottovoceError::WrongKey), "{e}"),
        Ok(engine) => {
            let opening = engine.status().opening.unwrap();
            assert!(opening.damaged && (opening.fresh || opening.records_lost > 0), "{opening:?}");
            let kept: u64 =
                phone.vault_files().iter().map(|f| std::fs::metadata(f).map_or(0, |m| m.len())).sum();
            assert!(kept >= whole.len() as u64 / 3, "the damaged file must be kept");
        }
    }
}

#[test]
fn one_engine_for_each_folder() {
    let phone = Phone::new();
    let first = phone.engine();
    assert_eq!(phone.engine_with(phone.keys.clone()).err(), Some(SottovoceError::AlreadyOpen));
    first.shutdown();
    assert!(phone.engine_with(phone.keys.clone()).is_ok());
}

/// Counts what the app is told about consent.
#[derive(Default)]
struct Told(std::sync::atomic::AtomicU32);

impl sottovoce::api::Listener for Told {
    fn changed(&self, change: sottovoce::api::Change) -> Result<(), sottovoce::api::ListenerError> {
        let told = matches!(change, sottovoce::api::Change::Consent);
        self.0.fetch_add(u32::from(told), std::sync::atomic::Ordering::SeqCst);
        Ok(())
    }
}

#[test]
fn upkeep_forgets_what_ran_out_and_says_so() {
    let phone = Phone::new();
    let engine = phone.stocked();
    give(&engine, &EVERYTHING);
    shop_around(&phone, &engine);
    engine.preferences().set(sottovoce::profile::PreferenceKey::Brand, "Copperfinch".into()).unwrap();
    let told = Arc::new(Told::default());
    engine.set_listener(Some(told.clone()));
    assert_eq!(engine.privacy().run_maintenance(false).unwrap().erased, None);
    phone.clock.advance(200 * 86_400_000);
    let erased = engine.privacy().run_maintenance(false).unwrap().erased.unwrap();
    assert_eq!((erased.rows, erased.keys_destroyed, erased.purposes.len()), (5, 2, 5));
    assert_eq!(told.0.load(std::sync::atomic::Ordering::SeqCst), 1);
    assert!(engine.preferences().all().unwrap().is_empty());
    assert_eq!(engine.profile().view().unwrap().stored_events, 0);
    assert_eq!(shelf(&engine).mode, RankingMode::Popular);
    assert!(engine.consent().pending_prompt("en".into()).unwrap().is_some());
    assert_eq!(engine.privacy().run_maintenance(false).unwrap().erased, None, "told once");
}

#[test]
fn what_ran_out_while_nobody_looked_is_erased_at_the_next_opening() {
    let phone = Phone::new();
    leave_a_history(&phone);
    phone.clock.advance(200 * 86_400_000);
    let engine = phone.engine();
    let erased = engine.unlock().unwrap().erased.unwrap();
    assert!(erased.rows > 0 && erased.keys_destroyed > 0, "{erased:?}");
    assert!(engine.integrity().unwrap().is_sound());
    drop(engine);
    assert_eq!(phone.engine().unlock().unwrap().erased, None, "told once");
}

#[test]
fn a_denial_says_why_and_what_to_do() {
    let engine = Phone::new().stocked();
    let key = sottovoce::profile::PreferenceKey::Brand;
    let denied = engine.preferences().set(key, "Copperfinch".into()).unwrap_err();
    assert_eq!(
        denied.to_string(),
        "preferences is not allowed: the user has not answered yet; show the consent notice first"
    );
}

#[test]
fn an_opt_out_signal_destroys_the_reports_that_wait_and_refunds_nothing() {
    let mut phone = Phone::new();
    phone.task_set = Some(phone.shop.questions());
    phone.transport = Some(Arc::new(Offline));
    let engine = phone.stocked();
    give(&engine, &[Purpose::Measurement]);
    engine.privacy().run_maintenance(false).unwrap();
    let spent = engine.privacy().budget().unwrap().install_spent;
    assert_eq!((engine.privacy().outbox().unwrap().len(), spent > 0), (1, true));
    let opted_out = |yes| ExternalSignals { global_privacy_control: yes, ..ExternalSignals::default() };
    engine.consent().apply_signals(opted_out(true)).unwrap();
    let denied = engine.privacy().run_maintenance(true).unwrap();
    assert_eq!(denied.report, Some(Prepared::Skipped { reason: SkipReason::NotAllowed }));
    engine.consent().apply_signals(opted_out(false)).unwrap();
    assert!(engine.consent().is_allowed(Purpose::Measurement));
    assert!(engine.privacy().outbox().unwrap().is_empty(), "it was destroyed, not kept for later");
    let again = engine.privacy().run_maintenance(false).unwrap();
    assert_eq!(again.report, Some(Prepared::Skipped { reason: SkipReason::WindowAnswered }));
    assert_eq!(engine.privacy().budget().unwrap().install_spent, spent);
}
