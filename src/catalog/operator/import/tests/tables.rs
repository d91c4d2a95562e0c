//! Merchant Center's and Meta's delimited feeds.

use super::*;

const HEADER: &str = "id\ttitle\tprice\tavailability\tsale price\tsale price effective date\tadditional image link\tsv_sensitive_tags\n";

fn merchant(rows: &str) -> Imported {
    read_all(format!("{HEADER}{rows}"))
}

#[test]
fn a_merchant_feed_is_read() {
    let imported = merchant(
        "a\tLamp\t12.99 EUR\tin stock\t9.99 EUR\t2024-01-01T00:00Z/2024-01-02T00:00Z\thttps://x/1, https://x/w_3,h_4/2\thealth,union\r\n\
         b\t\"Tab\there \"\"quoted\"\"\nand a line\"\t5 EUR\tout_of_stock\r\n\
         \r\n\
         c\tShort row\t5,00 EUR\tPreorder",
    );
    assert_eq!((refused(&imported), repaired(&imported)), (vec![], vec![]));
    assert_eq!(imported.report.accepted, 3);
    let [a, b, c] = imported.items.as_slice() else { panic!("three items") };
    assert_eq!((&a.price, &a.sale_price, a.availability), (&euros(1299), &euros(999), Availability::InStock));
    assert_eq!(a.sale_price_effective_date.unwrap().from_ms, 1_704_067_200_000);
    assert_eq!(a.additional_image_links, ["https://x/1", "https://x/w_3,h_4/2"]);
    assert_eq!(a.sensitive_tags, [SensitiveTag::Health, SensitiveTag::Union]);
    assert_eq!(b.title, "Tab here \"quoted\" and a line");
    assert_eq!((c.title.as_str(), c.availability), ("Short row", Availability::Preorder));
}

#[test]
fn each_faulty_row_is_named_and_the_others_are_taken() {
    let imported = merchant(
        "a\tLamp\t12.99\tin stock\n\
         b\t\t12.99 EUR\tin stock\n\
         c\tLamp\t12.99 EUR\tmaybe\n\
         d\tLamp\t12.99 EUR\tin stock\n\
         d\tLamp\t12.99 EUR\tin stock\n\
         g\tLamp\t12.99 EUR\tin stock\t\t\t\tdrugs\n\
         h\tLamp\t12.99 EUR\tin stock\t\t\t\t\textra\n\
         i\tLamp\t12.99 QQQ\tin stock\n\
         j\tLamp\t1.299 EUR\tin stock\n\
         k\0\tLamp\t12.99 EUR\tin stock\n\
         l\tLamp\t12.99 EUR\t\n\
         m\tLa\0mp\t12.99 EUR\tin stock\n",
    );
    let expected = [
        (2, Reason::CurrencyMissing),
        (3, Reason::Missing),
        (4, Reason::AvailabilityUnknown),
        (6, Reason::IdRepeated),
        (7, Reason::SensitiveTagUnknown),
        (8, Reason::TooManyCells),
        (9, Reason::CurrencyUnknown),
        (10, Reason::PriceAmbiguous),
        (11, Reason::IdBroken),
        (12, Reason::Missing),
    ];
    assert_eq!(refused(&imported), expected);
    assert_eq!(ids(&imported.items), ["d", "m"]);
    assert_eq!(imported.items[1].title, "Lamp");
    let told: Vec<String> = imported.report.findings.iter().map(ToString::to_string).collect();
    assert_eq!(
        told[0],
        "row 2 (a): `price` \"12.99\" has no currency: write it like 12.99 EUR, or say --currency"
    );
    assert_eq!(
        told[3],
        "row 6 (d): `id` \"d\" is the id of an earlier row (of row 5): give every variant an id of its own"
    );
    assert!(told[7].contains("1.299 or 1299 EUR"), "{}", told[7]);
}

#[test]
fn what_can_be_missed_costs_itself_only() {
    let imported = merchant(
        "a\tLamp\t10 EUR\tin stock\t0\n\
         b\tLamp\t10 EUR\tin stock\t12 EUR\n\
         c\tLamp\t10 EUR\tin stock\tN/A\n\
         d\tLamp\t10 EUR\tin stock\t8 USD\n\
         e\tLamp\t10 EUR\tin stock\t8 EUR\tsoon\n\
         f\tLamp\t10 EUR\tin stock\t10 EUR\tsoon\n\
         g\tLamp\t10 EUR\tin stock\t\tsoon\n",
    );
    assert_eq!(refused(&imported), []);
    let expected = [
        (2, Reason::SaleNoReduction),
        (3, Reason::SaleNoReduction),
        (4, Reason::SaleUnreadable),
        (5, Reason::SaleUnreadable),
        (6, Reason::SalePeriodUnreadable),
        (7, Reason::SalePeriodUnreadable),
    ];
    assert_eq!(repaired(&imported), expected);
    assert!(imported.items.iter().all(|item| item.price == euros(1000) && item.sale_price.is_none()));
    assert_eq!((imported.report.accepted, imported.report.repaired, imported.report.rejected), (7, 6, 0));
    assert_eq!(imported.report.found(Reason::SaleUnreadable), 2);
}

