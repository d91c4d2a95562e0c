//! Words that mean the same: read from the merchant's list, and learnt from what users searched for and then chose.
//!
//! A line of the list is a group (`sneakers, trainers`: each finds the others) or says what a word stands for
//! (`trainers => sneakers, running shoes`: it finds them and not what it would find itself). `#` starts a comment.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::catalog::device::text::synonyms::PHRASE;
use crate::catalog::device::text::{MAX_WORD, words};
use crate::catalog::{Item, Tag, TagKind, Taxonomy, User, sensitive_tags};

/// Terms of one rule: each is one more search on the device.
const TERMS: usize = 16;
/// Rules of a shop.
const RULES: usize = 10_000;
/// Users who chose something after a search, before anything is learnt from it: what few searched for is nobody else's business.
const USERS: usize = 5;
/// Share of these users who chose an item with the word.
const SHARE: f64 = 0.6;
/// How much more often it is among what they chose than among all items.
const LIFT: f64 = 3.0;
/// What a user chose of what a search found, within this time: a day, or a place in the sequence.
const AFTER: i64 = 1;

/// A list of synonyms cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct SynonymError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: &'static str,
}

/// The synonyms of a shop: for folded words what they mean, themselves among it unless they only stand for something else.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Synonyms(BTreeMap<String, BTreeSet<String>>);

impl Synonyms {
    /// Reads a list.
    ///
    /// # Errors
    /// [`SynonymError`] for the first line that cannot be meant: a term without a word, of more than three words or of a very long
    /// one, a group of one, more than one `=>`, more than 16 terms, more than 10,000 words with synonyms.
    pub fn parse(list: &str) -> Result<Self, SynonymError> {
        let mut synonyms = Self::default();
        for (line, text) in (1..).zip(list.trim_start_matches('\u{feff}').lines()) {
            let text = text.split('#').next().unwrap_or_default();
            if !text.trim().is_empty() {
                synonyms.add(text).map_err(|what| SynonymError { line, what })?;
            }
        }
        Ok(synonyms)
    }

    /// Learns from users' searches what they mean by words that what they choose does not have. What leads to sensitive items is
    /// left out, and so is what fewer than five users did.
    #[must_use]
    pub fn learnt(items: &[Item], users: &[User], taxonomy: &Taxonomy) -> Self {
        let shop = Shop::of(items, taxonomy);
        // What each user chose, by the folded term: a user may have several lines.
        let mut searches: BTreeMap<String, BTreeMap<&str, BTreeSet<u32>>> = BTreeMap::new();
        for user in users {
            for (place, term) in
                folded_terms(user).into_iter().enumerate().filter(|(_, term)| !term.is_empty())
            {
                searches.entry(term).or_default().entry(&user.id).or_default().extend(chosen(user, place));
            }
        }
        let rule = |(term, of_users): (String, BTreeMap<&str, BTreeSet<u32>>)| {
            let mut all = Chosen::default();
            of_users.values().filter(|chosen| !chosen.is_empty()).for_each(|chosen| all.add(&shop, chosen));
            let meant = all.meant(&shop, &term)?;
            Some((term.clone(), BTreeSet::from([term, meant])))
        };
        Self(searches.into_iter().filter_map(rule).take(RULES).collect())
    }

    /// Adds those of words that it says nothing about.
    pub fn fill_up(&mut self, others: Self) {
        for (said, meant) in others.0 {
            if self.0.len() < RULES {
                self.0.entry(said).or_insert(meant);
            }
        }
    }

    /// Number of words that have synonyms.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As the bundle holds them, ascending: the words and what they mean, each in a line.
    pub(crate) fn rules(&self) -> Vec<String> {
        let rule = |(said, meant): (&String, &BTreeSet<String>)| {
            let lines = std::iter::once(said.as_str()).chain(meant.iter().map(String::as_str));
            lines.collect::<Vec<_>>().join("\n")
        };
        self.0.iter().map(rule).collect()
    }

