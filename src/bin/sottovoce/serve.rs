//! `serve`: a published folder on this machine, for an app under development.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::net::{TcpListener, TcpStream};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde_json::json;
use sottovoce::signed::{hex, sha256};

use crate::failure::Failure;
use crate::output::{json, say};

/// Most bytes of a request.
const REQUEST_BYTES: u64 = 16 << 10;
/// How long a client may take for anything.
const PATIENCE: Duration = Duration::from_secs(10);

/// Serve a published folder on this machine, to try a sync against
///
/// Answers as a file host does: ranges, `ETag`, `If-None-Match`, `If-Range`. Every request is a line on standard error. It is for
/// development: it has no TLS, it is ended by Ctrl-C, and nothing but `latest`, `keys` and `files` can be asked for.
#[derive(Args)]
pub struct Arguments {
    /// The folder of `sottovoce publish`
    folder: PathBuf,
    /// Address and port to listen at; port 0 takes any that is free
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8787")]
    address: String,
}

/// Serves until it is ended.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let latest = arguments.folder.join("latest");
    File::open(&latest)
        .map_err(|error| Failure::at(&latest, format!("{error}: run `sottovoce publish` first")))?;
    let at = |error: io::Error| Failure(format!("{}: {error}", arguments.address));
    let listener = TcpListener::bind(&arguments.address).map_err(at)?;
    let url = format!("http://{}", listener.local_addr().map_err(at)?);
    say!("{url}");
    json(|| json!({"url": url}));
    let folder = Arc::new(arguments.folder.clone());
    for client in listener.incoming().flatten() {
        let folder = folder.clone();
        // Whoever hangs up before the end has what it wanted.
        std::thread::spawn(move || drop(serve(&folder, client)));
    }
    Ok(ExitCode::SUCCESS)
}

/// What a client wants.
struct Request {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
}

impl Request {
    fn read(source: &TcpStream) -> io::Result<Self> {
        let mut lines = BufReader::new(source.take(REQUEST_BYTES)).lines();
        let first = lines.next().ok_or(io::ErrorKind::UnexpectedEof)??;
        let mut words = first.split(' ').map(str::to_owned);
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let mut headers = Vec::new();
        for line in lines {
            let line = line?;
            if line.is_empty() {
                return Ok(Self { method, path, headers });
            }
            if let Some((name, value)) = line.split_once(':') {
                headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
            }
        }
        Err(io::ErrorKind::UnexpectedEof.into())
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// What it gets.
struct Answer {
    status: &'static str,
    headers: String,
    body: Option<(File, Range<u64>)>,
}

impl Answer {
    fn of(status: &'static str, headers: String) -> Self {
        Self { status, headers, body: None }
    }
}

fn serve(folder: &Path, mut client: TcpStream) -> io::Result<()> {
    client.set_read_timeout(Some(PATIENCE))?;
    client.set_write_timeout(Some(PATIENCE))?;
    let request = Request::read(&client)?;
    let Answer { status, headers, body } = answer(folder, &request)?;
    let length = body.as_ref().map_or(0, |(_, range)| range.end - range.start);
    eprintln!(
        "{} {} {} {status} {length}",
        request.method,
        request.path,
        request.header("range").unwrap_or("-")
    );
    write!(client, "HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n")?;
    if let Some((mut file, range)) = body.filter(|_| request.method == "GET") {
        file.seek(SeekFrom::Start(range.start))?;
        io::copy(&mut file.take(length), &mut client)?;
    }
    client.flush()
}

fn answer(folder: &Path, request: &Request) -> io::Result<Answer> {
    if !["GET", "HEAD"].contains(&request.method.as_str()) {
        return Ok(Answer::of("405 Method Not Allowed", "Allow: GET, HEAD\r\n".to_owned()));
    }
    let path = request.path.split('?').next().unwrap_or_default().trim_start_matches('/');
    let is_hash = |name: &str| name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    let hash = path.strip_prefix("files/").filter(|name| is_hash(name));
    let file = (hash.is_some() || ["latest", "keys"].contains(&path)).then(|| File::open(folder.join(path)));
    let Some(Ok(mut file)) = file else { return Ok(Answer::of("404 Not Found", String::new())) };
    let tag = match hash {
        Some(hash) => format!("\"{hash}\""),
        None => {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            format!("\"{}\"", hex(&sha256(&bytes)))
        }
    };
    let kept = if hash.is_some() { "public, max-age=31536000, immutable" } else { "public, max-age=60" };
    let headers = format!("ETag: {tag}\r\nCache-Control: {kept}\r\nAccept-Ranges: bytes\r\n");
    let names = |header: &str| header.split(',').any(|one| [tag.as_str(), "*"].contains(&one.trim()));
    if request.header("if-none-match").is_some_and(names) {
        return Ok(Answer::of("304 Not Modified", headers));
    }
    let length = file.metadata()?.len();
    let wanted =
        request.header("range").filter(|_| request.header("if-range").is_none_or(|other| other == tag));
    Ok(match wanted.and_then(|range| part(range, length)) {
        None => Answer { status: "200 OK", headers, body: Some((file, 0..length)) },
        Some(range) if range.start >= range.end => {
            let headers = format!("{headers}Content-Range: bytes */{length}\r\n");
            Answer::of("416 Range Not Satisfiable", headers)
        }
        Some(range) => {
            let told = format!("Content-Range: bytes {}-{}/{length}\r\n", range.start, range.end - 1);
            Answer { status: "206 Partial Content", headers: headers + &told, body: Some((file, range)) }
        }
    })
}

/// The bytes that a `Range` names, none of them if it lies behind the end; nothing if the whole file is to be sent.
fn part(range: &str, length: u64) -> Option<Range<u64>> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => Some(first..last.saturating_add(1).min(length)),
        (Ok(first), Err(_)) if last.is_empty() => Some(first..length),
        (Err(_), Ok(last)) if first.is_empty() => Some(length.saturating_sub(last)..length),
        _ => None,
    }
}
