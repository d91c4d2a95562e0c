//! What an app and its user see of an engine, as far as anything is promised about it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use sottovoce::SottovoceError;
use sottovoce::api::widget_shelf_at;
use sottovoce::consent::Purpose;
use sottovoce::sensitive::SensitiveTag;
use sottovoce::surfaces::WidgetShelf;

use super::world::{Device, ITEMS, canaries, canary};

/// Something that is allowed or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    Use(Purpose),
    Know(SensitiveTag),
}

/// What can be seen at a moment.
#[derive(Debug, Clone, Default)]
pub struct View {
    pub allowed: BTreeSet<Right>,
    /// What the user said, oldest first, whether or not it may be used.
    pub preferences: Vec<String>,
    /// The numbers of the stored events. A later event has a greater number.
    pub events: BTreeSet<u32>,
    /// The ledger of consent, by id.
    pub receipts: Vec<String>,
    pub budget: Option<Budget>,
    /// The reports that wait, by window: the bytes.
    pub waiting: BTreeMap<i64, String>,
    /// Version, titles and patch of the catalog.
    pub catalog: Option<(u64, Vec<String>)>,
    pub shelf: Option<WidgetShelf>,
    /// Every canary that the export shows.
    pub shown: BTreeSet<u32>,
    /// By event or preference: the numbers of the products it is about.
    pub about: BTreeMap<u32, BTreeSet<u32>>,
}

/// What was spent, in millionths of epsilon.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Budget {
    pub closed: bool,
    pub window_spent: u64,
    pub quarter_spent: u64,
    pub install_spent: u64,
    pub left: u64,
}

/// The part of an export that is looked at.
#[derive(Deserialize)]
struct Export {
    consent: Consent,
    preferences: Vec<Said>,
    events: Vec<Done>,
    reports: Reports,
}

#[derive(Deserialize)]
struct Consent {
    receipts: Receipts,
}

#[derive(Deserialize)]
struct Receipts {
    records: Vec<Receipt>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Receipt {
    record_id: String,
}

#[derive(Deserialize)]
struct Reports {
    waiting: Vec<Waiting>,
    budget: Budget,
}

#[derive(Deserialize)]
struct Waiting {
    window_start_ms: i64,
    bytes_hex: String,
}

#[derive(Deserialize)]
struct Said {
    key: String,
    value: String,
}

#[derive(Deserialize)]
struct Done {
    kept: String,
    items: Vec<About>,
    item_list_id: Option<String>,
    transaction_id: Option<String>,
    promotion_id: Option<String>,
}

#[derive(Deserialize)]
struct About {
    item_id: String,
}

impl View {
    pub fn of(device: &Device) -> Result<Self, SottovoceError> {
        let engine = device.engine();
        let mut view = Self { allowed: allowed(device), ..Self::default() };
        view.read_export(&engine.data().export()?);
        view.catalog = catalog(device)?;
        view.shelf = shelf(device)?;
        Ok(view)
    }

    fn read_export(&mut self, text: &str) {
        let export: Export = serde_json::from_str(text).unwrap();
        self.shown = canaries(text.as_bytes()).collect();
        self.receipts = export.consent.receipts.records.into_iter().map(|r| r.record_id).collect();
        self.budget = Some(export.reports.budget);
        self.waiting = export.reports.waiting.into_iter().map(|r| (r.window_start_ms, r.bytes_hex)).collect();
        for said in export.preferences {
            let text = format!("{}={}", said.key, said.value);
            if let Some(number) = canaries(text.as_bytes()).next() {
                // A product that is liked or not is a canary of its own.
                self.about.insert(number, BTreeSet::new());
            }
            self.preferences.push(text);
        }
        for done in export.events.into_iter().filter(|event| event.kept == "stored") {
            let own = [done.item_list_id, done.transaction_id, done.promotion_id].into_iter().flatten();
            let own: String = own.collect();
            let number = canaries(own.as_bytes()).next().unwrap_or(0);
            let items = done.items.iter().flat_map(|item| canaries(item.item_id.as_bytes()));
            self.about.insert(number, items.collect());
            self.events.insert(number);
        }
    }

    pub fn allows(&self, purpose: Purpose) -> bool {
        self.allowed.contains(&Right::Use(purpose))
    }

    /// Whether nothing that is stored durably differs.
    pub fn keeps_the_same_as(&self, other: &Self) -> bool {
        let kept = |view: &Self| (view.preferences.clone(), view.receipts.clone(), view.budget.clone());
        kept(self) == kept(other) && (&self.events, &self.waiting) == (&other.events, &other.waiting)
    }

    /// Every canary that is kept.
    pub fn kept(&self) -> BTreeSet<u32> {
        self.about.iter().flat_map(|(number, items)| items.iter().chain([number])).copied().collect()
    }
}

fn allowed(device: &Device) -> BTreeSet<Right> {
    let consent = device.engine().consent();
    let purposes = Purpose::ALL.into_iter().filter(|p| *p != Purpose::Essential && consent.is_allowed(*p));
    let topic = consent.sensitive(SensitiveTag::Health).is_ok_and(|decision| decision.allowed);
    purposes.map(Right::Use).chain(topic.then_some(Right::Know(SensitiveTag::Health))).collect()
}

/// Version, titles and patch of the catalog in use.
pub fn catalog(device: &Device) -> Result<Option<(u64, Vec<String>)>, SottovoceError> {
    let engine = device.engine();
    let Some(version) = engine.status().catalog_version else { return Ok(None) };
    let items = engine.catalog().items(ITEMS.map(canary).to_vec())?;
    let patch = format!("{:?}", engine.status().catalog_patch);
    Ok(Some((version, items.into_iter().map(|item| item.title).chain([patch]).collect())))
}

/// What a widget shows, in a process of its own.
pub fn shelf(device: &Device) -> Result<Option<WidgetShelf>, SottovoceError> {
    widget_shelf_at(&device.config(), std::sync::Arc::new(device.keys()), &*device.clock)
}
