//! `sottovoce-collector`: takes reports over HTTP into the store that `sottovoce collect` reads.
//!
//! It speaks plain HTTP behind whatever ends TLS. It looks at no address, no header and no cookie, keeps no log of
//! requests, and answers with a status alone. What it says it has taken is on the disk.

mod pace;
mod writer;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use clap::Parser;
use sottovoce::catalog::public_key;
use sottovoce::signals::{CollectorSecret, ReportStore, SEALED_REPORT_BYTES, TaskSet};
use tokio::net::TcpListener;

use pace::{Connection, paced};
use writer::Writer;

/// Takes reports over HTTP: POST to --path. GET /health and GET /metrics say how it is.
#[derive(Parser)]
#[command(version, max_term_width = 100)]
struct Arguments {
    /// Where to listen; port 0 takes any
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The path of the task set's endpoint
    #[arg(long, value_name = "PATH", default_value = "/reports")]
    path: String,
    /// The store of reports (SQLite); it is made if it does not exist
    #[arg(long, value_name = "FILE")]
    store: PathBuf,
    /// A signed task set; all that devices may still use
    #[arg(long, value_name = "TASKS", required = true)]
    tasks: Vec<PathBuf>,
    /// Public key that signed the task sets, base64
    #[arg(long = "public-key", value_name = "BASE64", required = true, allow_hyphen_values = true)]
    key: String,
    /// A key of `sottovoce collect keygen` that reports may be sealed to
    #[arg(long = "secret", value_name = "KEY")]
    secrets: Vec<PathBuf>,
    /// Reports that one connection may send a second, 0 for any number. A proxy sends those of many devices over each
    #[arg(long, value_name = "NUMBER", default_value_t = 1000)]
    rate: u32,
}

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Failure> {
    let store = open(arguments)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let (writer, thread) = writer::start(store);
    let writer = Arc::new(writer);
    let served = runtime.block_on(serve(arguments, writer.clone()));
    drop((runtime, writer));
    // What was taken is written before the process ends.
    thread.join().map_err(|_| "the writer ended early")?;
    served
}

fn open(arguments: &Arguments) -> Result<ReportStore, Failure> {
    let key = public_key(&arguments.key)?;
    let about = |path: &PathBuf, error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let mut sets = Vec::new();
    for path in &arguments.tasks {
        let bytes = std::fs::read(path).map_err(|error| about(path, &error))?;
        sets.push(TaskSet::open(&bytes, &key).map_err(|error| about(path, &error))?);
    }
    let mut secrets = Vec::new();
    for path in &arguments.secrets {
        let text = std::fs::read(path).map_err(|error| about(path, &error))?;
        let none = || about(path, &"not a key of `sottovoce collect keygen`");
        secrets.push(CollectorSecret::from_json(&text).ok_or_else(none)?);
    }
    Ok(ReportStore::open(&arguments.store, sets, secrets)?)
}

async fn serve(arguments: &Arguments, writer: Arc<Writer>) -> Result<(), Failure> {
    let app = Router::new()
        .route(&arguments.path, post(take))
        .route_layer(from_fn_with_state((writer.clone(), arguments.rate), paced))
        .route("/health", get(health))
        .route("/metrics", get(metrics))
        .layer(DefaultBodyLimit::max(SEALED_REPORT_BYTES))
        .with_state(writer);
    let listener = TcpListener::bind(arguments.listen).await?;
    println!("listening on {}", listener.local_addr()?);
    let app = app.into_make_service_with_connect_info::<Connection>();
    axum::serve(listener, app).with_graceful_shutdown(stopped()).await?;
    Ok(())
}

async fn take(State(writer): State<Arc<Writer>>, body: Bytes) -> StatusCode {
    writer.take(body).await
}

async fn health(State(writer): State<Arc<Writer>>) -> StatusCode {
    if writer.is_well() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}

async fn metrics(State(writer): State<Arc<Writer>>) -> String {
    writer.metrics()
}

/// Until the process is asked to end.
async fn stopped() {
    let interrupted = async { drop(tokio::signal::ctrl_c().await) };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! { () = interrupted => {}, _ = terminated.recv() => {} }
            return;
        }
    }
    interrupted.await;
}
