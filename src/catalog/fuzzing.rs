//! What the fuzzers and the smoke tests call: each takes any bytes, uses what comes out of them, and must return.

use std::io::{Cursor, Read};
use std::sync::LazyLock;

use crate::base::money::Money;
use crate::base::signed::sign;
use crate::catalog::device::delta::Rebuilt;
use crate::catalog::format::delta::{MAGIC, VERSION};
use crate::catalog::format::patch::KIND;
use crate::catalog::format::{latest, successor};
use crate::catalog::operator::build::Pieces;
use crate::catalog::operator::history::history as read_history;
use crate::catalog::operator::import::{ImportOptions, Imported, read, supplement};
use crate::catalog::{
    Artefacts, BundleHeader, Catalog, Item, ShopKeys, SigningKey, Synonyms, build_bundle, latest_files,
    public_key, public_key_text,
};

/// Opens bytes as a bundle and calls every accessor.
pub fn bundle(bytes: &[u8]) {
    let _ = Catalog::verify(bytes, &[]);
    let Ok(catalog) = Catalog::from_bytes(bytes) else { return };
    let items = u32::try_from(catalog.len()).unwrap_or(u32::MAX);
    for ix in (0..items.min(50)).chain([items, u32::MAX]) {
        let _ = (
            catalog.item(ix),
            catalog.price(ix),
            catalog.log_price(ix),
            catalog.embedding(ix),
            catalog.is_cold(ix),
        );
        let _ = (catalog.index_of(catalog.item_id(ix)), catalog.popularity(ix), catalog.repurchase_days(ix));
        let _ = (catalog.neighbours(ix).count(), catalog.tags(ix), catalog.sensitive(ix));
    }
    let tags = u32::try_from(catalog.tag_count()).unwrap_or(u32::MAX);
    for tag in (0..tags.min(50)).chain([tags, u32::MAX]) {
        let _ = (
            catalog.items_with_tag(tag),
            catalog.tag(tag).and_then(|tag| catalog.find_tag(tag.kind, tag.name)),
        );
    }
    for text in ["green wool socks", "soks under 5", "so-cks 1 2", "socksock size 1"] {
        let _ = (catalog.search(text, 20), catalog.suggest(text, 5));
    }
    let _ = catalog.by_popularity();
}

/// Puts bytes in the place of a column of a sound bundle, or of its texts, in any encoding.
///
/// # Panics
/// When there is no sound bundle.
pub fn section(bytes: &[u8]) {
    let ([place, encoding], stored) = bytes.split_first_chunk().unwrap_or((&[0, 0], &[]));
    let sound = SMALL.as_ref().and_then(|(good, key)| Some((Pieces::of(good).ok()?, key)));
    assert!(sound.is_some(), "a sound bundle");
    let Some((mut pieces, key)) = sound else { return };
    let place = usize::from(*place) % pieces.sections.len();
    if let Some((section, bytes)) = pieces.sections.get_mut(place) {
        section.encoding = encoding % 5;
        *bytes = stored.to_vec();
    }
    if let Ok(sealed) = pieces.bundle(key) {
        bundle(&sealed);
    }
}

/// A bundle of 300 items with its key, made once.
static SMALL: LazyLock<Option<(Vec<u8>, SigningKey)>> = LazyLock::new(|| {
    let item = |n: u32| Item {
        id: n.to_string(),
        title: format!("sock {n}"),
        price: Some(Money::new(i64::from(n), "EUR")),
        ..Item::default()
    };
    let items: Vec<Item> = (0..300).map(item).collect();
    let synonyms = Synonyms::parse("socks, stockings\nso => sock").ok()?;
    let header =
        BundleHeader { store_id: "fuzz".to_owned(), version: 1, synonyms, ..BundleHeader::default() };
    let key = SigningKey::generate().ok()?;
    Some((build_bundle(&items, &Artefacts::untrained(300), &header, &key).ok()?, key))
});

/// Lays bytes as the changes of a signed patch over a sound bundle, and reads what came of it.
///
/// # Panics
/// When a price is negative, or a reduction none.
pub fn patch(bytes: &[u8]) {
    assert!(SMALL.is_some(), "a sound bundle");
    let Some((bundle, key)) = SMALL.as_ref() else { return };
    let Ok(catalog) = Catalog::from_bytes(bundle) else { return };
    let base = catalog.bundle_hash();
    let (changes, rest) = bytes.split_first().unwrap_or((&0, &[]));
    let head = ("fuzz", base, 1u64, 0i64, 1i64, u32::from(*changes));
    let Ok(payload) = postcard::to_extend(&head, Vec::new()) else { return };
    let signed = sign(KIND, &[&payload, rest].concat(), key.pair());
    let Ok(patched) = catalog.patched(&signed, &[key.public_key()]) else { return };
    for ix in 0..301 {
        let item = patched.item(ix);
        let (price, sale) = (patched.regular_price(ix), item.and_then(|item| item.sale_price));
        assert!(price.as_ref().is_none_or(|price| price.minor >= 0), "a price");
        assert!(
            sale.is_none_or(|sale| price.is_some_and(|price| (0..price.minor).contains(&sale.minor))),
            "a reduction"
        );
        let _ = (patched.price_at(ix, i64::MAX), patched.log_price(ix), patched.availability(ix));
    }
}

