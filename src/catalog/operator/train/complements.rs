//! What goes with an item: bought in one basket more often than chance explains, and of another kind. Certainty is Dunning's
//! log-likelihood ratio (Dunning 1993) over baskets. Where an item's own baskets are too few, the kinds that go with its
//! kind stand in with what sells most of them.
#![allow(clippy::indexing_slicing, reason = "items were checked when the history was read in")]

use std::collections::BTreeMap;

use crate::catalog::operator::train::sequences::{counts_together, distinct};
use crate::catalog::{EventKind, Item, User};

/// Items that go with one.
const MOST: usize = 10;
/// A pair is no chance from this ratio on: p < .001, chi-square with one degree of freedom.
const CERTAIN: f64 = 10.83;
/// Baskets that a pair of items, and of kinds, has to be in.
const BASKETS: f32 = 2.0;
const BASKETS_OF_KINDS: f32 = 3.0;
/// A larger basket is a wholesaler's: it says little about pairs.
const LARGEST: usize = 60;
/// Best sellers taken of each kind that goes with the item's own.
const OF_KIND: usize = 3;
/// What a kind that goes with the item's own counts, against an item.
const KIND: f32 = 0.5;

/// For the first variant of every product what goes with it and how surely, from 1 down. Nothing where the history has no
/// baskets. The history is of products.
pub(crate) fn train(items: &[Item], history: &[User]) -> Vec<Vec<(u32, f32)>> {
    let baskets = baskets(items.len(), history);
    let kinds = kinds(items);
    let of_kind = |ix: u32| kinds[ix as usize];
    let kinds_of = |basket: &Vec<u32>| distinct(basket.iter().filter_map(|ix| of_kind(*ix)).collect());
    let baskets_of_kinds: Vec<Vec<u32>> = baskets.iter().map(kinds_of).collect();
    let mut lists = associated(&baskets, items.len(), BASKETS);
    let kinds_together = associated(&baskets_of_kinds, items.len(), BASKETS_OF_KINDS);
    let sellers = sellers(&baskets, &kinds);
    for (ix, list) in lists.iter_mut().enumerate() {
        let own = kinds[ix];
        list.retain(|other| own.is_none() || of_kind(other.0) != own);
        let together = own.map(|kind| kinds_together[kind as usize].as_slice()).unwrap_or_default();
        for (kind, certainty) in together {
            let best = sellers.get(kind).into_iter().flatten().take(OF_KIND);
            list.extend(best.map(|seller| (*seller, KIND * certainty)));
        }
        list.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let mut seen = std::collections::BTreeSet::from([ix as u32]);
        list.retain(|other| seen.insert(other.0));
        list.truncate(MOST);
    }
    lists
}

/// The products that were bought at once, each once.
fn baskets(items: usize, history: &[User]) -> Vec<Vec<u32>> {
    let mut baskets: Vec<Vec<u32>> = Vec::new();
    for user in history {
        let bought =
            |e: &&crate::catalog::UserEvent| e.kind == EventKind::Purchase && (e.item as usize) < items;
        let events: Vec<_> = user.events.iter().filter(bought).collect();
        let of_one = events.chunk_by(|a, b| a.time == b.time);
        baskets.extend(of_one.map(|basket| distinct(basket.iter().map(|e| e.item).collect())));
    }
    baskets.retain(|basket| basket.len() <= LARGEST);
    baskets
}

/// The kind of every item by the first item of its kind: Google's category, or else the shop's own. None is unknown.
fn kinds(items: &[Item]) -> Vec<Option<u32>> {
    let mut first: BTreeMap<String, u32> = BTreeMap::new();
    let kind = |(ix, item): (u32, &Item)| {
        let path = item.google_product_category.as_ref().or(item.product_type.as_ref())?;
        Some(*first.entry(path.to_lowercase()).or_insert(ix))
    };
    (0..).zip(items).map(kind).collect()
}

