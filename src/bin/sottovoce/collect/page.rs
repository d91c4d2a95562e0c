//! `collect report`: what the reports say, as one page without scripts.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use sottovoce::signals::{Estimate, NamedCount, Share, Verdict};

use super::Shown;
use super::drift;
use super::estimate::day;
use crate::failure::Failure;
use crate::file::write;
use crate::output::{count, json, say};

const STYLE: &str = "body{font:16px/1.4 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem;color:#222}\
h2{margin:2.5rem 0 .2rem}p{margin:.2rem 0 .8rem;color:#555}svg{width:100%;height:auto;font:13px system-ui,sans-serif}\
.bar{fill:#4a7fb5}.range{stroke:#222;stroke-width:1.5}.unclear{fill:#b9c7d6}.zero{stroke:#999}";

/// Height of a row, and where the bars begin and end, in pixels.
const ROW: usize = 24;
const LEFT: f64 = 250.0;
const RIGHT: f64 = 640.0;

/// Write what the reports say as a page (HTML)
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    shown: Shown,
    /// Where to write the page
    #[arg(long, short, value_name = "FILE")]
    out: PathBuf,
}

/// Writes the page.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let told = arguments.shown.told()?;
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Reports</title><style>{STYLE}</style><h1>Reports</h1>\
         <p>Every device randomised its answer before it sent it. Bars are estimates, lines are 95 % intervals; a pale bar \
         is not clear of zero and tells nothing.</p>"
    );
    for estimate in &told.estimates {
        page += &section(estimate);
    }
    if !told.drifts.is_empty() {
        page += "<h2>Changes</h2>";
    }
    for line in told.drifts.iter().flat_map(drift::sentences) {
        let _ = write!(page, "<p>{}</p>", escaped(&line));
    }
    if told.unknown > 0 {
        let _ = write!(page, "<p>{} reports are of task sets that were not given.</p>", count(told.unknown));
    }
    page += "</html>\n";
    write(&arguments.out, page.as_bytes())?;
    say!("written     {}", arguments.out.display());
    json(|| serde_json::json!({ "written": arguments.out }));
    Ok(ExitCode::SUCCESS)
}

fn section(estimate: &Estimate) -> String {
    let Estimate { task_id, window_start, reports, min_batch, forged_report_moves, .. } = estimate;
    let mut out = format!(
        "<h2>{}</h2><p>Window of {}, {} reports. One forged report moves a bar by up to {forged_report_moves:.1}.</p>",
        escaped(task_id),
        day(*window_start),
        count(*reports),
    );
    match &estimate.verdict {
        Verdict::Insufficient => {
            let _ = write!(out, "<p>Insufficient: {} reports are needed.</p>", count(*min_batch));
        }
        Verdict::Counts(counts) => out += &plot(counts.iter().map(bar_of_count)),
        Verdict::Table { counts, shares } => {
            out += &plot(counts.iter().map(bar_of_count));
            out += &plot(shares.iter().filter_map(bar_of_share));
        }
        Verdict::Sum(amount) => {
            let _ = write!(
                out,
                "<p>Total {:.0} ({:.0} to {:.0}), {:.2} a device.{}</p>",
                amount.total,
                amount.low,
                amount.high,
                amount.mean,
                if amount.is_clear { "" } else { " Insufficient: not clear of zero." }
            );
        }
    }
    out
}

/// One bar.
struct Bar {
    name: String,
    value: f64,
    low: f64,
    high: f64,
    label: String,
    is_clear: bool,
}

fn bar_of_count(named: &NamedCount) -> Bar {
    let count = &named.count;
    let label = format!("{:.0} ± {:.0}", count.devices, (count.high - count.low) / 2.0);
    Bar {
        name: named.name.clone(),
        value: count.devices,
        low: count.low,
        high: count.high,
        label,
        is_clear: named.is_clear,
    }
}

fn bar_of_share(share: &Share) -> Option<Bar> {
    let (value, low, high) = share.share?;
    let label = format!("{:.1} % ({:.1} to {:.1})", value * 100.0, low * 100.0, high * 100.0);
    let name = format!("{} of {}", share.column, share.row);
    Some(Bar { name, value, low, high, label, is_clear: low > 0.0 })
}

fn plot(bars: impl Iterator<Item = Bar>) -> String {
    let bars: Vec<Bar> = bars.collect();
    let least = bars.iter().map(|bar| bar.low.min(bar.value)).fold(0.0, f64::min);
    let most = bars.iter().map(|bar| bar.high.max(bar.value)).fold(f64::MIN_POSITIVE, f64::max);
    let x = |value: f64| LEFT + (value - least) / (most - least) * (RIGHT - LEFT);
    let height = bars.len() * ROW + 8;
    let mut out = format!("<svg viewBox=\"0 0 800 {height}\" role=\"img\">");
    let _ =
        write!(out, "<line class=\"zero\" x1=\"{0:.1}\" x2=\"{0:.1}\" y1=\"0\" y2=\"{height}\"/>", x(0.0));
    for (at, bar) in bars.iter().enumerate() {
        let (top, middle) = (at * ROW + 5, at * ROW + 13);
        let (from, to) = (x(0.0).min(x(bar.value)), x(0.0).max(x(bar.value)));
        let class = if bar.is_clear { "bar" } else { "unclear" };
        let _ = write!(
            out,
            "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"end\">{}</text>\
             <rect class=\"{class}\" x=\"{from:.1}\" y=\"{top}\" width=\"{:.1}\" height=\"16\"/>\
             <line class=\"range\" x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{middle}\" y2=\"{middle}\"/>\
             <text x=\"{:.1}\" y=\"{}\">{}</text>",
            LEFT - 8.0,
            middle + 5,
            escaped(&bar.name),
            to - from,
            x(bar.low),
            x(bar.high),
            RIGHT + 8.0,
            middle + 5,
            bar.label,
        );
    }
    out + "</svg>"
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
