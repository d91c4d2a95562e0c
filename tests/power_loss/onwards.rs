//! Life goes on after power was lost: the next calls work and are believed.

use std::sync::atomic::Ordering;

use sottovoce::SottovoceError;
use sottovoce::consent::{Choice, Purpose, PurposeChoice};
use sottovoce::profile::{EventName, PreferenceKey, TrackOutcome};
use sottovoce::signals::Prepared;
use sottovoce::signed::hex;

use super::checks::{Broken, Promise};
use super::deeds::event;
use super::life::Life;
use super::model::Moment;
use super::vault_support::disk::Rng;
use super::view::{View, shelf};
use super::world::{Device, ITEMS, canary};

/// A number that no life comes to.
const NEXT: u32 = 8000;

/// Makes a few more calls; `thoroughly`, also a withdrawal and another opening.
pub fn go_on(
    device: &mut Device,
    life: &Life,
    moment: Moment,
    found: &View,
    thoroughly: bool,
    rng: &mut Rng,
) -> Vec<Broken> {
    let mut broken = Vec::new();
    let stuck = |what: &str| (Promise::GoesOn, what.to_owned());
    match maintain(device, life, moment, found) {
        Ok(second) => broken.extend(second),
        Err(error) => broken.push(stuck(&format!("maintenance: {error}"))),
    }
    // A no that was under way may be carried out now.
    let after = life.around(moment).1;
    let gone =
        |p: &Purpose| found.allows(*p) && !device.engine().consent().is_allowed(*p) && after.allows(*p);
    if let Some(purpose) = Purpose::ALL.into_iter().find(gone) {
        broken.push(stuck(&format!("{purpose:?} is not allowed any more")));
    }
    if let Err(error) = use_it(device, found.catalog.is_some()) {
        broken.push(stuck(&error));
    }
    if thoroughly {
        let again = change_of_mind(device, rng.coin());
        broken.extend(again.err().map(|error| stuck(&error)));
    }
    broken
}

/// Nobody answers a window twice in different words.
fn maintain(
    device: &Device,
    life: &Life,
    moment: Moment,
    found: &View,
) -> Result<Option<Broken>, SottovoceError> {
    let privacy = device.engine().privacy();
    device.post.down.store(false, Ordering::SeqCst);
    device.post.got.lock().unwrap().clear();
    let report = privacy.run_maintenance(true)?.report;
    let answers = life.answers(moment);
    let charged = |view: &View| view.budget.as_ref().is_some_and(|budget| budget.window_spent > 0);
    let twice = |what: &str| Ok(Some((Promise::Answer, what.to_owned())));
    if matches!(report, Some(Prepared::Queued { .. })) && charged(life.around(moment).0) {
        return twice("the window was answered and is answered again");
    }
    if privacy
        .outbox()?
        .iter()
        .any(|r| answers.get(&r.window_start_ms).is_some_and(|known| *known != r.bytes_hex))
    {
        return twice("another answer waits for a window that was answered");
    }
    let known = |bytes: &String| found.waiting.values().any(|waiting| waiting == bytes);
    if device.post.got.lock().unwrap().iter().any(|body| !known(&hex(body))) {
        return twice("a report leaves that nobody saw");
    }
    Ok(None)
}

/// Says something, does something and takes back a permission; all of it shows at once.
fn use_it(device: &Device, has_catalog: bool) -> Result<(), String> {
    let engine = device.engine();
    let allows = |purpose| engine.consent().is_allowed(purpose);
    let told = |what: &str, error: SottovoceError| format!("{what}: {error}");
    if allows(Purpose::Preferences) {
        let said = engine.preferences().set(PreferenceKey::Interest, canary(NEXT));
        said.map_err(|e| told("a preference", e))?;
        if !engine.preferences().all().unwrap().iter().any(|p| p.value == canary(NEXT)) {
            return Err("a preference that was set is not there".into());
        }
    }
    if allows(Purpose::History) && has_catalog {
        device.clock.advance(3_600_000);
        let kept = engine.events().track(event(EventName::Search, NEXT + 1, ITEMS[0]));
        if !matches!(kept.map_err(|e| told("an event", e))?, TrackOutcome::Stored { .. }) {
            return Err("an event is not stored".into());
        }
    }
    let no = PurposeChoice { purpose: Purpose::Offers, choice: Choice::Refuse };
    engine.consent().record(vec![no], "test".into(), "en".into()).map_err(|e| told("a refusal", e))?;
    if engine.consent().is_allowed(Purpose::Offers) { Err("a refusal does not hold".into()) } else { Ok(()) }
}

/// Takes permissions back and starts once more: they stay taken back, and the old catalog stays refused.
fn change_of_mind(device: &mut Device, install: bool) -> Result<(), String> {
    let version = device.engine().status().catalog_version.unwrap_or(0);
    if install {
        device.install(version + 1).map_err(|e| format!("a newer catalog: {e}"))?;
        if version > 0 && device.install(version).is_ok() {
            return Err("an older catalog is taken".into());
        }
    }
    let purposes = vec![Purpose::History, Purpose::Ranking];
    let gone = device.engine().consent().withdraw(purposes, "test".into(), "en".into());
    gone.map_err(|e| format!("a withdrawal: {e}"))?;
    if shelf(device).map_err(|e| format!("the widget: {e}"))?.is_some() {
        return Err("the widget shows what it may not".into());
    }
    device.open().map_err(|e| format!("the next opening: {e}"))?;
    let view = View::of(device).map_err(|e| format!("after the next opening: {e}"))?;
    let sound = device.engine().integrity().is_ok_and(|found| found.is_sound());
    if !sound || view.allows(Purpose::History) || !view.events.is_empty() {
        return Err("a withdrawal does not hold".into());
    }
    let installed = view.catalog.map_or(0, |(version, _)| version);
    if installed == version + u64::from(install) { Ok(()) } else { Err("the catalog is another one".into()) }
}
