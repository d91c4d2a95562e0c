//! Feeds as shops send them, and as nobody should.

use crate::base::money::Money;
use crate::catalog::operator::import::*;
use crate::catalog::{Availability, CatalogError, Item, SensitiveTag};

const HEADER: &str = "id\ttitle\tprice\tavailability\tsale price\tsale price effective date\tadditional image link\tsv_sensitive_tags\n";

fn read(rows: &str) -> Imported {
    merchant(format!("{HEADER}{rows}").as_bytes()).unwrap()
}

fn rejected(imported: &Imported) -> Vec<(u64, Reason)> {
    imported.report.rejected.iter().map(|rejection| (rejection.row, rejection.reason)).collect()
}

fn euros(minor: i64) -> Option<Money> {
    Some(Money { minor, currency: "EUR".into() })
}

#[test]
fn a_merchant_feed_is_read() {
    let imported = read(
        "a\tLamp\t12.99 EUR\tin stock\t9.99 EUR\t2024-01-01T00:00Z/2024-01-02T00:00Z\thttps://x/1, https://x/2\thealth,union\r\n\
         b\t\"Tab\there \"\"quoted\"\"\nand a line\"\t5 EUR\tout_of_stock\r\n\
         \r\n\
         c\tShort row\t5,00 EUR\tPreorder",
    );
    assert_eq!(rejected(&imported), []);
    assert_eq!(imported.report.accepted, 3);
    let [a, b, c] = imported.items.as_slice() else { panic!("three items") };
    assert_eq!((&a.price, &a.sale_price, a.availability), (&euros(1299), &euros(999), Availability::InStock));
    assert_eq!(a.sale_price_effective_date.unwrap().from_ms, 1_704_067_200_000);
    assert_eq!(a.additional_image_links, ["https://x/1", "https://x/2"]);
    assert_eq!(a.sensitive_tags, [SensitiveTag::Health, SensitiveTag::Union]);
    assert_eq!(b.title, "Tab\there \"quoted\"\nand a line");
    assert_eq!((c.title.as_str(), c.availability), ("Short row", Availability::Preorder));
}

#[test]
fn each_faulty_row_is_named_and_the_others_are_taken() {
    let imported = read(
        "a\tLamp\t12.99\tin stock\n\
         b\t\t12.99 EUR\tin stock\n\
         c\tLamp\t12.99 EUR\tmaybe\n\
         d\tLamp\t12.99 EUR\tin stock\n\
         d\tLamp\t12.99 EUR\tin stock\n\
         e\tLamp\t12.99 EUR\tin stock\t19.99 EUR\n\
         f\tLamp\t12.99 EUR\tin stock\t9.99 EUR\tsoon\n\
         g\tLamp\t12.99 EUR\tin stock\t\t\t\tdrugs\n\
         h\tLamp\t12.99 EUR\tin stock\t\t\t\t\textra\n\
         i\tLamp\t12.99 QQQ\tin stock\n\
         j\tLa\0mp\t12.99 EUR\tin stock\n\
         k\tLamp\t12.99 EUR\tin stock\n",
    );
    let expected = [
        (2, Reason::Unreadable("price")),
        (3, Reason::Missing("title")),
        (4, Reason::Unreadable("availability")),
        (6, Reason::RepeatedId(5)),
        (7, Reason::SalePriceMisfit),
        (8, Reason::Unreadable("sale_price_effective_date")),
        (9, Reason::UnknownSensitiveTag),
        (10, Reason::TooManyCells),
        (11, Reason::UnknownCurrency("price")),
        (12, Reason::NulByte),
    ];
    assert_eq!(rejected(&imported), expected);
    assert_eq!(imported.items.iter().map(|item| item.id.as_str()).collect::<Vec<_>>(), ["d", "k"]);
}

