//! Words: how titles and queries are cut and folded, so that "Crème" is found by "creme", and the index over them.

mod fold_table;
/// Full-text search over a catalog.
pub mod search;
/// Completion of a query while it is typed.
pub mod suggest;

use fold_table::FOLDED;

/// Longest word kept, in characters; the rest of a longer one is cut off.
pub(crate) const MAX_WORD: usize = 40;

/// Lowercase without diacritics: `Ä` and `ä` become `a`, `ß` becomes `ss`.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        if letter.is_ascii() {
            folded.push(letter);
        } else if !is_combining(letter) {
            match FOLDED.iter().find(|(_, letters)| letters.contains(letter)) {
                Some((plain, _)) => folded.push_str(plain),
                None => folded.push(letter),
            }
        }
    }
    folded
}

/// The folded words of a text: runs of letters and digits; each Chinese or Japanese character is a word of its own.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for letter in fold(text).chars() {
        if is_ideographic(letter) {
            close(&mut word, &mut words);
            words.push(letter.to_string());
        } else if letter.is_alphanumeric() {
            word.push(letter);
        } else if !matches!(letter, '\'' | '\u{2019}') {
            close(&mut word, &mut words);
        }
    }
    close(&mut word, &mut words);
    words
}

fn close(word: &mut String, words: &mut Vec<String>) {
    if !word.is_empty() {
        let kept = word.chars().take(MAX_WORD).collect();
        words.push(kept);
        word.clear();
    }
}

fn is_combining(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36F}')
}

fn is_ideographic(letter: char) -> bool {
    matches!(letter, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{2FA1F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_case_and_apostrophes_do_not_matter() {
        assert_eq!(words("Crème brûlée"), ["creme", "brulee"]);
        assert_eq!(words("Cre\u{300}me"), ["creme"]);
        assert_eq!(words("STRASSE Straße"), ["strasse", "strasse"]);
        assert_eq!(words("Łódź, Ærø & İzmir"), ["lodz", "aero", "izmir"]);
        assert_eq!(words("Women’s T-Shirt 3/4"), ["womens", "t", "shirt", "3", "4"]);
        assert_eq!(words("Ёлка Άνδρας"), ["елка", "ανδρασ"]);
        assert_eq!(words("緑茶 set"), ["緑", "茶", "set"]);
        assert_eq!(words("  !!! "), Vec::<String>::new());
    }
}
