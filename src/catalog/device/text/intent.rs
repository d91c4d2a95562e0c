//! What kind of product a query asks for: who types "coffee" wants coffee before what grinds it.

use crate::catalog::device::text::readings::Meaning;
use crate::catalog::device::text::{chunks, joined};
use crate::catalog::{Catalog, TagKind};

/// How much more an item counts whose category is named by every word of the query.
const INTENT: f32 = 0.25;
/// Readings that count less are guesses at what a word may become.
const SURE: f32 = 0.5;

/// A category by the words of its last step, as tokens.
#[derive(Debug)]
pub(crate) struct Leaf {
    tag: u32,
    words: Vec<u32>,
}

impl Catalog {
    /// The categories that the query names whole, ascending, and by how much more their items count. `meanings` with what each
    /// weighs.
    pub(crate) fn intents(&self, meanings: &[(&Meaning, f32)]) -> Vec<(u32, f32)> {
        let all: f32 = meanings.iter().map(|(_, weight)| weight).sum();
        let mut asked: Vec<(u32, usize)> = (0..)
            .zip(meanings)
            .flat_map(|(place, (meaning, _))| {
                meaning.every().filter(|reading| reading.share >= SURE).map(move |r| (r.token, place))
            })
            .collect();
        asked.sort_unstable();
        let named_by = |token: u32| {
            let from = asked.partition_point(|(other, _)| *other < token);
            asked.get(from..).unwrap_or_default().iter().take_while(move |(other, _)| *other == token)
        };
        let mut intents: Vec<(u32, f32)> = Vec::new();
        for leaf in
            self.leaves().iter().filter(|leaf| leaf.words.iter().all(|w| named_by(*w).next().is_some()))
        {
            let mut places: Vec<usize> =
                leaf.words.iter().flat_map(|word| named_by(*word).map(|(_, place)| *place)).collect();
            places.sort_unstable();
            places.dedup();
            let share: f32 = places.iter().filter_map(|place| Some(meanings.get(*place)?.1)).sum();
            // What names a category by the way asks for it far less.
            let more = 1.0 + INTENT * (share / all).powi(2);
            match intents.last_mut().filter(|(tag, _)| *tag == leaf.tag) {
                Some((_, most)) => *most = most.max(more),
                None => intents.push((leaf.tag, more)),
            }
        }
        intents
    }

    /// All categories whose words are in the index; one with a hyphen in each way of writing it.
    fn leaves(&self) -> &[Leaf] {
        self.leaves.get_or_init(|| (0..self.manifest.tags).flat_map(|tag| self.leaf(tag)).collect())
    }

    fn leaf(&self, number: u32) -> Vec<Leaf> {
        let is_category = |kind| matches!(kind, TagKind::Category | TagKind::ProductType);
        let Some(tag) = self.tag(number).filter(|tag| is_category(tag.kind)) else { return Vec::new() };
        let parts = chunks(tag.leaf());
        let whole = parts.iter().map(|part| joined(part).map_or_else(|| part.clone(), |whole| vec![whole]));
        let mut ways = vec![parts.concat(), whole.flatten().collect()];
        ways.dedup();
        let tokens =
            |way: Vec<String>| way.iter().map(|word| self.token_of(word)).collect::<Option<Vec<u32>>>();
        let ways = ways.into_iter().filter_map(tokens).filter(|words| !words.is_empty());
        ways.map(|words| Leaf { tag: number, words }).collect()
    }
}
