//! XML, WooCommerce, JSON and schema.org.

use super::*;

#[test]
fn rss_atom_and_plain_lists_are_read() {
    let rss = r#"<?xml version="1.0" encoding="UTF-8"?>
<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel><title>Brambly</title><link>https://s.example</link>
<item><title>Wrong</title><g:id>A1</g:id><g:title><![CDATA[Mug & saucer]]></g:title><g:price>5.00 EUR</g:price><g:availability>in_stock</g:availability>
<g:google_product_category>Home &amp; Garden &gt; Kitchen &amp; Dining</g:google_product_category>
<g:shipping><g:country>DE</g:country><g:price>4.95 EUR</g:price></g:shipping>
<description><p>Warm <b>and</b> round</p></description><link>https://s.example/a?x=1&amp;y=2</link>
<g:additional_image_link>https://i.example/1.jpg</g:additional_image_link><g:additional_image_link>https://i.example/2.jpg</g:additional_image_link></item>
<item><g:id>A2</g:id><title>Cup & Caf&eacute;<br></title><g:price>4 EUR</g:price><g:availability>out_of_stock</g:availability></item>
<item><g:id>A3</g:id><g:price>4 EUR</g:price></item></channel></rss>"#;
    let imported = read_all(rss);
    assert_eq!(refused(&imported), [(3, Reason::Missing)]);
    let [mug, cup] = imported.items.as_slice() else { panic!("two items") };
    assert_eq!((mug.title.as_str(), &mug.price), ("Mug & saucer", &euros(500)));
    assert_eq!(mug.google_product_category.as_deref(), Some("Home & Garden > Kitchen & Dining"));
    assert_eq!(
        (mug.description.as_deref(), mug.link.as_deref()),
        (Some("Warm and round"), Some("https://s.example/a?x=1&y=2"))
    );
    assert_eq!(mug.additional_image_links, ["https://i.example/1.jpg", "https://i.example/2.jpg"]);
    assert_eq!((cup.title.as_str(), cup.availability), ("Cup & Café", Availability::OutOfStock));

    let atom = r#"<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0"><title>Shop</title>
<entry><id>A1</id><title>Mug</title><link rel="alternate" href="https://s.example/a?x=1&amp;y=2"/><g:price>5,00 EUR</g:price></entry></feed>"#;
    let atom = items(atom);
    assert_eq!((atom[0].id.as_str(), atom[0].link.as_deref()), ("A1", Some("https://s.example/a?x=1&y=2")));
    let prefixed = "<rss xmlns:goo='http://base.google.com/ns/1.0'><channel><item><title>Wrong</title><goo:title>Mug</goo:title><goo:id>1</goo:id>\
<goo:price>1 EUR</goo:price></item></channel></rss>";
    assert_eq!(items(prefixed)[0].title, "Mug");
    let list = "<?xml version='1.0' encoding='ISO-8859-2'?><products><product><id>1</id><name>Ko\u{9a}ile</name><price>9.99 EUR</price></product></products>";
    let bytes: Vec<u8> =
        list.chars().map(|letter| if letter == '\u{9a}' { 0xb9 } else { letter as u8 }).collect();
    assert_eq!(items(bytes)[0].title, "Košile");
}

#[test]
fn a_broken_end_tag_costs_no_attribute() {
    let xml = "<rss><channel><item><g:id>1</g:id><g:title>Chain/g:title>\n<g:description>Steel</g:description><g:price>169 SEK</g:price>\
<g:shipping><g:price>0 SEK</g:price></g:shipping></item><item><g:id>2</g:id><title>Bell</title><g:price>5 SEK</g:price></item></channel></rss>";
    let imported = read_all(xml);
    assert_eq!((refused(&imported), repaired(&imported)), (vec![], vec![(1, Reason::TagUnclosed)]));
    let [chain, bell] = imported.items.as_slice() else { panic!("two items") };
    assert_eq!((chain.title.as_str(), chain.description.as_deref()), ("Chain", Some("Steel")));
    assert_eq!((chain.price.as_ref().unwrap().minor, bell.title.as_str()), (16_900, "Bell"));
}

