//! Stories of a profile over a real vault and a real gate.

mod keeping;
mod notice;
mod quality;
mod topics;

use std::sync::Arc;

use crate::base::clock::{Clock as _, DAY_MS, ManualClock};
use crate::base::money::Money;
use crate::base::random::SystemRandom;
use crate::catalog::{Artefacts, BundleHeader, Item, SensitiveTag, SigningKey, build_bundle};
use crate::consent::{
    AgeBand, Choice, ExternalSignals, Gate, History, Policy, Preferences, Purpose, PurposeChoice,
};
use crate::profile::*;
use crate::vault::{MemoryKeyStore, Vault};

const START: i64 = 1_800_000_000_000;

struct Home {
    dir: tempfile::TempDir,
    keys: Arc<MemoryKeyStore>,
    clock: Arc<ManualClock>,
    catalog: Catalog,
}

impl Home {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            keys: Arc::default(),
            clock: Arc::new(ManualClock::new(START)),
            catalog: Self::shop(&[9]),
        }
    }

    /// Ten items, some of them about health.
    fn shop(sensitive: &[usize]) -> Catalog {
        Self::shop_of(1, sensitive)
    }

    fn shop_of(version: u64, sensitive: &[usize]) -> Catalog {
        let item = |i: usize| Item {
            id: format!("i{i}"),
            title: format!("thing {i}"),
            brand: Some(["Acme", "Bolt"][i % 2].to_owned()),
            product_type: Some(["Shoes", "Hats", "Bags"][i % 3].to_owned()),
            color: Some("red".to_owned()),
            price: Some(Money { minor: 1000 + 100 * i as i64, currency: "EUR".to_owned() }),
            sensitive_tags: if sensitive.contains(&i) { vec![SensitiveTag::Health] } else { Vec::new() },
            ..Item::default()
        };
        let items: Vec<Item> = (0..10).map(item).collect();
        let header = BundleHeader { store_id: "shop".to_owned(), version, ..BundleHeader::default() };
        let key = SigningKey::generate().unwrap();
        let bundle = build_bundle(&items, &Artefacts::untrained(10), &header, &key).unwrap();
        Catalog::from_bytes(&bundle).unwrap()
    }

    fn open(&self) -> Gate {
        let random = Arc::new(SystemRandom);
        let (vault, _) = Vault::open(self.dir.path(), "shop", self.keys.clone(), random.clone()).unwrap();
        let mut policy = Policy::baseline().unwrap();
        policy.sensitive.tags = vec![SensitiveTag::Health];
        Gate::open(vault, policy, self.clock.clone(), random).unwrap()
    }

    /// An open gate whose user allowed everything and the topic of the tenth item.
    fn open_with_a_topic(&self) -> Gate {
        let gate = self.open();
        gate.apply_signals(ExternalSignals { region: Some("DE".to_owned()), ..gate.signals() }).unwrap();
        choose(&gate, &EVERYTHING, Choice::Give);
        gate.answer_sensitive(SensitiveTag::Health, Choice::Give, "test", "en").unwrap();
        gate
    }

    fn now(&self) -> i64 {
        self.clock.now_ms()
    }

    fn track(&self, gate: &Gate, profile: &Profile, event: Event) -> TrackOutcome {
        self.clock.advance(60_000);
        profile.track(gate, &Permits::ask(gate), &self.catalog, event, self.now()).unwrap()
    }

    fn evidence(&self, gate: &Gate, profile: &Profile) -> Evidence {
        let permits = Permits::ask(gate);
        let user = User::known(profile, &permits).unwrap();
        Evidence::gather(user, &self.catalog, self.now()).unwrap()
    }

    fn recent(&self, gate: &Gate, profile: &Profile) -> Vec<u32> {
        self.evidence(gate, profile).recent.iter().map(|r| r.ix).collect()
    }
}

const EVERYTHING: [Purpose; 5] =
    [Purpose::Preferences, Purpose::Session, Purpose::History, Purpose::Inference, Purpose::Ranking];

fn choose(gate: &Gate, purposes: &[Purpose], choice: Choice) {
    let choices: Vec<_> = purposes.iter().map(|&purpose| PurposeChoice { purpose, choice }).collect();
    gate.record(&choices, "test", "en").unwrap();
}

fn view(item: &str) -> Event {
    Event::about(EventName::ViewItem, [item])
}

fn buy(item: &str) -> Event {
    Event::about(EventName::Purchase, [item])
}

fn blamed(reason: DropReason, field: &str) -> TrackOutcome {
    TrackOutcome::Dropped { reason, field: Some(field.to_owned()) }
}

