//! Upkeep over the real API: two calls at once, and a transport that calls the engine.
#![allow(missing_docs, reason = "a test")]

mod support;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, Mutex, OnceLock, Weak};

use sottovoce::consent::Purpose;
use sottovoce::profile::{Event, EventName};
use sottovoce::signals::{
    FlushReport, HttpRequest, HttpResponse, Prepared, SkipReason, Transport, TransportError,
};
use sottovoce::surfaces::RecommendRequest;
use sottovoce::{Sottovoce, SottovoceError};
use support::{Phone, give};

const DAY_MS: i64 = 86_400_000;

/// Keeps what it is given and then does as it is told, with the engine at hand.
struct App {
    bodies: Mutex<Vec<Vec<u8>>>,
    engine: OnceLock<Weak<Sottovoce>>,
    does: Box<dyn Fn(&Sottovoce) + Send + Sync>,
    status: u16,
}

impl App {
    fn that(status: u16, does: impl Fn(&Sottovoce) + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { bodies: Mutex::default(), engine: OnceLock::new(), does: Box::new(does), status })
    }

    fn bodies(&self) -> Vec<Vec<u8>> {
        self.bodies.lock().unwrap().clone()
    }
}

impl Transport for App {
    fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        self.bodies.lock().unwrap().push(request.body);
        (self.does)(&self.engine.get().unwrap().upgrade().unwrap());
        Ok(HttpResponse { status: self.status, body: Vec::new() })
    }
}

/// A phone with one report whose time has come.
fn with_a_report(app: &Arc<App>) -> (Phone, Arc<Sottovoce>) {
    let mut phone = Phone::new();
    phone.task_set = Some(phone.shop.questions());
    phone.transport = Some(app.clone());
    let engine = phone.stocked();
    app.engine.set(Arc::downgrade(&engine)).unwrap();
    give(&engine, &[Purpose::Measurement, Purpose::Session]);
    engine.privacy().run_maintenance(false).unwrap();
    phone.clock.set(engine.privacy().outbox().unwrap()[0].send_after_ms);
    (phone, engine)
}

/// When the window that a report is about began.
fn window_of(body: &[u8]) -> i64 {
    i64::from(u32::from_be_bytes(body[10..14].try_into().unwrap())) * DAY_MS
}

fn sent(engine: &Sottovoce) -> Option<FlushReport> {
    engine.privacy().run_maintenance(true).unwrap().sent
}

#[test]
fn two_at_once_send_once_and_a_transport_that_hangs_holds_up_nothing_else() {
    let (meet, met) = (Arc::new(Barrier::new(2)), AtomicBool::new(false));
    let at_the_server = meet.clone();
    let app = App::that(200, move |_| {
        if !met.swap(true, Ordering::SeqCst) {
            at_the_server.wait();
            at_the_server.wait();
        }
    });
    let (_phone, engine) = with_a_report(&app);
    let (first, second, discarded) = std::thread::scope(|scope| {
        let first = scope.spawn(|| sent(&engine));
        meet.wait();
        let second = sent(&engine).unwrap();
        let discarded = engine.privacy().discard();
        give(&engine, &[Purpose::History]);
        engine.events().track(Event::about(EventName::ViewItem, ["KI81"])).unwrap();
        engine.ranking().recommend(RecommendRequest::new("home", 3)).unwrap();
        engine.data().export().unwrap();
        meet.wait();
        (first.join().unwrap().unwrap(), second, discarded)
    });
    assert!(second.under_way && second.sent == 0, "{second:?}");
    assert_eq!(discarded, Ok(2), "the one under way and that of the new window");
    assert_eq!((first.sent, first.under_way), (1, false));
    assert_eq!((app.bodies().len(), engine.privacy().sent().unwrap().len()), (1, 1));
    assert_eq!(engine.privacy().outbox().unwrap(), []);
}

/// What a transport calls while it sends, and whether the report is still owed afterwards if the send fails.
type Call = (fn(&Sottovoce), bool);

#[test]
fn nothing_leaves_without_leave_to_use_the_network() {
    let app = App::that(200, |_| ());
    let (_phone, engine) = with_a_report(&app);
    assert_eq!(engine.privacy().run_maintenance(false).unwrap().sent, None);
    assert!(app.bodies().is_empty());
    assert_eq!(sent(&engine).unwrap().sent, 1);
}

#[test]
fn what_waited_too_long_goes_without_a_network() {
    let (phone, engine) = with_a_report(&App::that(200, |_| ()));
    let window_start_ms = engine.privacy().outbox().unwrap()[0].window_start_ms;
    let of_the_window = |engine: &Sottovoce| {
        let waiting = engine.privacy().outbox().unwrap();
        waiting.iter().filter(|w| w.window_start_ms == window_start_ms).count()
    };
    for (left_ms, waiting) in [(1, 1), (0, 0)] {
        phone.clock.set(window_start_ms + 21 * DAY_MS - left_ms);
        engine.privacy().run_maintenance(false).unwrap();
        assert_eq!(of_the_window(&engine), waiting);
    }
}

#[test]
fn a_transport_may_call_the_engine() {
    let calls: [Call; 5] = [
        (|e| assert!(sent(e).unwrap().under_way), true),
        (|e| assert!(!e.privacy().outbox().unwrap().is_empty()), true),
        (|e| assert_eq!(e.privacy().discard().unwrap(), 2), false),
        (|e| e.shutdown(), true),
        (|e| drop(e.consent().withdraw(vec![Purpose::Measurement], "s".into(), "en".into()).unwrap()), false),
    ];
    for (call, owed) in calls {
        for status in [200, 503] {
            let once = AtomicBool::new(false);
            let app = App::that(status, move |engine| {
                if !once.swap(true, Ordering::SeqCst) {
                    call(engine);
                }
            });
            let (phone, engine) = with_a_report(&app);
            match engine.privacy().run_maintenance(true) {
                // Closed meanwhile, so that it could not be noted: the same bytes are sent again.
                Ok(_) | Err(SottovoceError::Locked) => {}
                Err(other) => panic!("{other}"),
            }
            let first = app.bodies()[0].clone();
            for _ in 0..40 {
                phone.clock.advance(DAY_MS / 2);
                engine.unlock().unwrap();
                engine.privacy().run_maintenance(true).unwrap();
            }
            let tries = app.bodies().iter().filter(|body| **body == first).count();
            assert!(
                if owed { status == 200 || tries > 1 } else { tries == 1 },
                "{tries} with status {status}"
            );
            let traces = engine.privacy().sent().unwrap();
            let noted = traces.iter().filter(|t| t.window_start_ms == window_of(&first)).count();
            assert_eq!(noted > 0, status == 200, "what was taken is owned up to");
            assert!(engine.integrity().unwrap().is_sound());
        }
    }
}

#[test]
fn what_waits_is_sent_although_the_questions_of_this_release_are_refused() {
    let app = App::that(200, |_| ());
    let (mut phone, before) = with_a_report(&app);
    before.shutdown();
    phone.task_set.as_mut().unwrap().push(b' ');
    let engine = phone.engine();
    let done = engine.privacy().run_maintenance(true);
    let skipped = Some(Prepared::Skipped { reason: SkipReason::Refused });
    assert_eq!(done.as_ref().map(|done| done.report.clone()), Ok(skipped));
    assert_eq!((app.bodies().len(), engine.privacy().sent().unwrap().len()), (1, 1));
}