#[test]
fn headers_are_forgiving_and_missing_columns_are_not() {
    assert_eq!(
        items("\u{feff}G:ID\tTitle\tPRICE\tavailability\ttitle_x\na\tLamp\t1 EUR\tin_stock\n").len(),
        1
    );
    let german = items("ID\tTitel\tPreis\tVerfügbarkeit\nA1\tTasse\t4,50 EUR\tnicht auf Lager\n");
    assert_eq!((&german[0].price, german[0].availability), (&euros(450), Availability::OutOfStock));
    let twice = items("id\ttitle\tprice\tproduct_type\tproduct_type\na\tMug\t1 EUR\tKitchen\tGifts\n");
    assert_eq!(
        (twice[0].product_type.as_deref(), twice[0].tags.as_slice()),
        (Some("Kitchen"), &["product_type:Gifts".to_owned()][..])
    );
    let both =
        items("category\tgoogle_product_category\tid\ttitle\tprice\nOur own\tMedia > Books\ta\tMug\t1 EUR\n");
    assert_eq!(both[0].google_product_category.as_deref(), Some("Media > Books"));
    let error = |feed: &str| read(feed.as_bytes(), &ImportOptions::default()).unwrap_err();
    assert_eq!(error("title\tprice\tavailability\n"), CatalogError::MissingColumn { column: "id" });
    assert!(error("id\tcustom_label_0\na\tx\n").to_string().contains("--supplement"));
    assert!(error("hello,world\n1,2\n").to_string().contains("\"hello,world\""));
    for nothing in ["", "\n\n", "\u{feff}"] {
        assert_eq!(error(nothing), CatalogError::NoHeader);
    }
}

#[test]
fn delimiters_line_ends_and_encodings_are_told_by_content() {
    let rows = [["id", "title", "price"], ["a", "Grüße, 5; 6", "1,50 EUR"], ["b", "Tee", "2 EUR"]];
    for delimiter in [",", ";", "\t", "|"] {
        for end in ["\n", "\r\n", "\r"] {
            let line = |cells: &[&str; 3]| cells.map(|cell| format!("\"{cell}\"")).join(delimiter) + end;
            let text: String = rows.iter().map(line).collect();
            let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let windows = encoding_rs::WINDOWS_1252.encode(&text).0.into_owned();
            for bytes in
                [text.clone().into_bytes(), [b"\xef\xbb\xbf", text.as_bytes()].concat(), utf16, windows]
            {
                let items = items(bytes);
                assert_eq!(
                    (ids(&items), items[0].title.as_str()),
                    (vec!["a", "b"], "Grüße, 5; 6"),
                    "{delimiter:?} {end:?}"
                );
                assert_eq!(items[0].price, euros(150));
            }
        }
    }
}

