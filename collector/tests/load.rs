//! The collector under load on this machine, killed at random: nothing counted twice, nothing acknowledged and lost.
#![allow(missing_docs, reason = "a test")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use sottovoce::catalog::{SigningKey, public_key_text};
use sottovoce::clock::{Clock as _, SystemClock};
use sottovoce::random;
use sottovoce::random::SystemRandom;
use sottovoce::signals::{
    Aead, Answer, CollectorSecret, Report, ReportStore, SEALED_REPORT_BYTES, TaskRef, TaskSet, day_of, seal,
};

struct Shop {
    folder: tempfile::TempDir,
    public: String,
    set: TaskSet,
}

impl Shop {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (key, secret) =
            (SigningKey::generate().unwrap(), CollectorSecret::new(1, Aead::Aes128Gcm, [5; 32]));
        let now_ms = SystemClock.now_ms();
        let tasks = serde_json::json!({
            "format": 1, "version": 1, "window_days": 7,
            "valid_from_ms": now_ms - 86_400_000, "valid_until_ms": now_ms + 86_400_000,
            "endpoint": "https://shop.example/reports", "collector": secret.public().unwrap(),
            "tasks": [{
                "id": "brands", "question": "Which brand?", "measures": "brand_interest",
                "buckets": ["none", "a", "b"], "odds": {"num": 3, "den": 1}, "min_batch": 1000,
            }],
        });
        let signed = TaskSet::seal(tasks.to_string().as_bytes(), key.pair()).unwrap();
        std::fs::write(folder.path().join("tasks.svt"), &signed).unwrap();
        std::fs::write(folder.path().join("collector.json"), secret.to_json().as_bytes()).unwrap();
        let set = TaskSet::open(&signed, &key.public_key()).unwrap();
        Self { folder, public: public_key_text(&key.public_key()), set }
    }

    fn reports(&self, number: usize) -> Vec<Vec<u8>> {
        let mechanism = self.set.task(0).unwrap().mechanism().unwrap();
        let window = self.set.window_at(day_of(SystemClock.now_ms()));
        let report = |at| {
            let told = mechanism.randomize(&Answer::Bucket(1), &SystemRandom).unwrap();
            let id = random::bytes(&SystemRandom).unwrap();
            let report = Report::new(TaskRef::new(self.set.hash(), 0), window.start, id, &told).to_bytes();
            // Sealed ones take long to open in a build that is not optimised.
            if at % 100 == 0 { seal(&report, self.set.collector().unwrap()).unwrap() } else { report }
        };
        (0..number).map(report).collect()
    }

    fn collector(&self) -> Collector {
        self.collector_with(&[])
    }

    fn collector_with(&self, arguments: &[&str]) -> Collector {
        let at = |name: &str| self.folder.path().join(name);
        let mut child = Command::new(env!("CARGO_BIN_EXE_sottovoce-collector"))
            .args(["--listen", "127.0.0.1:0", "--public-key", &self.public, "--store"])
            .arg(at("reports.db"))
            .arg("--tasks")
            .arg(at("tasks.svt"))
            .arg("--secret")
            .arg(at("collector.json"))
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on ").unwrap().to_owned();
        Collector { child, address }
    }

    fn counted(&self) -> u64 {
        let store: &Path = &self.folder.path().join("reports.db");
        let told = ReportStore::open(store, [self.set.clone()], []).unwrap().told().unwrap();
        told.estimates.iter().map(|estimate| estimate.reports).sum()
    }
}

struct Collector {
    child: Child,
    address: String,
}

impl Collector {
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// The status and the text of an answer, head and all; none if the connection broke.
fn request(stream: &mut TcpStream, head: &str, body: &[u8]) -> Option<(u16, String)> {
    let head = format!("{head} HTTP/1.1\r\nhost: collector\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(&[head.as_bytes(), body].concat()).ok()?;
    let (mut answer, mut byte) = (Vec::new(), [0]);
    while !answer.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        answer.push(byte[0]);
    }
    let text = String::from_utf8(answer).ok()?;
    let length =
        text.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
    let mut content = vec![0; length];
    stream.read_exact(&mut content).ok()?;
    let status = text.split(' ').nth(1)?.parse().ok()?;
    Some((status, text + &String::from_utf8(content).ok()?))
}

fn connect(address: &str) -> Option<TcpStream> {
    let stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
    stream.set_nodelay(true).ok()?;
    Some(stream)
}

/// Posts the reports that are not acknowledged yet, over some connections at once, until all are or the connection breaks.
fn post(address: &str, reports: &[Vec<u8>], acknowledged: &Mutex<Vec<bool>>) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..32 {
            scope.spawn(|| {
                let Some(mut stream) = connect(address) else { return };
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(report) = reports.get(at) else { return };
                    if acknowledged.lock().unwrap()[at] {
                        continue;
                    }
                    match request(&mut stream, "POST /reports", report) {
                        Some((200, _)) => acknowledged.lock().unwrap()[at] = true,
                        Some((503, _)) => {}
                        Some(other) => panic!("{other:?}"),
                        None => return,
                    }
                }
            });
        }
    });
}

