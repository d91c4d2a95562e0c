//! The languages that are compiled in, which of them fits a user's, and how each counts.

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
pub(crate) const LANGUAGES: [&str; in_every_language!(list).len()] = in_every_language!(list);

/// The JSON files in the folder `locales` beside the source that asks, in the order of [`LANGUAGES`].
macro_rules! texts_of_locales {
    ($($language:literal),+) => { [$(include_str!(concat!("locales/", $language, ".json"))),+] };
}
pub(crate) use texts_of_locales;

/// The language of a locale in any of its spellings: `de` of `de-AT` and `de_AT`, `DE` of `DE_at.UTF-8`.
pub(crate) fn language(locale: &str) -> &str {
    let ends = |c: char| !c.is_ascii_alphabetic();
    locale.trim().split(ends).next().unwrap_or_default()
}

/// The language that is shown to a user of this locale.
pub(crate) fn fitting(locale: &str) -> &'static str {
    let wanted = language(locale);
    LANGUAGES.into_iter().find(|l| l.eq_ignore_ascii_case(wanted)).unwrap_or("en")
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

/// Whether two locales are the same but for their spelling: `de_AT` and `de-at`.
pub(crate) fn is_same(a: &str, b: &str) -> bool {
    let even = |c: char| if c == '_' { '-' } else { c.to_ascii_lowercase() };
    a.trim().chars().map(even).eq(b.trim().chars().map(even))
}

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
        ] {
            assert_eq!(fitting(locale), shown, "{locale}");
        }
        assert!(is_same("de_AT", "DE-at") && !is_same("de", "de-AT"));
    }
}