/// Takes bytes as the operations of a delta for a sound bundle.
///
/// # Panics
/// When something comes out that the shop did not sign.
pub fn delta(bytes: &[u8]) {
    const MOST: u64 = 1 << 20;
    assert!(SMALL.is_some(), "a sound bundle");
    let Some((bundle, key)) = SMALL.as_ref() else { return };
    let hash = [7; 32];
    let delta = [&MAGIC[..], &[VERSION], &hash, bytes].concat();
    let (mut source, mut out) = (delta.as_slice(), Vec::new());
    let rebuilt = Rebuilt::of(Cursor::new(bundle), hash, &mut source);
    let read = rebuilt.map(|rebuilt| rebuilt.take(MOST).read_to_end(&mut out));
    assert!(matches!(read, Ok(Ok(_))), "memory does not fail");
    assert!(out == *bundle || Catalog::verify(&out, &[key.public_key()]).is_err(), "nothing else is signed");
}

/// Reads bytes as what a shop's signed list of files says.
///
/// # Panics
/// When a path leads out of the folder of files.
pub fn latest(bytes: &[u8]) {
    assert!(SMALL.is_some(), "a key");
    let Some((_, key)) = SMALL.as_ref() else { return };
    let signed = sign(latest::KIND, bytes, key.pair());
    let Ok(files) = latest_files(&signed, &[key.public_key()]) else { return };
    let named = files.deltas.iter().chain(&files.patch).chain([&files.bundle]);
    let inside = |path: &String| path.strip_prefix("files/").is_some_and(|name| name.len() == 64);
    assert!(named.into_iter().all(inside), "files only");
}

/// Reads bytes as a list of keys, and as a statement of the shop's key in one.
///
/// # Panics
/// When a device follows what the shop did not sign, or a list does not come out as it went in.
pub fn successor(bytes: &[u8]) {
    assert!(SMALL.is_some(), "a key");
    let Some((_, key)) = SMALL.as_ref() else { return };
    let mut keys = ShopKeys::new("fuzz", key.public_key(), None);
    for list in [bytes.to_vec(), [&successor::KIND[..], &[1], bytes].concat()] {
        assert!(!matches!(keys.follow(&list), Ok(true)), "nobody signed it");
    }
    let signed = sign(successor::KIND, bytes, key.pair());
    let Ok(list) = successor::file(&[signed.get(9..).unwrap_or_default().to_vec()]) else { return };
    if matches!(keys.follow(&list), Ok(true)) {
        assert!(keys.bytes().is_ok_and(|kept| kept == list), "it is kept as it is");
        assert!(*keys.current() != key.public_key(), "another key signs");
    }
}

/// Searches for bytes as text, and completes them.
///
/// # Panics
/// When a find is no item, or not in order, or there are more than were asked for.
pub fn query(bytes: &[u8]) {
    static SHOP: LazyLock<Option<Catalog>> = LazyLock::new(|| {
        let titles = ["Wool socks size 43", "T-Shirt", "Dog food 500 g", "Crème brûlée", "Power bank KT-114"];
        let item = |(n, title): (usize, &&str)| Item {
            id: format!("SKU-{n}"),
            title: (*title).to_owned(),
            description: Some("For the road and the home".to_owned()),
            size: Some(n.to_string()),
            ..Item::default()
        };
        let items: Vec<Item> = titles.iter().enumerate().map(item).collect();
        let synonyms = Synonyms::parse("tee => t shirt\nkibble, dog food, pet food").ok()?;
        let header =
            BundleHeader { store_id: "fuzz".to_owned(), version: 1, synonyms, ..BundleHeader::default() };
        let key = SigningKey::generate().ok()?;
        Catalog::from_bytes(&build_bundle(&items, &Artefacts::untrained(items.len()), &header, &key).ok()?)
            .ok()
    });
    assert!(SHOP.is_some(), "a sound catalog");
    let Some(catalog) = SHOP.as_ref() else { return };
    let text = String::from_utf8_lossy(bytes);
    let found = catalog.search(&text, 3);
    assert!(found.len() <= 3 && found.is_sorted_by(|a, b| a.1 >= b.1), "the best first");
    assert!(found.iter().all(|(ix, score)| (*ix as usize) < catalog.len() && score.is_finite()), "items");
    assert!(catalog.suggest(&text, 2).len() <= 2, "no more than were asked for");
    let whole = catalog.find(&text);
    let _ = (catalog.instead(&text, &whole), catalog.did_you_mean(&text, &whole), whole.unmatched());
    let marked = catalog.highlights(&whole.meant(), &text);
    let units = text.encode_utf16().count();
    let within = marked.iter().all(|range| range.start < range.end && range.end as usize <= units);
    assert!(within && marked.is_sorted_by(|a, b| a.end <= b.start), "ranges of the text, ascending");
    let _ = Synonyms::parse(&text).map(|synonyms| synonyms.rules());
}

