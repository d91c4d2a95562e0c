//! What became of a feed's rows: on the screen, as JSON, CSV or a page.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use sottovoce::catalog::import::{Count, Finding, ImportReport, Outcome};

use crate::failure::Failure;
use crate::file;
use crate::output::count;

/// Findings shown one by one.
const SHOWN: usize = 20;
const OUTCOMES: [(Outcome, &str); 3] =
    [(Outcome::Rejected, "rejected"), (Outcome::LeftOut, "left out"), (Outcome::Repaired, "repaired")];

/// Prints what became of the rows: counts by reason, and the first rows that were not taken.
pub fn print(report: &ImportReport) {
    if !report.read_as.is_empty() {
        eprintln!("  read as {}", report.read_as);
    }
    let repaired =
        if report.repaired > 0 { format!(" ({} repaired)", count(report.repaired)) } else { String::new() };
    let [taken, left_out, rejected] = [report.accepted, report.left_out, report.rejected].map(count);
    eprintln!("  {taken} rows taken{repaired}, {left_out} left out, {rejected} rejected");
    for (outcome, name) in OUTCOMES {
        for number in of(report, outcome) {
            eprintln!("  {:>9} {name}: {number}", count(number.rows));
        }
    }
    for note in &report.notes {
        eprintln!("  note: {note}");
    }
    // What can be mended comes first; what was left out on purpose is counted above.
    let told = |wanted: Outcome| report.findings.iter().filter(move |finding| finding.outcome == wanted);
    let mut listed = told(Outcome::Rejected).chain(told(Outcome::Repaired));
    listed.by_ref().take(SHOWN).for_each(|finding| eprintln!("  {finding}"));
    let more = listed.count() as u64 + report.unlisted;
    if more > 0 {
        eprintln!("  … and {} more: --report FILE.html, .csv or .json lists them all", count(more));
    }
}

fn of(report: &ImportReport, outcome: Outcome) -> impl Iterator<Item = &Count> {
    report.counts.iter().filter(move |count| count.outcome == outcome)
}

/// Writes every finding, in the form that the file's name asks for.
pub fn write(path: &Path, reports: &[(String, &ImportReport)]) -> Result<(), Failure> {
    let kind = path.extension().and_then(|kind| kind.to_str()).unwrap_or_default().to_lowercase();
    let bytes = match kind.as_str() {
        "json" => {
            let reports: BTreeMap<&str, &ImportReport> =
                reports.iter().map(|(name, report)| (name.as_str(), *report)).collect();
            serde_json::to_vec_pretty(&reports)?
        }
        "csv" => table(reports)?,
        "html" | "htm" => page(reports).into_bytes(),
        _ => return Err(Failure::at(path, "a report is a .html, .csv or .json file")),
    };
    file::write(path, &bytes)
}

fn table(reports: &[(String, &ImportReport)]) -> Result<Vec<u8>, Failure> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record([
        "file",
        "row",
        "outcome",
        "reason",
        "id",
        "column",
        "value",
        "detail",
        "what to do",
    ])?;
    for (name, report) in reports {
        for finding in &report.findings {
            let row = finding.row.to_string();
            // Spreadsheets run what begins like a formula.
            let cells = cells(finding).map(|cell| match cell.chars().next() {
                Some('=' | '+' | '-' | '@') => format!("'{cell}"),
                _ => cell.to_owned(),
            });
            let first = [name.as_str(), row.as_str(), outcome(finding)];
            table.write_record(first.into_iter().chain(cells.iter().map(String::as_str)))?;
        }
    }
    table.into_inner().map_err(|error| Failure(error.to_string()))
}

fn outcome(finding: &Finding) -> &'static str {
    OUTCOMES.iter().find(|(outcome, _)| *outcome == finding.outcome).map_or("", |(_, name)| name)
}

fn cells(finding: &Finding) -> [&str; 6] {
    [
        finding.reason.text(),
        finding.id.as_deref().unwrap_or_default(),
        finding.column.as_deref().unwrap_or_default(),
        finding.value.as_deref().unwrap_or_default(),
        finding.detail.as_deref().unwrap_or_default(),
        finding.reason.advice(),
    ]
}

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:75em;margin:2em auto;padding:0 1em;color:#222}\
table{border-collapse:collapse;width:100%;margin:1em 0}th,td{text-align:left;padding:.3em .7em;border-bottom:1px solid #ddd;\
vertical-align:top}th{background:#f5f5f5;position:sticky;top:0}td.n{text-align:right}code{background:#f5f5f5;padding:0 .2em}\
.rejected{color:#a11}.repaired{color:#850}.left{color:#666}";

/// A page that can be sent to whoever mends the feed.
fn page(reports: &[(String, &ImportReport)]) -> String {
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Feed report</title><style>{STYLE}</style>\n"
    );
    for (name, report) in reports {
        let [taken, repaired, left_out, rejected] =
            [report.accepted, report.repaired, report.left_out, report.rejected].map(count);
        // Writing to a text cannot fail.
        let _ = write!(
            page,
            "<h1>{}</h1>\n<p>Read as {}. <b>{taken}</b> rows taken, {repaired} of them repaired; <b>{left_out}</b> left out; \
<b>{rejected}</b> rejected.</p>\n",
            escaped(name),
            escaped(&report.read_as)
        );
        for note in &report.notes {
            let _ = writeln!(page, "<p>{}</p>", escaped(note));
        }
        page.push_str("<table><tr><th>Rows<th>Outcome<th>Why<th>What to do</tr>\n");
        for (outcome, name) in OUTCOMES {
            for number in of(report, outcome) {
                let class = name.split(' ').next().unwrap_or_default();
                let why = escaped(&number.to_string());
                let advice = escaped(number.reason.advice());
                let _ = writeln!(
                    page,
                    "<tr><td class=n>{}<td class={class}>{name}<td>{why}<td>{advice}</tr>",
                    count(number.rows)
                );
            }
        }
        page.push_str("</table>\n<table><tr><th>Row<th>Outcome<th>Why<th>Id<th>Column<th>Value<th>Detail<th>What to do</tr>\n");
        for finding in &report.findings {
            let name = outcome(finding);
            let class = name.split(' ').next().unwrap_or_default();
            let cells = cells(finding).map(escaped).join("<td>");
            let _ = writeln!(page, "<tr><td class=n>{}<td class={class}>{name}<td>{cells}</tr>", finding.row);
        }
        page.push_str("</table>\n");
        if report.unlisted > 0 {
            let _ = writeln!(page, "<p>… and {} more.</p>", count(report.unlisted));
        }
    }
    page.push_str("</html>\n");
    page
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
