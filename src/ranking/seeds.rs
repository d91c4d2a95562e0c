//! The items of the user's past that speak for the products of a list.

use std::collections::BTreeSet;

use libm::expf;

use crate::catalog::Catalog;
use crate::profile::Recent;
use crate::ranking::explain::Workings;
use crate::ranking::sums::{ByProduct, Said, said};

/// The item of the past that most speaks for a product.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seed {
    pub(super) ix: u32,
    pub(super) strength: f32,
    /// What the lists of all items of the past say.
    pub(super) all: f32,
}

impl Workings<'_> {
    /// For each of the shown products the item of the past that most speaks for it and may be named, by the first list that
    /// tells.
    pub(super) fn strongest_seeds(&self, shown: &[u32]) -> ByProduct<Seed> {
        let products: BTreeSet<u32> = shown.iter().map(|ix| self.catalog.product_of(*ix)).collect();
        let complements;
        let lists = if self.kind.goes_with() {
            complements = [said(self.catalog, Catalog::complements, self.anchors)];
            complements.as_slice()
        } else {
            self.sources.said.as_slice()
        };
        let weight = |a: &Recent| (a.ix, a.weight, expf(-0.6 * a.step as f32), self.may_name(a.ix));
        let weights: Vec<(u32, f32, f32, bool)> = self.anchors.iter().map(weight).collect();
        let mut seeds: ByProduct<Seed> = ByProduct::default();
        for list in lists {
            let mut of_list: ByProduct<(Option<(u32, f32)>, f32)> = ByProduct::default();
            let wanted =
                |said: &&Said| products.contains(&said.product) && !seeds.contains_key(&said.product);
            for said in list.iter().filter(wanted) {
                let Some((ix, weight, fade, may_name)) = weights.get(said.anchor).copied() else { continue };
                let (strongest, all) = of_list.entry(said.product).or_default();
                let strength = said.strength * weight * fade;
                *all += strength;
                let is_first =
                    |(first, most): (u32, f32)| strength.total_cmp(&most).then(first.cmp(&ix)).is_gt();
                if may_name && strongest.is_none_or(is_first) {
                    *strongest = Some((ix, strength));
                }
            }
            let named = of_list.into_iter().filter_map(|(product, (strongest, all))| {
                strongest.map(|(ix, strength)| (product, Seed { ix, strength, all }))
            });
            seeds.extend(named);
        }
        seeds
    }
}
