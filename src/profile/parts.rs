//! What of an event is kept where: with the history, or under the sensitive topic that it is about.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::base::sensitive::{SensitiveTag, SensitiveTags};
use crate::catalog::Catalog;
use crate::catalog::text::search::query_words;
use crate::profile::interaction::{searched_tags, topics_of_tag};
use crate::profile::record::{Stored, StoredItem};

/// What of an event is kept together: with the history, or under one sensitive topic.
pub(super) type Part = (Option<SensitiveTag>, Stored);

/// Where something with these tags is kept, if anywhere. What is about several topics is not, nor what is about one that
/// the user did not allow or that is not known here.
pub(super) fn place(tags: SensitiveTags, topics: SensitiveTags) -> Option<Option<SensitiveTag>> {
    let alone = |tag: &SensitiveTag| tags == SensitiveTags::from_iter([*tag]);
    if tags.is_empty() { Some(None) } else { topics.iter().find(alone).map(Some) }
}

/// The topics that a search term is about: those of the tags that it names, and those that at least half of the items with
/// one of its words, or with all of them, are about. One match of many tells nothing, nor does a number, the beginning of a
/// word or a typing error: unknown where the catalog has no word of it.
pub(super) fn meaning(catalog: &Catalog, term: &str) -> Option<SensitiveTags> {
    let words = query_words(term);
    let holders: Vec<Cow<'_, [u32]>> = words.iter().map(|word| catalog.items_with_word(word)).collect();
    let is_name = |word: &String| word.chars().any(char::is_alphabetic);
    let named = words.iter().zip(&holders).filter(|(word, items)| is_name(word) && !items.is_empty());
    let of_words = named.map(|(_, items)| catalog.topics_of(items)).reduce(SensitiveTags::union)?;
    let of_tags = searched_tags(catalog, term).into_iter().map(|tag| topics_of_tag(catalog, tag));
    Some(of_tags.fold(of_words.union(catalog.topics_of_common(&holders)), SensitiveTags::union))
}

/// How an event is taken apart.
pub(super) struct Parting {
    pub(super) parts: BTreeMap<Option<SensitiveTag>, Vec<StoredItem>>,
    /// The part that the search term belongs to, if it is kept.
    pub(super) term: Option<Option<SensitiveTag>>,
    /// Whether no item was left out.
    pub(super) is_whole: bool,
}

impl Stored {
    /// The parts of an event. The value of the whole is no part's, nor are the names of its list and promotion: they tell
    /// of what is not there.
    pub(super) fn parted(mut self, parting: Parting) -> Vec<Part> {
        let Parting { parts, term, is_whole } = parting;
        self.items = Vec::new();
        let said = self.search_term.take();
        if parts.len() > 1 || !is_whole {
            self.value_minor = None;
            self.item_list_id = None;
            self.promotion_id = None;
        }
        let part = |(topic, items)| {
            let mut part = self.clone();
            part.items = items;
            part.asked.retain(|id, _| part.items.iter().any(|item| item.id == *id));
            part.search_term = said.clone().filter(|_| term == Some(topic));
            (topic, part)
        };
        parts.into_iter().map(part).collect()
    }
}