/// What is bought most of each kind.
fn sellers(baskets: &[Vec<u32>], kinds: &[Option<u32>]) -> BTreeMap<u32, Vec<u32>> {
    let mut counts: BTreeMap<u32, u32> = BTreeMap::new();
    for ix in baskets.iter().flatten() {
        *counts.entry(*ix).or_default() += 1;
    }
    let mut order: Vec<(u32, u32)> = counts.into_iter().collect();
    order.sort_by_key(|(ix, count)| (std::cmp::Reverse(*count), *ix));
    let mut sellers: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (ix, _) in order {
        if let Some(kind) = kinds[ix as usize] {
            sellers.entry(kind).or_default().push(ix);
        }
    }
    sellers
}

/// What each of `things` shares baskets with beyond chance, the surest first: 1 for the surest of all that it goes with.
fn associated(baskets: &[Vec<u32>], things: usize, least: f32) -> Vec<Vec<(u32, f32)>> {
    let counts = counts_together(baskets, things);
    let all = baskets.len() as f64;
    let together = |(own, others): &(usize, Vec<(u32, f32)>)| {
        let certainty = |&(other, both): &(u32, f32)| {
            let of_other = counts[other as usize].0;
            let ratio = likelihood_ratio(f64::from(both), *own as f64, of_other as f64, all);
            (both >= least && ratio >= CERTAIN).then_some((other, ratio as f32))
        };
        let mut sure: Vec<(u32, f32)> = others.iter().filter_map(certainty).collect();
        let most = sure.iter().fold(1.0_f32, |most, pair| most.max(pair.1));
        sure.iter_mut().for_each(|pair| pair.1 /= most);
        sure.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        sure
    };
    counts.iter().map(together).collect()
}

/// How much better two things in `both` of `all` baskets are explained by belonging together than by chance; 0 where they
/// meet less often than by chance. `one` and `other` are the baskets of each.
fn likelihood_ratio(both: f64, one: f64, other: f64, all: f64) -> f64 {
    if both * all <= one * other {
        return 0.0;
    }
    let entropy = |counts: &[f64]| {
        let sum: f64 = counts.iter().sum();
        counts.iter().filter(|count| **count > 0.0).map(|count| count * (count / sum).ln()).sum::<f64>()
    };
    let (only_one, only_other) = (one - both, other - both);
    let neither = all - one - other + both;
    2.0 * (entropy(&[both, only_one, only_other, neither])
        - entropy(&[one, all - one])
        - entropy(&[other, all - other]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::UserEvent;

    fn item(kind: &str) -> Item {
        Item { product_type: Some(kind.into()), ..Item::default() }
    }

    fn basket(user: usize, items: &[u32]) -> User {
        let event = |item: &u32| UserEvent {
            item: *item,
            time: 20_000,
            kind: EventKind::Purchase,
            quantity: 1,
            unit_price: None,
        };
        User {
            id: format!("u{user}"),
            events: items.iter().map(event).collect(),
            cases: Vec::new(),
            searches: Vec::new(),
        }
    }

    #[test]
    fn what_meets_by_chance_or_is_of_the_same_kind_goes_with_nothing() {
        // A tent and a bag, two mugs, and what everybody buys.
        let items: Vec<Item> = ["tent", "bag", "mug", "mug", "milk", "tent"].map(item).into();
        let mut history: Vec<User> = (0..10).map(|n| basket(n, &[0, 1, 4])).collect();
        history.extend((10..20).map(|n| basket(n, &[2, 3, 4])));
        history.extend((20..60).map(|n| basket(n, &[4])));
        history.extend((60..62).map(|n| basket(n, &[5])));
        let lists = train(&items, &history);
        let ids = |of: usize| lists[of].iter().map(|pair| pair.0).collect::<Vec<_>>();
        assert_eq!(
            (ids(0), ids(1)),
            (vec![1], vec![0, 5]),
            "in every basket, and then what else is of that kind"
        );
        assert_eq!((ids(2), ids(3)), (vec![], vec![]), "of one kind");
        assert_eq!(ids(4), Vec::<u32>::new(), "milk is in every basket");
        assert_eq!(ids(5), [1], "nobody bought it with a bag, and of its kind it is what goes with");
        assert!(lists[5][0].1 < lists[0][0].1, "which is less sure");
    }
}
