//! Small inputs that real shops failed with, of the kinds that others will send.

use super::*;
use crate::catalog::{Matcher, Taxonomy, sensitive_tags};

fn is_sensitive(item: &Item, matcher: &Matcher) -> bool {
    !sensitive_tags(item, matcher).is_empty()
}

#[test]
fn a_category_is_sensitive_in_every_format() {
    let matcher = Taxonomy::default().matcher();
    for feed in [
        "id\ttitle\tprice\tgoogle_product_category\nX\tPack\t5 EUR\tHealth &amp; Beauty &gt; Health Care &gt; Condoms\n",
        "id\ttitle\tprice\tgoogle_product_category\nX\tPack\t5 EUR\t775\n",
        "id\ttitle\tprice\tproduct_type\tproduct_type\nX\tPack\t5 EUR\tOffers\tGesundheit & Schönheit > Gesundheitspflege > Kondome\n",
        "Handle,Title,Product Category,Variant SKU,Variant Price\nx,Pack,Health & Beauty > Health Care > Condoms,X,5.00\n",
        "Handle,Title,Variant SKU,Variant Price,Kategorie (product.metafields.mm-google-shopping.google_product_category)\nx,Pack,X,5.00,775\n",
        "ID,Type,SKU,Name,Published,Regular price,Categories\n1,simple,X,Pack,1,5,\"Offers, Santé et beauté > Soins de santé > Préservatifs\"\n",
        "<rss><channel><item><g:id>X</g:id><title>Pack</title><g:price>5 EUR</g:price><g:google_product_category>Health &amp;amp; Beauty &amp;gt; Health Care</g:google_product_category></item></channel></rss>",
        "{\"id\":\"X\",\"title\":\"Pack\",\"tags\":[\"category:Health & Beauty > Health Care\"]}",
        "{\"@type\":\"Product\",\"sku\":\"X\",\"name\":\"Pack\",\"category\":\"Condoms\",\"offers\":{\"price\":5,\"priceCurrency\":\"EUR\"}}",
    ] {
        let items = items(feed);
        assert!(is_sensitive(&items[0], &matcher), "{feed}");
    }
    let harmless =
        items("id\ttitle\tprice\tgoogle_product_category\nX\tPack\t5 EUR\tHome & Garden > Kitchen\n");
    assert!(!is_sensitive(&harmless[0], &matcher));
}

#[test]
fn many_rejections_are_counted_by_reason_and_listed() {
    let rows: String =
        (0..60).map(|row| format!("m{row}\tMug\t{}\n", if row < 30 { "cheap" } else { "5" })).collect();
    let imported = read_all(format!("id\ttitle\tprice\n{rows}"));
    assert_eq!(imported.report.findings.len(), 60);
    let counts: Vec<(Reason, u64)> =
        imported.report.counts.iter().map(|count| (count.reason, count.rows)).collect();
    assert_eq!(counts, [(Reason::PriceUnreadable, 30), (Reason::CurrencyMissing, 30)]);
    assert_eq!(imported.report.counts[0].to_string(), "`price` is no price");
}
