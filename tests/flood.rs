//! Every exported method that takes texts, lists or records is handed far too much of them: it says so or, where a no is
//! in it, carries that out; it stores next to nothing and never needs memory in proportion to what it was handed.
#![allow(missing_docs, reason = "a test")]

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sottovoce::api::{Word, word_text};
use sottovoce::consent::{
    CarriedAnswer, Choice, ConsentState, DecisionReason, ExternalSignals, Purpose, PurposeChoice,
};
use sottovoce::profile::{
    Correction, Event, EventItem, EventName, PreferenceKey, ReviewAspect, Stage, TrackOutcome, VisitContext,
};
use sottovoce::ranking::Filters;
use sottovoce::sensitive::SensitiveTag;
use sottovoce::surfaces::{
    Message, MessageKind, MessageRequest, PreviewAs, RecommendRequest, Review, SearchRequest,
};
use sottovoce::vault::MemoryKeyStore;
use sottovoce::{Config, Sottovoce, SottovoceError};
use support::{Phone, STORE};

/// Counts what Rust has in use, so that a call's own part is known.
struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: the system's allocator does the work; the rest is counting.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let live = LIVE.fetch_add(layout.size(), Ordering::SeqCst) + layout.size();
        PEAK.fetch_max(live, Ordering::SeqCst);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::SeqCst);
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

const TEXT: usize = 50 << 20;
const LIST: usize = 1_000_000;
/// What a call may need by itself: a notice, a shelf or the reading of a page of records.
const OWN: usize = 4 << 20;

fn text() -> String {
    "x".repeat(TEXT)
}

fn texts() -> Vec<String> {
    vec!["x".into(); LIST]
}

/// What came of a call.
#[derive(Debug, PartialEq)]
enum Came {
    Refused,
    /// A no in it, or an answer that needs nothing of what was handed over.
    CarriedOut,
}

