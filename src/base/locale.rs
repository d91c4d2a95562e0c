//! The languages that are compiled in, which of them fits a user's, and how each counts.

use std::sync::{LazyLock, OnceLock};

use serde::de::DeserializeOwned;
use serde_json::Value;

/// Calls a macro with the languages that are compiled in. A room that has texts keeps one file for each of them.
macro_rules! in_every_language {
    ($call:ident) => {
        $call!("en", "de", "fr", "es", "ar")
    };
}
pub(crate) use in_every_language;

macro_rules! list {
    ($($language:literal),+) => { [$($language),+] };
}

/// The languages that are compiled in.
const LANGUAGES: [&str; in_every_language!(list).len()] = in_every_language!(list);

/// The locale in which German says "Sie". In every other one it says "du".
pub(crate) const FORMAL_GERMAN: &str = "de-x-formal";

macro_rules! list_with_variants {
    ($($language:literal),+) => { [$($language,)+ FORMAL_GERMAN] };
}

/// The locales in which texts are shown.
pub(crate) const SHOWN: [&str; LANGUAGES.len() + 1] = in_every_language!(list_with_variants);

/// The texts of a room: the JSON files in the folder `locales` beside the source that asks. The file of
/// [`FORMAL_GERMAN`] has only what differs from `de`.
macro_rules! texts_of_locales {
    ($($language:literal),+) => {
        $crate::base::locale::Texts::new([
            $((include_str!(concat!("locales/", $language, ".json")), "{}"),)+
            (include_str!("locales/de.json"), include_str!("locales/de-x-formal.json")),
        ])
    };
}
pub(crate) use texts_of_locales;

/// The texts of a room, in the order of [`SHOWN`], read when they are first asked for. A test reads each of them.
pub(crate) struct Texts<T> {
    /// A file, and what another one has in the place of its own.
    files: [(&'static str, &'static str); SHOWN.len()],
    read: [OnceLock<T>; SHOWN.len()],
    nothing: LazyLock<T>,
}

impl<T: Default + DeserializeOwned> Texts<T> {
    pub(crate) const fn new(files: [(&'static str, &'static str); SHOWN.len()]) -> Self {
        let read = [const { OnceLock::new() }; SHOWN.len()];
        Self { files, read, nothing: LazyLock::new(T::default) }
    }

    /// The texts that a user of this locale reads, and the locale that they are in.
    pub(crate) fn of(&self, locale: &str) -> (&'static str, &T) {
        let shown = fitting(locale);
        let known = SHOWN.iter().zip(self.files).zip(&self.read).find(|((known, _), _)| **known == shown);
        let text = known.map(|((_, (json, instead)), text)| text.get_or_init(|| read(json, instead)));
        (shown, text.unwrap_or_else(|| &self.nothing))
    }
}

#[cfg(test)]
impl<T: DeserializeOwned> Texts<T> {
    /// Fails for a text that is missing, empty, left in English, in the wrong script or in the wrong form of address.
    pub(crate) fn proofread(&self) {
        proofreading::proofread::<T>(self.files);
    }
}

/// The texts in `json`, with those in `instead` in the place of their own.
fn read<T: Default + DeserializeOwned>(json: &str, instead: &str) -> T {
    let value = |json: &str| serde_json::from_str(json).unwrap_or_default();
    let mut texts: Value = value(json);
    put(&mut texts, value(instead));
    serde_json::from_value(texts).unwrap_or_default()
}

fn put(texts: &mut Value, instead: Value) {
    match (texts, instead) {
        (Value::Object(texts), Value::Object(instead)) => {
            for (key, value) in instead {
                put(texts.entry(key).or_insert(Value::Null), value);
            }
        }
        (texts, instead) => *texts = instead,
    }
}

/// The language of a locale in any of its spellings: `de` of `de-AT` and `de_AT`, `DE` of `DE_at.UTF-8`.
pub(crate) fn language(locale: &str) -> &str {
    let ends = |c: char| !c.is_ascii_alphabetic();
    locale.trim().split(ends).next().unwrap_or_default()
}

/// Whether this can be a locale: one without a language, as desktops have it, is one, and `german` is none.
pub(crate) fn is_locale(locale: &str) -> bool {
    let language = language(locale);
    language.len() <= 3 || ["posix", "root"].iter().any(|none| none.eq_ignore_ascii_case(language))
}

