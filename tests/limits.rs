//! Every bound of the table: what is just within it is taken, what is just beyond it is refused by its name, and
//! nothing is stored or changed then.
#![allow(missing_docs, reason = "a test")]

mod support;

use std::collections::BTreeSet;
use std::sync::Arc;

use sottovoce::consent::{
    CarriedAnswer, Choice, ConsentState, ExternalSignals, POLICY_KIND, Policy, Purpose, PurposeChoice,
};
use sottovoce::limits::{self, Bound, Unit};
use sottovoce::profile::{
    Correction, DropReason, Event, EventItem, EventName, PreferenceKey, ReturnReason, ReviewAspect, Stage,
    TrackOutcome,
};
use sottovoce::ranking::{Filters, ShelfKind};
use sottovoce::sensitive::SensitiveTag;
use sottovoce::signals::{Prepared, SkipReason, TASKS_KIND};
use sottovoce::signed::{self, ENVELOPE_BYTES};
use sottovoce::surfaces::{PreviewAs, RecommendRequest, Review, SearchRequest};
use sottovoce::vault::MemoryKeyStore;
use sottovoce::{Config, Sottovoce, SottovoceError};
use support::{Phone, STORE, acquainted};

/// Those that a test of their own is about, here or in the catalog.
const DOCUMENTS: [Bound; 11] = [
    limits::POLICY,
    limits::POLICY_NAME,
    limits::POLICY_KEYS,
    limits::TASK_SET,
    limits::MANIFEST,
    limits::PATCH,
    limits::LATEST,
    limits::KEY_CHANGES,
    limits::PLAN,
    limits::VECTOR,
    limits::BUNDLE,
];