    fn add(&mut self, line: &str) -> Result<(), &'static str> {
        let mut sides = line.split("=>");
        let (first, second) =
            (terms(sides.next().unwrap_or_default())?, sides.next().map(terms).transpose()?);
        if sides.next().is_some() {
            return Err("there is more than one `=>`");
        }
        if second.is_none() && first.len() < 2 {
            return Err("a group needs two different terms, separated by commas");
        }
        for said in &first {
            let meant = second.as_ref().unwrap_or(&first);
            if meant.len() == 1 && meant.contains(said) {
                return Err("a term stands for itself");
            }
            self.0.entry(said.clone()).or_default().extend(meant.iter().cloned());
        }
        match self.0.len() <= RULES && self.0.values().all(|meant| meant.len() <= TERMS) {
            true => Ok(()),
            false => Err("too many: 16 synonyms of a term and 10,000 terms are the most"),
        }
    }
}

fn terms(text: &str) -> Result<BTreeSet<String>, &'static str> {
    let term = |text: &str| {
        let words = words(text);
        match words.len() {
            0 => Err("a term has no word"),
            1..=PHRASE if words.iter().all(|word| word.chars().count() < MAX_WORD) => Ok(words.join(" ")),
            1..=PHRASE => Err("a word is too long"),
            _ => Err("a term has more than three words"),
        }
    };
    text.split(',').map(term).collect()
}

/// The folded terms that a user searched for; empty for what no rule can be about.
fn folded_terms(user: &User) -> Vec<String> {
    let folded = |term: &str| {
        let words = words(term);
        if words.len() <= PHRASE { words.join(" ") } else { String::new() }
    };
    user.searches.iter().map(|search| folded(&search.term)).collect()
}

/// The items that a user chose after a search and before the next one.
fn chosen(user: &User, search: usize) -> impl Iterator<Item = u32> + '_ {
    let begin = user.searches.get(search);
    let end = user.searches.get(search + 1).map_or(user.events.len(), |next| next.before);
    let events = begin.and_then(|search| user.events.get(search.before..end)).unwrap_or_default();
    let time = begin.map_or(0, |search| search.time);
    events.iter().take_while(move |event| event.time.saturating_sub(time) <= AFTER).map(|event| event.item)
}

/// What items are called.
struct Shop {
    /// The words of each item; none of a sensitive one.
    words: Vec<Option<HashSet<String>>>,
    /// In how many items each word is.
    items: HashMap<String, usize>,
}

impl Shop {
    fn of(items: &[Item], taxonomy: &Taxonomy) -> Self {
        let matcher = taxonomy.matcher();
        let category = |item: &Item| {
            let name = item.google_product_category.as_ref().or(item.product_type.as_ref()).cloned();
            name.map(|name| Tag { kind: TagKind::Category, name: &name }.leaf().to_owned())
                .unwrap_or_default()
        };
        let of_item = |item: &Item| {
            let brand = words(item.brand.as_deref().unwrap_or_default());
            let mut named: HashSet<String> =
                words(&item.title).into_iter().chain(words(&category(item))).collect();
            named.retain(|word| word.chars().count() > 2 && !word.chars().any(char::is_numeric));
            named.retain(|word| !brand.contains(word));
            sensitive_tags(item, &matcher).is_empty().then_some(named)
        };
        let of_items: Vec<Option<HashSet<String>>> = items.iter().map(of_item).collect();
        let mut counts: HashMap<String, usize> = HashMap::new();
        for word in of_items.iter().flatten().flatten() {
            *counts.entry(word.clone()).or_default() += 1;
        }
        Self { words: of_items, items: counts }
    }
}

/// What users chose after one search.
#[derive(Default)]
struct Chosen {
    users: usize,
    /// How many of them chose an item with the word.
    words: BTreeMap<String, usize>,
    sensitive: bool,
}

impl Chosen {
    fn add(&mut self, shop: &Shop, items: &BTreeSet<u32>) {
        self.users += 1;
        let mut of_user: BTreeSet<&String> = BTreeSet::new();
        for item in items {
            match shop.words.get(*item as usize) {
                Some(Some(words)) => of_user.extend(words),
                _ => self.sensitive = true,
            }
        }
        for word in of_user {
            *self.words.entry(word.clone()).or_default() += 1;
        }
    }

