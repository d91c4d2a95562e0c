//! A catalog that stays fresh: patches and syncs, as an app sees them.
#![allow(missing_docs, reason = "a test")]

mod emulated;
mod support;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use sottovoce::api::{Change, Listener, ListenerError};
use sottovoce::catalog::import::ImportOptions;
use sottovoce::catalog::{
    Catalog, CatalogPatch, KeyChange, LatestHeader, PatchHeader, SigningKey, build_delta, build_latest,
    build_patch, change_key, published_path,
};
use sottovoce::consent::{ExternalSignals, Purpose};
use sottovoce::profile::{Event, EventName};
use sottovoce::random::SystemRandom;
use sottovoce::signals::{HttpRequest, HttpResponse, Transport, TransportError};
use sottovoce::{Config, Sottovoce, SottovoceError};
use support::{NOW_MS, Phone, STORE, Shop, copy, give};

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
    for url in [
        "",
        "shop",
        "https://",
        "https://shop.example/a?device=1",
        "https://shop.example/a#b",
        "https://a\r\nb",
    ] {
        let refused = engine.catalog().sync(url.into());
        assert!(
            matches!(&refused, Err(SottovoceError::InvalidArgument { field, .. }) if field == "url"),
            "{url}"
        );
    }
    assert!(matches!(engine.catalog().sync(URL.into()), Err(SottovoceError::NotFetched { .. })));
    host.publish(&phone.shop, 1, &[&phone.shop.bundle(2)], &[]);
    phone.clock.advance(2 * DAY_MS);
    let Err(SottovoceError::Rejected { detail, .. }) = engine.catalog().sync(URL.into()) else { panic!() };
    assert!(detail.contains("expired"), "{detail}");
    assert_eq!(engine.status().catalog_version, Some(1));
}

/// An engine whose app knows a recovery key.
fn engine_with(phone: &Phone, recovery: &SigningKey) -> Arc<Sottovoce> {
    let home = phone.folder.path().join("engine").display().to_string();
    let mut config = Config::new(STORE, &home, phone.shop.key.public_key().as_bytes());
    config.recovery_key = Some(recovery.public_key().as_bytes().to_vec());
    let (keys, clock, random) = (phone.keys.clone(), phone.clock.clone(), Arc::new(SystemRandom));
    let engine = Sottovoce::with_sources(config, keys, phone.transport.clone(), clock, random).unwrap();
    engine.unlock().unwrap();
    engine
}

fn named(by: &SigningKey, next: &SigningKey, revoked: &[&SigningKey], is_recovery: bool) -> Vec<u8> {
    let revoked = revoked.iter().map(|key| key.public_key()).collect();
    let change = KeyChange { store_id: STORE.into(), created_ms: NOW_MS, next: next.public_key(), revoked };
    change_key(None, &change, by, is_recovery).unwrap()
}

#[test]
fn a_stolen_key_is_taken_back_and_no_older_copy_revives_it() {
    let (mut phone, recovery) = (Phone::new(), SigningKey::generate().unwrap());
    let host = Arc::new(Host::default());
    phone.transport = Some(host.clone());
    let engine = engine_with(&phone, &recovery);
    phone.apply(&engine, &phone.shop.bundle(9)).unwrap();
    let folder = phone.folder.path().join("engine/catalog");
    let before = phone.folder.path().join("before");
    copy(&folder, &before);
    let next = Shop { key: SigningKey::generate().unwrap(), ..Shop::new() };
    let stolen = &phone.shop.key;
    host.publish(&next, 1, &[&next.bundle(2)], &[]);
    let other = engine.catalog().sync(URL.into());
    assert!(matches!(other, Err(SottovoceError::Rejected { .. })), "nobody named that key: {other:?}");
    let list = named(&recovery, &next.key, &[stolen], true);
    host.files.lock().unwrap().insert("keys".into(), list.clone());
    assert_eq!(
        engine.catalog().sync(URL.into()).unwrap().catalog.version,
        2,
        "lower than what the thief signed"
    );
    assert!(matches!(phone.apply(&engine, &phone.shop.bundle(10)), Err(SottovoceError::Rejected { .. })));
    engine.shutdown();
    std::fs::remove_dir_all(&folder).unwrap();
    copy(&before, &folder);
    let engine = engine_with(&phone, &recovery);
    assert_eq!(engine.status().catalog_version, None, "what the stolen key signed is not used");
    assert!(matches!(phone.apply(&engine, &phone.shop.bundle(10)), Err(SottovoceError::Rejected { .. })));
    let older = phone.apply(&engine, &next.bundle(1));
    assert!(matches!(older, Err(SottovoceError::Rejected { .. })), "it is older than 2: {older:?}");
    assert_eq!(phone.apply(&engine, &next.bundle(3)).unwrap(), 3);
}

