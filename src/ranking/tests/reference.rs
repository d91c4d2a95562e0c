//! The short cuts give what the plain way gives: each is held against it on random users.

use std::collections::BTreeMap;

use super::*;
use crate::base::signed::{hex, sha256};
use crate::profile::Recent;
use crate::ranking::candidates::Sources;
use crate::ranking::diversify::{Variety, pick};
use crate::ranking::explain::Workings;
use crate::ranking::features::COUNT;
use crate::ranking::kinds::anchors;
use crate::ranking::list::Job;
use crate::ranking::past::Past;
use crate::ranking::tags::{TAGS, TagProfile};
use crate::ranking::top::Scored;

/// A shop in which few items share much: 1,500 items of three variants.
static WIDE: LazyLock<Catalog> = LazyLock::new(|| {
    let item = |i: usize| Item {
        id: format!("i{i}"),
        item_group_id: Some(format!("g{}", i / 3)),
        title: format!("thing {i}"),
        brand: Some(format!("brand {}", i / 3 % 90)),
        product_type: Some(format!("category {}", i / 3 % 40)),
        color: Some(format!("colour {}", i * i % 23)),
        size: Some(format!("{}", i % 7)),
        material: Some(format!("stuff {}", i % 11)),
        price: Some(Money { minor: 500 + 7 * (i as i64 * 31 % 900), currency: "EUR".to_owned() }),
        ..Item::default()
    };
    let items: Vec<Item> = (0..1500).map(item).collect();
    let mut artefacts = Artefacts::untrained(items.len());
    let near =
        |ix: usize, step: usize| (1..9).map(move |n| (((ix + n * step) % 1500) as u32, 0.9 / n as f32));
    for ix in 0..1500 {
        artefacts.neighbours[ix] = near(ix, 41).collect();
        artefacts.together[ix] = near(ix, 77).collect();
        artefacts.ridge[ix] = near(ix, 10).collect();
        artefacts.popularity[ix] = (ix * 37 % 101) as f32;
        artefacts.recent_popularity[ix] = (ix * 53 % 61) as f32;
        artefacts.embeddings[ix] = std::array::from_fn(|n| ((ix * (n + 3) * 2_654_435_761) >> 11) as i8);
    }
    catalog_of(&items, &artefacts).unwrap()
});

fn rarity(catalog: &Catalog, tag: u32) -> f32 {
    let with = catalog.items_with_tag(tag).len() as f32;
    libm::logf((catalog.len() as f32 + 1.0) / (with + 1.0)) + 0.1
}

fn length(catalog: &Catalog, ix: u32) -> f32 {
    catalog.tags(ix).iter().map(|tag| rarity(catalog, *tag).powi(2)).sum::<f32>().sqrt().max(1e-6)
}

/// Scores every item that has one of the tags.
fn plain_best(
    catalog: &Catalog,
    items: &[(u32, f32)],
    limit: usize,
    allowed: &dyn Fn(u32) -> bool,
) -> Vec<u32> {
    let mut profile: BTreeMap<u32, f32> = BTreeMap::new();
    for &(ix, weight) in items {
        for &tag in catalog.tags(ix) {
            *profile.entry(tag).or_insert(0.0) += weight * rarity(catalog, tag) / length(catalog, ix);
        }
    }
    let telling = |tag: u32| catalog.items_with_tag(tag).len() <= catalog.len() / 5 + 50;
    let mut tags: Vec<(u32, f32)> =
        profile.iter().map(|(&tag, weight)| (tag, weight * rarity(catalog, tag))).collect();
    tags.retain(|(tag, share)| *share > 0.0 && telling(*tag));
    tags.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let mut products: BTreeMap<u32, f32> = BTreeMap::new();
    for ix in tags.iter().take(TAGS).flat_map(|(tag, _)| catalog.items_with_tag(*tag)) {
        let has = |tag: &u32| Some(profile.get(tag)? * rarity(catalog, *tag));
        let score = catalog.tags(*ix).iter().filter_map(has).sum::<f32>() / length(catalog, *ix);
        let best = products.entry(catalog.product_of(*ix)).or_insert(score);
        *best = best.max(score);
    }
    let mut all: Vec<(u32, f32)> = products.into_iter().filter(|(product, _)| allowed(*product)).collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    all.into_iter().take(limit).map(|(product, _)| product).collect()
}

