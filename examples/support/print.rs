//! Printing a story: headings, aligned columns, a progress bar, a bar plot with its intervals.

use std::io::{IsTerminal, Write};

/// A numbered chapter.
pub fn chapter(number: u8, title: &str, about: &str) {
    let (bold, plain) = if std::io::stdout().is_terminal() { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
    println!("\n{bold}{number}  {title}{plain}\n   {about}\n");
}

/// A line with a name in front.
pub fn fact(name: &str, value: impl std::fmt::Display) {
    println!("   {name:<22} {value}");
}

/// Rows in aligned columns; a column whose cells are all numbers stands to the right.
pub fn table(header: &[&str], rows: &[Vec<String>]) {
    let width = |c: usize| {
        rows.iter().map(|r| r[c].chars().count()).chain([header[c].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let number = |text: &str| text.chars().all(|c| c.is_ascii_digit() || ".,%+-# ".contains(c));
    let right: Vec<bool> =
        (0..header.len()).map(|c| !rows.is_empty() && rows.iter().all(|r| number(&r[c]))).collect();
    let print = |cells: Vec<&str>| {
        let line: Vec<String> = cells
            .iter()
            .enumerate()
            .map(|(c, text)| {
                let pad = " ".repeat(widths[c] - text.chars().count());
                if right[c] { format!("{pad}{text}") } else { format!("{text}{pad}") }
            })
            .collect();
        println!("   {}", line.join("  ").trim_end());
    };
    print(header.to_vec());
    println!("   {}", widths.iter().map(|w| "─".repeat(*w)).collect::<Vec<_>>().join("  "));
    for row in rows {
        print(row.iter().map(String::as_str).collect());
    }
}

/// A progress bar on one line of a terminal; in a file only its end is written.
pub fn progress(what: &str, share: f64) {
    let full = (share.clamp(0.0, 1.0) * 30.0).round() as usize;
    let done = share >= 1.0;
    if std::io::stdout().is_terminal() {
        print!("\r   {what:<22} {}{} {:>3.0} %", "█".repeat(full), "░".repeat(30 - full), share * 100.0);
        if done {
            println!();
        }
        std::io::stdout().flush().ok();
    } else if done {
        println!("   {what:<22} done");
    }
}

/// Bars of an estimate with its 95 % interval, and where the truth lies (`◆`).
pub fn bars(rows: &[(String, f64, f64, f64)]) {
    const WIDTH: f64 = 50.0;
    let top = rows.iter().map(|r| (r.1 + r.2).max(r.3)).fold(1.0, f64::max);
    let name = rows.iter().map(|r| r.0.chars().count()).max().unwrap_or(0);
    let at = |v: f64| (v.max(0.0) / top * WIDTH).round() as usize;
    for (label, estimate, half, truth) in rows {
        let mut line: Vec<char> = vec![' '; WIDTH as usize + 2];
        line[..at(*estimate)].fill('█');
        for cell in &mut line[at(estimate - half)..=at(estimate + half)] {
            *cell = if *cell == '█' { '▓' } else { '░' };
        }
        line[at(*truth)] = '◆';
        let bar: String = line.into_iter().collect();
        println!("   {label:<name$} {} {estimate:>7.0} ± {half:<5.0} truth {truth:.0}", bar);
    }
}

/// A shelf: its products in order, each with its reasons.
pub fn list(items: &[sottovoce::catalog::CatalogItem], shelf: &sottovoce::surfaces::Ranking) {
    let rows: Vec<Vec<String>> = items
        .iter()
        .zip(&shelf.items)
        .map(|(item, ranked)| {
            let price = item.sale_price.as_ref().or(item.price.as_ref());
            let reasons: Vec<String> = ranked.reasons.iter().map(|r| format!("{r:?}")).collect();
            vec![
                (ranked.index + 1).to_string(),
                if item.title.is_empty() { format!("item {}", item.item_id) } else { item.title.clone() },
                item.brand.clone().unwrap_or_default(),
                price.map(|p| format!("{:.2}", p.minor as f64 / 100.0)).unwrap_or_default(),
                reasons.join(", "),
            ]
        })
        .collect();
    table(&["#", "product", "brand", "price", "reasons"], &rows);
    println!("   mode: {:?}", shelf.mode);
}