fn dropped(reason: DropReason) -> TrackOutcome {
    TrackOutcome::dropped(reason)
}

fn stored() -> TrackOutcome {
    TrackOutcome::Stored { warnings: Vec::new() }
}

#[test]
fn without_a_yes_nothing_is_kept_not_even_for_later() {
    let home = Home::new();
    let gate = home.open();
    let profile = Profile::load(&gate).unwrap();
    assert_eq!(home.track(&gate, &profile, view("i1")), dropped(DropReason::ConsentPending));
    choose(&gate, &[Purpose::History, Purpose::Session], Choice::Refuse);
    assert_eq!(home.track(&gate, &profile, view("i1")), dropped(DropReason::ConsentRefused));
    choose(&gate, &EVERYTHING, Choice::Give);
    assert!(home.evidence(&gate, &profile).is_empty(), "what came before the yes is not there");
    assert_eq!(profile.quality().not_permitted, 2);
}

#[test]
fn stored_events_survive_a_restart_and_session_events_do_not() {
    let home = Home::new();
    {
        let gate = home.open();
        choose(&gate, &EVERYTHING, Choice::Give);
        let profile = Profile::load(&gate).unwrap();
        assert_eq!(home.track(&gate, &profile, buy("i1")), stored());
        choose(&gate, &[Purpose::History], Choice::Refuse);
        choose(&gate, &[Purpose::History], Choice::Give);
        assert_eq!(home.track(&gate, &profile, buy("i2")), stored());
    }
    let gate = home.open();
    choose(&gate, &EVERYTHING, Choice::Give);
    let profile = Profile::load(&gate).unwrap();
    assert!(home.recent(&gate, &profile).contains(&home.catalog.index_of("i2").unwrap()));
}

#[test]
fn a_visit_ends_after_half_an_hour() {
    let home = Home::new();
    let gate = home.open();
    choose(&gate, &[Purpose::Session, Purpose::Ranking], Choice::Give);
    let profile = Profile::load(&gate).unwrap();
    assert!(matches!(home.track(&gate, &profile, view("i1")), TrackOutcome::SessionOnly { .. }));
    assert_eq!(home.recent(&gate, &profile), [1]);
    home.clock.advance(31 * 60_000);
    assert_eq!(home.recent(&gate, &profile), Vec::<u32>::new());
    home.track(&gate, &profile, view("i2"));
    assert_eq!(home.recent(&gate, &profile), [2], "the visit before is gone from memory");
    assert_eq!(profile.state().past.len(), 1);
}

#[test]
fn withdrawal_takes_what_was_derived_along() {
    let home = Home::new();
    let gate = home.open();
    choose(&gate, &EVERYTHING, Choice::Give);
    let profile = Profile::load(&gate).unwrap();
    home.track(&gate, &profile, buy("i1"));
    home.clock.advance(DAY_MS);
    home.track(&gate, &profile, view("i2"));
    profile.prefer(&gate, &gate.permit().unwrap(), PreferenceKey::Brand, "Bolt", home.now()).unwrap();
    gate.withdraw(&[Purpose::History], "test", "en").unwrap();
    profile.forget_history();
    let evidence = home.evidence(&gate, &profile);
    assert!(evidence.recent.is_empty(), "also of this visit, which was stored");
    assert_eq!(evidence.stated.len(), 1, "what was said stays");
    profile.forget_session();
    profile.forget_preferences();
    assert!(home.evidence(&gate, &profile).is_empty());
    assert_eq!(profile.reload(&gate).map_err(|e| e.to_string()), Ok(()));
    assert!(profile.state().past.is_empty(), "and nothing comes back from the disk");
}

#[test]
fn a_stale_permit_gives_no_evidence() {
    let home = Home::new();
    let gate = home.open();
    choose(&gate, &EVERYTHING, Choice::Give);
    let profile = Profile::load(&gate).unwrap();
    let permits = Permits::ask(&gate);
    gate.withdraw(&[Purpose::History], "test", "en").unwrap();
    let user = User::known(&profile, &permits).unwrap();
    assert!(Evidence::gather(user, &home.catalog, home.now()).is_err());
}

