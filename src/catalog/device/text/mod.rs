//! Words: how titles and queries are cut and folded, so that "Crème" is found by "creme", and the index over them.

mod best;
mod fold_table;
/// The categories that a query names.
pub(crate) mod intent;
/// Sets of items.
pub(crate) mod items;
/// The largest of many.
mod largest;
/// Words that differ by typing errors, inflection or sound.
pub(crate) mod near;
/// Prices and sizes in queries.
mod query;
/// Which words of the index a word of a query means.
mod readings;
/// What a query finds, item by item.
pub(crate) mod scores;
/// Full-text search over a catalog.
pub mod search;
/// Completion of a query while it is typed.
pub mod suggest;
/// Words that mean the same.
pub(crate) mod synonyms;
/// What a query was taken for, for people to read.
pub(crate) mod understood;

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

/// The words of a text with the places where they stand in it, in UTF-16 code units; also what a space does not divide, and
/// neighbours, as one word.
pub(crate) fn placed(text: &str) -> Vec<(String, std::ops::Range<u32>)> {
    let mut found: Vec<(String, std::ops::Range<u32>)> = Vec::new();
    let mut place = 0;
    let mut open = false;
    for letter in text.chars() {
        let next = place + letter.len_utf16() as u32;
        let folded = fold(letter.encode_utf8(&mut [0; 4]));
        let alone = is_ideographic(letter);
        if alone || folded.chars().any(char::is_alphanumeric) {
            match found.last_mut().filter(|_| open && !alone) {
                Some((word, range)) => {
                    word.push_str(&folded);
                    range.end = next;
                }
                None => found.push((folded, place..next)),
            }
            open = !alone;
        } else if folded.is_empty() {
            // A combining mark belongs to the letter before it.
            if let Some((_, range)) = found.last_mut().filter(|_| open) {
                range.end = next;
            }
        } else if !matches!(letter, '\'' | '\u{2019}') {
            open = false;
        }
        place = next;
    }
    let together = |pair: &[(String, std::ops::Range<u32>)]| {
        let words: Vec<String> = pair.iter().map(|(word, _)| word.clone()).collect();
        Some((joined(&words)?, pair.first()?.1.start..pair.last()?.1.end))
    };
    let pairs: Vec<_> = (2..=3).flat_map(|count| found.windows(count).filter_map(together)).collect();
    found.extend(pairs);
    found
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
    fn words_are_where_they_stand() {
        let places = |text: &str, word: &str| {
            let units: Vec<u16> = text.encode_utf16().collect();
            let found = placed(text).into_iter().filter(|(other, _)| other == word);
            let text = |range: std::ops::Range<u32>| {
                String::from_utf16(&units[range.start as usize..range.end as usize]).unwrap()
            };
            found.map(|(_, range)| text(range)).collect::<Vec<_>>()
        };
        let title = "👟 Crème-Brûlée für o\u{FB03}ce, Soft\u{AD}shell T-Shirt 緑茶";
        for (word, said) in [
            ("creme", "Crème"),
            ("brulee", "Brûlée"),
            ("cremebrulee", "Crème-Brûlée"),
            ("office", "o\u{FB03}ce"),
            ("softshell", "Soft\u{AD}shell"),
            ("tshirt", "T-Shirt"),
            ("緑", "緑"),
        ] {
            assert_eq!(places(title, word), [said], "{word}");
        }
        for text in [title, "Women’s T-Shirt 3/4", "  !!! ", "Ёлка", "緑茶 set"] {
            let found: Vec<String> = placed(text).into_iter().map(|(word, _)| word).collect();
            assert_eq!(found[..words(text).len()], words(text), "{text}");
        }
    }

    #[test]
    fn what_no_space_divides_stays_together() {
        assert_eq!(chunks("T-Shirt basic"), [vec!["t", "shirt"], vec!["basic"]]);
        assert_eq!(joined(&chunks("KT-INS114-DRE")[0]).as_deref(), Some("ktins114dre"));
        assert_eq!((joined(&chunks("basic")[0]), joined(&chunks("緑茶")[0])), (None, None));
    }
}