#[test]
fn compressed_feeds_are_unpacked() {
    use std::io::Write as _;
    let feed = format!("{HEADER}a\tLamp\t1 EUR\tin stock\n");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(feed.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    assert_eq!(items(&gzip).len(), 1);
    assert!(matches!(read(&gzip[..gzip.len() - 9], &ImportOptions::default()), Err(CatalogError::Io { .. })));
    let archive = |names: &[&str]| {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (place, name) in names.iter().enumerate() {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(feed.replace("\na", &format!("\na{place}")).as_bytes()).unwrap();
        }
        zip.finish().unwrap().into_inner()
    };
    assert_eq!(ids(&items(archive(&["one.txt", "__MACOSX/x", "folder/two.txt"]))), ["a0", "a2"]);
    let error = |bytes: &[u8]| read(bytes, &ImportOptions::default()).unwrap_err().to_string();
    assert!(error(&archive(&["[Content_Types].xml", "xl/workbook.xml"])).contains("save it as CSV"));
    let mut damaged = archive(&["one.txt"]);
    damaged.truncate(60);
    assert!(error(&damaged).contains("damaged"));
}

#[test]
fn texts_hold_no_markup_in_any_column() {
    let feed = "id\ttitle\tdescription\tbrand\tprice\tlink\n\
        a\tCaf&eacute; &amp; Co\t<p>Warm&nbsp;wool &ndash; 100&#37;</p>\tB&amp;B\t1 EUR\thttps://s.example/?a=1&amp;b=2\n";
    let item = items(feed).remove(0);
    assert_eq!((item.title.as_str(), item.description.as_deref()), ("Café & Co", Some("Warm wool – 100%")));
    assert_eq!(
        (item.brand.as_deref(), item.link.as_deref()),
        (Some("B&B"), Some("https://s.example/?a=1&b=2"))
    );
}

#[test]
fn an_open_quote_costs_no_other_row() {
    let good = |id: usize| format!("{id}\tLamp\t1 EUR\tin stock\n");
    let after: String = (0..20_000).map(good).collect();
    for (quoted, end) in [
        ("\"Lamp", ""),
        ("\"Lamp", "z\tVase 5\"\t1 EUR\tin stock\n"),
        ("\"Lamp", "z\tVase \"\"5\"\"\t1 EUR\tin stock\n"),
    ] {
        let imported = merchant(&format!("a\t{quoted}\t1 EUR\tin stock\n{after}{end}"));
        assert_eq!((refused(&imported), repaired(&imported)), (vec![], vec![(2, Reason::QuoteTaken)]));
        assert_eq!(imported.items.len(), 20_001 + usize::from(!end.is_empty()));
        assert_eq!(imported.items[0].title, "\"Lamp");
    }
    let near = "id,title,price,availability\nQ1,\"Sun lamp,5 EUR,in stock\nQ2,Bowl,6 EUR,in stock\nQ3,Vase 5\",7 EUR,in stock\n";
    assert_eq!(ids(&items(near)), ["Q1", "Q2", "Q3"]);
    let others = "Handle,Tags,Title,Variant SKU,Variant Price\ntee,\"a, b\",\"Sun tee,T1,5.00\nmug,\"c, d\",Mug,M1,6.00\n";
    let items_of_others = items(others);
    assert_eq!((ids(&items_of_others), items_of_others[0].title.as_str()), (vec!["T1", "M1"], "\"Sun tee"));
    let lines = "id,title,price\na,\"one, two\nthree, four\",5 EUR\n";
    assert_eq!(items(lines)[0].title, "one, two three, four", "a text of several lines stays one");
    let broken = merchant("a\t\"Lamp\nb\tLamp\t1 EUR\tin stock\n");
    assert_eq!(refused(&broken), [(2, Reason::QuoteOpen)]);
    assert_eq!(broken.items.len(), 1);
}

#[test]
fn a_supplement_is_laid_over_by_id() {
    let mut imported = read_all(
        "id\ttitle\tprice\tavailability\tsale_price\nA\tMug\t5 EUR\tin stock\t4 EUR\nB\tCup\t6 EUR\tin stock\n",
    );
    let lay = |imported: &mut Imported, feed: &str| {
        supplement(imported, feed.as_bytes(), &ImportOptions::default()).unwrap()
    };
    let report = lay(
        &mut imported,
        "id\tcustom_label_0\tsv_sensitive_tags\nA\tbestseller\tpregnancy\nZ\tgone\t\nB\t\tdrugs\n",
    );
    assert_eq!((report.accepted, report.left_out, report.rejected), (1, 1, 1));
    let a = &imported.items[0];
    assert_eq!(
        (a.custom_labels[0].as_deref(), a.sensitive_tags.as_slice()),
        (Some("bestseller"), &[SensitiveTag::Pregnancy][..])
    );
    assert_eq!((a.title.as_str(), &a.sale_price), ("Mug", &euros(400)), "what it does not say stays");
    lay(&mut imported, "id;price;quantity\nA;3,50;0\nB;7 EUR;3\n");
    let [a, b] = imported.items.as_slice() else { panic!("two items") };
    assert_eq!(
        (&a.price, &a.sale_price, a.availability),
        (&euros(350), &None, Availability::OutOfStock),
        "in the item's currency"
    );
    assert_eq!((&b.price, b.availability), (&euros(700), Availability::InStock));
    lay(&mut imported, "{\"id\":\"B\",\"sale_price\":\"6.00\"}\n");
    assert_eq!(imported.items[1].sale_price, euros(600));
}

#[test]
fn metas_catalog_is_read() {
    let feed = "# Required | A unique id,# Required | A title,# Optional,# Required,# Required,# x,# x\n\
        id,title,fb_product_category,price,availability,image[0].url,visibility\n\
        A1,\"Mug, blue\",home > kitchen,5.00 EUR,available for order,https://i.example/a1.jpg,published\n\
        A2,Cup,,5.00 EUR,discontinued,https://i.example/a2.jpg,published\n\
        A3,Old,,5.00 EUR,in stock,,hidden\n";
    let imported = read_all(feed);
    assert_eq!(refused(&imported), [(5, Reason::Unlisted)]);
    let [a, b] = imported.items.as_slice() else { panic!("two items") };
    assert_eq!((a.availability, b.availability), (Availability::Backorder, Availability::OutOfStock));
    assert_eq!(
        (a.image_link.as_deref(), a.google_product_category.as_deref()),
        (Some("https://i.example/a1.jpg"), Some("home > kitchen"))
    );
}