/// Reads bytes as a feed of any kind, and lays them over what was read.
pub fn feed(bytes: &[u8]) {
    let options = ImportOptions {
        currency: Some("EUR".to_owned()),
        base_url: Some("https://shop.example".to_owned()),
        ..ImportOptions::default()
    };
    let Ok(mut imported) = read(bytes, &options) else { return };
    let before = imported.items.len();
    let _ = supplement(&mut imported, bytes, &options);
    assert_eq!(imported.items.len(), before, "a supplement adds no items");
    taken(imported);
}

/// Reads bytes as what follows the header of a Merchant Center feed.
pub fn merchant_tsv(bytes: &[u8]) {
    feed(
        &[
            b"id\ttitle\tprice\tavailability\tsale price\tsale price effective date\tsv_sensitive_tags\n",
            bytes,
        ]
        .concat(),
    );
}

/// Reads bytes as what follows the header of a Shopify export.
pub fn shopify_csv(bytes: &[u8]) {
    const HEADER: &[u8] = b"Handle,Title,Body (HTML),Tags,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Compare At Price,Image Src,Status\n";
    feed(&[HEADER, bytes].concat());
}

/// Reads bytes as what follows the header of a WooCommerce export.
pub fn woocommerce_csv(bytes: &[u8]) {
    const HEADER: &[u8] = b"ID,Type,SKU,Name,Published,Description,Sale price,Regular price,Categories,Images,Parent,Attribute 1 name,Attribute 1 value(s)\n";
    feed(&[HEADER, bytes].concat());
}

/// Reads bytes as the inside of an XML feed.
pub fn feed_xml(bytes: &[u8]) {
    feed(&[b"<rss><channel><item><g:id>1</g:id>", bytes].concat());
}

/// Reads bytes as products in JSON, schema.org's among them.
pub fn feed_json(bytes: &[u8]) {
    feed(bytes);
    feed(&[b"{\"@type\":\"Product\",\"name\":\"a\",\"offers\":", bytes, b"}"].concat());
    feed(&[b"<html><script type=\"application/ld+json\">", bytes].concat());
}

/// Reads bytes as a key: the public one that an app has, and the private one of the shop.
///
/// # Panics
/// When a key does not come out as it went in.
pub fn keys(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(key) = public_key(&text) {
        assert!(public_key(&public_key_text(&key)).is_ok_and(|again| again == key));
    }
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----");
    for key in [SigningKey::from_pem(&text), SigningKey::from_pem(&pem), SigningKey::from_pkcs8(bytes)] {
        let Ok(key) = key else { continue };
        let again = key.to_pem().and_then(|pem| SigningKey::from_pem(&pem));
        assert!(again.is_ok_and(|again| again.public_key() == key.public_key()));
    }
}

/// Reads bytes as a history.
pub fn history(bytes: &[u8]) {
    let items = ["1", "2", "tea"].map(|id| Item { id: id.to_owned(), ..Item::default() });
    let Ok(history) = read_history(bytes, &items) else { return };
    for user in &history.users {
        assert!(user.events.is_sorted_by_key(|event| event.time), "events are in the order of time");
        let within = |(a, b): &(usize, usize)| a < b && *b <= user.events.len();
        assert!(user.cases.iter().all(within), "cases lie within the events");
    }
}

/// Whatever an importer takes can be built, opened and read back.
fn taken(imported: Imported) {
    let Imported { items, .. } = imported;
    assert!(
        items.iter().all(|item| item.price.as_ref().is_none_or(|price| price.minor >= 0)),
        "prices are not negative"
    );
    if items.is_empty() || items.len() > 100 {
        return;
    }
    let header = BundleHeader { store_id: "fuzz".to_owned(), version: 1, ..BundleHeader::default() };
    let built = SigningKey::generate()
        .and_then(|key| build_bundle(&items, &Artefacts::untrained(items.len()), &header, &key));
    let opened = built.and_then(|bundle| Catalog::from_bytes(&bundle));
    let found = opened.is_ok_and(|catalog| items.iter().all(|item| catalog.index_of(&item.id).is_some()));
    assert!(found, "accepted items make a bundle");
}