/// Takes the best that keeps the caps, looking at all of them for each place.
fn plain_pick(catalog: &Catalog, ranked: &[Scored], limit: usize, variety: Variety) -> Vec<u32> {
    let pool = ranked.len().min(60.max(2 * limit));
    let (best, worst) = (ranked[0].score, ranked[pool - 1].score);
    let unusual = |ix: u32| {
        let price = catalog.log_price(ix).unwrap();
        variety.prices.is_some_and(|(low, high)| price < low || price > high)
    };
    let like = |a: u32, b: u32| {
        let (a, b) = (catalog.tags(a), catalog.tags(b));
        a.iter().filter(|tag| b.contains(tag)).count() as f32 / ((a.len() * b.len()) as f32).sqrt()
    };
    let mut chosen: Vec<u32> = Vec::new();
    while chosen.len() < limit.min(ranked.len()) {
        let keeps = |ix: u32| {
            let of = |same: &dyn Fn(u32) -> bool| chosen.iter().rev().take(9).filter(|c| same(**c)).count();
            !variety.caps
                || (of(&|c| catalog.brand(c) == catalog.brand(ix)) < 3
                    && of(&|c| catalog.category(c) == catalog.category(ix)) < 4
                    && (!unusual(ix) || of(&unusual) < 4))
        };
        let value = |scored: &Scored| {
            let relevance = (scored.score - worst) / (best - worst).max(1e-6);
            let likeness = match variety.diversity > 0.0 {
                true => chosen.iter().map(|c| like(*c, scored.ix)).fold(0.0, f32::max),
                false => 0.0,
            };
            (1.0 - variety.diversity) * relevance - variety.diversity * likeness
        };
        let free = || ranked.iter().enumerate().filter(|(_, scored)| !chosen.contains(&scored.ix));
        let fits =
            |place: usize, scored: &Scored| place < pool && (place < limit || scored.score >= 0.5 * best);
        let best_of = |may: &dyn Fn(u32) -> bool| {
            let mut those: Vec<(usize, &Scored)> =
                free().filter(|(place, scored)| fits(*place, scored) && may(scored.ix)).collect();
            those.sort_by(|a, b| value(b.1).total_cmp(&value(a.1)).then(a.0.cmp(&b.0)));
            those.first().map(|(_, scored)| scored.ix)
        };
        let next = best_of(&keeps)
            .or_else(|| free().map(|(_, scored)| scored.ix).find(|ix| keeps(*ix)))
            .or_else(|| best_of(&|_| true))
            .or_else(|| free().map(|(_, scored)| scored.ix).next());
        chosen.push(next.unwrap());
    }
    chosen
}

/// The scores less what goes by the name of a factor, feature by feature.
fn plain_place(workings: &Workings<'_>, at: usize, code: ReasonCode) -> u32 {
    let called = |feature: usize| workings.called(feature) == Some(code);
    let left = |at: usize| {
        let part = |feature: usize| workings.weights[feature] * workings.features[(at, feature)];
        workings.scores[at] - (0..COUNT).filter(|f| called(*f)).map(part).sum::<f32>()
    };
    (0..workings.candidates.len()).filter(|other| left(*other) > left(at)).count() as u32
}

/// The item of the past whose lists speak most for a product, the lists gone through one by one.
fn plain_seed(anchors: &[Recent], product: u32) -> Option<u32> {
    let strongest = |list: &dyn Fn(u32) -> Vec<(u32, f32)>| {
        let told = anchors.iter().filter_map(|a| {
            let near = list(a.ix).into_iter().find(|near| WIDE.product_of(near.0) == product)?;
            Some((a.ix, near.1 * a.weight * libm::expf(-0.6 * a.step as f32)))
        });
        told.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0))).map(|seed| seed.0)
    };
    strongest(&|ix| WIDE.neighbours(ix).collect())
        .or_else(|| strongest(&|ix| WIDE.ridge(ix).collect()))
        .or_else(|| strongest(&|ix| WIDE.together(ix).collect()))
}