#[test]
fn headers_are_forgiving_and_missing_columns_are_not() {
    let feed = "\u{feff}G:ID\tTitle\tPRICE\tavailability\ttitle_x\na\tLamp\t1 EUR\tin_stock\n";
    assert_eq!(merchant(feed.as_bytes()).unwrap().items.len(), 1);
    let missing = merchant("id\ttitle\tavailability\n".as_bytes()).unwrap_err();
    assert_eq!(missing, CatalogError::MissingColumn { column: "price" });
    let twice = merchant("id\ttitle\tavailability\tprice\tprice\n".as_bytes()).unwrap_err();
    assert_eq!(twice, CatalogError::RepeatedColumn { column: "price" });
    for nothing in ["", "\n\n", "\u{feff}"] {
        assert_eq!(merchant(nothing.as_bytes()).unwrap_err(), CatalogError::NoHeader);
    }
}

#[test]
fn broken_bytes_and_giant_cells_cost_one_row_each() {
    let mut feed = HEADER.as_bytes().to_vec();
    feed.extend(b"a\tLa\xff\xfemp\t1 EUR\tin stock\n");
    feed.extend(format!("b\t{}\t1 EUR\tin stock\n", "x".repeat(10 << 20)).bytes());
    feed.extend(format!("c\t{}\t1 EUR\tin stock\n", "x".repeat(65 << 10)).bytes());
    feed.extend(format!("d\t\"{}\"\t1 EUR\tin stock\n", "x\n".repeat(40 << 10)).bytes());
    feed.extend(b"e\tLamp\t1 EUR\tin stock\n");
    let imported = merchant(feed.as_slice()).unwrap();
    let expected =
        [(2, Reason::NotUtf8), (3, Reason::RowTooLong), (4, Reason::CellTooLong), (5, Reason::CellTooLong)];
    assert_eq!(rejected(&imported), expected);
    assert_eq!(imported.items.len(), 1);
}

#[test]
fn an_open_quote_costs_its_own_row_only() {
    let good = |id: usize| format!("{id}\tLamp\t1 EUR\tin stock\n");
    let after: String = (0..20_000).map(good).collect();
    let imported = read(&format!("a\t\"Lamp\t1 EUR\tin stock\n{after}"));
    assert_eq!(rejected(&imported), [(2, Reason::OpenQuote)]);
    assert_eq!(imported.items.len(), 20_000);
    let giant = format!("b\t{}\n", "x".repeat(2 << 20));
    let both = read(&format!("a\t\"Lamp\n{giant}{}", good(1)));
    assert_eq!(rejected(&both), [(2, Reason::OpenQuote), (3, Reason::RowTooLong)]);
    assert_eq!(both.items.len(), 1);
    let at_the_end = read(&format!("{}b\t\"Lamp\t1 EUR", good(1)));
    assert_eq!(rejected(&at_the_end), [(3, Reason::OpenQuote)]);
}

#[test]
fn a_file_of_open_quotes_is_read_in_reasonable_time() {
    let feed = format!("{HEADER}{}", "x\"y\t\"z\"\"\n".repeat(150_000));
    let imported = merchant(feed.as_bytes()).unwrap();
    assert_eq!((imported.items.len(), imported.report.rejected_rows()), (0, 150_000));
    assert_eq!(imported.report.rejected.len(), report::MAX_LISTED);
}

#[test]
fn compressed_feeds_are_recognised() {
    use std::io::Write as _;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(format!("{HEADER}a\tLamp\t1 EUR\tin stock\n").as_bytes()).unwrap();
    let bytes = gzip.finish().unwrap();
    assert_eq!(merchant(bytes.as_slice()).unwrap().items.len(), 1);
    assert!(matches!(merchant(&bytes[..bytes.len() - 9]), Err(CatalogError::Io { .. })));
}

