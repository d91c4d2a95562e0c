//! Words: how titles and queries are cut and folded, so that "Crème" is found by "creme", and the index over them.

mod fold_table;
/// Words that differ by typing errors, inflection or sound.
pub(crate) mod near;
/// Prices and sizes in queries.
mod query;
/// Which words of the index a word of a query means.
mod readings;
/// Full-text search over a catalog.
pub mod search;
/// Completion of a query while it is typed.
pub mod suggest;

use fold_table::FOLDED;

/// Longest word kept, in characters; the rest of a longer one is cut off.
pub(crate) const MAX_WORD: usize = 40;

/// Lowercase without diacritics, invisible characters and full width: `Ä` and `ä` become `a`, `ß` becomes `ss`, `ﬁ` `fi`.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.chars().map(narrow).flat_map(char::to_lowercase) {
        if letter.is_ascii() {
            folded.push(letter);
        } else if !is_mark(letter) && !is_invisible(letter) {
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
    chunks(text).into_iter().flatten().collect()
}

/// The same, kept together where no space is between them: `T-Shirt` is one chunk of two words.
pub(crate) fn chunks(text: &str) -> Vec<Vec<String>> {
    let chunk = |text: &str| {
        let mut words = Vec::new();
        let mut word = String::new();
        for letter in text.chars() {
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
    };
    fold(text).split_whitespace().map(chunk).filter(|words| !words.is_empty()).collect()
}

/// What a word of several pieces is when it is written as one: `tshirt` for `T-Shirt`. Nothing if it is too long for a word.
pub(crate) fn joined(pieces: &[String]) -> Option<String> {
    let whole = pieces.concat();
    let fits = pieces.len() > 1 && whole.chars().count() <= MAX_WORD;
    (fits && !whole.chars().any(is_ideographic)).then_some(whole)
}

fn close(word: &mut String, words: &mut Vec<String>) {
    if !word.is_empty() {
        let kept = word.chars().take(MAX_WORD).collect();
        words.push(kept);
        word.clear();
    }
}

/// Letters in full width as they are otherwise.
fn narrow(letter: char) -> char {
    match letter {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(letter) - 0xFEE0).unwrap_or(letter),
        _ => letter,
    }
}

/// Combining accents, and Arabic vowels and the line that stretches words.
fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36F}' | '\u{610}'..='\u{61A}' | '\u{640}' | '\u{64B}'..='\u{65F}' | '\u{670}')
}

/// Soft hyphens, joiners, spaces without width, marks of direction and variation.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}')
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

    #[test]
    fn encodings_of_one_letter_meet() {
        assert_eq!(words("Soft\u{AD}shell Winter\u{200B}jacke"), ["softshell", "winterjacke"]);
        assert_eq!(words("ＣＯＦＦＥＥ　５００ o\u{FB03}ce"), ["coffee", "500", "office"]);
        assert_eq!(words("أَحْمَـد إلى"), words("احمد الي"));
    }

    #[test]
    fn what_no_space_divides_stays_together() {
        assert_eq!(chunks("T-Shirt basic"), [vec!["t", "shirt"], vec!["basic"]]);
        assert_eq!(joined(&chunks("KT-INS114-DRE")[0]).as_deref(), Some("ktins114dre"));
        assert_eq!((joined(&chunks("basic")[0]), joined(&chunks("緑茶")[0])), (None, None));
    }
}