#[test]
fn woocommerce_variations_inherit_from_their_product() {
    let feed = "\u{feff}ID,Type,SKU,Name,Published,\"Visibility in catalog\",Description,\"Date sale price starts\",\"Date sale price ends\",\"In stock?\",Stock,\"Backorders allowed?\",\"Sale price\",\"Regular price\",Categories,Tags,Images,Parent,\"Attribute 1 name\",\"Attribute 1 value(s)\",\"Attribute 2 name\",\"Attribute 2 value(s)\"\n\
44,variable,hoodie,Hoodie,1,visible,<p>Warm</p>,,,1,,0,,,\"Clothing > Hoodies, Gifts\",winter,\"https://i.example/h.jpg, https://i.example/h2.jpg\",,Color,\"Blue, Red\",Logo,\"Yes, No\"\n\
45,variation,,\"Hoodie - Blue, Yes\",1,visible,,2026-01-01,2026-02-01,1,,0,40,45,,,https://i.example/blue.jpg,id:44,Color,Blue,Logo,Yes\n\
46,variation,HR,Hoodie - Red,1,visible,,,,0,,0,,45,,,,hoodie,Color,Red,Logo,No\n\
47,\"simple, virtual\",ALB,Album,1,visible,,,,1,3,0,,15.00,Music,,,,,,,\n\
48,simple,OLD,Old,0,visible,,,,1,,0,,15,,,,,,,,\n\
49,simple,DRAFT,Draft,-1,visible,,,,1,,0,,15,,,,,,,,\n\
50,simple,HID,Hidden,1,hidden,,,,1,,0,,15,,,,,,,,\n\
51,grouped,SET,Set,1,visible,,,,1,,0,,,,,,,,,,\n\
52,variation,X,Lost,1,visible,,,,1,,0,,5,,,,id:99,Color,Red,,\n\
53,simple,FREE,No price,1,visible,,,,1,,0,,,,,,,,,,\n";
    let imported = read_all(feed);
    let expected = [
        (2, Reason::VariantsElsewhere),
        (6, Reason::Unpublished),
        (7, Reason::Draft),
        (8, Reason::Unlisted),
        (9, Reason::VariantsElsewhere),
        (10, Reason::ProductMissing),
        (11, Reason::Missing),
    ];
    assert_eq!(refused(&imported), expected);
    assert_eq!(ids(&imported.items), ["45", "HR", "ALB"]);
    let [blue, red, album] = imported.items.as_slice() else { panic!("three items") };
    assert_eq!((blue.item_group_id.as_deref(), blue.color.as_deref()), (Some("hoodie"), Some("Blue")));
    assert_eq!((&blue.price, &blue.sale_price), (&euros(4500), &euros(4000)));
    assert_eq!(blue.sale_price_effective_date.map(|period| period.from_ms), Some(1_767_225_600_000));
    assert_eq!(blue.tags, ["product_type:Gifts", "winter", "logo:Yes"].map(str::to_owned));
    assert_eq!(
        (blue.product_type.as_deref(), blue.description.as_deref()),
        (Some("Clothing > Hoodies"), Some("Warm"))
    );
    assert_eq!(blue.image_link.as_deref(), Some("https://i.example/blue.jpg"));
    assert_eq!(
        (red.availability, red.image_link.as_deref()),
        (Availability::OutOfStock, Some("https://i.example/h.jpg"))
    );
    assert_eq!((&album.price, album.item_group_id.as_deref()), (&euros(1500), None));
}

#[test]
fn json_lines_have_every_field_of_an_item() {
    let whole = Item {
        id: "a".into(),
        item_group_id: Some("g".into()),
        title: "Tee".into(),
        description: Some("Soft".into()),
        brand: Some("Pell".into()),
        google_product_category: Some("A > B".into()),
        product_type: Some("C > D".into()),
        price: Some(Money { minor: 5, currency: "KWD".into() }),
        sale_price: Some(Money { minor: 4, currency: "KWD".into() }),
        sale_price_effective_date: Some(crate::catalog::EffectivePeriod { from_ms: 1, until_ms: 86_400_001 }),
        availability: Availability::Preorder,
        color: Some("Red/Blue".into()),
        size: Some("M".into()),
        size_system: Some("EU".into()),
        size_type: Some("petite".into()),
        material: Some("wool".into()),
        pattern: Some("dots".into()),
        gender: Some("female".into()),
        age_group: Some("adult".into()),
        condition: Some("new".into()),
        gtin: Some("1".into()),
        mpn: Some("2".into()),
        link: Some("https://s.example/?a=1&b=2".into()),
        image_link: Some("https://i.example/1.jpg".into()),
        additional_image_links: vec!["https://i.example/2.jpg".into(), "https://i.example/3,4.jpg".into()],
        custom_labels: [Some("x".into()), None, Some("z".into()), None, None],
        tags: vec!["brand:Other".into(), "a, b".into()],
        sensitive_tags: vec![SensitiveTag::Health, SensitiveTag::Minor],
        sv_embedding: vec![127, -64],
    };
    let line = serde_json::to_string(&whole).unwrap();
    assert_eq!(items(&line), std::slice::from_ref(&whole), "what `import --print` writes is read again");
    assert_eq!(items(serde_json::to_string_pretty(&[&whole]).unwrap()), [whole]);
}