fn killed(times: u32) {
    let shop = Shop::new();
    let reports = shop.reports(2_000);
    let acknowledged = Mutex::new(vec![false; reports.len()]);
    for life in 0..times {
        let collector = shop.collector();
        let after = Duration::from_millis(5 + u64::from(life * 37 % 120));
        std::thread::scope(|scope| {
            let (address, reports, acknowledged) = (collector.address.clone(), &reports, &acknowledged);
            scope.spawn(move || post(&address, reports, acknowledged));
            std::thread::sleep(after);
            collector.kill();
        });
        let promised = acknowledged.lock().unwrap().iter().filter(|taken| **taken).count() as u64;
        assert!(shop.counted() >= promised, "life {life}: acknowledged and lost");
        if promised == 2_000 {
            acknowledged.lock().unwrap().fill(false); // whoever got no answer sends again
        }
    }
    let collector = shop.collector();
    acknowledged.lock().unwrap().fill(false);
    post(&collector.address, &reports, &acknowledged);
    collector.kill();
    assert!(acknowledged.lock().unwrap().iter().all(|taken| *taken));
    assert_eq!(shop.counted(), 2_000, "each once");
}

#[test]
fn killed_at_random_it_loses_nothing_that_it_acknowledged_and_counts_nothing_twice() {
    killed(6);
}

#[test]
#[ignore = "two hundred kills take minutes"]
fn killed_two_hundred_times_it_loses_nothing() {
    killed(200);
}

#[test]
fn what_no_device_sends_is_refused_and_the_rest_goes_on() {
    let shop = Shop::new();
    let collector = shop.collector();
    let ask =
        |head: &str, body: &[u8]| request(&mut connect(&collector.address).unwrap(), head, body).unwrap();
    let report = shop.reports(1).remove(0);
    assert_eq!(ask("POST /reports", &report).0, 200);
    assert_eq!(ask("POST /reports", &report).0, 200, "as welcome as a new one");
    assert_eq!(ask("POST /reports", &[7; 40]).0, 400);
    assert_eq!(ask("POST /reports", &[7; 4_000]).0, 413);
    assert_eq!(ask("POST /reports", &[7; SEALED_REPORT_BYTES + 1]).0, 413, "longer than any report");
    assert_eq!(ask("POST /else", &report).0, 404);
    assert_eq!(ask("GET /reports", &[]).0, 405);
    assert_eq!(ask("GET /health", &[]).0, 200);
    let metrics = ask("GET /metrics", &[]).1;
    for line in ["{result=\"counted\"} 1", "{result=\"repeated\"} 1", "{result=\"refused\"} 1"] {
        assert!(metrics.contains(line), "{metrics}");
    }
    collector.kill();
}

#[test]
fn a_connection_that_floods_is_told_to_come_later_and_nothing_acknowledged_is_lost() {
    let shop = Shop::new();
    let collector = shop.collector_with(&["--rate", "3"]);
    let reports = shop.reports(12);
    let (mut flood, mut left) = (connect(&collector.address).unwrap(), reports.iter().collect::<Vec<_>>());
    let (start, mut rounds) = (Instant::now(), 0);
    while !left.is_empty() {
        let before = left.len();
        left.retain(|report| match request(&mut flood, "POST /reports", report).unwrap() {
            (200, _) => false,
            (429, head) => {
                assert!(head.contains("retry-after: 1\r\n"), "{head}");
                true
            }
            other => panic!("{other:?}"),
        });
        if rounds == 0 {
            assert!((1..=9).contains(&left.len()), "{} of {before} have to come later", left.len());
            assert_eq!(
                shop.counted(),
                (before - left.len()) as u64,
                "what was acknowledged, and nothing else"
            );
            let mut other = connect(&collector.address).unwrap();
            assert_eq!(
                request(&mut other, "POST /reports", &reports[0]).unwrap().0,
                200,
                "nobody else waits"
            );
            let metrics = request(&mut other, "GET /metrics", &[]).unwrap().1;
            assert!(metrics.contains(&format!("{{result=\"limited\"}} {}", left.len())), "{metrics}");
        }
        rounds += 1;
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(start.elapsed() >= Duration::from_millis(2_900), "{:?}", start.elapsed());
    collector.kill();
    assert_eq!(shop.counted(), 12);
}

#[test]
#[cfg(unix)]
fn asked_to_end_it_writes_what_it_took() {
    let shop = Shop::new();
    let mut collector = shop.collector();
    let reports = shop.reports(500);
    post(&collector.address, &reports, &Mutex::new(vec![false; 500]));
    let asked = Command::new("kill").arg(collector.child.id().to_string()).status().unwrap();
    assert!(asked.success() && collector.child.wait().unwrap().success());
    assert_eq!(shop.counted(), 500);
}

#[test]
#[ignore = "a figure"]
fn reports_a_second() {
    let shop = Shop::new();
    let (collector, reports) = (shop.collector(), shop.reports(40_000));
    let acknowledged = Mutex::new(vec![false; reports.len()]);
    let start = Instant::now();
    for part in reports.chunks(2_000) {
        post(&collector.address, part, &acknowledged);
        acknowledged.lock().unwrap().fill(false);
    }
    let rate = reports.len() as f64 / start.elapsed().as_secs_f64();
    println!(
        r#"{{"bench":"signals","figure":"collector_reports_per_s","value":{rate:.0},"unit":"1/s","better":"higher","goal":5000}}"#
    );
    collector.kill();
    assert_eq!(shop.counted(), 40_000);
}
