//! The fuzzers' functions on random input, in every test run.

use proptest::prelude::*;

use crate::catalog::fuzzing;
use crate::catalog::operator::import::{ImportOptions, read};

const MERCHANT: &str = "id\ttitle\tprice\tavailability\tsale_price\tsv_sensitive_tags\n";

/// Pieces that feeds are made of, and those that break them.
fn pieces(more: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let common = [
        "a",
        "b",
        "\t",
        "\t",
        ",",
        "\n",
        "\r\n",
        "\"",
        "\"\"",
        "é",
        "12.99 EUR",
        "in stock",
        "5",
        "health",
        " ",
    ];
    let words: Vec<Vec<u8>> = common
        .iter()
        .chain(more)
        .map(|word| word.as_bytes().to_vec())
        .chain([b"\xff".to_vec(), b"\0".to_vec()])
        .collect();
    prop::collection::vec(prop::sample::select(words), 0..120).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_query_is_answered(bytes in pieces(&["t-shirt", "sokcs", "dogfood", "500", "g", "size", "43", "under", "€", "緑", "kt"])) {
        fuzzing::query(&bytes);
    }

    #[test]
    fn any_patch_and_any_delta_is_taken_or_refused(
        changes in prop::collection::vec((0u8..32, 0u8..120, prop::collection::vec(0u8..140, 0..6)), 0..20),
        bytes in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let count = u8::try_from(changes.len()).unwrap();
        let changes = changes.into_iter().flat_map(|(flags, step, rest)| [vec![flags, step], rest].concat());
        let changes: Vec<u8> = [count].into_iter().chain(changes).collect();
        fuzzing::patch(&changes);
        fuzzing::delta(&changes);
        fuzzing::patch(&bytes);
        fuzzing::delta(&bytes);
        fuzzing::latest(&bytes);
        fuzzing::successor(&bytes);
    }

    #[test]
    fn any_merchant_feed_is_read(rows in pieces(&["a\tLamp\t1 EUR\tin stock\n", "b\tHat\t2 EUR\tpreorder\t1 EUR\n"])) {
        fuzzing::merchant_tsv(&rows);
        fuzzing::feed(&rows);
    }

    #[test]
    fn any_shopify_export_is_read(rows in pieces(&["h,Hat,,,Size,M,S1,5,,x,\n", "h,,,,,L,,5,9,y,\n", "h,,,,,,,,,z,\n"])) {
        fuzzing::shopify_csv(&rows);
    }

    #[test]
    fn any_woocommerce_export_is_read(rows in pieces(&["1,simple,S,Hat,1,,,5,A > B,x,,Color,Red\n", "2,variable,P,Tee,1,,,,,,,,\n", "3,variation,,,1,,4,5,,,id:2,Size,M\n"])) {
        fuzzing::woocommerce_csv(&rows);
    }

    #[test]
    fn any_xml_is_read(rows in pieces(&["<item>", "</item>", "<g:price>1 EUR</g:price>", "<title>", "</title>", "<![CDATA[", "]]>", "&amp;", "&", "<!--", "</channel></rss>", "<link href=\"a\"/>", "<"])) {
        fuzzing::feed_xml(&rows);
    }

    #[test]
    fn any_page_is_read(rows in pieces(&["{\"@type\":\"Product\",\"sku\":\"1\",\"name\":\"a\",\"offers\":", "{\"price\":5,\"priceCurrency\":\"EUR\"}", "}", "[", "]", "</script>", "<script type=\"application/ld+json\">", "{\"@graph\":["])) {
        fuzzing::feed_json(&rows);
    }

    #[test]
    fn any_bytes_are_a_feed_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        for magic in [&b""[..], b"\x1f\x8b\x08", b"PK\x03\x04", b"PAR1", b"\xff\xfe", b"<?xml", b"[{"] {
            fuzzing::feed(&[magic, &bytes].concat());
        }
    }

    #[test]
    fn any_history_is_read(rows in pieces(&["{\"u\":1,\"ev\":[", "[1,2,\"view\"]", "[\"tea\",3,\"purchase\",1,2.5]", "],\"eval\":[[0,1]]}\n", "]}\n", "{\"u\":1,\"ev\":[[9,1,\"view\"],[1,2,\"cart\"]],\"eval\":[[0,1],[1,2]]}\n"])) {
        fuzzing::history(&rows);
    }

    #[test]
    fn any_product_lines_are_read(rows in pieces(&["{\"id\":1,\"tags\":[", "\"b:x\"", "],\"price\":", "9.5", "1e300", "-1", "}\n", "{\"id\":\"a\",\"title\":\"Hat\",\"price\":5}\n"])) {
        fuzzing::feed_json(&rows);
    }

    #[test]
    fn any_text_is_a_key_or_an_error(text in "[A-Za-z0-9+/=\n -]{0,90}", bytes in prop::collection::vec(any::<u8>(), 0..90)) {
        fuzzing::keys(text.as_bytes());
        fuzzing::keys(&bytes);
    }

    /// Without quotes a line is a row, and every row is taken or rejected by number.
    #[test]
    fn no_row_is_lost(rows in prop::collection::vec("[ab\t]{0,4}(Lamp)?(\t1 EUR\tin stock)?", 0..40)) {
        let feed = format!("{MERCHANT}{}\n", rows.join("\n"));
        let report = read(feed.as_bytes(), &ImportOptions::default()).unwrap().report;
        let there = rows.iter().filter(|row| !row.trim().is_empty()).count() as u64;
        prop_assert_eq!(report.accepted + report.rejected, there);
        for rejection in &report.findings {
            prop_assert!(!rows[rejection.row as usize - 2].trim().is_empty());
        }
    }
}
