//! A catalog that stays fresh: patches and syncs, as an app sees them.
#![allow(missing_docs, reason = "a test")]

mod support;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use sottovoce::api::{Change, Listener, ListenerError};
use sottovoce::catalog::import::ImportOptions;
use sottovoce::catalog::{
    Catalog, CatalogPatch, LatestHeader, PatchHeader, build_delta, build_latest, build_patch, published_path,
};
use sottovoce::consent::{ExternalSignals, Purpose};
use sottovoce::profile::{Event, EventName};
use sottovoce::signals::{HttpRequest, HttpResponse, Transport, TransportError};
use sottovoce::{Sottovoce, SottovoceError};
use support::{NOW_MS, Phone, Shop, give};

const DAY_MS: i64 = 86_400_000;
const URL: &str = "https://cdn.example/catalog";

/// A file host, and what was asked of it.
#[derive(Default)]
struct Host {
    files: Mutex<BTreeMap<String, Vec<u8>>>,
    asked: Mutex<Vec<HttpRequest>>,
}

impl Transport for Host {
    fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        self.asked.lock().unwrap().push(request.clone());
        let path = request.url.strip_prefix(URL).and_then(|path| path.strip_prefix('/')).unwrap();
        let range = request.headers[0].value.strip_prefix("bytes=").and_then(|range| range.split_once('-'));
        let first: usize = range.unwrap().0.parse().unwrap();
        let files = self.files.lock().unwrap();
        let file = files.get(path).map(|file| &file[first..]);
        let piece = file.map(|rest| rest[..rest.len().min(30_000)].to_vec());
        Ok(HttpResponse { status: if piece.is_some() { 206 } else { 404 }, body: piece.unwrap_or_default() })
    }
}

impl Host {
    fn publish(&self, shop: &Shop, number: u64, files: &[&[u8]], deltas: &[Vec<u8>]) {
        let header = LatestHeader { number, created_ms: NOW_MS, expires_ms: NOW_MS + 2 * DAY_MS };
        let latest = build_latest(files[0], files.get(1).copied(), deltas, &header, &shop.key).unwrap();
        let mut published = self.files.lock().unwrap();
        published.insert("latest".into(), latest);
        for file in files.iter().copied().chain(deltas.iter().map(Vec::as_slice)) {
            published.insert(published_path(file), file.to_vec());
        }
    }
}

fn patch(shop: &Shop, bundle: &[u8], number: u64, price: &str) -> Vec<u8> {
    let header = PatchHeader { number, created_ms: NOW_MS, expires_ms: NOW_MS + DAY_MS };
    let feed = format!("id,price,availability\nKI81,{price},out of stock\n");
    let base = Catalog::from_bytes(bundle).unwrap();
    build_patch(&base, feed.as_bytes(), &ImportOptions::default(), &header, &shop.key).unwrap().bytes
}

fn price(engine: &Sottovoce) -> i64 {
    let items = engine.catalog().items(vec!["KI81".into()]).unwrap();
    items[0].price.as_ref().unwrap().minor
}

struct Told(Mutex<Vec<Change>>);

impl Listener for Told {
    fn changed(&self, change: Change) -> Result<(), ListenerError> {
        self.0.lock().unwrap().push(change);
        Ok(())
    }
}

