//! Every exported method, called on a phone that knows a shopper and may not use what it knows: it answers as a phone
//! that has never seen anybody. A method that is added must be added here.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::sync::Arc;

use sottovoce::Sottovoce;
use sottovoce::api::{Change, Listener, ListenerError};
use sottovoce::consent::{AgeBand, Choice, EraseScope, ExternalSignals, Purpose, PurposeChoice};
use sottovoce::profile::{
    Correction, Event, EventName, PreferenceKey, ReviewAspect, ShoppingMode, Stage, Surface, VisitContext,
};
use sottovoce::ranking::Intensity;
use sottovoce::sensitive::SensitiveTag;
use sottovoce::surfaces::{
    MessageRequest, PreviewAs, Ranking, RecommendRequest, Review, SearchRequest, SearchResults,
};
use support::{Offline, Phone, give};

/// What each method said.
#[derive(Default)]
struct Walk(BTreeMap<&'static str, String>);

impl Walk {
    /// Calls a method and notes what it said.
    fn said(&mut self, method: &'static str, answer: impl Debug) {
        let clash = self.0.insert(method, format!("{answer:?}"));
        assert_eq!(clash, None, "{method} is called twice");
    }

    /// Calls a method whose answer rests on records of consent or the budget, which are kept for every user.
    fn called<T>(&mut self, method: &'static str, answer: T) -> T {
        self.said(method, ());
        answer
    }
}

/// Hears of changes and does nothing.
struct Deaf;

impl Listener for Deaf {
    fn changed(&self, _: Change) -> Result<(), ListenerError> {
        Ok(())
    }
}

/// A phone that has learned something, or nothing, was put away, and is a child's from now on.
fn phone(learned: bool) -> (Phone, Arc<Sottovoce>) {
    let mut phone = Phone::new();
    phone.shop.plan = Some(support::plan().plan);
    phone.task_set = Some(phone.shop.questions());
    phone.transport = Some(Arc::new(Offline));
    let engine = phone.stocked();
    if learned {
        engine.consent().accept_all("test".into(), "en".into()).unwrap();
        for item in ["KI81", "KI83", "KI84"] {
            phone.clock.advance(60_000);
            engine.events().track(Event::about(EventName::ViewItem, [item])).unwrap();
        }
        assert!(engine.experiments().expose("shelf".into()).unwrap());
        engine.privacy().run_maintenance(false).unwrap();
        assert_eq!(engine.privacy().outbox().unwrap().len(), 1);
        assert!(!engine.profile().view().unwrap().inferred.is_empty());
    } else {
        give(&engine, &[Purpose::Preferences]); // which a child may still use
        phone.clock.advance(180_000);
    }
    engine.shutdown();
    drop(engine);
    let engine = phone.engine();
    (phone, engine)
}

fn named(ranking: Ranking) -> (String, Ranking) {
    (ranking.ranking_id.clone(), Ranking { ranking_id: String::new(), ..ranking })
}

fn consent(walk: &mut Walk, engine: &Sottovoce) {
    let (here, en) = (|| "walk".to_owned(), || "en".to_owned());
    let consent = walk.called("Sottovoce::consent", engine.consent());
    let child = ExternalSignals { age_band: Some(AgeBand::Under13), ..ExternalSignals::default() };
    walk.called("ConsentApi::apply_signals", consent.apply_signals(child)).unwrap();
    walk.said("ConsentApi::is_allowed", Purpose::ALL.map(|p| consent.is_allowed(p)));
    walk.called("ConsentApi::snapshot", consent.snapshot()).unwrap();
    walk.called("ConsentApi::pending_prompt", consent.pending_prompt(en())).unwrap();
    walk.called("ConsentApi::notice", consent.notice(en())).unwrap();
    walk.called("ConsentApi::served", consent.served(vec![Purpose::History], here(), en())).unwrap();
    walk.called("ConsentApi::export_receipts", consent.export_receipts()).unwrap();
    walk.called("ConsentApi::receipts", consent.receipts(0)).unwrap();
    walk.called("ConsentApi::verify_ledger", consent.verify_ledger()).unwrap();
    walk.called("ConsentApi::head", consent.head()).unwrap();
    walk.called("ConsentApi::center", consent.center(en())).unwrap();
    walk.said("ConsentApi::sensitive", SensitiveTag::ALL.map(|t| consent.sensitive(t).unwrap().allowed));
    walk.said("ConsentApi::refused_policy", consent.refused_policy());
    walk.called("ConsentApi::carried_answers", consent.carried_answers()).unwrap();
}

/// What gives and takes comes last: nothing is compared after it.
fn answers(walk: &mut Walk, engine: &Sottovoce) {
    let (consent, here, en) = (engine.consent(), || "walk".to_owned(), || "en".to_owned());
    let no = vec![PurposeChoice { purpose: Purpose::Offers, choice: Choice::Refuse }];
    walk.called("ConsentApi::record", consent.record(no, here(), en())).unwrap();
    walk.called("ConsentApi::save", consent.save(Vec::new(), here(), en())).unwrap();
    walk.called("ConsentApi::accept_all", consent.accept_all(here(), en())).unwrap();
    walk.called("ConsentApi::refuse_all", consent.refuse_all(here(), en())).unwrap();
    walk.called("ConsentApi::withdraw", consent.withdraw(vec![Purpose::History], here(), en())).unwrap();
    walk.called("ConsentApi::import_answers", consent.import_answers(Vec::new())).unwrap();
    let topic = consent.answer_sensitive(SensitiveTag::Health, Choice::Give, here(), en());
    walk.said("ConsentApi::answer_sensitive", topic.is_ok());
    walk.said("ConsentApi::apply_policy", consent.apply_policy(Vec::new()));
    let data = walk.called("Sottovoce::data", engine.data());
    walk.called("DataApi::export", data.export()).unwrap(); // the user's own copy has what may not be used
    walk.called("DataApi::erase", data.erase(EraseScope::Everything)).unwrap();
}

fn what_is_known(walk: &mut Walk, engine: &Sottovoce) {
    let preferences = walk.called("Sottovoce::preferences", engine.preferences());
    walk.said("PreferencesApi::all", preferences.all());
    walk.called("PreferencesApi::form", preferences.form("en".into())).unwrap();
    let (surface, light) = (Surface::Search, Intensity::Light);
    walk.said("PreferencesApi::set_intensity", preferences.set_intensity(surface, light));
    walk.said("PreferencesApi::intensity", Surface::ALL.map(|surface| preferences.intensity(surface)));
    walk.said("PreferencesApi::set", preferences.set(PreferenceKey::Brand, "Copperfinch".into()));
    walk.said("PreferencesApi::remove", preferences.remove(PreferenceKey::Brand, "Copperfinch".into()));
    let events = walk.called("Sottovoce::events", engine.events());
    walk.said("EventsApi::track", events.track(Event::about(EventName::ViewItem, ["KI81"])));
    walk.said("EventsApi::set_mode", events.set_mode(ShoppingMode::Normal));
    walk.said("EventsApi::set_context", events.set_context(Some(VisitContext::default())));
    walk.said("EventsApi::quality", events.quality());
    let ranking = walk.called("Sottovoce::ranking", engine.ranking());
    let (ranking_id, shelf) = named(ranking.recommend(RecommendRequest::new("home", 20)).unwrap());
    let first = shelf.items[0].item_id.clone();
    walk.said("RankingApi::recommend", shelf);
    walk.said("RankingApi::storefront", ranking.storefront("home".into(), "en".into()).unwrap());
    let slots = ["home-hero", "home-story", "home-offer", "nowhere"];
    walk.said("RankingApi::decide", slots.map(|slot| ranking.decide(slot.into(), "en".into()).unwrap()));
    let preview_as = PreviewAs { stage: Stage::Repeat, segments: vec!["coffee".into()], context: None };
    walk.said("RankingApi::preview", ranking.preview("home".into(), preview_as, "en".into()).unwrap());
    let kept = ranking.keep_for_widget(RecommendRequest::new("widget", 20));
    assert_eq!(kept, Ok(None), "nothing is kept of whom nothing may be used");
    walk.said("RankingApi::keep_for_widget", kept);
    walk.said("RankingApi::forget_widget", ranking.forget_widget());
    let product = walk.called("Sottovoce::product", engine.product());
    walk.said("ProductApi::size_advice", product.size_advice("CL1-BL-S".into(), "en".into()));
    let reviews = [ReviewAspect::Comfort, ReviewAspect::Sustainability, ReviewAspect::Size];
    let reviews = reviews.map(|aspect| Review { review_id: format!("{aspect:?}"), aspects: vec![aspect] });
    let ranked = product.rank_reviews("CL1-BL-S".into(), reviews.to_vec(), "en".into());
    walk.said("ProductApi::rank_reviews", ranked);
    walk.said("ProductApi::checkout_hints", product.checkout_hints());
    let messages = walk.called("Sottovoce::messages", engine.messages());
    let request =
        MessageRequest { locale: "en".into(), utc_offset_minutes: 0, system_allows: true, leaving: false };
    walk.said("MessagesApi::poll", messages.poll(request));
    walk.said("MessagesApi::settings", messages.settings("en".into()));
    walk.said("MessagesApi::scheduled", messages.scheduled(None));
    walk.said("MessagesApi::snooze", messages.snooze(Some(0)));
    walk.said("MessagesApi::set_muted", messages.set_muted("cart-waits".into(), true));
    let search = walk.called("Sottovoce::search", engine.search());
    let found = search.query(SearchRequest { facets: true, ..SearchRequest::new("coffee", 20) }).unwrap();
    let page = named(found.page).1;
    walk.said("SearchApi::query", SearchResults { page, next_cursor: None, ..found });
    walk.said("SearchApi::browse_advice", search.browse_advice(None, "en".into()));
    walk.said("SearchApi::suggest", search.suggest("cof".into(), 9));
    walk.said("SearchApi::by_vector", search.by_vector(vec![1.0], 9));
    let profile = walk.called("Sottovoce::profile", engine.profile());
    walk.said("ProfileApi::view", profile.view());
    walk.said("ProfileApi::predictions", profile.predictions());
    walk.said("ProfileApi::segments", profile.segments("en".into()));
    walk.said("ProfileApi::explain", profile.explain(ranking_id, first, "en".into()));
    let correction = Correction::ExcludeEvidence { item_ids: vec!["KI81".into()] };
    walk.said("ProfileApi::correct", profile.correct(correction));
}

fn what_leaves(walk: &mut Walk, engine: &Sottovoce) {
    let experiments = walk.called("Sottovoce::experiments", engine.experiments());
    walk.said("ExperimentsApi::variant", experiments.variant("shelf".into()));
    walk.said("ExperimentsApi::expose", experiments.expose("shelf".into()));
    walk.said("ExperimentsApi::exposures", experiments.exposures());
    let privacy = walk.called("Sottovoce::privacy", engine.privacy());
    walk.said("PrivacyApi::outbox", privacy.outbox());
    walk.said("PrivacyApi::questions", privacy.questions("en".into()));
    walk.said("PrivacyApi::discard", privacy.discard());
    walk.said("PrivacyApi::run_maintenance", privacy.run_maintenance(true));
    walk.called("PrivacyApi::sent", privacy.sent()).unwrap();
    walk.called("PrivacyApi::budget", privacy.budget()).unwrap();
}

fn walk(learned: bool) -> Walk {
    let (phone, engine) = phone(learned);
    let mut walk = Walk::default();
    walk.called("Sottovoce::new", ());
    walk.called("Sottovoce::open", ());
    walk.called("TestClock::new", ());
    walk.called("TestClock::advance", ());
    walk.said("Sottovoce::unlock", engine.unlock());
    walk.said("Sottovoce::status", engine.status());
    walk.called("Sottovoce::integrity", engine.integrity()).unwrap();
    walk.called("Sottovoce::repair", engine.repair(false)).unwrap();
    engine.set_listener(None);
    walk.called("Sottovoce::set_listener", ());
    let subscription = walk.called("Sottovoce::subscribe", engine.subscribe(Arc::new(Deaf)));
    subscription.cancel();
    walk.called("Subscription::cancel", ());
    let catalog = walk.called("Sottovoce::catalog", engine.catalog());
    walk.said("CatalogApi::items", catalog.items(vec!["KI81".into()]));
    walk.said("CatalogApi::products", catalog.products(vec!["KI81".into()]));
    walk.called("CatalogApi::install", phone.apply(&engine, &phone.shop.bundle(2))).unwrap();
    walk.said("CatalogApi::sync", catalog.sync("https://cdn.example".into()).is_err());
    consent(&mut walk, &engine);
    what_is_known(&mut walk, &engine);
    what_leaves(&mut walk, &engine);
    answers(&mut walk, &engine);
    engine.shutdown();
    walk.called("Sottovoce::shutdown", ());
    walk
}

#[test]
fn whatever_may_not_be_used_is_as_if_it_were_not_there() {
    let (knowing, ignorant) = (walk(true), walk(false));
    let called: BTreeSet<String> = knowing.0.keys().map(|name| (*name).to_owned()).collect();
    let exported: BTreeSet<String> = support::exported().into_keys().collect();
    let missing: Vec<_> = exported.symmetric_difference(&called).collect();
    assert!(missing.is_empty(), "exported and not called here, or the other way round: {missing:?}");
    for (method, answer) in &knowing.0 {
        assert_eq!(*answer, ignorant.0[method], "{method} knows who it is");
    }
}
