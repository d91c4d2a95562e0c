//! What a user reads, in their language: built-in texts, and the shop's own where it has some.

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use serde::{Deserialize, Serialize};

use crate::base::locale::{LANGUAGES, fitting, in_every_language, is_same, language, texts_of_locales};
use crate::base::sensitive::SensitiveTag;
use crate::base::signed::{hex, sha256};
use crate::consent::notice::words::Words;
use crate::consent::policy::{Policy, PurposeTexts};
use crate::consent::purpose::Purpose;

/// The texts, in the order of [`LANGUAGES`].
const TEXTS: [&str; LANGUAGES.len()] = in_every_language!(texts_of_locales);

/// The texts of one language.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Locale {
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
    pub words: Words,
}

/// The texts for `locale` (`de-AT`, `pt_BR`), else those in English. A test parses each of them.
pub(crate) fn locale(locale: &str) -> (&'static str, &'static Locale) {
    static PARSED: [OnceLock<Locale>; LANGUAGES.len()] = [const { OnceLock::new() }; LANGUAGES.len()];
    static NOTHING: LazyLock<Locale> = LazyLock::new(Locale::default);
    let shown = fitting(locale);
    let known = LANGUAGES.iter().zip(TEXTS).zip(&PARSED).find(|((language, _), _)| **language == shown);
    let parse = |json: &str| serde_json::from_str(json).unwrap_or_default();
    (shown, known.map_or(&NOTHING, |((_, json), parsed)| parsed.get_or_init(|| parse(json))))
}

/// The texts of a purpose: the shop's in this locale or language, else the built-in ones in this
/// language, else the shop's in English, else English.
pub(crate) fn purpose_texts(policy: &Policy, purpose: Purpose, wanted: &str) -> Option<PurposeTexts> {
    let own = &policy.terms(purpose)?.texts;
    let of = |locale: &str| own.iter().find(|(l, _)| is_same(l, locale)).map(|(_, texts)| texts);
    let (built_in, texts) = locale(wanted);
    let built_in_fits = built_in.eq_ignore_ascii_case(language(wanted));
    of(wanted)
        .or_else(|| of(language(wanted)))
        .or_else(|| texts.purposes.get(&purpose).filter(|_| built_in_fits))
        .or_else(|| of("en"))
        .or_else(|| texts.purposes.get(&purpose))
        .cloned()
}

/// SHA-256 of all texts of a notice in this locale, in hexadecimal; empty if nothing was shown.
pub(crate) fn screen_hash(policy: &Policy, wanted: &str) -> String {
    if wanted.is_empty() {
        return String::new();
    }
    let own = Purpose::ALL.map(|p| purpose_texts(policy, p, wanted));
    let shown = (locale(wanted).1, own);
    hex(&sha256(&serde_json::to_vec(&shown).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_says_everything() {
        for name in LANGUAGES {
            let (found, texts) = locale(name);
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
}
