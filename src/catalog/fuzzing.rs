//! What the fuzzers call: each takes any bytes, uses what comes out of them, and must return.

use super::Catalog;

/// Opens bytes as a bundle and calls every accessor.
pub fn bundle(bytes: &[u8]) {
    let _ = Catalog::verify(bytes, &[]);
    let Ok(catalog) = Catalog::from_bytes(bytes) else {
        return;
    };
    let items = u32::try_from(catalog.len()).unwrap_or(u32::MAX);
    for ix in (0..items.min(50)).chain([items, u32::MAX]) {
        let _ = (
            catalog.item(ix),
            catalog.price(ix),
            catalog.log_price(ix),
            catalog.embedding(ix),
            catalog.is_cold(ix),
        );
        let _ = (
            catalog.index_of(catalog.item_id(ix)),
            catalog.popularity(ix),
            catalog.repurchase_days(ix),
        );
        let _ = (
            catalog.neighbours(ix).count(),
            catalog.tags(ix),
            catalog.sensitive(ix),
        );
    }
    let tags = u32::try_from(catalog.tag_count()).unwrap_or(u32::MAX);
    for tag in (0..tags.min(50)).chain([tags, u32::MAX]) {
        let _ = (
            catalog.items_with_tag(tag),
            catalog
                .tag(tag)
                .and_then(|tag| catalog.find_tag(tag.kind, tag.name)),
        );
    }
    let _ = (
        catalog.search("green wool socks", 20),
        catalog.suggest("so", 5),
        catalog.by_popularity(),
    );
}
