//! Files that nobody should send.

use super::*;

const HEADER: &str = "id\ttitle\tprice\tavailability\n";

#[test]
fn broken_bytes_and_giant_rows_cost_what_they_hold() {
    let mut feed = HEADER.as_bytes().to_vec();
    feed.extend("a\tÄpfel, Öl, Übung\t1 EUR\tin stock\n".bytes());
    feed.extend(b"b\tLa\xff\xfemp\t1 EUR\tin stock\n");
    feed.extend(b"c\xff\tLamp\t1 EUR\tin stock\n");
    feed.extend(format!("d\t{}\t1 EUR\tin stock\n", "x".repeat(17 << 20)).bytes());
    feed.extend(format!("e\t{}\t1 EUR\tin stock\n", "x ".repeat(65 << 10)).bytes());
    feed.extend(format!("f\t\"{}\"\t1 EUR\tin stock\n", "x\n".repeat(40 << 10)).bytes());
    feed.extend(b"g\tLamp\t1 EUR\tin stock\n");
    let imported = read_all(feed);
    assert_eq!(refused(&imported), [(4, Reason::IdBroken), (5, Reason::RowTooLong)]);
    let expected = [(3, Reason::CharactersLost), (6, Reason::TextCut), (7, Reason::TextCut)];
    assert_eq!(repaired(&imported), expected);
    assert_eq!(ids(&imported.items), ["a", "b", "e", "f", "g"]);
    assert_eq!(imported.items[1].title, "Lamp");
}

#[test]
fn a_file_of_open_quotes_is_read_in_reasonable_time() {
    let imported = read_all(format!("{HEADER}{}", "x\"y\t\"z\"\"\n".repeat(150_000)));
    assert_eq!(imported.items.len(), 0);
    let imported = read_all(format!("{HEADER}{}", "x\t\"y\n".repeat(150_000)));
    assert_eq!(imported.items.len(), 0);
}

#[test]
fn a_hostile_file_does_not_fill_the_report() {
    let imported = read_all(format!("{HEADER}{}", "x\ty\tz\n".repeat(150_000)));
    assert_eq!((imported.items.len(), imported.report.rejected), (0, 150_000));
    assert_eq!((imported.report.findings.len(), imported.report.unlisted), (MAX_LISTED, 50_000));
    assert_eq!(imported.report.found(Reason::PriceUnreadable), 150_000);
}

#[test]
fn values_are_quoted_cut_and_whole() {
    let long = "ü".repeat(10_000);
    let imported = read_all(format!("{HEADER}a\tLamp\t{long}\tin stock\n"));
    let finding = &imported.report.findings[0];
    assert_eq!(finding.value.as_deref(), Some(format!("{}…", "ü".repeat(60)).as_str()));
    assert_eq!((finding.column.as_deref(), finding.row), (Some("price"), 2));
}

#[test]
fn what_is_no_feed_is_told() {
    for (bytes, told) in [
        (&b"%PDF-1.4 ..."[..], "PDF"),
        (b"\xd0\xcf\x11\xe0 workbook", "save it as CSV"),
        (b"<html><body>Not found</body></html>", "no products"),
        (b"<note><to>you</to></note>", "no product feed"),
        (b"<rss><channel><item><g:id>1</g:id>", "before its end"),
        (b"{\"a\": ", "no JSON"),
        (b"PAR1", "parquet"),
    ] {
        let error = read(bytes, &ImportOptions::default()).unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
    }
    let currency = ImportOptions { currency: Some("PENCE".into()), ..ImportOptions::default() };
    assert_eq!(read(&b""[..], &currency).unwrap_err(), CatalogError::UnknownCurrency);
}
