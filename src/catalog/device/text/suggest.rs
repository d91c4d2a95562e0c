//! Completing what is being typed: brands and categories first, then products.

use std::collections::{HashMap, HashSet};

use crate::catalog::device::text::near::Mistyped;
use crate::catalog::device::text::scores::Name;
use crate::catalog::device::text::search::query_words;
use crate::catalog::device::text::{chunks, joined};
use crate::catalog::{Catalog, TagKind};

/// Matching items that are looked at for their brands and categories.
const POOL: usize = 300;

/// What a completion is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum SuggestionKind {
    /// A brand's name.
    Brand,
    /// The last step of a category.
    Category,
    /// A product's title.
    Product,
}

/// One completion.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Suggestion {
    /// What to show and to search for.
    pub text: String,
    /// What it is.
    pub kind: SuggestionKind,
    /// The item's id, for a product.
    pub item_id: Option<String>,
}

/// A word as far as it is typed.
struct Typed {
    word: String,
    mistyped: Option<Mistyped>,
}

impl Typed {
    fn new(word: String) -> Self {
        Self { mistyped: Mistyped::new(&word), word }
    }

    fn begins(&self, name: &Name) -> bool {
        name.word.starts_with(&self.word)
    }

    /// Whether it may have been meant to begin this word.
    fn means(&self, name: &Name) -> bool {
        self.mistyped.as_ref().is_some_and(|typed| {
            // Cheaper than the distance, and most words end here.
            let is_near = || typed.may_be(name.signature, true) || name.word.starts_with(typed.stem());
            is_near() && typed.likeness(&name.word, true).is_some()
        })
    }
}

impl Catalog {
    /// Completions of `prefix`, best first: at most a half of them brands and categories, by the popularity of the matching
    /// items, the rest products, each once. Words may be mistyped. What cannot be ordered is not offered, nor is a sensitive item
    /// that the prefix does not name. Nothing for an empty prefix.
    #[must_use]
    pub fn suggest(&self, prefix: &str, limit: usize) -> Vec<Suggestion> {
        let typed = query_words(prefix);
        let found = self.search_among(prefix, POOL, |ix| self.availability(ix).can_be_ordered());
        let mut tags: HashMap<u32, f32> = HashMap::new();
        for (item, _) in &found {
            for tag in self.brand(*item).into_iter().chain(self.category(*item)) {
                *tags.entry(tag).or_default() += 1.0 + self.popularity(*item);
            }
        }
        let typed: Vec<Typed> = typed.into_iter().map(Typed::new).collect();
        let mut tags: Vec<(u32, f32)> = tags.into_iter().collect();
        tags.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let mut suggestions: Vec<Suggestion> = tags
            .into_iter()
            .filter(|(tag, _)| self.tag_completes(*tag, &typed))
            .take(limit.div_ceil(2))
            .filter_map(|(tag, _)| self.tag_suggestion(tag))
            .collect();
        let mut products = HashSet::new();
        for (item, _) in found.into_iter().filter(|(item, _)| products.insert(self.product_of(*item))) {
            // Titles are compressed: none is read that nobody sees.
            if suggestions.len() >= limit {
                break;
            }
            let text = self.title(item);
            if suggestions.iter().all(|earlier| earlier.text != text) {
                let text = text.to_owned();
                suggestions.push(Suggestion {
                    text,
                    kind: SuggestionKind::Product,
                    item_id: Some(self.item_id(item).to_owned()),
                });
            }
        }
        suggestions
    }

    /// Whether every typed word begins a word of the tag's last step, or was meant to.
    fn tag_completes(&self, tag: u32, typed: &[Typed]) -> bool {
        let leaf = || {
            let chunks = self.tag(tag).map(|tag| chunks(tag.leaf())).unwrap_or_default();
            let whole: Vec<String> = chunks.iter().filter_map(|words| joined(words)).collect();
            chunks.into_iter().flatten().chain(whole).collect()
        };
        let names = self.kept.names(tag, self.tag_count(), leaf);
        let completes = |typed: &Typed| {
            names.iter().any(|name| typed.begins(name)) || names.iter().any(|name| typed.means(name))
        };
        tag < self.manifest.tags && typed.iter().all(completes)
    }

    fn tag_suggestion(&self, number: u32) -> Option<Suggestion> {
        let tag = self.tag(number)?;
        let kind = if tag.kind == TagKind::Brand { SuggestionKind::Brand } else { SuggestionKind::Category };
        Some(Suggestion { text: tag.leaf().to_owned(), kind, item_id: None })
    }
}