#[test]
fn a_patch_holds_until_it_expires_also_while_the_app_runs() {
    let phone = Phone::new();
    let engine = phone.stocked();
    let told = Arc::new(Told(Mutex::default()));
    engine.set_listener(Some(told.clone()));
    let before = price(&engine);
    let bytes = patch(&phone.shop, &phone.shop.bundle(1), 7, "1.23 EUR");
    let path = phone.folder.path().join("prices.svp");
    std::fs::write(&path, &bytes).unwrap();
    let report = engine.catalog().install(path.display().to_string()).unwrap();
    let in_force = CatalogPatch::InForce { number: 7, expires_ms: NOW_MS + DAY_MS };
    assert_eq!((report.version, report.patch, price(&engine)), (1, Some(in_force), 123));
    assert_eq!(engine.status().catalog_patch, Some(in_force));
    assert!(told.0.lock().unwrap().contains(&Change::Catalog { version: 1 }));
    engine.shutdown();
    let engine = phone.engine();
    assert_eq!(price(&engine), 123);
    phone.clock.advance(DAY_MS - 1);
    assert_eq!(price(&engine), 123);
    phone.clock.advance(1);
    assert_eq!(price(&engine), before);
    let expired = CatalogPatch::Expired { number: 7, expires_ms: NOW_MS + DAY_MS };
    assert_eq!(engine.status().catalog_patch, Some(expired));
    let again = engine.catalog().install(path.display().to_string());
    assert!(matches!(again, Err(SottovoceError::Rejected { .. })), "{again:?}");
}

#[test]
fn two_very_different_devices_with_the_same_catalog_ask_the_same() {
    let shop = Shop::new();
    let host = Arc::new(Host::default());
    let [old, new] = [shop.bundle(1), shop.bundle(2)];
    let prices = patch(&shop, &new, 1, "1.23 EUR");
    let key = shop.key.to_pem().unwrap();
    let requests = |learn: &dyn Fn(&Phone, &Sottovoce)| {
        let mut phone = Phone::new();
        phone.shop.key = sottovoce::catalog::SigningKey::from_pem(&key).unwrap();
        phone.transport = Some(host.clone());
        let engine = phone.engine();
        host.publish(&shop, 1, &[&old], &[]);
        assert!(engine.catalog().sync(URL.into()).unwrap().changed);
        learn(&phone, &engine);
        host.publish(&shop, 2, &[&new, &prices], &[build_delta(&old, &new).unwrap()]);
        let synced = engine.catalog().sync(format!("{URL}/")).unwrap();
        assert!(synced.changed && synced.catalog.version == 2 && price(&engine) == 123);
        assert!(synced.received_bytes < new.len() as u64, "the delta was enough");
        let again = engine.catalog().sync(URL.into()).unwrap();
        assert_eq!((again.changed, again.received_bytes, again.catalog), (false, 0, synced.catalog));
        std::mem::take(&mut *host.asked.lock().unwrap())
    };
    let stranger = requests(&|_, _| {});
    let known = requests(&|phone, engine| {
        let german = ExternalSignals { region: Some("DE".into()), ..ExternalSignals::default() };
        engine.consent().apply_signals(german).unwrap();
        give(engine, &[Purpose::History, Purpose::Ranking, Purpose::Preferences]);
        for id in ["KI81", "CL4-RO-S", "CL12-GR-30"] {
            engine.events().track(Event::about(EventName::ViewItem, [id])).unwrap();
        }
        phone.clock.advance(3_600_000);
    });
    assert_eq!(stranger, known);
    assert!(stranger.len() > 5);
    let only = |request: &HttpRequest| {
        request.method == "GET" && request.body.is_empty() && request.headers.len() == 1
    };
    assert!(stranger.iter().all(only), "nothing but a path and a range");
}

#[test]
fn a_sync_that_cannot_be_says_why() {
    let mut phone = Phone::new();
    let engine = phone.stocked();
    let refused = engine.catalog().sync(URL.into());
    assert!(
        matches!(refused, Err(SottovoceError::InvalidArgument { .. })),
        "there is no transport: {refused:?}"
    );
    engine.shutdown();
    let host = Arc::new(Host::default());
    phone.transport = Some(host.clone());
    let engine = phone.engine();
    assert!(matches!(engine.catalog().sync(URL.into()), Err(SottovoceError::NotFetched { .. })));
    host.publish(&phone.shop, 1, &[&phone.shop.bundle(2)], &[]);
    phone.clock.advance(2 * DAY_MS);
    let Err(SottovoceError::Rejected { detail, .. }) = engine.catalog().sync(URL.into()) else { panic!() };
    assert!(detail.contains("expired"), "{detail}");
    assert_eq!(engine.status().catalog_version, Some(1));
}