#[test]
fn a_list_of_keys_counts_at_once_also_while_the_app_runs() {
    let (phone, recovery) = (Phone::new(), SigningKey::generate().unwrap());
    let engine = engine_with(&phone, &recovery);
    phone.apply(&engine, &phone.shop.bundle(1)).unwrap();
    let [next, third] = [(); 2].map(|()| Shop { key: SigningKey::generate().unwrap(), ..Shop::new() });
    let rotated = named(&phone.shop.key, &next.key, &[], false);
    assert_eq!(phone.apply(&engine, &rotated).unwrap(), 1, "the catalog stays");
    assert_eq!(phone.apply(&engine, &next.bundle(2)).unwrap(), 2);
    let revoked = named(&recovery, &third.key, &[&next.key], true);
    let told = phone.apply(&engine, &revoked);
    assert!(
        matches!(&told, Err(SottovoceError::Rejected { detail, .. }) if detail.contains("revoked")),
        "{told:?}"
    );
    assert_eq!(engine.status().catalog_version, None);
    assert_eq!(phone.apply(&engine, &third.bundle(1)).unwrap(), 1);
    let config = |recovery: Vec<u8>| {
        let mut config = Config::new(STORE, "x", phone.shop.key.public_key().as_bytes());
        config.recovery_key = Some(recovery);
        Sottovoce::with_sources(config, phone.keys.clone(), None, phone.clock.clone(), Arc::new(SystemRandom))
    };
    for bad in [vec![1; 31], phone.shop.key.public_key().as_bytes().to_vec()] {
        assert!(matches!(config(bad), Err(SottovoceError::InvalidArgument { .. })));
    }
}

#[test]
fn a_patch_that_is_lost_or_put_back_opens_no_way_to_older_prices() {
    let phone = Phone::new();
    let engine = phone.stocked();
    let patches = [1, 2].map(|number| patch(&phone.shop, &phone.shop.bundle(1), number, "1.23 EUR"));
    let file = phone.folder.path().join("engine/catalog/catalog.svp");
    let older = {
        phone.apply(&engine, &patches[0]).unwrap();
        std::fs::read(&file).unwrap()
    };
    phone.apply(&engine, &patches[1]).unwrap();
    engine.shutdown();
    std::fs::write(&file, older).unwrap();
    let engine = phone.engine();
    assert_eq!(engine.status().catalog_patch, Some(CatalogPatch::Damaged), "an older one was put back");
    engine.shutdown();
    std::fs::remove_file(&file).unwrap();
    let engine = phone.engine();
    assert!(matches!(phone.apply(&engine, &patches[0]), Err(SottovoceError::Rejected { .. })));
    phone.apply(&engine, &patches[1]).unwrap();
    assert_eq!(price(&engine), 123);
}

/// `sottovoce serve`, until it is dropped.
struct Served {
    child: Child,
    url: String,
}

impl Served {
    fn new(folder: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sottovoce"));
        let command = command.arg("serve").arg(folder).args(["--address", "127.0.0.1:0"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut url).unwrap();
        Self { child, url: url.trim().to_owned() }
    }

    /// Ends it; the requests that it noted.
    fn end(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        let noted = BufReader::new(self.child.stderr.take().unwrap()).lines().map(Result::unwrap).collect();
        self.child.wait().unwrap();
        noted
    }
}

/// The plainest client there is.
struct Wire;

impl Wire {
    fn ask(url: &str, method: &str, headers: &[(&str, &str)]) -> (u16, String, Vec<u8>) {
        let (address, path) = url.strip_prefix("http://").and_then(|url| url.split_once('/')).unwrap();
        let mut server = TcpStream::connect(address).unwrap();
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        write!(server, "{method} /{path} HTTP/1.1\r\nHost: {address}\r\n{headers}\r\n").unwrap();
        let mut answer = Vec::new();
        server.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(answer[..end].to_vec()).unwrap();
        (head[9..12].parse().unwrap(), head, answer[end + 4..].to_vec())
    }
}

impl Transport for Wire {
    fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let headers: Vec<_> = request.headers.iter().map(|h| (h.name.as_str(), h.value.as_str())).collect();
        let (status, _, body) = Self::ask(&request.url, &request.method, &headers);
        Ok(HttpResponse { status, body })
    }
}

