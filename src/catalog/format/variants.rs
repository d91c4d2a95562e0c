//! Which items are variants of one product: the builder writes it, and it is derived for bundles from before that.

use std::collections::HashMap;

/// The variants of every product.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Variants {
    /// For every item how many items before it the first variant of its product is.
    pub(crate) first: Vec<u32>,
    /// For every item how many items after it the next variant is; 0 = it is the last.
    pub(crate) next: Vec<u32>,
    /// First variants of the products that have an id of their own, sorted by it.
    pub(crate) order: Vec<u32>,
}

impl Variants {
    /// By the id and the group of every item; an item without group is a product by its own id, which others may name as
    /// their group.
    pub(crate) fn of<'a>(items: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut first_of: HashMap<&str, u32> = HashMap::new();
        let mut named: Vec<(&str, u32)> = Vec::new();
        let mut firsts = Vec::new();
        for (ix, (id, group)) in (0..).zip(items) {
            let product = if group.is_empty() { id } else { group };
            let first = *first_of.entry(product).or_insert(ix);
            firsts.push(first);
            if !group.is_empty() {
                named.push((group, first));
            }
        }
        named.sort_unstable();
        named.dedup();
        let next = Self::next(&firsts);
        let first = (0..).zip(&firsts).map(|(ix, first): (u32, _)| ix - first).collect();
        Self { first, next, order: named.into_iter().map(|(_, first)| first).collect() }
    }

    /// How far it is from each item to the next variant, by the first variant of each.
    pub(crate) fn next(firsts: &[u32]) -> Vec<u32> {
        let mut following: HashMap<u32, u32> = HashMap::new();
        let backwards = (0..).zip(firsts).collect::<Vec<(u32, _)>>().into_iter().rev();
        let mut next: Vec<u32> =
            backwards.map(|(ix, first)| following.insert(*first, ix).map_or(0, |next| next - ix)).collect();
        next.reverse();
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_are_those_of_one_group_wherever_they_stand() {
        let items = [("a", ""), ("b", "tee"), ("c", "mug"), ("d", "tee"), ("e", "a"), ("f", "tee")];
        let variants = Variants::of(items.into_iter());
        assert_eq!(variants.first, [0, 0, 0, 2, 4, 4]);
        assert_eq!(variants.next, [4, 2, 0, 2, 0, 0]);
        assert_eq!(variants.order, [0, 2, 1], "a, mug, tee");
    }
}
