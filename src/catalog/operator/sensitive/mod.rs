//! Which items are sensitive by their category, in whatever spelling and language the feed writes it.

mod terms;

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::catalog::device::text::words;
use crate::catalog::model::taxonomy::{BUILT_IN, Taxonomy};
use crate::catalog::operator::import::plain_text;
use crate::catalog::{Item, SensitiveTags};
use terms::{CONNECTING, TERMS, TOPS};

/// Longest category path that is looked into, in steps.
const MAX_STEPS: usize = 16;

/// The built-in list's paths in one spelling, each with its numbers: its own first.
static LIST: LazyLock<Vec<(String, Vec<&'static str>)>> = LazyLock::new(|| {
    BUILT_IN.iter().map(|(path, _, numbers)| (whole(path), numbers.split(' ').collect())).collect()
});
/// What its categories are called in other languages.
static NAMES: LazyLock<Vec<(&'static str, Vec<String>)>> = LazyLock::new(|| {
    TERMS.iter().map(|(path, words)| (*path, words.split('|').map(key).collect())).collect()
});
static TOP_NAMES: LazyLock<HashSet<String>> =
    LazyLock::new(|| TOPS.iter().flat_map(|names| names.split('|')).map(key).collect());

impl Taxonomy {
    /// The rules, ready to be asked about many items.
    #[must_use]
    pub fn matcher(&self) -> Matcher {
        let mut matcher = Matcher { paths: HashMap::new(), terms: HashMap::new() };
        for rule in &self.rules {
            let tags: SensitiveTags = rule.tags.iter().copied().collect();
            for category in same(&rule.category) {
                let known = matcher.paths.entry(category).or_default();
                *known = known.union(tags);
            }
        }
        for (path, names) in NAMES.iter() {
            let tags = matcher.tags_of(path);
            for name in names.iter().filter(|_| !tags.is_empty()) {
                let known = matcher.terms.entry(name.clone()).or_default();
                *known = known.union(tags);
            }
        }
        matcher
    }
}

/// A category of Google's list under all names that the list has for it: its path, its number and those below it.
fn same(category: &str) -> Vec<String> {
    let category = whole(category);
    let of_list = LIST
        .iter()
        .filter(|(path, numbers)| *path == category || numbers.first() == Some(&category.as_str()));
    let named =
        of_list.flat_map(|(path, numbers)| std::iter::once(path.as_str()).chain(numbers.iter().copied()));
    let names: Vec<String> = named.map(str::to_owned).collect();
    names.into_iter().chain([category]).collect()
}

/// The rules of a [`Taxonomy`] by category.
#[derive(Debug)]
pub struct Matcher {
    paths: HashMap<String, SensitiveTags>,
    /// Single steps that mean a sensitive category wherever they stand.
    terms: HashMap<String, SensitiveTags>,
}

impl Matcher {
    /// Every tag that the rules give to an item of this category path.
    #[must_use]
    pub fn tags_of(&self, path: &str) -> SensitiveTags {
        let steps = steps(path);
        let mut tags = SensitiveTags::NONE;
        for start in 0..steps.len() {
            let mut whole = String::new();
            for (more, step) in steps.iter().skip(start).enumerate() {
                if more > 0 {
                    whole.push_str(" > ");
                }
                whole.push_str(step);
                // A shop may hang Google's list under steps of its own, but one word alone is a category at the top only.
                if start == 0 || more > 0 {
                    tags = tags.union(self.paths.get(&whole).copied().unwrap_or_default());
                }
            }
        }
        let terms = steps.iter().filter_map(|step| self.terms.get(step).copied());
        terms.fold(tags, SensitiveTags::union)
    }

    /// Whether a path of Google's list begins as it does in a language that is known: of others nothing can be told.
    #[must_use]
    pub fn knows(google_product_category: &str) -> bool {
        let is_number = google_product_category.trim().bytes().all(|byte| byte.is_ascii_digit());
        is_number || steps(google_product_category).first().is_none_or(|top| TOP_NAMES.contains(top))
    }
}

/// Why interest in an item says something intimate: what the shop says, and what follows from its categories.
#[must_use]
pub fn sensitive_tags(item: &Item, taxonomy: &Matcher) -> SensitiveTags {
    let tagged: SensitiveTags = item.sensitive_tags.iter().copied().collect();
    let own = item.tags.iter().filter_map(|tag| {
        let (kind, path) = tag.split_once(':')?;
        ["category", "product_type"].contains(&kind).then_some(path)
    });
    let paths = item.google_product_category.iter().chain(&item.product_type).map(String::as_str).chain(own);
    paths.fold(tagged, |tags, path| tags.union(taxonomy.tags_of(path)))
}