#[derive(Default)]
struct Flood(BTreeSet<&'static str>);

impl Flood {
    /// Calls a method that must say that it was handed too much.
    fn refuses<T>(&mut self, method: &'static str, call: impl FnOnce() -> Result<T, SottovoceError>) {
        assert_eq!(self.call(method, call), Came::Refused, "{method}");
    }

    /// Calls a method that does its part all the same.
    fn carries_out<T>(&mut self, method: &'static str, call: impl FnOnce() -> Result<T, SottovoceError>) {
        assert_eq!(self.call(method, call), Came::CarriedOut, "{method}");
    }

    fn call<T>(&mut self, method: &'static str, call: impl FnOnce() -> Result<T, SottovoceError>) -> Came {
        self.0.insert(method);
        let before = LIVE.load(Ordering::SeqCst);
        PEAK.store(before, Ordering::SeqCst);
        let answer = call();
        let needed = PEAK.load(Ordering::SeqCst) - before;
        assert!(needed < OWN, "{method} needed {needed} bytes");
        let bounds = ["at most", "between 1 and", "a code of ISO 3166"];
        let bound = |detail: &str| bounds.iter().any(|words| detail.contains(words));
        match answer {
            Ok(_) => Came::CarriedOut,
            Err(SottovoceError::InvalidArgument { detail, .. } | SottovoceError::Rejected { detail, .. })
                if bound(&detail) =>
            {
                Came::Refused
            }
            Err(other) => panic!("{method}: {other}"),
        }
    }
}

fn consent(flood: &mut Flood, engine: &Sottovoce) {
    let (consent, en) = (engine.consent(), || "en".to_owned());
    let choices = |choice, count| vec![PurposeChoice { purpose: Purpose::Experiments, choice }; count];
    let (a, b) = (text(), text());
    flood.refuses("ConsentApi::record", || consent.record(choices(Choice::Give, 1), a, b));
    let many = choices(Choice::Give, LIST);
    flood.refuses("ConsentApi::record", || consent.record(many, en(), en()));
    let (a, b) = (text(), text());
    flood.carries_out("ConsentApi::record", || consent.record(choices(Choice::Refuse, 1), a, b));
    let a = text();
    flood.refuses("ConsentApi::served", || consent.served(vec![Purpose::Experiments], a, en()));
    let many = vec![Purpose::Experiments; LIST];
    flood.refuses("ConsentApi::served", || consent.served(many, en(), en()));
    let a = text();
    flood.refuses("ConsentApi::save", || consent.save(vec![Purpose::Experiments], a, en()));
    let many = vec![Purpose::Experiments; LIST];
    flood.refuses("ConsentApi::save", || consent.save(many, en(), en()));
    let a = text();
    flood.refuses("ConsentApi::accept_all", || consent.accept_all(a, en()));
    let a = text();
    flood.refuses("ConsentApi::center", || consent.center(a));
    let a = text();
    flood.refuses("ConsentApi::notice", || consent.notice(a));
    let a = text();
    flood.refuses("ConsentApi::pending_prompt", || consent.pending_prompt(a));
    let a = text();
    let word = Word::Because { reason: DecisionReason::Refused };
    assert_eq!(word_text(word, a), word_text(word, "en".into()), "of a locale that is far too long");
    let a = vec![0; TEXT];
    flood.refuses("ConsentApi::apply_policy", || consent.apply_policy(a));
    let yes = CarriedAnswer::of(Purpose::Experiments, ConsentState::Given, 0);
    let many = vec![yes; LIST];
    flood.refuses("ConsentApi::import_answers", || consent.import_answers(many));
    let signals =
        ExternalSignals { region: Some(text()), region_hints: texts(), ..ExternalSignals::default() };
    flood.refuses("ConsentApi::apply_signals", || consent.apply_signals(signals));
    let consent_platform = (0..LIST).map(|i| (i.to_string(), String::new())).collect();
    let signals = ExternalSignals { consent_platform, ..ExternalSignals::default() };
    flood.refuses("ConsentApi::apply_signals", || consent.apply_signals(signals));
}

/// What takes something back comes last.
fn noes(flood: &mut Flood, engine: &Sottovoce) {
    let consent = engine.consent();
    let (tag, no, a, b) = (SensitiveTag::Health, Choice::Refuse, text(), text());
    flood.carries_out("ConsentApi::answer_sensitive", || consent.answer_sensitive(tag, no, a, b));
    let (a, b) = (text(), text());
    flood.carries_out("ConsentApi::withdraw", || consent.withdraw(vec![Purpose::History], a, b));
    let (a, b) = (text(), text());
    flood.carries_out("ConsentApi::refuse_all", || consent.refuse_all(a, b));
    assert!(!consent.is_allowed(Purpose::Ranking));
}

fn profile(flood: &mut Flood, engine: &Sottovoce) {
    let (preferences, key) = (engine.preferences(), PreferenceKey::Brand);
    let a = text();
    flood.refuses("PreferencesApi::form", || preferences.form(a));
    let a = text();
    flood.refuses("PreferencesApi::set", || preferences.set(key, a));
    let a = text();
    flood.refuses("PreferencesApi::remove", || preferences.remove(key, a));
    let items = vec![EventItem::new("KI81"); LIST];
    let event = Event { items, search_term: Some(text()), ..Event::new(EventName::Search) };
    flood.carries_out("EventsApi::track", || {
        let outcome = engine.events().track(event)?;
        assert!(matches!(outcome, TrackOutcome::Dropped { .. }), "{outcome:?}");
        Ok(())
    });
    let context = VisitContext { loyalty_tier: Some(text()), ..VisitContext::default() };
    flood.refuses("EventsApi::set_context", || engine.events().set_context(Some(context)));
    let profile = engine.profile();
    let correction = Correction::ExcludeEvidence { item_ids: texts() };
    flood.refuses("ProfileApi::correct", || profile.correct(correction));
    let correction = Correction::NeverBrand { brand: text() };
    flood.refuses("ProfileApi::correct", || profile.correct(correction));
    let (a, b) = (text(), text());
    flood.refuses("ProfileApi::explain", || profile.explain(a, b, "en".into()));
    let a = text();
    flood.refuses("ExperimentsApi::variant", || engine.experiments().variant(a));
    let a = text();
    flood.refuses("ExperimentsApi::expose", || engine.experiments().expose(a));
}

fn surfaces(flood: &mut Flood, engine: &Sottovoce) {
    let ranking = engine.ranking();
    let shelves = || {
        let filters = Filters { brands: texts(), ..Filters::default() };
        [
            RecommendRequest::new(&text(), 4),
            RecommendRequest { seed_item_ids: texts(), ..RecommendRequest::new("home", 4) },
            RecommendRequest { exclude_item_ids: texts(), ..RecommendRequest::new("home", 4) },
            RecommendRequest { filters: Some(filters), ..RecommendRequest::new("home", 4) },
            RecommendRequest { page: Some(text()), ..RecommendRequest::new("home", 4) },
            RecommendRequest::new("home", u32::MAX),
        ]
    };
    for request in shelves() {
        flood.refuses("RankingApi::recommend", || ranking.recommend(request));
    }
    for request in shelves() {
        flood.refuses("RankingApi::keep_for_widget", || ranking.keep_for_widget(request));
    }
    let en = || "en".to_owned();
    let a = text();
    flood.refuses("RankingApi::storefront", || ranking.storefront(a, en()));
    let a = text();
    flood.refuses("RankingApi::storefront", || ranking.storefront("home".into(), a));
    let a = text();
    flood.refuses("RankingApi::decide", || ranking.decide(a, en()));
    let preview_as = PreviewAs { stage: Stage::New, segments: texts(), context: None };
    flood.refuses("RankingApi::preview", || ranking.preview("home".into(), preview_as, en()));
    let a = text();
    flood.refuses("ProductApi::size_advice", || engine.product().size_advice(a, en()));
    let review = |review_id: String, aspects| Review { review_id, aspects };
    for (item, reviews) in [
        (text(), Vec::new()),
        ("KI81".into(), vec![review("a".into(), Vec::new()); LIST]),
        ("KI81".into(), vec![review(text(), Vec::new())]),
        ("KI81".into(), vec![review("a".into(), vec![ReviewAspect::Size; LIST])]),
    ] {
        flood.refuses("ProductApi::rank_reviews", || engine.product().rank_reviews(item, reviews, en()));
    }
    let a = text();
    flood.refuses("PrivacyApi::questions", || engine.privacy().questions(a));
    let a = text();
    flood.refuses("ProfileApi::segments", || engine.profile().segments(a));
    let (messages, a) = (engine.messages(), text());
    flood.refuses("MessagesApi::settings", || messages.settings(a));
    let a = text();
    flood.refuses("MessagesApi::set_muted", || messages.set_muted(a, true));
    let request =
        MessageRequest { locale: text(), utc_offset_minutes: 0, system_allows: true, leaving: false };
    flood.refuses("MessagesApi::poll", || messages.poll(request));
    let message = Message {
        message_id: text(),
        rule_id: text(),
        kind: MessageKind::WinBack,
        title: String::new(),
        text: String::new(),
        link: None,
        item_id: None,
        product_id: None,
        deliver_at_ms: 0,
        expires_at_ms: None,
        because: String::new(),
        evidence_count: 0,
    };
    flood.refuses("MessagesApi::scheduled", || messages.scheduled(Some(message)));
    let request = SearchRequest::new(&text(), u32::MAX);
    flood.refuses("SearchApi::query", || engine.search().query(request));
    let a = text();
    flood.refuses("SearchApi::browse_advice", || engine.search().browse_advice(Some(a), en()));
    let many = vec![1.0; LIST];
    flood.refuses("SearchApi::by_vector", || engine.search().by_vector(many, 4));
    let a = text();
    flood.refuses("SearchApi::suggest", || engine.search().suggest(a, u32::MAX));
    let many = texts();
    flood.refuses("CatalogApi::items", || engine.catalog().items(many));
    let many = texts();
    flood.refuses("CatalogApi::products", || engine.catalog().products(many));
    let a = text();
    flood.refuses("CatalogApi::install", || engine.catalog().install(a));
    let a = text();
    flood.refuses("CatalogApi::sync", || engine.catalog().sync(a));
}

fn configuration(flood: &mut Flood) {
    let phone = Phone::new();
    let config = || Config::new(STORE, "somewhere", phone.shop.key.public_key().as_bytes());
    for config in [
        Config { store_id: text(), ..config() },
        Config { directory: text(), ..config() },
        Config { widget_directory: Some(text()), ..config() },
    ] {
        let keys = || Arc::new(MemoryKeyStore::new());
        let again = config.clone();
        flood.refuses("Sottovoce::new", || Sottovoce::new(config, keys(), None));
        flood.refuses("Sottovoce::open", || Sottovoce::open(again, keys(), None, None));
    }
}

#[test]
fn whoever_is_handed_far_too_much_says_so_and_keeps_none_of_it() {
    let phone = Phone::new();
    let engine = phone.stocked();
    engine.consent().accept_all("test".into(), "en".into()).unwrap();
    engine.events().track(Event::about(EventName::ViewItem, ["KI81"])).unwrap();
    let stored = || phone.vault_files().iter().map(|f| std::fs::metadata(f).unwrap().len()).sum::<u64>();
    let before = stored();
    let mut flood = Flood::default();
    profile(&mut flood, &engine);
    surfaces(&mut flood, &engine);
    configuration(&mut flood);
    consent(&mut flood, &engine);
    noes(&mut flood, &engine);
    assert!(stored() < before + (1 << 20), "{} bytes more", stored() - before);
    assert!(engine.integrity().unwrap().is_sound());
    assert!(engine.consent().export_receipts().unwrap().len() < 1 << 20);
    let records = [
        "String",
        "Vec<",
        "Event",
        "Correction",
        "RecommendRequest",
        "PreviewAs",
        "VisitContext",
        "SearchRequest",
        "MessageRequest",
        "Message>",
        "ExternalSignals",
        "Config",
    ];
    let takes =
        support::exported().into_iter().filter(|(_, takes)| records.iter().any(|r| takes.contains(r)));
    let takes: BTreeSet<String> = takes.map(|(method, _)| method).collect();
    let flooded: BTreeSet<String> = flood.0.iter().map(|method| (*method).to_owned()).collect();
    assert_eq!(flooded, takes, "methods that take something and were not flooded, or the other way round");
}
