//! What a person reads, in their language: built-in texts, and the shop's own where it has some.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::policy::{Policy, PurposeTexts};
use super::purpose::Purpose;
use crate::sensitive::SensitiveTag;
use crate::signed::{hex, sha256};

/// The languages that are compiled in; the first is what others fall back to.
const LOCALES: [(&str, &str); 5] = [
    ("en", include_str!("locales/en.json")),
    ("de", include_str!("locales/de.json")),
    ("fr", include_str!("locales/fr.json")),
    ("es", include_str!("locales/es.json")),
    ("ar", include_str!("locales/ar.json")),
];

/// The texts of one language.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Locale {
    pub right_to_left: bool,
    pub title: String,
    pub intro: String,
    pub accept_all: String,
    pub refuse_all: String,
    pub save: String,
    pub groups: BTreeMap<String, String>,
    pub purposes: BTreeMap<Purpose, PurposeTexts>,
    pub sensitive_intro: String,
    pub sensitive: BTreeMap<SensitiveTag, String>,
}

/// The language of `locale` (`de-AT`, `pt_BR`), else English. A test parses each of them.
pub(super) fn locale(locale: &str) -> Option<(&'static str, Locale)> {
    let wanted = language(locale);
    let found = LOCALES.iter().find(|(l, _)| *l == wanted).or(LOCALES.first())?;
    serde_json::from_str(found.1).ok().map(|texts| (found.0, texts))
}

/// The texts of a purpose: the shop's in this locale or language, else the built-in ones in this
/// language, else the shop's in English, else English.
pub(super) fn purpose_texts(policy: &Policy, purpose: Purpose, wanted: &str) -> Option<PurposeTexts> {
    let own = &policy.terms(purpose)?.texts;
    let (built_in, texts) = locale(wanted)?;
    let built_in_fits = built_in == language(wanted);
    own.get(wanted)
        .or_else(|| own.get(&language(wanted)))
        .or_else(|| texts.purposes.get(&purpose).filter(|_| built_in_fits))
        .or_else(|| own.get("en"))
        .or_else(|| texts.purposes.get(&purpose))
        .cloned()
}

/// SHA-256 of all texts of a notice in this locale, in hexadecimal; empty if nothing was shown.
pub(super) fn screen_hash(policy: &Policy, wanted: &str) -> String {
    if wanted.is_empty() {
        return String::new();
    }
    let own = Purpose::ALL.map(|p| purpose_texts(policy, p, wanted));
    let shown = (locale(wanted).map(|(_, texts)| texts), own);
    hex(&sha256(&serde_json::to_vec(&shown).unwrap_or_default()))
}

fn language(locale: &str) -> String {
    locale.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_says_everything() {
        for (name, _) in LOCALES {
            let (found, texts) = locale(name).unwrap_or_else(|| panic!("{name} does not parse"));
            assert_eq!(found, name);
            assert_eq!(texts.right_to_left, name == "ar");
            assert_eq!(texts.purposes.len(), Purpose::ALL.len(), "{name}");
            assert_eq!(texts.sensitive.len(), SensitiveTag::ALL.len(), "{name}");
            assert_eq!(texts.groups.len(), 4, "{name}");
            assert!(
                texts
                    .purposes
                    .values()
                    .all(|t| !t.title.is_empty() && !t.benefit.is_empty() && !t.data.is_empty())
            );
        }
    }

    #[test]
    fn a_region_falls_back_to_its_language_and_then_to_english() {
        assert_eq!(locale("de-AT").unwrap().0, "de");
        assert_eq!(locale("FR_ca").unwrap().0, "fr");
        assert_eq!(locale("tlh").unwrap().0, "en");
    }
}