#[test]
fn json_lines_name_what_is_wrong() {
    let feed = "{\"id\":1,\"tags\":[\"brand:Fjellrav\"],\"title\":\"Cap\",\"price\":0.85}\n{\"id\":\"x\",\"tags\":null}\n{\"id\":1}\n{\"title\":\"x\"}\n\n\
{\"id\":\"y\",\"price\":-1}\n[{\"id\":\"z\"}]\n{\"id\":\n{\"colour of money\":1}\n{\"id\":\"v\",\"price\":12.340000000000002,\"imageLink\":\"https://i\",\"brand\":{\"a\":1}}\n";
    let imported = read_all(feed);
    let expected = [
        (3, Reason::IdRepeated),
        (4, Reason::Missing),
        (6, Reason::PriceNegative),
        (7, Reason::NotJson),
        (8, Reason::NotJson),
        (9, Reason::NotAProduct),
    ];
    assert_eq!(refused(&imported), expected);
    assert_eq!(repaired(&imported), [(10, Reason::AttributeUnreadable)]);
    assert_eq!(ids(&imported.items), ["1", "x", "v"]);
    assert_eq!((&imported.items[0].price, &imported.items[2].price), (&euros(85), &euros(1234)));
    assert_eq!(imported.items[2].image_link.as_deref(), Some("https://i"));
    assert!(imported.report.notes.iter().any(|note| note.contains("colour of money")));
}

const GROUP: &str = r#"{"@context":"https://schema.org/","@graph":[{"@type":"WebSite"},{"@type":"ProductGroup","productGroupID":"coat","name":"Coat","brand":{"@type":"Brand","name":"Pell"},
"image":["https://i.example/c.jpg",{"@type":"ImageObject","url":"https://i.example/d.jpg"}],
"hasVariant":[{"@type":"Product","sku":"C-S","name":"Coat, small","size":"S","color":"Green","offers":{"@type":"Offer","price":"89.95","priceCurrency":"EUR","availability":"https://schema.org/InStock","itemCondition":"https://schema.org/NewCondition","url":"https://s.example/c-s"}},
{"@type":["Product"],"sku":"C-M","size":{"@type":"SizeSpecification","name":"M","sizeSystem":"EU"},"offers":[{"@type":"Offer","priceCurrency":"EUR","price":70,"priceSpecification":{"priceType":"https://schema.org/StrikethroughPrice","price":100,"priceCurrency":"EUR"},"availability":"OutOfStock"}]}]}]}"#;

#[test]
fn schema_org_is_read_from_files_and_pages() {
    let page = format!(
        "<!DOCTYPE html><html><head><script>var a = '<b>';</script><SCRIPT type='application/ld+json'>\n{GROUP}\n</SCRIPT></head></html>"
    );
    for feed in [GROUP.to_owned(), GROUP.replace('\n', ""), page, format!("[{GROUP}]")] {
        let items = items(feed);
        assert_eq!(ids(&items), ["C-S", "C-M"]);
        let [small, medium] = items.as_slice() else { panic!("two items") };
        assert_eq!((small.title.as_str(), medium.title.as_str()), ("Coat, small", "Coat"));
        assert_eq!((small.item_group_id.as_deref(), small.brand.as_deref()), (Some("coat"), Some("Pell")));
        assert_eq!(
            (&small.price, small.condition.as_deref(), small.link.as_deref()),
            (&euros(8995), Some("new"), Some("https://s.example/c-s"))
        );
        assert_eq!((medium.size.as_deref(), medium.size_system.as_deref()), (Some("M"), Some("EU")));
        assert_eq!(
            (&medium.price, &medium.sale_price, medium.availability),
            (&euros(10_000), &euros(7000), Availability::OutOfStock)
        );
        assert_eq!(small.additional_image_links, ["https://i.example/d.jpg"]);
    }
    let offers = r#"{"@type":"Product","@id":"tee","name":"Tee","offers":{"@type":"AggregateOffer","lowPrice":5,"offers":[{"@type":"Offer","sku":"T-1","price":5,"priceCurrency":"EUR"},{"@type":"Offer","sku":"T-2","price":6,"priceCurrency":"EUR"}]}}"#;
    let variants = items(offers);
    assert_eq!((ids(&variants), variants[1].item_group_id.as_deref()), (vec!["T-1", "T-2"], Some("tee")));
    let none = read_all("{\"@context\":\"https://schema.org\",\"@type\":\"Recipe\"}");
    assert_eq!(refused(&none), [(1, Reason::NotAProduct)]);
}
