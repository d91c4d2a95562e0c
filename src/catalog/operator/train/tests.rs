//! The trainer: the same bytes every time, nothing from data it was not given, new items included.

use crate::catalog::operator::train::{Clock, Stage, train};
use crate::catalog::{EventKind, Item, User, UserEvent};

fn items(n: usize) -> Vec<Item> {
    let item =
        |i: usize| Item { id: format!("i{i}"), tags: vec![format!("group:{}", i % 3)], ..Item::default() };
    (0..n).map(item).collect()
}

fn user(id: usize, items: &[u32], days: &[i64]) -> User {
    let event = |(&item, &time): (&u32, &i64)| UserEvent {
        item,
        time,
        kind: EventKind::Purchase,
        quantity: 1,
        unit_price: None,
    };
    User { id: format!("v{id}"), events: items.iter().zip(days).map(event).collect(), ..User::default() }
}

fn history() -> Vec<User> {
    (0..60)
        .map(|v| {
            let group = v % 3;
            let items: Vec<u32> =
                (0..6).map(|k| (group + 3 * ((v / 3 + k * (1 + v % 4)) % 9)) as u32).collect();
            user(v, &items, &[100, 110, 120, 130, 140, 150])
        })
        .collect()
}

#[test]
fn the_same_input_gives_the_same_artefacts() {
    let (a, b) =
        (train(&items(30), &history(), &mut |_, _| ()), train(&items(30), &history(), &mut |_, _| ()));
    assert_eq!(a, b);
}

#[test]
fn neighbours_and_embedding_find_the_groups_and_new_items_follow_their_tags() {
    let artefacts = train(&items(30), &history(), &mut |_, _| ());
    for (i, near) in artefacts.neighbours.iter().enumerate().take(27) {
        assert!(!near.is_empty() && near.len() <= 20);
        assert!(near.iter().all(|n| n.0 as usize % 3 == i % 3), "{i}: {near:?}");
        assert!(near.windows(2).all(|w| w[0].1 >= w[1].1));
    }
    assert_eq!(artefacts.cold.iter().filter(|&&c| c).count(), 3);
    let dot = |a: usize, b: usize| -> i32 {
        let pairs = artefacts.embeddings[a].iter().zip(&artefacts.embeddings[b]);
        pairs.map(|(&x, &y)| i32::from(x) * i32::from(y)).sum()
    };
    assert!(dot(27, 0) > 2 * dot(27, 1).abs(), "a new item of group 0 lies near group 0");
}

#[test]
fn what_was_not_in_the_history_is_nowhere() {
    let canary = 29;
    let artefacts = train(&items(30), &history(), &mut |_, _| ());
    assert!(artefacts.neighbours.iter().flatten().all(|n| n.0 != canary));
    assert!(artefacts.neighbours[canary as usize].is_empty());
    assert_eq!(artefacts.popularity[canary as usize], 0.0);
    let stray = user(99, &[3, 4_000], &[1, 2]);
    let with_stray: Vec<User> = history().into_iter().chain([stray]).collect();
    assert_eq!(train(&items(30), &with_stray, &mut |_, _| ()).neighbours.len(), 30);
}

#[test]
fn a_neighbour_that_comes_after_counts_more_than_one_that_comes_before() {
    let history: Vec<User> = (0..5).map(|v| user(v, &[0, 1, 2], &[0, 1, 2])).collect();
    let artefacts = train(&items(3), &history, &mut |_, _| ());
    assert_eq!(artefacts.neighbours[1].first().map(|n| n.0), Some(2));
}

#[test]
fn intervals_repeats_and_recent_sales_are_measured() {
    let history: Vec<User> = (0..20).map(|v| user(v, &[0, 1, 0, 0, 2], &[10, 20, 40, 70, 200])).collect();
    let artefacts = train(&items(3), &history, &mut |_, _| ());
    assert!((artefacts.repurchase_days[0] - 30.0).abs() < 1e-3);
    assert_eq!(artefacts.repurchase_days[1], 0.0);
    assert!(artefacts.weights.repeats);
    assert_eq!(artefacts.popularity, [60.0, 20.0, 20.0]);
    assert_eq!(artefacts.recent_popularity, [0.0, 0.0, 20.0]);
}

#[test]
fn who_comes_back_by_chance_uses_nothing_up_and_what_is_like_it_tells() {
    let mut shop = items(4);
    for (item, kind) in shop.iter_mut().zip(["Tea", "Tea", "Dresses", "Dresses"]) {
        item.google_product_category = Some(kind.into());
    }
    let again = |id, item| user(id, &[item, item], &[0, 30]);
    let once = |id, item| user(id, &[item], &[0]);
    let mut history: Vec<User> = (0..10).map(|id| again(id, 0)).collect();
    history.extend([again(20, 1), once(21, 1), once(22, 1), once(23, 1), once(24, 1), once(25, 1)]);
    history.extend([again(30, 2), once(31, 2), once(32, 2), once(33, 2), once(34, 3), once(35, 3)]);
    let days = train(&shop, &history, &mut |_, _| ()).repurchase_days;
    assert_eq!((days[0], days[2], days[3]), (30.0, 0.0, 0.0), "one of four who bought the dress is chance");
    assert_eq!(days[1], 30.0, "tea is bought again, this one too");
}

#[test]
fn places_are_told_from_days() {
    assert_eq!(Clock::of(&[user(0, &[1, 2], &[0, 1])]), Clock::Positions);
    assert_eq!(Clock::of(&[user(0, &[1, 2], &[0, 1]), user(1, &[1, 2], &[7, 7])]), Clock::Days);
}

#[test]
fn progress_is_reported_and_nothing_is_also_a_history() {
    let mut heard = Vec::new();
    let artefacts = train(&items(4), &[], &mut |stage, part| heard.push((stage, part)));
    assert!(heard.contains(&(Stage::Embedding, 1.0)));
    assert!(artefacts.cold.iter().all(|&c| c));
    assert!(!artefacts.weights.repeats);
}

#[test]
fn what_only_goes_along_with_a_third_item_is_told_from_what_goes_together() {
    // 0 and 1 share all baskets, half of which hold 2 besides; 2 never comes with 1 but for 0.
    let basket = |v: usize| if v.is_multiple_of(2) { vec![0, 1, 2] } else { vec![0, 1] };
    let alone = |v: usize| user(v, &[2, 3], &[7, 7]);
    let history: Vec<User> = (0..400)
        .map(|v| user(v, &basket(v), &vec![7; basket(v).len()]))
        .chain((400..500).map(alone))
        .collect();
    let artefacts = train(&items(4), &history, &mut |_, _| ());
    let of = |lists: &[Vec<(u32, f32)>], from: usize, to: u32| {
        lists[from].iter().find(|n| n.0 == to).map_or(0.0, |n| n.1)
    };
    assert!((of(&artefacts.together, 0, 1) - 1.0).abs() < 1e-6);
    assert!((of(&artefacts.together, 2, 3) - (100.0_f32 / 300.0 * 1.0).sqrt()).abs() < 1e-6);
    assert_eq!(of(&artefacts.together, 0, 3), 0.0, "never in one basket");
    let (together, ridge) = (&artefacts.together, &artefacts.ridge);
    assert!(of(ridge, 0, 1) > 2.0 * of(ridge, 2, 1), "{ridge:?}");
    assert!(of(together, 0, 1) < 2.0 * of(together, 2, 1), "{together:?}");
}
