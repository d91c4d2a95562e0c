//! Shopify's exports.

use super::*;

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
gone,Old tee,,,,,,TRUE,Title,Default Title,,,G-1,,,,1.00,,,,,,archived\n\
gone,,,,,,,,,,,,G-2,,,,1.00,,,,,,\n\
mug,Mug,,,,,,TRUE,Title,Default Title,,,M-1,,,,8.00,,,,,,active\n\
late,,,,,,,,,,,,L-1,,,,1.00,,,,,,\n";

fn options() -> ImportOptions {
    ImportOptions {
        currency: Some("EUR".into()),
        base_url: Some("https://shop.example/".into()),
        ..ImportOptions::default()
    }
}

#[test]
fn both_generations_give_the_same_items() {
    let old = read(format!("{OLD}{ROWS}").as_bytes(), &options()).unwrap();
    let new = read(format!("{NEW}{ROWS}").as_bytes(), &options()).unwrap();
    assert_eq!(old.items, new.items);
    let expected = [
        (5, Reason::PriceUnreadable),
        (6, Reason::Archived),
        (7, Reason::Archived),
        (9, Reason::ProductMissing),
    ];
    assert_eq!((refused(&old), refused(&new)), (expected.to_vec(), expected.to_vec()));
    let report = &old.report;
    assert_eq!((report.accepted, report.left_out, report.rejected), (4, 2, 2));
    let archived = report.counts.iter().find(|count| count.reason == Reason::Archived).unwrap();
    assert_eq!((archived.rows, archived.products), (2, 1));
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
        tags: vec!["summer".into(), "basics".into()],
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

const SHORT: &str = "Handle,Title,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU,Variant Price,Status\n";

#[test]
fn ids_that_a_shop_did_not_give_are_made_of_what_is_stable() {
    let tee = "tee,Tee,true,Size,S,Color,Red/Blue,,19.00,active\ntee,,,,M,,Red/Blue,K,19.00,\n";
    let mug = "mug,Mug,true,Title,Default Title,,,K,9.00,active\ncup,Cup,true,Title,Default Title,,,C-1,9.00,active\n";
    let imported = read_all(format!("{SHORT}{tee}{mug}"));
    assert_eq!(refused(&imported), []);
    assert_eq!(ids(&imported.items), ["tee/S/Red%2FBlue", "tee/M/Red%2FBlue", "mug", "C-1"]);
    assert_eq!(repaired(&imported), [(2, Reason::NoSku), (3, Reason::SharedSku), (4, Reason::SharedSku)]);
    let other_order = read_all(format!("{SHORT}{mug}{tee}"));
    let mut again = ids(&other_order.items);
    again.sort_unstable();
    assert_eq!(again, ["C-1", "mug", "tee/M/Red%2FBlue", "tee/S/Red%2FBlue"]);
}

#[test]
fn a_made_id_is_nobody_elses() {
    let rows = "mug,Mug,true,Title,Default Title,,,,9.00,active\ncup,Cup,true,Title,Default Title,,,mug,9.00,active\n";
    assert_eq!(ids(&items(format!("{SHORT}{rows}"))), ["mug#", "mug"]);
    let twice = "mug,Mug,true,Size,S,,,,9.00,active\nmug,,,,S,,,,9.00,\n";
    assert_eq!(refused(&read_all(format!("{SHORT}{twice}"))), [(3, Reason::IdRepeated)]);
    let long = format!("{},Mug,true,Size,{},,,,9.00,active\n", "m".repeat(200), "S".repeat(90));
    assert!(items(format!("{SHORT}{long}"))[0].id.len() <= 128);
}

#[test]
fn a_draft_does_not_share_its_number() {
    let rows = "mug,Mug,true,Title,Default Title,,,K,9.00,active\ncopy,Copy of Mug,true,Title,Default Title,,,K,9.00,draft\n";
    assert_eq!(ids(&read_all(format!("{SHORT}{rows}")).items), ["K"]);
}

#[test]
fn what_is_not_for_sale_is_left_out_and_counted_so() {
    let row = |handle: &str, published: &str, status: &str| {
        format!("{handle},T,{published},Title,Default Title,,,{handle},1.00,{status}\n")
    };
    let feed = [
        row("a", "true", "active"),
        row("b", "TRUE", ""),
        row("c", "", ""),
        row("d", "false", "active"),
        row("e", "true", "draft"),
        row("f", "true", "Archived"),
        row("g", "true", "unlisted"),
        row("h", "true", "hibernating"),
    ];
    let imported = read_all(format!("{SHORT}{}", feed.concat()));
    assert_eq!(ids(&imported.items), ["a", "b", "c"]);
    let expected = [
        (5, Reason::Unpublished),
        (6, Reason::Draft),
        (7, Reason::Archived),
        (8, Reason::Unlisted),
        (9, Reason::StatusUnknown),
    ];
    assert_eq!(refused(&imported), expected);
    assert_eq!((imported.report.left_out, imported.report.rejected), (5, 0));
}

#[test]
fn metafields_are_read_by_their_key_and_never_for_a_column() {
    let header = "Handle,Title,Option1 Name,Option1 Value,Option1 Linked To,Variant SKU,Variant Price,Price (product.metafields.custom.price),\
Farbe (product.metafields.custom.color),Farbe (product.metafields.shopify.color-pattern),Zielgeschlecht (product.metafields.shopify.target-gender),\
Stoff (product.metafields.shopify.fabric),Anlass (product.metafields.custom.occasion),Metafield: custom.age_group [single_line_text_field]\n";
    let rows = "tee,Hemd,Größe,S,,T1,19.00,12.00,blue,navy; white,female,\"[\"\"Cotton\"\",\"\"gid://shopify/Metaobject/1\"\"]\",party,adult\n\
pan,Pfanne,Ausführung,Rot,product.metafields.shopify.color-pattern,P1,9.00,,,,,,,\n";
    let imported = read_all(format!("{header}{rows}"));
    let [tee, pan] = imported.items.as_slice() else { panic!("two items") };
    assert_eq!(
        (&tee.price, tee.color.as_deref(), tee.size.as_deref()),
        (&euros(1900), Some("navy/white"), Some("S"))
    );
    assert_eq!((tee.gender.as_deref(), tee.material.as_deref()), (Some("female"), Some("Cotton")));
    assert_eq!(tee.age_group.as_deref(), Some("adult"));
    assert_eq!(pan.color.as_deref(), Some("Rot"), "by what the option is linked to");
    assert!(imported.report.notes.iter().any(|note| note.contains("custom.occasion")));
}

#[test]
fn a_market_has_its_own_prices_and_products() {
    let feed = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Compare At Price,Included / Canada,Price / Canada,Compare At Price / Canada\n\
a,A,Title,Default Title,A1,10.00,,true,15.00,18.00\nb,B,Title,Default Title,B1,20.00,,false,,\nc,C,Title,Default Title,C1,30.00,,true,,\n";
    let home = items(feed);
    assert_eq!(
        (ids(&home), &home[0].price, &home[0].sale_price),
        (vec!["A1", "B1", "C1"], &euros(1000), &None)
    );
    let market = |name: &str| ImportOptions { market: Some(name.into()), ..options() };
    let canada = read(feed.as_bytes(), &market("Canada")).unwrap();
    assert_eq!(refused(&canada), [(3, Reason::NotInMarket)]);
    assert_eq!((&canada.items[0].price, &canada.items[0].sale_price), (&euros(1800), &euros(1500)));
    assert_eq!(canada.items[1].price, euros(3000));
    assert!(read(feed.as_bytes(), &market("Mars")).unwrap_err().to_string().contains("Canada"));
}

#[test]
fn an_export_in_several_files_is_one_shop() {
    let default = ImportOptions::default();
    let mut importer = Importer::new(&default).unwrap();
    importer.add(format!("{SHORT}tee,Tee,true,Size,S,,,K,1.00,active\n").as_bytes()).unwrap();
    importer.add(format!("{SHORT}tee,,,,M,,,K,1.00,\n").as_bytes()).unwrap();
    assert_eq!(ids(&importer.finish().items), ["tee/S", "tee/M"]);
}

#[test]
fn long_descriptions_over_several_lines_stay_whole() {
    let body = "<p>Soft,\nwarm, light,\n</p>".repeat(20);
    let feed = format!(
        "Handle,Title,Body (HTML),Option1 Name,Option1 Value,Variant SKU,Variant Price\ntee,Tee,\"{body}\",Title,Default Title,T1,5.00\nmug,Mug,,Title,Default Title,M1,6.00\n"
    );
    let items = items(feed);
    assert_eq!(ids(&items), ["T1", "M1"]);
    assert!(items[0].description.as_ref().unwrap().ends_with("Soft, warm, light,"));
}