#[test]
fn sensitive_and_unknown_items_are_left_out() {
    let home = Home::new();
    let gate = home.open();
    choose(&gate, &EVERYTHING, Choice::Give);
    let profile = Profile::load(&gate).unwrap();
    assert_eq!(home.track(&gate, &profile, view("i9")), dropped(DropReason::Sensitive));
    assert_eq!(home.track(&gate, &profile, view("nobody")), dropped(DropReason::UnknownItems));
    let some = Event::about(EventName::AddToCart, ["i1", "i9", "nobody"]);
    let warnings = vec![TrackWarning::UnknownItemsLeftOut, TrackWarning::SensitiveItemsLeftOut];
    assert_eq!(home.track(&gate, &profile, some), TrackOutcome::Stored { warnings });
    assert_eq!(home.recent(&gate, &profile), [1]);
    let search = Event { search_term: Some("thing 9".to_owned()), ..Event::new(EventName::Search) };
    assert_eq!(home.track(&gate, &profile, search), dropped(DropReason::Sensitive));
}

#[test]
fn what_is_observed_is_of_its_time_and_without_what_a_later_catalog_marks() {
    let mut home = Home::new();
    let gate = home.open_with_a_topic();
    let profile = Profile::load(&gate).unwrap();
    let from = home.now();
    let paid = |event: Event| Event { value: Some(Money::new(500, "EUR")), ..event };
    home.track(&gate, &profile, view("i9")); // under its topic
    home.track(&gate, &profile, paid(Event::about(EventName::Purchase, ["i1", "i2"])));
    home.track(&gate, &profile, view("i3"));
    profile.set_mode(ShoppingMode::Gift);
    home.track(&gate, &profile, view("i4"));
    profile.set_mode(ShoppingMode::Normal);
    let (seen, until) = (home.now(), home.now() + 1);
    let observed = |catalog: &Catalog, time: std::ops::Range<i64>| {
        let permits = Permits::ask(&gate);
        let user = User::known(&profile, &permits).unwrap();
        let told = user.observed(catalog, time).unwrap();
        told.into_iter().map(|event| (event.items, event.value.map(|value| value.1))).collect::<Vec<_>>()
    };
    assert_eq!(observed(&home.catalog, from..until), [(vec![1, 2], Some(500)), (vec![3], None)]);
    assert_eq!(observed(&home.catalog, from + 150_000..until), [(vec![3], None)]);
    assert!(
        observed(&home.catalog, from..from + 60_000).is_empty()
            && observed(&home.catalog, seen..seen).is_empty()
    );
    home.catalog = Home::shop(&[2, 3, 9]);
    assert_eq!(observed(&home.catalog, from..until), [(vec![1], None)], "its value would tell of the other");
    choose(&gate, &[Purpose::Inference], Choice::Refuse);
    assert!(observed(&home.catalog, from..until).is_empty());
}

fn searched(term: &str) -> Event {
    Event { search_term: Some(term.to_owned()), ..Event::new(EventName::Search) }
}

#[test]
fn searches_that_nobody_can_tell_apart_are_not_taken_for_one() {
    let home = Home::new();
    let gate = home.open();
    choose(&gate, &EVERYTHING, Choice::Give);
    let profile = Profile::load(&gate).unwrap();
    let now = home.now();
    let track =
        |term| profile.track(&gate, &Permits::ask(&gate), &home.catalog, searched(term), now).unwrap();
    let left_out = TrackOutcome::Stored { warnings: vec![TrackWarning::SearchWithoutMatch] };
    assert_eq!([track("xylitol"), track("sorbitol")], [left_out.clone(), left_out]);
    assert_eq!([track("thing"), track("thing")], [stored(), dropped(DropReason::Duplicate)]);
}

#[test]
fn a_search_is_sensitive_where_its_words_are_and_not_for_a_match_by_chance() {
    let named = |title: &str, about: bool| (title.to_owned(), about);
    let candles = (0..8).map(|i| named(&format!("Candle {i}"), false));
    let items: Vec<Item> = candles
        .chain([named("Candle for a fast", true), named("Femibion tablets 15", true)])
        .chain([named("Heart rate monitor", true), named("Heart cushion", false), named("Heart ring", false)])
        .chain([named("Baby monitor", false), named("Wide monitor", false)])
        .enumerate()
        .map(|(i, (title, about))| Item {
            id: format!("i{i}"),
            title,
            sensitive_tags: if about { vec![SensitiveTag::Health] } else { Vec::new() },
            ..Item::default()
        })
        .collect();
    let header = BundleHeader { store_id: "shop".to_owned(), version: 1, ..BundleHeader::default() };
    let key = SigningKey::generate().unwrap();
    let bundle = build_bundle(&items, &Artefacts::untrained(items.len()), &header, &key).unwrap();
    let home = Home { catalog: Catalog::from_bytes(&bundle).unwrap(), ..Home::new() };
    let gate = home.open();
    choose(&gate, &EVERYTHING, Choice::Give);
    let profile = Profile::load(&gate).unwrap();
    let sensitive = dropped(DropReason::Sensitive);
    let left_out = TrackOutcome::Stored { warnings: vec![TrackWarning::SearchWithoutMatch] };
    for (term, outcome) in [
        ("candle", stored()),
        ("femibion", sensitive.clone()),
        ("candle femibion", sensitive.clone()),
        ("heart ring", stored()),
        ("heart monitor", sensitive),
        // A number, the beginning of a word and a typing error say neither that it is about a topic nor that it is not.
        ("iphone 15", left_out.clone()),
        ("femib", left_out.clone()),
        ("fembion", left_out),
    ] {
        assert_eq!(home.track(&gate, &profile, searched(term)), outcome, "{term}");
    }
}

