//! What any text of this library may not be, in any language.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{FORMAL_GERMAN, SHOWN, is_right_to_left, read};

/// English that none of the other languages has.
const ENGLISH: [&str; 16] = [
    "the", "your", "you", "and", "this", "that", "with", "from", "it", "allowed", "what", "which", "is",
    "of", "device", "brand",
];
/// How informal German addresses.
const DU: [&str; 9] = ["du", "dich", "dir", "dein", "deine", "deiner", "deinem", "deinen", "deines"];
/// How formal German addresses, but for "Sie", which is "they" as well.
const SIE: [&str; 6] = ["Ihnen", "Ihr", "Ihre", "Ihrer", "Ihrem", "Ihren"];
/// Plural categories, after CLDR.
const PLURALS: [&str; 6] = ["zero", "one", "two", "few", "many", "other"];

pub(super) fn proofread<T: DeserializeOwned>(files: [(&str, &str); SHOWN.len()]) {
    let english = all_of(files[0].0, "{}");
    for (locale, (json, instead)) in SHOWN.into_iter().zip(files) {
        serde_json::from_value::<T>(read(json, instead)).unwrap_or_else(|e| panic!("{locale}: {e}"));
        let texts = all_of(json, instead);
        assert_eq!(meant(&texts), meant(&english), "{locale} says everything, and fills in the same");
        for (at, text) in &texts {
            let fault = fault(locale, text);
            assert!(fault.is_none(), "{locale}, {at}: {} in {text:?}", fault.unwrap_or_default());
        }
    }
    let (formal, informal) = (files[SHOWN.len() - 1], all_of(files[1].0, "{}"));
    assert_eq!((SHOWN[SHOWN.len() - 1], SHOWN[1]), (FORMAL_GERMAN, "de"));
    for (at, text) in all_of("{}", formal.1) {
        assert_ne!(informal.get(&at), Some(&text), "{FORMAL_GERMAN}, {at}: only what differs");
    }
}

/// Every text by its place in the file.
fn all_of(json: &str, instead: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    walk("", read(json, instead), &mut found);
    found
}

fn walk(at: &str, value: Value, found: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(inner) => {
            inner.into_iter().for_each(|(key, value)| walk(&format!("{at}/{key}"), value, found));
        }
        other => drop(found.insert(at.into(), other.as_str().unwrap().into())),
    }
}

/// Each place once, whatever plurals a language has, with what is filled in there. A plural may do without its number.
fn meant(texts: &BTreeMap<String, String>) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut meant: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (at, text) in texts {
        let place =
            at.rsplit_once('/').filter(|(_, last)| PLURALS.contains(last)).map_or(&**at, |(up, _)| up);
        let gaps = text.split('{').skip(1).map(|rest| rest.split('}').next().unwrap());
        meant.entry(place).or_default().extend(gaps);
    }
    meant
}

/// What is wrong with a text, if anything.
fn fault(locale: &str, text: &str) -> Option<String> {
    let bare = text.split(['{', '}']).step_by(2).collect::<String>();
    let mut words = bare.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    if text.trim().is_empty() {
        return Some("nothing".into());
    }
    let wrong = match locale {
        "en" => None,
        _ if is_right_to_left(locale) => words.find(|word| word.is_ascii()),
        FORMAL_GERMAN => words.find(|word| DU.contains(&&*word.to_lowercase())),
        "de" => words.find(|word| SIE.contains(word) || ENGLISH.contains(&&*word.to_lowercase())),
        _ => words.find(|word| ENGLISH.contains(&&*word.to_lowercase())),
    };
    let spaced = text.contains("  ") || text.contains(" .") || text.contains("..");
    wrong.map(|word| format!("{word:?}")).or_else(|| spaced.then(|| "stray spacing".into()))
}
