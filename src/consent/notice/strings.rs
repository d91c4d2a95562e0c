//! What a user reads, in their language: built-in texts, and the shop's own where it has some.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::locale::{
    Labelled, Texts, in_every_language, is_same, labelled, labelled_words, language, texts_of_locales,
};
use crate::base::sensitive::SensitiveTag;
use crate::base::signed::{hex, sha256};
use crate::consent::external::AgeBand;
use crate::consent::notice::words::Words;
use crate::consent::policy::{Policy, PurposeTexts};
use crate::consent::purpose::{Purpose, PurposeGroup};

static TEXTS: Texts<Locale> = in_every_language!(texts_of_locales);

/// Whether anything that the notice asks about leaves the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Leaving {
    /// Nothing.
    Never,
    /// What the user allows.
    IfAllowed,
    /// What the user does not turn off.
    UnlessRefused,
}

/// The texts of one language.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Locale {
    pub title: String,
    pub intro: String,
    /// Where something is on unless it is turned off.
    pub intro_opt_out: String,
    /// The sentence of the introductions about what leaves the device.
    pub leaving: BTreeMap<Leaving, String>,
    /// The sentence of the introductions for a policy that names nobody to ask.
    pub contact: String,
    /// What is kept of answers that left, …
    pub answered: String,
    /// … and what becomes of those that wait, when what they rest on is taken back.
    pub unsent: String,
    /// How many messages a user gets at most.
    pub caps: String,
    pub accept_all: String,
    pub refuse_all: String,
    pub save: String,
    pub groups: BTreeMap<String, String>,
    pub purposes: BTreeMap<Purpose, PurposeTexts>,
    /// What withdrawing consent does.
    pub withdrawals: BTreeMap<Purpose, String>,
    pub sensitive_intro: String,
    pub sensitive: BTreeMap<SensitiveTag, String>,
    /// By the word of the age band.
    pub ages: BTreeMap<String, String>,
    pub words: Words,
}

/// `text` with a sentence in the place of `{gap}`, or with neither that nor the space before it.
pub(crate) fn fill(text: &str, gap: &str, sentence: Option<&str>) -> String {
    match sentence {
        Some(sentence) => text.replace(&format!("{{{gap}}}"), sentence),
        None => text.replace(&format!(" {{{gap}}}"), ""),
    }
}

/// The texts for `locale` (`de-AT`, `pt_BR`), else those in English.
pub(crate) fn locale(locale: &str) -> (&'static str, &'static Locale) {
    TEXTS.of(locale)
}

/// How much likelier an answer of this ε, in millionths, is at most if it is true: a sentence in the language of a locale.
pub(crate) fn likelier(wanted: &str, micro_epsilon: u64) -> String {
    let (language, texts) = locale(wanted);
    texts.words.likelier(language, micro_epsilon)
}

/// The texts of a purpose: the shop's in this locale or language, else the built-in ones in this
/// language, else the shop's in English, else English.
pub(crate) fn purpose_texts(policy: &Policy, purpose: Purpose, wanted: &str) -> Option<PurposeTexts> {
    let own = &policy.terms(purpose)?.texts;
    let of = |locale: &str| own.iter().find(|(l, _)| is_same(l, locale)).map(|(_, texts)| texts);
    let (built_in, texts) = locale(wanted);
    let built_in_fits = language(built_in).eq_ignore_ascii_case(language(wanted));
    of(wanted)
        .or_else(|| of(built_in).filter(|_| built_in_fits))
        .or_else(|| of(language(wanted)))
        .or_else(|| texts.purposes.get(&purpose).filter(|_| built_in_fits))
        .or_else(|| of("en"))
        .or_else(|| texts.purposes.get(&purpose))
        .cloned()
}

/// The locale whose words a user of `wanted` reads: one of the shop's own, else a built-in one.
pub(crate) fn shown<'a>(policy: &'a Policy, wanted: &str) -> &'a str {
    let own = |locale: &str| {
        let texts = Purpose::ALL.into_iter().filter_map(|p| policy.terms(p)).flat_map(|t| t.texts.keys());
        texts.into_iter().find(|own| is_same(own, locale)).map(String::as_str)
    };
    let built_in = locale(wanted).0;
    let built_in_fits = language(built_in).eq_ignore_ascii_case(language(wanted));
    let others = || if built_in_fits { None } else { own(language(wanted)) };
    own(wanted).or_else(others).unwrap_or(built_in)
}

impl Labelled for Purpose {
    fn label(self, locale: &str) -> String {
        TEXTS.of(locale).1.purposes.get(&self).map(|texts| texts.title.clone()).unwrap_or_default()
    }
}

labelled! {
    TEXTS:
    PurposeGroup => groups[id],
    SensitiveTag => sensitive,
}

labelled_words! {
    TEXTS:
    AgeBand => ages { Under13 = "under13" From13To15 = "from13_to15" From16To17 = "from16_to17" Adult = "adult" }
}

/// SHA-256 of all texts of a notice in this locale, in hexadecimal.
pub(crate) fn screen_hash(policy: &Policy, wanted: &str) -> String {
    let own = Purpose::ALL.map(|p| purpose_texts(policy, p, wanted));
    let shown = (locale(wanted).1, own);
    hex(&sha256(&serde_json::to_vec(&shown).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::locale::SHOWN;

    #[test]
    fn every_language_says_everything() {
        TEXTS.proofread();
        for name in SHOWN {
            let (found, texts) = locale(name);
            assert_eq!(found, name);
            assert_eq!(texts.purposes.len(), Purpose::ALL.len(), "{name}");
            assert_eq!(texts.withdrawals.len(), Purpose::ALL.len(), "{name}");
            assert_eq!(texts.sensitive.len(), SensitiveTag::ALL.len(), "{name}");
            assert_eq!((texts.groups.len(), texts.leaving.len()), (4, 3), "{name}");
        }
    }
}
