//! How numbers and rejected rows are shown.

use sottovoce::catalog::import::ImportReport;

/// Rejected rows shown one by one.
const SHOWN: usize = 20;

/// `1 234 567`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// Bytes for reading.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} B"),
        10_000..10_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// Prints what became of the rows of a feed.
pub fn print_report(report: &ImportReport) {
    let rejected = report.rejected_rows();
    eprintln!("  {} rows taken, {} rejected", count(report.accepted), count(rejected));
    for rejection in report.rejected.iter().take(SHOWN) {
        eprintln!("  row {}: {}", rejection.row, rejection.reason);
    }
    if rejected > SHOWN as u64 {
        eprintln!("  … and {} more", count(rejected - SHOWN as u64));
    }
}