type Answer = Result<(), SottovoceError>;
type Call = fn(&Sottovoce, usize) -> Answer;
/// A bound, the argument it is for, and a call with so much of it.
type Case = (Bound, &'static str, Call);

fn text(length: usize) -> String {
    "x".repeat(length)
}

/// With as many subtags as it needs.
fn locale(length: usize) -> String {
    format!("en-x-{}", text(length - 5))
}

fn texts(count: usize) -> Vec<String> {
    (0..count).map(|i| format!("x{i}")).collect()
}

fn done<T>(answer: Result<T, SottovoceError>) -> Answer {
    answer.map(drop)
}

fn yes() -> Vec<PurposeChoice> {
    vec![PurposeChoice { purpose: Purpose::Experiments, choice: Choice::Give }]
}

const CONSENT: [Case; 15] = [
    (limits::SURFACE, "surface", |e, n| done(e.consent().record(yes(), text(n), "en".into()))),
    (limits::LOCALE, "locale", |e, n| done(e.consent().record(yes(), "s".into(), text(n)))),
    (limits::SURFACE, "surface", |e, n| done(e.consent().served(vec![], text(n), "en".into()))),
    (limits::LOCALE, "locale", |e, n| done(e.consent().served(vec![], "s".into(), text(n)))),
    (limits::SURFACE, "surface", |e, n| done(e.consent().accept_all(text(n), "en".into()))),
    (limits::LOCALE, "locale", |e, n| done(e.consent().accept_all("s".into(), text(n)))),
    (limits::SURFACE, "surface", |e, n| done(topic(e, text(n), "en".into()))),
    (limits::LOCALE, "locale", |e, n| done(topic(e, "s".into(), text(n)))),
    (limits::LOCALE, "locale", |e, n| done(e.consent().center(locale(n)))),
    (limits::LOCALE, "locale", |e, n| done(e.consent().notice(locale(n)))),
    (limits::LOCALE, "locale", |e, n| done(e.consent().pending_prompt(locale(n)))),
    (limits::LOCALE, "locale", |e, n| done(e.preferences().form(locale(n)))),
    (limits::LOCALE, "locale", |e, n| done(e.privacy().questions(locale(n)))),
    (limits::CHOICES, "choices", |e, n| done(e.consent().record(vec![yes()[0]; n], "s".into(), "en".into()))),
    (limits::CHOICES, "purposes", |e, n| {
        done(e.consent().served(vec![Purpose::Experiments; n], "s".into(), "en".into()))
    }),
];

/// Each says no to experiments.
const DENIALS: [Case; 3] = [
    (limits::CHOICES, "choices", |e, n| {
        let no = PurposeChoice { purpose: Purpose::Experiments, choice: Choice::Refuse };
        done(e.consent().record([vec![no], vec![yes()[0]; n - 1]].concat(), "s".into(), "en".into()))
    }),
    (limits::CHOICES, "purposes", |e, n| {
        done(e.consent().withdraw(vec![Purpose::Experiments; n], "s".into(), "en".into()))
    }),
    (limits::CHOICES, "answers", |e, n| {
        let no = CarriedAnswer::of(Purpose::Experiments, ConsentState::Refused, 0);
        done(e.consent().import_answers(vec![no; n]))
    }),
];

fn topic(e: &Sottovoce, surface: String, locale: String) -> Answer {
    match e.consent().answer_sensitive(SensitiveTag::Health, Choice::Give, surface, locale) {
        Err(SottovoceError::NotAskable { .. }) => Ok(()),
        other => done(other),
    }
}

const SIGNALS: [Case; 4] = [
    (limits::REGION_HINTS, "region_hints", |e, n| signals(e, |s| s.region_hints = vec!["DE".into(); n])),
    (limits::PLATFORM_KEYS, "consent_platform", |e, n| {
        signals(e, |s| s.consent_platform = texts(n).into_iter().map(|key| (key, String::new())).collect())
    }),
    (limits::PLATFORM_KEY, "consent_platform", |e, n| {
        signals(e, |s| s.consent_platform = [(text(n), String::new())].into())
    }),
    (limits::PLATFORM_VALUE, "consent_platform", |e, n| {
        signals(e, |s| s.consent_platform = [("IABTCF_TCString".into(), text(n))].into())
    }),
];

fn signals(e: &Sottovoce, change: impl FnOnce(&mut ExternalSignals)) -> Answer {
    let mut signals = ExternalSignals::default();
    change(&mut signals);
    e.consent().apply_signals(signals)
}

const PROFILE: [Case; 27] = [
    (limits::ID, "rule_id", |e, n| {
        e.messages().set_muted(text(n), true)?;
        e.messages().set_muted(text(n), false)
    }),
    (limits::TAG, "value", |e, n| done(e.preferences().set(PreferenceKey::Brand, text(n)))),
    (limits::TAG, "value", |e, n| done(e.preferences().remove(PreferenceKey::Brand, text(n)))),
    (limits::PREFERENCES, "preferences", |e, n| {
        let more = texts(n - e.preferences().all().unwrap().len());
        let set = |value: &String| e.preferences().set(PreferenceKey::Interest, value.clone());
        let done = more.iter().try_for_each(set);
        more.into_iter().try_for_each(|value| e.preferences().remove(PreferenceKey::Interest, value))?;
        done
    }),
    (limits::EVENT_ITEMS, "event", |e, n| track(e, |ev| ev.items = vec![EventItem::new("KI81"); n])),
    (limits::ID, "event", |e, n| track(e, |ev| ev.items = vec![EventItem::new(text(n))])),
    (limits::QUANTITY, "event", |e, n| {
        track(e, |ev| ev.items = vec![EventItem { quantity: n as u32, ..EventItem::new("KI81") }])
    }),
    (limits::ID, "event", |e, n| track(e, |ev| ev.transaction_id = Some(text(n)))),
    (limits::ID, "event", |e, n| track(e, |ev| ev.item_list_id = Some(text(n)))),
    (limits::ID, "event", |e, n| track(e, |ev| ev.ranking_id = Some(text(n)))),
    (limits::ID, "event", |e, n| track(e, |ev| ev.promotion_id = Some(text(n)))),
    (limits::ID, "event", |e, n| track(e, |ev| ev.payment_type = Some(text(n)))),
    (limits::ID, "event", |e, n| track(e, |ev| ev.shipping_tier = Some(text(n)))),
    (limits::SEARCH_TERM, "event", |e, n| track(e, |ev| ev.search_term = Some(text(n)))),
    (limits::ITEM_IDS, "item_ids", |e, n| correct(e, Correction::ExcludeEvidence { item_ids: texts(n) })),
    (limits::ID, "item_ids", |e, n| correct(e, Correction::ExcludeEvidence { item_ids: vec![text(n)] })),
    (limits::ID, "item_id", |e, n| correct(e, Correction::MoreLike { item_id: text(n) })),
    (limits::ID, "item_id", |e, n| correct(e, Correction::LessLike { item_id: text(n) })),
    (limits::ID, "item_id", |e, n| correct(e, Correction::NeverItem { item_id: text(n) })),
    (limits::ID, "item_id", |e, n| {
        correct(e, Correction::WrongSize { item_id: text(n), reason: ReturnReason::TooSmall })
    }),
    (limits::TAG, "brand", |e, n| correct(e, Correction::NeverBrand { brand: text(n) })),
    (limits::TAG, "category", |e, n| correct(e, Correction::NeverCategory { category: text(n) })),
    (limits::ID, "ranking_id", |e, n| {
        elsewise(e.profile().explain(text(n), "KI81".into(), "en".into()), "ranking_id")
    }),
    (limits::ID, "item_id", |e, n| {
        elsewise(e.profile().explain("r".into(), text(n), "en".into()), "ranking_id")
    }),
    (limits::LOCALE, "locale", |e, n| {
        elsewise(e.profile().explain("r".into(), "KI81".into(), locale(n)), "ranking_id")
    }),
    (limits::ID, "key", |e, n| elsewise(e.experiments().variant(text(n)), "key")),
    (limits::ID, "key", |e, n| elsewise(e.experiments().expose(text(n)), "key")),
];

/// What became of an event: one that broke a bound is dropped as invalid, whichever bound it was.
fn track(e: &Sottovoce, change: impl FnOnce(&mut Event)) -> Answer {
    let mut event = Event::about(EventName::ViewCart, ["KI81"]);
    change(&mut event);
    match e.events().track(event)? {
        TrackOutcome::Dropped { reason: DropReason::Invalid, field: Some(_) } => {
            Err(SottovoceError::InvalidArgument { field: "event".into(), detail: "Invalid".into() })
        }
        _ => Ok(()),
    }
}

fn correct(e: &Sottovoce, correction: Correction) -> Answer {
    elsewise(e.profile().correct(correction), "correction")
}

/// What is within the bound and yet nothing anybody knows.
fn elsewise<T>(answer: Result<T, SottovoceError>, unknown: &str) -> Answer {
    match answer {
        Err(SottovoceError::InvalidArgument { field, detail })
            if field == unknown && !detail.contains("at most") =>
        {
            Ok(())
        }
        other => done(other),
    }
}

const SURFACES: [Case; 32] = [
    (limits::SURFACE, "surface", |e, n| shelf(e, |r| r.surface = text(n))),
    (limits::LIST, "limit", |e, n| shelf(e, |r| r.limit = n as u32)),
    (limits::ITEM_IDS, "seed_item_ids", |e, n| like(e, texts(n))),
    (limits::ID, "seed_item_ids", |e, n| like(e, vec![text(n)])),
    (limits::ITEM_IDS, "exclude_item_ids", |e, n| shelf(e, |r| r.exclude_item_ids = texts(n))),
    (limits::ID, "exclude_item_ids", |e, n| shelf(e, |r| r.exclude_item_ids = vec![text(n)])),
    (limits::FILTER_VALUES, "filters.brands", |e, n| filtered(e, |f| f.brands = texts(n))),
    (limits::FILTER_VALUES, "filters.categories", |e, n| filtered(e, |f| f.categories = texts(n))),
    (limits::FILTER_VALUES, "filters.colors", |e, n| filtered(e, |f| f.colors = texts(n))),
    (limits::FILTER_VALUES, "filters.sizes", |e, n| filtered(e, |f| f.sizes = texts(n))),
    (limits::FILTER_VALUES, "filters.tags", |e, n| filtered(e, |f| f.tags = texts(n))),
    (limits::TAG, "filters.tags", |e, n| filtered(e, |f| f.tags = vec![text(n)])),
    (limits::WIDGET, "limit", |e, n| {
        done(e.ranking().keep_for_widget(RecommendRequest::new("widget", n as u32)))
    }),
    (limits::SURFACE, "surface", |e, n| {
        done(e.ranking().keep_for_widget(RecommendRequest::new(&text(n), 4)))
    }),
    (limits::ID, "layout_id", |e, n| done(e.ranking().storefront(text(n), "en".into()))),
    (limits::ID, "slot_id", |e, n| done(e.ranking().decide(text(n), "en".into()))),
    (limits::SEGMENTS, "segments", |e, n| elsewise(preview(e, texts(n)), "segments")),
    (limits::ID, "segments", |e, n| elsewise(preview(e, vec![text(n)]), "segments")),
    (limits::ID, "item_id", |e, n| elsewise(done(e.product().size_advice(text(n), "en".into())), "item_id")),
    (limits::ID, "item_id", |e, n| elsewise(reviews(e, text(n), vec![]), "item_id")),
    (limits::LOCALE, "locale", |e, n| done(e.product().rank_reviews("KI81".into(), vec![], locale(n)))),
    (limits::REVIEWS, "reviews", |e, n| reviews(e, "KI81".into(), vec![review("a".into(), 1); n])),
    (limits::ID, "review_id", |e, n| reviews(e, "KI81".into(), vec![review(text(n), 1)])),
    (limits::REVIEW_ASPECTS, "aspects", |e, n| reviews(e, "KI81".into(), vec![review("a".into(), n)])),
    (limits::SEARCH_TERM, "text", |e, n| done(e.search().query(SearchRequest::new(&text(n), 4)))),
    (limits::LIST, "limit", |e, n| done(e.search().query(SearchRequest::new("tea", n as u32)))),
    (limits::SEARCH_TERM, "prefix", |e, n| done(e.search().suggest(text(n), 4))),
    (limits::SUGGESTIONS, "limit", |e, n| done(e.search().suggest("te".into(), n as u32))),
    (limits::ITEM_IDS, "item_ids", |e, n| done(e.catalog().items(texts(n)))),
    (limits::ID, "item_ids", |e, n| done(e.catalog().items(vec![text(n)]))),
    (limits::ITEM_IDS, "product_ids", |e, n| done(e.catalog().products(texts(n)))),
    (limits::ID, "product_ids", |e, n| done(e.catalog().products(vec![text(n)]))),
];

fn review(review_id: String, aspects: usize) -> Review {
    Review { review_id, aspects: vec![ReviewAspect::Size; aspects] }
}

fn reviews(e: &Sottovoce, item_id: String, reviews: Vec<Review>) -> Answer {
    done(e.product().rank_reviews(item_id, reviews, "en".into()))
}

fn preview(e: &Sottovoce, segments: Vec<String>) -> Answer {
    let preview_as = PreviewAs { stage: Stage::New, segments, context: None };
    done(e.ranking().preview("home".into(), preview_as, "en".into()))
}

fn shelf(e: &Sottovoce, change: impl FnOnce(&mut RecommendRequest)) -> Answer {
    let mut request = RecommendRequest::new("home", 4);
    change(&mut request);
    done(e.ranking().recommend(request))
}

fn like(e: &Sottovoce, seed_item_ids: Vec<String>) -> Answer {
    let request = RecommendRequest {
        kind: Some(ShelfKind::Similar),
        seed_item_ids,
        ..RecommendRequest::new("product", 4)
    };
    elsewise(e.ranking().recommend(request), "seed_item_ids")
}

/// The same filters for a shelf and for a search.
fn filtered(e: &Sottovoce, change: impl FnOnce(&mut Filters)) -> Answer {
    let mut filters = Filters::default();
    change(&mut filters);
    let found =
        e.search().query(SearchRequest { filters: Some(filters.clone()), ..SearchRequest::new("tea", 4) });
    let made = shelf(e, |r| r.filters = Some(filters));
    assert_eq!(done(found), made);
    made
}

const CONFIGURATION: [Case; 5] = [
    (limits::URL, "url", |e, n| elsewise(e.catalog().sync(address(n)), "transport")),
    (limits::PATH, "path", |e, n| elsewise(e.catalog().install(text(n)), "path")),
    (limits::STORE_ID, "store_id", |_, n| configured(|c| c.store_id = text(n))),
    (limits::DIRECTORY, "directory", |_, n| configured(|c| c.directory = format!("/{}", text(n - 1)))),
    (limits::PATH, "widget_directory", |_, n| configured(|c| c.widget_directory = Some(text(n)))),
];

/// One that long.
fn address(bytes: usize) -> String {
    format!("https://{}", text(bytes - 8))
}

fn configured(change: impl FnOnce(&mut Config)) -> Answer {
    let phone = Phone::new();
    let mut config = Config::new(STORE, "somewhere", phone.shop.key.public_key().as_bytes());
    change(&mut config);
    done(Sottovoce::new(config, Arc::new(MemoryKeyStore::new()), None))
}

/// What is said of one more than a bound takes: the field, the bound and what was found.
fn too_much(bound: Bound, field: &str) -> SottovoceError {
    let said = if bound.unit == Unit::Number { "not" } else { "and has" };
    let detail = format!("{bound}, {said} {}", bound.most + 1);
    SottovoceError::InvalidArgument { field: field.into(), detail }
}

#[test]
fn what_is_within_a_bound_is_taken_and_what_is_beyond_is_refused_by_name_and_changes_nothing() {
    let cases: Vec<Case> = [&CONSENT[..], &PROFILE, &SURFACES, &CONFIGURATION].concat();
    let (_phone, engine) = acquainted();
    for (bound, field, call) in &cases {
        let before = engine.data().export().unwrap();
        let refused = call(&engine, bound.most + 1);
        let Err(SottovoceError::InvalidArgument { field: named, detail }) = &refused else {
            panic!("{} of {field}: {refused:?}", bound.name)
        };
        assert_eq!(named, field, "{}", bound.name);
        assert!(*field == "event" || refused == Err(too_much(*bound, field)), "{}: {detail}", bound.name);
        assert!(engine.data().export().unwrap() == before, "{} of {field} left something", bound.name);
    }
    for (bound, field, call) in &cases {
        assert_eq!(call(&engine, bound.most), Ok(()), "{} of {field}", bound.name);
    }
    let walked = cases.iter().chain(&SIGNALS).map(|(bound, ..)| bound.name);
    let others = DOCUMENTS.iter().chain([&limits::REASON]);
    let walked: BTreeSet<_> = walked.chain(others.map(|bound| bound.name)).collect();
    assert_eq!(walked, limits::ALL.iter().map(|bound| bound.name).collect(), "bounds without a case");
}

#[test]
fn the_name_of_a_language_is_no_locale() {
    let (_phone, engine) = acquainted();
    let detail = "it must begin with the code of a language, such as de or de-AT".to_owned();
    let refused = SottovoceError::InvalidArgument { field: "locale".into(), detail };
    for locale in ["german", "Deutsch", "English (US)"] {
        assert_eq!(engine.consent().notice(locale.into()).unwrap_err(), refused);
        assert_eq!(engine.preferences().form(locale.into()).unwrap_err(), refused);
        let explained = engine.profile().explain("r".into(), "KI81".into(), locale.into());
        assert_eq!(explained.unwrap_err(), refused);
    }
    for locale in ["", "C.UTF-8", "POSIX", "de_AT", "tlh"] {
        assert!(engine.consent().notice(locale.into()).is_ok(), "{locale}");
    }
    // A denial needs no locale.
    engine.consent().refuse_all("s".into(), "german".into()).unwrap();
}

#[test]
fn what_cannot_be_meant_is_refused_by_name() {
    use ShelfKind as K;
    let (_phone, engine) = acquainted();
    let about = |kind, seeds: &[&str]| {
        let seeds = seeds.iter().map(|id| (*id).to_owned()).collect();
        shelf(&engine, |r| (r.kind, r.seed_item_ids) = (kind, seeds))
    };
    let senseless = [
        ("limit", shelf(&engine, |r| r.limit = 0)),
        ("limit", done(engine.search().query(SearchRequest::new("cup", 0)))),
        ("limit", done(engine.search().suggest("cup".into(), 0))),
        ("limit", done(engine.ranking().keep_for_widget(RecommendRequest::new("widget", 0)))),
        ("surface", shelf(&engine, |r| r.surface = String::new())),
        ("layout_id", done(engine.ranking().storefront(String::new(), "en".into()))),
        ("slot_id", done(engine.ranking().decide(String::new(), "en".into()))),
        ("diversity", shelf(&engine, |r| r.diversity = Some(f32::NAN))),
        ("seed_item_ids", about(None, &["KI81"])),
        ("seed_item_ids", about(Some(K::Trending), &["KI81"])),
        ("seed_item_ids", about(Some(K::Similar), &[])),
        ("seed_item_ids", about(Some(K::CompleteTheLook), &[])),
        ("seed_item_ids", about(Some(K::Similar), &["not in this catalog yet"])),
    ];
    for (at, (field, answer)) in senseless.into_iter().enumerate() {
        let named =
            matches!(&answer, Err(SottovoceError::InvalidArgument { field: named, .. }) if named == field);
        assert!(named, "{at}, {field}: {answer:?}");
    }
    assert_eq!(about(Some(K::Cart), &[]), Ok(()), "a cart may be empty");
}

#[test]
fn a_no_among_too_many_entries_is_carried_out_and_told() {
    for (bound, field, call) in DENIALS {
        for n in [bound.most, bound.most + 1] {
            let (_phone, engine) = acquainted();
            assert!(engine.consent().is_allowed(Purpose::Experiments));
            let told = too_much(bound, field);
            assert_eq!(call(&engine, n), if n > bound.most { Err(told) } else { Ok(()) });
            assert!(!engine.consent().is_allowed(Purpose::Experiments), "{field}, {n}");
        }
    }
}

#[test]
fn signals_that_cannot_be_meant_are_told_and_deny_all_the_same() {
    for (bound, field, call) in SIGNALS {
        let (_phone, engine) = acquainted();
        assert_eq!(call(&engine, bound.most), Ok(()), "{} of {field}", bound.name);
        assert_eq!(call(&engine, bound.most + 1), Err(too_much(bound, field)));
    }
    for region in ["Germany", "US-California", "Europe/Berlin", "D", "DE-", "DE-é", "4199"] {
        let (_phone, engine) = acquainted();
        for (field, told) in [
            ("region", signals(&engine, |s| s.region = Some(region.into()))),
            ("region_hints", signals(&engine, |s| s.region_hints = vec!["DE".into(), region.into()])),
        ] {
            let detail = "it must be a code of ISO 3166 such as DE or US-CA".to_owned();
            assert_eq!(
                told,
                Err(SottovoceError::InvalidArgument { field: field.into(), detail }),
                "{region}"
            );
        }
        assert!(engine.data().export().unwrap().contains("\"region\": null"), "the strictest is assumed");
    }
    for region in ["DE", " us-ca", "GB-ENG", "419", ""] {
        let (_phone, engine) = acquainted();
        assert_eq!(signals(&engine, |s| s.region = Some(region.into())), Ok(()), "{region}");
    }
    let (_phone, engine) = acquainted();
    let mut opted_out = ExternalSignals { global_privacy_control: true, ..ExternalSignals::default() };
    opted_out.region = Some(text(100));
    assert!(engine.consent().is_allowed(Purpose::Experiments));
    assert!(engine.consent().apply_signals(opted_out).is_err());
    assert!(!engine.consent().is_allowed(Purpose::Experiments));
    assert!(engine.data().export().unwrap().contains("\"region\": null"), "the strictest is assumed");
}

/// JSON that says the same in so many bytes, signed.
fn padded(mut json: Vec<u8>, bytes: usize, kind: &[u8; 8], phone: &Phone) -> Vec<u8> {
    json.resize(bytes - ENVELOPE_BYTES, b' ');
    signed::sign(kind, &json, phone.shop.key.pair())
}

/// The JSON in a signed envelope.
fn payload(sealed: &[u8], kind: &[u8; 8], phone: &Phone) -> Vec<u8> {
    signed::verify(kind, sealed, &phone.shop.key.public_key()).unwrap().to_vec()
}

fn is_too_large(refused: &str, bound: Bound) -> bool {
    refused.contains(&bound.to_string())
}

#[test]
fn a_document_that_is_too_large_is_refused_however_well_it_is_signed() {
    let mut phone = Phone::new();
    let mut json: serde_json::Value = serde_json::from_str(Policy::baseline_json()).unwrap();
    json["version"] = 2.into();
    let policy = |phone: &Phone, bytes| padded(json.to_string().into_bytes(), bytes, POLICY_KIND, phone);
    let engine = phone.engine();
    let refused = engine.consent().apply_policy(policy(&phone, limits::POLICY.most + 1)).unwrap_err();
    assert!(is_too_large(&refused.to_string(), limits::POLICY), "{refused}");
    engine.consent().apply_policy(policy(&phone, limits::POLICY.most)).unwrap();
    engine.shutdown();

    phone.policy = Some(policy(&phone, limits::POLICY.most + 1));
    let questions = payload(&phone.shop.questions(), TASKS_KIND, &phone);
    phone.task_set = Some(padded(questions.clone(), limits::TASK_SET.most + 1, TASKS_KIND, &phone));
    let engine = phone.engine();
    let passed_over = engine.consent().refused_policy().unwrap().unwrap();
    assert!(is_too_large(&passed_over.reason, limits::POLICY), "the engine opens: {}", passed_over.reason);
    let refused = Some(Prepared::Skipped { reason: SkipReason::Refused });
    assert_eq!(engine.privacy().run_maintenance(false).unwrap().report, refused);
    engine.shutdown();
    phone.task_set = Some(padded(questions, limits::TASK_SET.most, TASKS_KIND, &phone));
    let taken = phone.engine().privacy().run_maintenance(false).unwrap().report;
    assert_ne!(taken, refused);
}

/// A key that was dropped could be the one that says no.
#[test]
fn a_policy_that_reads_more_keys_than_are_kept_is_refused_by_name_and_of_all_others_every_key_counts() {
    let phone = Phone::new();
    let engine = phone.engine();
    let policy = |version: usize, keys: usize| {
        let mut json: serde_json::Value = serde_json::from_str(Policy::baseline_json()).unwrap();
        let rule = |at: &usize| serde_json::json!({"key": format!("CMP_{at}"), "position": 1, "purpose": "session", "denies": "0"});
        json["version"] = version.into();
        json["platform"]["rules"] = (1..=keys).collect::<Vec<_>>().iter().map(rule).collect();
        signed::sign(POLICY_KIND, json.to_string().as_bytes(), phone.shop.key.pair())
    };
    let most = limits::POLICY_KEYS.most;
    let Err(SottovoceError::Rejected { detail, .. }) = engine.consent().apply_policy(policy(2, most + 1))
    else {
        panic!("cut off in silence")
    };
    assert!(detail.contains("platform.rules") && detail.contains("33") && detail.contains("32"), "{detail}");
    engine.consent().apply_policy(policy(2, most)).unwrap();
    support::give(&engine, &[Purpose::Session]);
    for no in 1..=most {
        let says = |at| (format!("CMP_{at}"), if at == no { "0" } else { "1" }.to_owned());
        let consent_platform = (1..=most).map(says).collect();
        engine.consent().apply_signals(ExternalSignals { consent_platform, ..Default::default() }).unwrap();
        assert!(!engine.consent().is_allowed(Purpose::Session), "the no of key {no}");
    }
}

#[test]
fn a_widget_that_nothing_is_kept_for_has_the_same_bounds() {
    let phone = Phone::new();
    let engine = phone.stocked();
    let keep = |surface: usize, limit| {
        engine.ranking().keep_for_widget(RecommendRequest::new(&text(surface), limit))
    };
    assert_eq!(keep(limits::SURFACE.most, limits::WIDGET.most as u32), Ok(None));
    assert!(keep(limits::SURFACE.most + 1, 4).is_err());
    assert!(keep(1, limits::WIDGET.most as u32 + 1).is_err());
}