fn knowing(past: &[(u32, bool)]) -> Evidence {
    let past = past.iter().zip(0..).map(|(&(ix, bought), n)| (ix, bought, NOW - (400 - n / 2) * DAY_MS / 9));
    Evidence::of_interactions(&WIDE, &GATE.1.permit().unwrap(), past, NOW).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn tags_are_drawn_from_as_if_every_item_had_been_scored(
        items in prop::collection::vec((0..1500_u32, 0.01..5.0_f32), 1..30),
        limit in 1..60_usize,
        odd in 1..4_u32,
    ) {
        let allowed = |product: u32| product / 3 % 4 < odd;
        let profile = TagProfile::of_items(&WIDE, items.iter().copied());
        prop_assert_eq!(profile.best(&WIDE, limit, &allowed), plain_best(&WIDE, &items, limit, &allowed));
    }

    #[test]
    fn the_list_is_picked_as_if_all_had_been_looked_at_for_each_place(
        scores in prop::collection::btree_map(0..1500_u32, 0..50_u8, 1..200),
        limit in 1..40_usize,
        diversity in prop::sample::select(vec![0.0, 0.2, 0.7]),
        caps: bool,
        dear: bool,
    ) {
        let mut ranked: Vec<Scored> =
            scores.into_iter().map(|(ix, score)| Scored { score: f32::from(score) / 7.0, ix }).collect();
        ranked.sort_by(|a, b| b.cmp(a));
        let variety = Variety { diversity, caps, prices: dear.then_some((2.5, 3.5)) };
        let expected = match diversity > 0.0 || caps {
            true => plain_pick(&WIDE, &ranked, limit, variety),
            false => ranked.iter().map(|scored| scored.ix).take(limit).collect(),
        };
        prop_assert_eq!(pick(&WIDE, &ranked, limit, variety), expected);
    }

    #[test]
    fn factors_and_seeds_are_those_of_the_plain_way(
        past in prop::collection::vec((0..1500_u32, any::<bool>()), 1..40),
        kind in prop::sample::select(vec![ShelfKind::ForYou, ShelfKind::NextUp, ShelfKind::Similar]),
    ) {
        let evidence = knowing(&past);
        let seeds = if kind == ShelfKind::Similar { vec![past[0].0] } else { Vec::new() };
        let request = RankRequest::new(kind, 30).about(seeds);
        let job = Job::new(&WIDE, &evidence, &request);
        let anchors = anchors(&WIDE, &evidence, &request);
        let sources = Sources::of(&WIDE, &evidence, &anchors);
        let (candidates, _) = job.features();
        let mut workings = job.score(&anchors, &sources, &candidates, Vec::new());
        workings.prepare(&candidates);
        for (at, ix) in candidates.iter().enumerate().step_by(59) {
            for factor in workings.factors(at) {
                let (code, seed) = match factor.code {
                    // Several parts are called that.
                    ReasonCode::ShownByShop => continue,
                    ReasonCode::ViewedBefore => (ReasonCode::BuyAgain, false),
                    ReasonCode::ViewedTogether | ReasonCode::BoughtTogether => (ReasonCode::BoughtTogether, true),
                    code => (code, false),
                };
                prop_assert_eq!(factor.without_rank, plain_place(&workings, at, code), "{:?}", factor);
                if seed {
                    let expected = plain_seed(&anchors, WIDE.product_of(*ix)).map_or(Subject::None, Subject::Item);
                    prop_assert_eq!(factor.subject, expected);
                }
            }
        }
    }

    #[test]
    fn what_is_kept_up_act_by_act_is_what_the_whole_past_says(
        acts in prop::collection::vec((0..12_u32, 0..3_i64, any::<bool>()), 0..60),
    ) {
        let mut time = NOW;
        let acts: Vec<(u32, bool, i64)> = acts.into_iter().map(|(product, later, bought)| {
            time += later * 1000;
            (product * 3, bought, time)
        }).collect();
        let derived = Evidence::derive(&WIDE, acts.iter().copied());
        let past = Past::of(&Evidence::from_derived(&WIDE, Arc::new(derived), time));
        let (mut seen, mut again, mut late, mut repeated, mut moments) = (BTreeSet::new(), 0, 0, 0.0, 0);
        for moment in acts.chunk_by(|a, b| a.2 == b.2) {
            let old = moment.iter().filter(|act| seen.contains(&act.0)).count();
            if moments > 0 {
                again += old;
                late += moment.len();
            }
            repeated = old as f32 / moment.len() as f32;
            seen.extend(moment.iter().map(|act| act.0));
            moments += 1;
        }
        prop_assert_eq!(past.rate, (again as f32 + 0.2) / (late as f32 + 1.0));
        prop_assert_eq!((past.repeated, past.length), (repeated, libm::logf(seen.len() as f32)));
        prop_assert_eq!(past.moments, (moments as f32).max(1.0));
        let pairs = acts.iter().zip(acts.iter().skip(1));
        let followers: BTreeSet<u32> =
            pairs.filter(|(a, _)| Some(a.0) == acts.last().map(|a| a.0)).map(|(_, b)| b.0).collect();
        prop_assert_eq!(past.followers, followers);
    }
}

/// What processors must agree on: a change of the ranking changes it, another processor does not.
const AGREED: &str = "6e00614de7d4935f01dfabe0c4af6d7faafe2797597411ab1c8090dd28835362";

#[test]
fn lists_are_the_same_bytes_on_every_processor() {
    let mut bytes = Vec::new();
    for user in 0..24_u32 {
        let past: Vec<(u32, bool)> =
            (0..user).map(|n| ((n * 397 + user * 83) % 1500, (n + user) % 3 == 0)).collect();
        let evidence = knowing(&past);
        for kind in [ShelfKind::ForYou, ShelfKind::NextUp, ShelfKind::BuyAgain, ShelfKind::Similar] {
            let seeds = if kind == ShelfKind::Similar { vec![user * 61] } else { Vec::new() };
            let request = RankRequest::new(kind, 20).about(seeds);
            let list = rank(&WIDE, &GATE.1.permit().unwrap(), &evidence, &request, &SystemRandom).unwrap();
            bytes.extend(list.diversity.to_bits().to_le_bytes());
            for item in list.items {
                bytes.extend([item.ix, item.score.to_bits()].into_iter().flat_map(u32::to_le_bytes));
                bytes.extend(format!("{:?}", item.reasons).bytes());
                let factors =
                    item.factors.iter().flat_map(|f| [f.weight.to_bits(), f.without_rank, f.evidence_count]);
                bytes.extend(factors.flat_map(u32::to_le_bytes));
            }
        }
    }
    assert_eq!(hex(&sha256(&bytes)), AGREED);
}