/// The language that is shown to a user of this locale, or [`FORMAL_GERMAN`] for one such as `de-AT-x-formal`.
pub(crate) fn fitting(locale: &str) -> &'static str {
    let wanted = language(locale);
    let found = LANGUAGES.into_iter().find(|l| l.eq_ignore_ascii_case(wanted)).unwrap_or("en");
    if found == "de" && is_formal(locale) { FORMAL_GERMAN } else { found }
}

/// Whether a locale has the private subtag `formal`.
fn is_formal(locale: &str) -> bool {
    let mut private = locale.trim().split(['-', '_']).skip_while(|part| !part.eq_ignore_ascii_case("x"));
    private.any(|part| part.eq_ignore_ascii_case("formal"))
}

/// Whether a language is written from right to left.
pub(crate) fn is_right_to_left(language: &str) -> bool {
    language == "ar"
}

/// The plural category of a whole number, after CLDR, in the languages that are compiled in.
pub(crate) fn plural(language: &str, n: u32) -> &'static str {
    match (language, n, n % 100) {
        (_, 1, _) | ("fr", 0, _) => "one",
        ("ar", 2, _) => "two",
        ("ar", _, 3..=10) => "few",
        ("ar", _, 11..=99) => "many",
        _ => "other",
    }
}

/// A word or sentence for something that an app may show to a person, in the language of a locale.
pub(crate) trait Labelled {
    fn label(self, locale: &str) -> String;
}

/// Labels values from maps of a room's texts: by the value itself, or by one of its names.
macro_rules! labelled {
    ($texts:path: $($type:ty => $map:ident $([$name:ident])?,)+) => {
        $(impl $crate::base::locale::Labelled for $type {
            fn label(self, locale: &str) -> String {
                $texts.of(locale).1.$map.get(labelled!(@key self $($name)?)).cloned().unwrap_or_default()
            }
        })+
    };
    (@key $value:ident) => { &$value };
    (@key $value:ident $name:ident) => { $value.$name() };
}
pub(crate) use labelled;

/// Labels values from maps of a room's texts, by the words that these have for them. Few maps of another type keep the
/// device library small.
macro_rules! labelled_words {
    ($texts:path: $($type:ty => $map:ident { $($value:ident = $word:literal)+ })+) => {
        $(impl $crate::base::locale::Labelled for $type {
            fn label(self, locale: &str) -> String {
                let word = match self { $(Self::$value => $word),+ };
                $texts.of(locale).1.$map.get(word).cloned().unwrap_or_default()
            }
        })+
    };
}
pub(crate) use labelled_words;

/// Whether two locales are the same but for their spelling: `de_AT` and `de-at`.
pub(crate) fn is_same(a: &str, b: &str) -> bool {
    let even = |c: char| if c == '_' { '-' } else { c.to_ascii_lowercase() };
    a.trim().chars().map(even).eq(b.trim().chars().map(even))
}

#[cfg(test)]
mod proofreading;
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_falls_back_to_its_language_and_then_to_english() {
        for (locale, shown) in [
            ("de-AT", "de"),
            ("FR_ca", "fr"),
            ("ar_EG", "ar"),
            ("ar-EG-u-nu-arab", "ar"),
            ("es_MX.UTF-8", "es"),
            (" en ", "en"),
            ("pt-BR", "en"),
            ("tlh", "en"),
            ("arc", "en"),
            ("", "en"),
            ("ü", "en"),
            ("de-x-formal", FORMAL_GERMAN),
            ("de_AT-x-Formal", FORMAL_GERMAN),
            ("de-formal", "de"),
            ("en-x-formal", "en"),
        ] {
            assert_eq!(fitting(locale), shown, "{locale}");
        }
        assert!(is_same("de_AT", "DE-at") && !is_same("de", "de-AT"));
        for (text, fits) in [
            ("de-AT", true),
            ("", true),
            ("C.UTF-8", true),
            ("POSIX", true),
            ("german", false),
            ("Deutsch", false),
        ] {
            assert_eq!(is_locale(text), fits, "{text}");
        }
    }
}