#[test]
fn shopping_for_somebody_else_leaves_the_own_taste_alone() {
    let home = Home::new();
    let gate = home.open();
    choose(&gate, &EVERYTHING, Choice::Give);
    let profile = Profile::load(&gate).unwrap();
    home.track(&gate, &profile, buy("i1"));
    profile.set_mode(ShoppingMode::Gift);
    assert!(matches!(home.track(&gate, &profile, view("i2")), TrackOutcome::SessionOnly { .. }));
    assert_eq!(home.recent(&gate, &profile), [2]);
    profile.set_mode(ShoppingMode::Private);
    assert_eq!(home.track(&gate, &profile, view("i3")), dropped(DropReason::PrivateMode));
    assert!(home.evidence(&gate, &profile).is_empty());
    profile.set_mode(ShoppingMode::Normal);
    assert_eq!(home.recent(&gate, &profile), [1]);
}

#[test]
fn preferences_need_their_own_yes_and_survive() {
    let home = Home::new();
    {
        let gate = home.open();
        let profile = Profile::load(&gate).unwrap();
        let said = Correction::NeverBrand { brand: "Acme".to_owned() };
        let refused = profile.correct(&gate, &Permits::ask(&gate), &home.catalog, said, START);
        assert!(matches!(refused, Err(ProfileError::NotPermitted(_))));
        choose(&gate, &EVERYTHING, Choice::Give);
        profile.prefer(&gate, &gate.permit().unwrap(), PreferenceKey::Brand, "Acme", START).unwrap();
        profile.prefer(&gate, &gate.permit().unwrap(), PreferenceKey::NeverCategory, "Hats", START).unwrap();
        let unknown = Correction::NeverBrand { brand: "Nobody".to_owned() };
        assert!(profile.correct(&gate, &Permits::ask(&gate), &home.catalog, unknown, START).is_err());
    }
    let gate = home.open();
    let profile = Profile::load(&gate).unwrap();
    assert_eq!(profile.preferences().len(), 2);
    let evidence = home.evidence(&gate, &profile);
    assert!(evidence.blocks(&home.catalog, 1), "a hat");
    assert!(!evidence.blocks(&home.catalog, 0), "shoes");
    let permit = gate.permit::<Preferences>();
    assert!(permit.is_ok() && gate.permit::<History>().is_ok());
}

#[test]
fn the_view_shows_what_it_rests_on() {
    let home = Home::new();
    let gate = home.open();
    choose(&gate, &EVERYTHING, Choice::Give);
    let profile = Profile::load(&gate).unwrap();
    for item in ["i1", "i3", "i4"] {
        home.track(&gate, &profile, buy(item));
    }
    gate.withdraw(&[Purpose::Session], "test", "en").unwrap();
    let view = profile.view(&home.catalog, &Permits::ask(&gate), home.now()).unwrap();
    let bolt = view.inferred.iter().find(|a| a.name == "Bolt").unwrap();
    let acme = view.inferred.iter().find(|a| a.name == "Acme").unwrap();
    assert_eq!((bolt.evidence_count, acme.evidence_count), (2, 1));
    assert!(bolt.strength > acme.strength);
    let prices = view.prices.unwrap();
    assert!(prices.low <= prices.typical && (11.0..=14.0).contains(&prices.typical));
    assert_eq!(view.stage, Stage::Repeat);
    assert_eq!(view.stored_events, 3);
    gate.withdraw(&[Purpose::Inference], "test", "en").unwrap();
    let view = profile.view(&home.catalog, &Permits::ask(&gate), home.now()).unwrap();
    assert_eq!((view.stage, view.stored_events), (Stage::New, 3), "nothing may be inferred from them");
}
