//! What ranking asks of the whole catalog in every list, worked out once: how rare tags are, and the order of best sellers.

use libm::logf;

use crate::catalog::{Catalog, TagKind};

/// One product in so many is popular. A convention.
const POPULAR: usize = 5;

/// Best sellers among which those of late are looked for.
const POOL: usize = 2000;
const KINDS: usize = TagKind::ALL.len();

/// What was worked out.
#[derive(Debug, Default)]
pub(super) struct Overview {
    /// By tag.
    rarity: Vec<f32>,
    /// By item: the length of its vector of rarities.
    lengths: Vec<f32>,
    /// The most tags of a kind that any item has, by kind.
    most_of_kind: [usize; KINDS],
    /// By item: its product.
    products: Vec<u32>,
    best_sellers: Vec<u32>,
    rising: Vec<u32>,
    /// What a product has to be more popular than to be among the popular ones: ever, and lately.
    borders: [f32; 2],
    /// Whether the shop's history tells what is bought again.
    is_anything_bought_again: bool,
}

impl Overview {
    fn of(catalog: &Catalog) -> Self {
        let rarity: Vec<f32> = (0..catalog.manifest.tags).map(|tag| rarity(catalog, tag)).collect();
        let of = |tag: u32| rarity.get(tag as usize).copied().unwrap_or_default();
        let length = |ix| catalog.tags(ix).iter().map(|tag| of(*tag).powi(2)).sum::<f32>().sqrt().max(1e-6);
        let lengths: Vec<f32> = (0..catalog.manifest.items).map(length).collect();
        let mut seen = vec![false; catalog.len()];
        let mut is_first = |product: &u32| {
            seen.get_mut(*product as usize).is_some_and(|seen| !std::mem::replace(seen, true))
        };
        let sellers = catalog.by_popularity().iter().map(|ix| catalog.product_of(*ix));
        let best_sellers: Vec<u32> = sellers.filter(|product| is_first(product)).collect();
        let mut rising: Vec<u32> = best_sellers.iter().copied().take(POOL).collect();
        let recent = |ix: &u32| catalog.recent_popularity(*ix);
        rising.sort_by(|a, b| recent(b).total_cmp(&recent(a)).then(a.cmp(b)));
        let products = (0..catalog.manifest.items).map(|ix| catalog.product_of(ix)).collect();
        let most_of_kind = most_of_kind(catalog);
        let ever = best_sellers.iter().map(|ix| catalog.popularity(*ix)).collect();
        let lately = best_sellers.iter().map(|ix| catalog.recent_popularity(*ix)).collect();
        let borders = [border(ever), border(lately)];
        let is_anything_bought_again =
            (0..catalog.manifest.items).any(|ix| catalog.repurchase_days(ix) > 0.0);
        Self {
            rarity,
            lengths,
            most_of_kind,
            products,
            best_sellers,
            rising,
            borders,
            is_anything_bought_again,
        }
    }

    pub(super) fn product(&self, ix: u32) -> u32 {
        self.products.get(ix as usize).copied().unwrap_or(ix)
    }
}

impl Catalog {
    fn overview(&self) -> &Overview {
        self.overview.get_or_init(|| Overview::of(self))
    }

    /// Inverse document frequency of a tag.
    pub(crate) fn tag_rarity(&self, tag: u32) -> f32 {
        self.overview().rarity.get(tag as usize).copied().unwrap_or_default()
    }

    /// Length of the item's vector of tags, each as long as it is rare.
    pub(crate) fn tag_length(&self, ix: u32) -> f32 {
        self.overview().lengths.get(ix as usize).copied().unwrap_or(1e-6)
    }

    /// The most tags of a kind that any item has.
    pub(crate) fn most_of_kind(&self, kind: TagKind) -> usize {
        self.overview().most_of_kind.get(kind as usize).copied().unwrap_or(usize::MAX)
    }

    /// All products by their first variants, the most popular first.
    pub(crate) fn best_sellers(&self) -> &[u32] {
        &self.overview().best_sellers
    }

    /// Whether a product, by its first variant, is among the fifth of all products that is bought or looked at most.
    pub(crate) fn is_popular(&self, product: u32) -> bool {
        self.popularity(product) > self.overview().borders[0]
    }

    /// The same of the last 45 days.
    pub(crate) fn is_trending(&self, product: u32) -> bool {
        self.recent_popularity(product) > self.overview().borders[1]
    }

    /// Whether the shop's history tells which products its customers buy again.
    pub(crate) fn knows_what_is_bought_again(&self) -> bool {
        self.overview().is_anything_bought_again
    }

    /// The first of the best sellers, those of the last 45 days first.
    pub(crate) fn rising(&self) -> &[u32] {
        &self.overview().rising
    }
}

/// The largest value that is not among the first `POPULAR` of all, at least 0.
fn border(mut values: Vec<f32>) -> f32 {
    let first = (values.len() / POPULAR).max(1);
    if first >= values.len() {
        return 0.0;
    }
    let (_, border, _) = values.select_nth_unstable_by(first, |a, b| b.total_cmp(a));
    border.max(0.0)
}

fn rarity(catalog: &Catalog, tag: u32) -> f32 {
    let with = catalog.items_with_tag(tag).len() as f32;
    logf((catalog.len() as f32 + 1.0) / (with + 1.0)) + 0.1
}

fn most_of_kind(catalog: &Catalog) -> [usize; KINDS] {
    let kinds: Vec<usize> = (0..catalog.manifest.tags)
        .map(|tag| catalog.tag_kind(tag).map_or(KINDS, |kind| kind as usize))
        .collect();
    let mut most = [0; KINDS];
    for ix in 0..catalog.manifest.items {
        let mut of_item = [0; KINDS];
        for kind in catalog.tags(ix).iter().filter_map(|tag| kinds.get(*tag as usize)) {
            of_item.get_mut(*kind).into_iter().for_each(|count| *count += 1);
        }
        most.iter_mut().zip(of_item).for_each(|(most, count)| *most = count.max(*most));
    }
    most
}