    /// The word that tells best what they chose, if it is not one that they searched for.
    fn meant(&self, shop: &Shop, term: &str) -> Option<String> {
        if self.users < USERS || self.sensitive {
            return None;
        }
        let share = |count: usize| count as f64 / self.users as f64;
        let told = |word: &str| self.words.get(word).is_some_and(|count| share(*count) > 1.0 - SHARE);
        if term.split(' ').all(told) {
            return None;
        }
        let tells = |(word, count): (&String, &usize)| {
            let everywhere = *shop.items.get(word)? as f64 / shop.words.len() as f64;
            let lift = share(*count) / everywhere;
            let told = share(*count) >= SHARE && lift >= LIFT && term.split(' ').all(|said| said != word);
            told.then(|| (share(*count) * lift.ln(), word.clone()))
        };
        let best = self.words.iter().filter_map(tells).max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        best.map(|(_, word)| word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::history;

    #[test]
    fn a_list_is_read_line_by_line_and_what_cannot_be_meant_is_named() {
        let list = "\u{feff}# words of the shop\nSneakers, Trainers\n\ntrainers => running shoes # and not trains\nPower-Bank => charger\n";
        let rules = Synonyms::parse(list).unwrap().rules();
        let expected = [
            "power bank\ncharger",
            "sneakers\nsneakers\ntrainers",
            "trainers\nrunning shoes\nsneakers\ntrainers",
        ];
        assert_eq!(rules, expected);
        let long = "x".repeat(MAX_WORD + 1);
        let many: String = (0..20).map(|n| format!("word{n},")).chain(["last".to_owned()]).collect();
        for (line, what) in [
            ("sneakers", "two different"),
            ("Tee, tee", "two different"),
            ("a => b => c", "more than one"),
            ("a, , b", "no word"),
            ("=> b", "no word"),
            ("a =>", "no word"),
            ("a => A", "itself"),
            ("one two three four => five", "more than three"),
            (&format!("a, {long}"), "too long"),
            (&many, "too many"),
        ] {
            let error = Synonyms::parse(&format!("a, b\n{line}")).unwrap_err();
            assert_eq!((error.line, error.what.contains(what)), (2, true), "{line}: {error}");
        }
        let rules: String = (0..RULES).map(|n| format!("a{n} => b\n")).collect();
        assert_eq!(Synonyms::parse(&rules).unwrap().len(), RULES);
        assert_eq!(Synonyms::parse(&(rules + "one => more")).unwrap_err().line, RULES + 1);
    }

    fn learnt(users: usize, lines: impl Fn(usize) -> String, sensitive: bool) -> Vec<String> {
        let item = |id: usize, title: &str, category: &str| Item {
            id: id.to_string(),
            title: title.into(),
            brand: Some("Nordhem".into()),
            google_product_category: Some(category.into()),
            ..Item::default()
        };
        let mut items: Vec<Item> =
            (0..3).map(|n| item(n, &format!("Nordhem Retro{n} Sneakers"), "Shoes")).collect();
        items.extend((3..9).map(|n| item(n, &format!("Hiking boots{n}"), "Shoes")));
        items.extend((9..60).map(|n| item(n, &format!("Tea{n}"), "Food > Tea")));
        if sensitive {
            items[0].sensitive_tags = vec![crate::catalog::SensitiveTag::Religion];
        }
        let text: String = (0..users).map(lines).collect();
        let history = history::history(text.as_bytes(), &items).unwrap();
        assert_eq!(history.report.findings.len(), 0);
        Synonyms::learnt(&items, &history.users, &Taxonomy::default()).rules()
    }

    #[test]
    fn what_users_choose_after_a_search_tells_what_they_mean() {
        let line = |n: usize| {
            format!(
                "{{\"u\":{n},\"ev\":[[50,1,\"view\"],[\"Trainers\",2,\"search\"],[{},2,\"view\"],[40,9,\"view\"]]}}\n",
                n % 3
            )
        };
        assert_eq!(learnt(5, line, false), ["trainers\nsneakers\ntrainers"]);
        assert_eq!(learnt(4, line, false), [""; 0], "too few users");
        assert_eq!(learnt(1, |n| (0..9).map(|_| line(n)).collect(), false), [""; 0], "one user, often");
        assert_eq!(learnt(9, line, true), [""; 0], "nothing about sensitive items");
        let found = |n: usize| line(n).replace("Trainers", "retro sneakers");
        assert_eq!(learnt(9, |n| found(n).replace("retro ", ""), false), [""; 0], "it is found as it is");
        let mixed = |n: usize| line(n).replace(&format!("[{},2", n % 3), &format!("[{},2", n * 6));
        assert_eq!(learnt(9, mixed, false), [""; 0], "everyone chose something else");
        let later = |n: usize| line(n).replace(",2,\"view\"", ",7,\"view\"");
        assert_eq!(learnt(9, later, false), [""; 0], "days after the search");
    }
}
