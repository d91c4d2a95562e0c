//! A reason is true: without the evidence that it names the item would stand elsewhere, or score another number.

use super::*;

/// A score that changes by less has not changed.
const MATERIAL: f32 = 0.01;

/// Acts of the last weeks, the oldest first: item, whether bought, days ago.
type Acts = Vec<(u32, bool, i64)>;

fn of(acts: &[(u32, bool, i64)]) -> Evidence {
    let acts = acts.iter().map(|&(ix, bought, ago)| (ix, bought, NOW - ago * DAY_MS));
    Evidence::of_interactions(&SHOP, &GATE.1.permit().unwrap(), acts, NOW).unwrap()
}

/// The acts without those that a factor rests on; `None` where it rests on all of them, or on none.
fn without(acts: &Acts, ix: u32, factor: &Factor) -> Option<Acts> {
    let gone: Box<dyn Fn(u32) -> bool> = match (factor.code, factor.subject) {
        (ReasonCode::BuyAgain | ReasonCode::ViewedBefore, _) => Box::new(move |of| of == ix),
        (_, Subject::Item(seed)) => Box::new(move |of| of == seed),
        (_, Subject::Tag(tag)) => Box::new(move |of| SHOP.tags(of).contains(&tag)),
        _ => return None,
    };
    Some(acts.iter().copied().filter(|act| !gone(act.0)).collect())
}

/// Place and score of an item in the whole list.
fn stands(acts: &Acts, ix: u32) -> Option<(usize, f32)> {
    let request =
        RankRequest { diversity: 0.0, seen: Seen::Keep, ..RankRequest::new(ShelfKind::ForYou, 200) };
    let list = list(&of(acts), &request);
    list.items.iter().enumerate().find(|(_, item)| item.ix == ix).map(|(place, item)| (place, item.score))
}

#[test]
fn without_its_evidence_an_item_stands_elsewhere() {
    let mut state = 5_u64;
    let mut below = move |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    };
    let (mut named, mut unmoved) = (0, Vec::new());
    for user in 0..40 {
        // Two acts of three are of one kind.
        let mut act = |n: u64| {
            let any = below(ITEMS as u64) as u32;
            (
                if n.is_multiple_of(3) { any } else { any / 8 * 8 + user % 8 },
                below(2) == 0,
                1 + below(40) as i64,
            )
        };
        let mut acts: Acts = (0..3 + u64::from(user) % 11).map(&mut act).collect();
        acts.sort_by_key(|act| -act.2);
        let request =
            RankRequest { diversity: 0.0, seen: Seen::Keep, ..RankRequest::new(ShelfKind::ForYou, 10) };
        for item in list(&of(&acts), &request).items {
            let (place, score) = stands(&acts, item.ix).unwrap();
            for reason in &item.reasons {
                let factor = item.factors.iter().find(|factor| factor.code == *reason).unwrap();
                let Some(fewer) = without(&acts, item.ix, factor) else { continue };
                assert!(fewer.len() < acts.len(), "{factor:?} rests on nothing");
                named += 1;
                let then = stands(&fewer, item.ix);
                let stays =
                    |(at, left): (usize, f32)| at == place && (left - score).abs() <= MATERIAL * score;
                if then.is_some_and(stays) {
                    unmoved.push((item.ix, place, score, *factor, then));
                }
            }
        }
    }
    // Values are shares of the largest, which goes as well: now and then the two meet at the same number.
    assert!(named > 500 && unmoved.len() * 400 <= named, "{} of {named}: {unmoved:#?}", unmoved.len());
}
