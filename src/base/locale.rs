//! Which of the languages that are compiled in fits a user's.

/// The languages that are compiled in; the first is what others fall back to.
pub(crate) const LANGUAGES: [&str; 5] = ["en", "de", "fr", "es", "ar"];

/// The language of a locale in any of its spellings: `de` of `de-AT` and `de_AT`, `DE` of `DE_at.UTF-8`.
pub(crate) fn language(locale: &str) -> &str {
    let ends = |c: char| !c.is_ascii_alphabetic();
    locale.trim().split(ends).next().unwrap_or_default()
}

/// The language that is shown to a user of this locale.
pub(crate) fn fitting(locale: &str) -> &'static str {
    let wanted = language(locale);
    let [fallback, ..] = LANGUAGES;
    LANGUAGES.into_iter().find(|l| l.eq_ignore_ascii_case(wanted)).unwrap_or(fallback)
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
