//! What a card and a product page show: a product, its variants, and what sets these apart.

use std::cmp::Reverse;

use crate::catalog::{
    Availability, Catalog, OptionValue, Product, ProductOption, ProductVariant, Tag, TagKind,
};

/// Kinds of tags that can be chosen, in the order that a page shows them.
const CHOSEN: [TagKind; 6] =
    [TagKind::Color, TagKind::Size, TagKind::Material, TagKind::Pattern, TagKind::Gender, TagKind::AgeGroup];

impl Catalog {
    /// The product of an item with all of its variants.
    #[must_use]
    pub fn product(&self, ix: u32) -> Option<Product> {
        let first = self.item(self.product_of(ix))?;
        let default = self.variants(ix).max_by_key(|variant| self.standing(*variant))?;
        let variants: Vec<_> = self.variants(ix).filter_map(|variant| self.item(variant)).collect();
        let mut options: Vec<ProductOption> = Vec::new();
        for OptionValue { name, value } in variants.iter().flat_map(|variant| &variant.options) {
            match options.iter_mut().find(|option| option.name == *name) {
                Some(option) if option.values.contains(value) => {}
                Some(option) => option.values.push(value.clone()),
                None => options.push(ProductOption { name: name.clone(), values: vec![value.clone()] }),
            }
        }
        Some(Product {
            product_id: first.product_id,
            title: first.title,
            brand: first.brand,
            category: first.category,
            default_item_id: self.item_id(default).to_owned(),
            options,
            variants,
        })
    }

    /// The variants of an item's product, as a card lists them at `now_ms`.
    #[must_use]
    pub fn card_variants(&self, ix: u32, now_ms: i64) -> Vec<ProductVariant> {
        let apart = self.apart(ix);
        let variant = |ix| {
            let price = self.regular_price(ix);
            ProductVariant {
                item_id: self.item_id(ix).to_owned(),
                options: self.values(ix, &apart),
                sale_price: self.price_at(ix, now_ms).filter(|now| price.as_ref() != Some(now)),
                price,
                availability: self.availability(ix),
                image_link: self.image_link(ix),
            }
        };
        self.variants(ix).map(variant).collect()
    }

    /// Which variant stands before others when nothing is known of the user, the larger the better: what is in stock,
    /// what can be ordered, the cheaper, the earlier in the feed.
    pub(crate) fn standing(&self, ix: u32) -> impl Ord + use<> {
        let availability = self.availability(ix);
        let price = self.log_price(ix).map_or(i64::MAX, |log| (f64::from(log) * 1e6) as i64);
        (availability == Availability::InStock, availability.can_be_ordered(), Reverse((price, ix)))
    }

    /// What sets an item apart from the other variants of its product.
    pub(super) fn options(&self, ix: u32) -> Vec<OptionValue> {
        self.values(ix, &self.apart(ix))
    }

    /// The tags that some variants of the item's product have and others do not, ascending.
    fn apart(&self, ix: u32) -> Vec<u32> {
        let mut variants = 0;
        let mut tags: Vec<u32> = Vec::new();
        for variant in self.variants(ix) {
            variants += 1;
            tags.extend_from_slice(&self.few_tags(variant));
        }
        tags.sort_unstable();
        let runs = tags.chunk_by(|a, b| a == b);
        runs.filter(|run| run.len() < variants).filter_map(|run| run.first().copied()).collect()
    }

    /// What the item is by each option that any of these tags belongs to.
    fn values(&self, ix: u32, apart: &[u32]) -> Vec<OptionValue> {
        let option = |name: &str, parts: Vec<&str>| {
            let value = parts.join("/");
            (!value.is_empty()).then(|| OptionValue { name: name.to_owned(), value })
        };
        let told = |kind: &TagKind| apart.iter().any(|tag| self.tag(*tag).is_some_and(|t| t.kind == *kind));
        let tags = self.few_tags(ix);
        let of_kind = |kind: TagKind| {
            let tags = tags.iter().filter_map(|tag| self.tag(*tag));
            option(kind.name(), tags.filter(|tag| tag.kind == kind).map(|tag| tag.name).collect())
        };
        let known = CHOSEN.into_iter().filter(told).filter_map(of_kind);
        // An option of the shop's own is a free tag, `name:value`.
        let own = |tag: Tag<'_>| {
            let (name, value) = tag.name.split_once(':').filter(|_| tag.kind == TagKind::Free)?;
            option(name, vec![value])
        };
        let own_tags = tags.iter().filter(|tag| apart.binary_search(tag).is_ok());
        known.chain(own_tags.filter_map(|tag| own(self.tag(*tag)?))).collect()
    }
}