fn whole(path: &str) -> String {
    steps(path).join(" > ")
}

/// The steps of a path in one spelling. `775 - Health & Beauty > …` is its number and its path.
fn steps(path: &str) -> Vec<String> {
    let text = plain_text(path);
    let mark = |letter: char| matches!(letter, '>' | '›' | '»' | '→' | '＞' | '❯' | '≫');
    let rest = match text.split_once(" - ") {
        Some((number, rest)) if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => {
            rest
        }
        _ => &text,
    };
    rest.split(mark).map(key).filter(|step| !step.is_empty()).take(MAX_STEPS).collect()
}

/// A step without case, accents, punctuation and the words for "and".
fn key(step: &str) -> String {
    let words = words(step);
    let said: Vec<&str> =
        words.iter().map(String::as_str).filter(|word| !CONNECTING.contains(word)).collect();
    said.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::SensitiveTag as S;
    use crate::catalog::TaxonomyRule;

    fn tags(path: &str) -> Vec<S> {
        Taxonomy::default().matcher().tags_of(path).iter().collect()
    }

    #[test]
    fn a_forgotten_tag_follows_from_the_category() {
        assert_eq!(tags("health & beauty > Health Care>Medicine & Drugs"), [S::Health]);
        assert_eq!(tags("Health & Beauty > Health Care > Condoms"), [S::Health, S::Intimate]);
        assert_eq!(tags("775"), [S::Health, S::Intimate], "the same by number");
        assert_eq!(tags("1671"), [S::Addiction], "gin");
        for harmless in [
            "Health & Beauty > Personal Care",
            "Health & Beauty",
            "Mature > Weapons",
            "",
            ">",
            "4911",
            "&",
            "and",
        ] {
            assert_eq!(tags(harmless), [], "{harmless}");
        }
    }

    #[test]
    fn a_category_is_the_same_in_every_spelling() {
        for spelling in [
            "Health &amp; Beauty &gt; Health Care &gt; Condoms",
            "Health &amp;amp; Beauty &amp;gt; Health Care &amp;gt; Condoms",
            "HEALTH AND BEAUTY>HEALTH CARE>CONDOMS",
            "Health\u{a0}& Beauty  \u{203a} Health Care » Condoms",
            "<b>Health & Beauty</b> > Health Care > Condoms > Large",
            "Shop > Health & Beauty > Health Care > Condoms",
            "775 - Health & Beauty > Health Care > Condoms",
            "Gesundheit & Schönheit > Gesundheitspflege > Kondome",
            "Gesundheit und Schönheit > Gesundheitspflege > Kondome",
            "Santé et beauté > Soins de santé > Préservatifs",
            "Drogerie > Kondome",
        ] {
            let found = tags(spelling);
            assert!(found.contains(&S::Intimate), "{spelling}: {found:?}");
        }
    }

    #[test]
    fn languages_are_known_or_told() {
        for known in ["Apparel & Accessories > Clothing", "5322", "", "Bekleidung & Accessoires > Bekleidung"]
        {
            assert!(Matcher::knows(known), "{known}");
        }
        assert!(!Matcher::knows("Fatnaður > Buxur"));
    }

    #[test]
    fn a_shop_may_have_its_own_list() {
        let rule = |category: &str, tag| TaxonomyRule { category: category.into(), tags: vec![tag] };
        let own = Taxonomy {
            version: 2,
            rules: vec![rule("775", S::Intimate), rule("Café > Absinthe", S::Addiction)],
        };
        let matcher = own.matcher();
        let tags = |path: &str| matcher.tags_of(path).iter().collect::<Vec<_>>();
        assert_eq!(tags("Health & Beauty > Health Care > Condoms"), [S::Intimate], "by its path");
        assert_eq!(tags("Gesundheit & Schönheit > Gesundheitspflege > Kondome"), [S::Intimate]);
        assert_eq!(tags("cafe > absinthe"), [S::Addiction]);
        assert_eq!(tags("Health & Beauty > Health Care"), [], "the shop's list has no such rule");
    }
}