/// Writes what a host has as `sottovoce publish` does.
fn lay_out(host: &Host, folder: &Path) {
    for (path, bytes) in &*host.files.lock().unwrap() {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

#[test]
fn a_folder_that_is_served_here_is_synced_and_two_very_different_devices_ask_the_same() {
    if emulated::emulated() {
        return;
    }
    let (shop, host, folder) = (Shop::new(), Host::default(), tempfile::tempdir().unwrap());
    let [old, new] = [shop.bundle(1), shop.bundle(2)];
    let key = shop.key.to_pem().unwrap();
    let noted = |consents: &[Purpose]| {
        host.publish(&shop, 1, &[&old], &[]);
        lay_out(&host, folder.path());
        let served = Served::new(folder.path());
        let mut phone = Phone::new();
        phone.shop.key = SigningKey::from_pem(&key).unwrap();
        phone.transport = Some(Arc::new(Wire));
        let engine = phone.engine();
        assert_eq!(engine.catalog().sync(served.url.clone()).unwrap().catalog.version, 1);
        give(&engine, consents);
        engine.events().track(Event::about(EventName::ViewItem, ["KI81"])).unwrap();
        host.publish(
            &shop,
            2,
            &[&new, &patch(&shop, &new, 1, "1.23 EUR")],
            &[build_delta(&old, &new).unwrap()],
        );
        lay_out(&host, folder.path());
        let synced = engine.catalog().sync(served.url.clone()).unwrap();
        assert_eq!((synced.catalog.version, price(&engine)), (2, 123));
        served.end()
    };
    let stranger = noted(&[]);
    assert_eq!(stranger, noted(&[Purpose::History, Purpose::Ranking]));
    assert!(stranger.len() > 4, "{stranger:?}");
}

#[test]
fn a_served_folder_answers_as_file_hosts_do() {
    if emulated::emulated() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let bytes: Vec<u8> = (0..200).collect();
    let path = published_path(&bytes);
    std::fs::create_dir(folder.path().join("files")).unwrap();
    std::fs::write(folder.path().join(&path), &bytes).unwrap();
    std::fs::write(folder.path().join("latest"), b"list").unwrap();
    std::fs::write(folder.path().join("shop.pem"), b"secret").unwrap();
    let served = Served::new(folder.path());
    let ask = |path: &str, method: &str, headers: &[(&str, &str)]| {
        Wire::ask(&format!("{}/{path}", served.url), method, headers)
    };
    let (status, head, body) = ask(&path, "GET", &[]);
    let tag = format!("\"{}\"", &path[6..]);
    assert_eq!((status, body), (200, bytes.clone()));
    assert!(head.contains(&format!("ETag: {tag}")) && head.contains("immutable"), "{head}");
    for (range, status, part) in [
        ("bytes=10-19", 206, &bytes[10..20]),
        ("bytes=190-", 206, &bytes[190..]),
        ("bytes=-5", 206, &bytes[195..]),
        ("bytes=100-9999", 206, &bytes[100..]),
        ("bytes=200-", 416, &[]),
        ("bytes=5-4", 200, &bytes[..]),
        ("bytes=0-1,3-4", 200, &bytes[..]),
        ("lines=1-2", 200, &bytes[..]),
    ] {
        let (found, head, body) = ask(&path, "GET", &[("Range", range)]);
        assert_eq!((found, &body[..]), (status, part), "{range}: {head}");
    }
    assert!(ask(&path, "GET", &[("Range", "bytes=10-19")]).1.contains("Content-Range: bytes 10-19/200"));
    assert_eq!(ask(&path, "GET", &[("Range", "bytes=10-19"), ("If-Range", "\"other\"")]).0, 200);
    assert_eq!(ask(&path, "GET", &[("If-None-Match", &tag)]).0, 304);
    assert_eq!(ask(&path, "GET", &[("If-None-Match", "\"other\"")]).0, 200);
    let (status, head, body) = ask("latest", "HEAD", &[]);
    assert!(status == 200 && body.is_empty() && head.contains("Content-Length: 4"), "{head}");
    assert_eq!(ask("latest", "POST", &[]).0, 405);
    for hidden in ["shop.pem", "keys", "files/../shop.pem", "files/", "", "..", "/etc/passwd"] {
        assert_eq!(ask(hidden, "GET", &[]).0, 404, "{hidden}");
    }
    assert!(served.end().len() > 10);
}