const OLD: &str = "Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,\
Option2 Value,Variant SKU,Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price,\
Variant Compare At Price,Variant Barcode,Image Src,Variant Image,Google Shopping / Gender,Status\n";
const NEW: &str = "URL handle,Title,Description,Vendor,Product category,Type,Tags,Published on online store,Option1 name,Option1 value,\
Option2 name,Option2 value,SKU,Inventory tracker,Inventory quantity,Continue selling when out of stock,Price,\
Compare-at price,Barcode,Product image URL,Variant image URL,Google Shopping / Gender,Status\n";
const ROWS: &str = "tee,\"Tee, plain\",<p>Soft &amp; light</p>,Fjellrav,Apparel > Shirts,Shirts,\"summer, basics\",TRUE,Color,Red,Size,M,T-R-M,shopify,3,DENY,15.00,20.00,'4006381333931,https://x/1.jpg,https://x/red.jpg,Unisex,active\n\
tee,,,,,,,,,Blue,,M,T-B-M,shopify,0,CONTINUE,20.00,,,https://x/2.jpg,,,\n\
tee,,,,,,,,,,,,,,,,,,,https://x/3.jpg,,,\n\
tee,,,,,,,,,Blue,,L,T-B-L,shopify,0,DENY,cheap,,,,,,\n\
tee,,,,,,,,,Blue,,XL,T-B-M,shopify,0,DENY,20.00,,,,,,\n\
gone,Old tee,,,,,,TRUE,Title,Default Title,,,G-1,,,,1.00,,,,,,archived\n\
gone,,,,,,,,,,,,G-2,,,,1.00,,,,,,\n\
mug,Mug,,,,,,TRUE,Title,Default Title,,,M-1,,,,8.00,,,,,,active\n";

#[test]
fn both_shopify_generations_give_the_same_items() {
    let options = ShopifyOptions { currency: "EUR".into(), base_url: Some("https://shop.example/".into()) };
    let old = shopify(format!("{OLD}{ROWS}").as_bytes(), &options).unwrap();
    let new = shopify(format!("{NEW}{ROWS}").as_bytes(), &options).unwrap();
    assert_eq!(old, new);
    let expected = [
        (5, Reason::Unreadable("Variant Price")),
        (6, Reason::RepeatedId(3)),
        (7, Reason::NotPublished),
        (8, Reason::NoProduct),
    ];
    assert_eq!(rejected(&old), expected);
    assert_eq!(old.report.accepted, 4);
    let red = Item {
        id: "T-R-M".into(),
        item_group_id: Some("tee".into()),
        title: "Tee, plain".into(),
        description: Some("Soft & light".into()),
        brand: Some("Fjellrav".into()),
        google_product_category: Some("Apparel > Shirts".into()),
        product_type: Some("Shirts".into()),
        price: euros(2000),
        sale_price: euros(1500),
        color: Some("Red".into()),
        size: Some("M".into()),
        gender: Some("unisex".into()),
        gtin: Some("4006381333931".into()),
        link: Some("https://shop.example/products/tee".into()),
        image_link: Some("https://x/red.jpg".into()),
        additional_image_links: ["https://x/1.jpg", "https://x/2.jpg", "https://x/3.jpg"]
            .map(Into::into)
            .into(),
        custom_labels: [Some("summer".into()), Some("basics".into()), None, None, None],
        ..Item::default()
    };
    assert_eq!(old.items[0], red);
    let blue = &old.items[1];
    assert_eq!(
        (blue.availability, &blue.price, &blue.sale_price),
        (Availability::Backorder, &euros(2000), &None)
    );
    assert_eq!((blue.image_link.as_deref(), blue.color.as_deref()), (Some("https://x/1.jpg"), Some("Blue")));
    assert_eq!((old.items[2].id.as_str(), old.items[2].color.as_deref()), ("M-1", None));
}

#[test]
fn json_lines_give_items() {
    let feed = "{\"id\":1,\"tags\":[\"brand:Fjellrav\",\"w:RED\"],\"title\":\"Cap\",\"price\":0.85}\n{\"id\":\"x\"}\n{\"id\":1}\n{\"id\":1.5}\n\n{\"id\":\"y\",\"price\":-1}\n";
    let imported = json_lines(feed.as_bytes(), "GBP").unwrap();
    assert_eq!(imported.items.len(), 2);
    assert_eq!(imported.items[0].price, Some(Money { minor: 85, currency: "GBP".into() }));
    let expected = [(3, Reason::RepeatedId(1)), (4, Reason::NotJson), (6, Reason::Unreadable("price"))];
    assert_eq!(rejected(&imported), expected);
    assert_eq!(json_lines(feed.as_bytes(), "PENCE").unwrap_err(), CatalogError::UnknownCurrency);
}
