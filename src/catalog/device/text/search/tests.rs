//! That what is quick finds what the plain rules say.

use std::collections::BTreeMap;

use super::*;
use crate::base::money::Money;
use crate::catalog::{Artefacts, BundleHeader, Item, SensitiveTag, SigningKey, Synonyms, build_bundle};
use proptest::prelude::*;

const WORDS: [&str; 16] = [
    "shoe",
    "shoes",
    "shoot",
    "sock",
    "socks",
    "lamp",
    "lamps",
    "stamp",
    "coffee",
    "coffeepot",
    "pot",
    "pots",
    "tea",
    "teapot",
    "T-Shirt",
    "shirt",
];

/// By token, the items that hold it and how much they are about it: all columns unpacked.
fn index(catalog: &Catalog) -> Vec<Vec<(u32, u8)>> {
    let rows = catalog.cells::<u32>(Column::PostingRows);
    let items = catalog.cells::<u32>(Column::Postings);
    let weights = catalog.cells::<u8>(Column::PostingWeights);
    let all: Vec<(u32, u8)> = items.iter().copied().zip(weights.iter().copied()).collect();
    rows.windows(2).map(|pair| all[pair[0] as usize..pair[1] as usize].to_vec()).collect()
}

/// Every item by the rules, one at a time: score, and whether it has every word.
fn by_the_rules(catalog: &Catalog, text: &str) -> BTreeMap<u32, (f32, bool)> {
    let index = index(catalog);
    let asked = catalog.asked(text);
    let saturation = Saturation::of(catalog);
    let weight_of =
        |token: u32, ix: u32| index[token as usize].iter().find(|(other, _)| *other == ix).map(|(_, w)| *w);
    let best = |readings: &[Reading], ix: u32| -> Option<f32> {
        let rarity = catalog.rarity(readings);
        let scores = readings.iter().filter_map(|reading| {
            Some(reading.share * rarity * saturation.at(ix, weight_of(reading.token, ix)?))
        });
        scores.max_by(f32::total_cmp)
    };
    let weigh = |meaning: &Meaning| {
        let phrases =
            meaning.phrases.iter().map(|phrase| phrase.iter().map(|r| catalog.rarity(r)).sum::<f32>());
        let words = [catalog.rarity(&meaning.readings), catalog.rarity(&meaning.joined)];
        let most = words.into_iter().chain(phrases).fold(0.0, f32::max);
        if most == 0.0 { (1.0 + catalog.len() as f32).ln() } else { most }
    };
    let weighed: Vec<(&Meaning, f32)> =
        asked.meanings.iter().map(|meaning| (meaning, weigh(meaning))).collect();
    let all: f32 = weighed.iter().map(|(_, weight)| weight).sum();
    let intents: BTreeMap<u32, f32> = catalog.intents(&weighed).into_iter().collect();
    let mut found = BTreeMap::new();
    for ix in 0..catalog.len() as u32 {
        let (mut sum, mut cover) = (0.0, 0.0);
        for (meaning, weight) in &weighed {
            let phrase = |phrase: &Vec<Vec<Reading>>| {
                phrase.iter().map(|readings| best(readings, ix)).reduce(|a, b| Some(a? + b?)).flatten()
            };
            let ways = [best(&meaning.readings, ix), best(&meaning.joined, ix)];
            let ways = ways.into_iter().chain(meaning.phrases.iter().map(phrase)).flatten();
            if let Some(score) = ways.max_by(f32::total_cmp) {
                (sum, cover) = (sum + score, cover + weight);
            }
        }
        let share: f32 = cover / all;
        if sum > 0.0 && share >= LEAST_COVER && catalog.admits(&asked, ix) {
            let intent = catalog.category(ix).and_then(|tag| intents.get(&tag)).copied().unwrap_or(1.0);
            found.insert(ix, (sum * share * intent, share >= WHOLE_COVER));
        }
    }
    found
}

fn shop(titles: &[(Vec<usize>, usize)]) -> Catalog {
    let say =
        |words: &[usize]| words.iter().map(|word| WORDS[word % WORDS.len()]).collect::<Vec<_>>().join(" ");
    let item = |(number, (words, kind)): (usize, &(Vec<usize>, usize))| Item {
        id: format!("i{number}"),
        title: say(words),
        description: Some(say(&[kind / 2, kind / 3])),
        google_product_category: Some(format!("All > {}", WORDS[kind % WORDS.len()])),
        price: Some(Money::new((kind * 100) as i64, "EUR")),
        sensitive_tags: if kind % 7 == 0 { vec![SensitiveTag::Health] } else { Vec::new() },
        ..Item::default()
    };
    let items: Vec<Item> = titles.iter().enumerate().map(item).collect();
    let synonyms = Synonyms::parse("trainers => shoes\nmug, tea pot").unwrap();
    let header = BundleHeader { store_id: "shop".into(), version: 1, synonyms, ..BundleHeader::default() };
    let artefacts = Artefacts::untrained(items.len());
    Catalog::from_bytes(&build_bundle(&items, &artefacts, &header, &SigningKey::generate().unwrap()).unwrap())
        .unwrap()
}

const QUERIES: [&str; 14] = [
    "shoes",
    "sho",
    "s",
    "coffee pot",
    "coffeepot",
    "teapot shoe",
    "lampp",
    "cofee sock",
    "tshirt",
    "t shirt lamp",
    "trainers",
    "mug tea",
    "lamps under 9",
    "sockshoes stamp tea",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_search_finds_what_the_rules_say(
        titles in prop::collection::vec((prop::collection::vec(0usize..16, 1..5), 0usize..40), 1..400)
    ) {
        let catalog = shop(&titles);
        for text in QUERIES {
            let expected = by_the_rules(&catalog, text);
            let hits = catalog.find(text).hits;
            let found: BTreeMap<u32, (f32, bool)> = hits.iter().map(|hit| (hit.ix, (hit.score, hit.whole))).collect();
            prop_assert_eq!(&found, &expected, "{}", text);
            let mut best: Vec<(u32, f32)> = expected.iter().map(|(ix, (score, _))| (*ix, *score)).collect();
            best.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            best.truncate(20);
            prop_assert_eq!(catalog.search(text, 20), best, "{}", text);
        }
    }
}
