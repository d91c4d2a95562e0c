//! Words that differ by typing errors, by an ending, or only by how a sound is written.

use crate::catalog::device::text::MAX_WORD;

/// Shortest word, in letters, in which one typing error is looked for.
const ONE_FROM: usize = 4;
/// Shortest word, in letters, in which two are.
const TWO_FROM: usize = 8;
/// Longest ending by which two forms of a word differ, and how much they have in common at least.
const ENDING: usize = 3;
const STEM: usize = 4;
/// Edits that are told apart.
const TOLD: u8 = 2;
/// More than them, whatever is added.
const FAR: u8 = u8::MAX / 2;
/// Bits that tell letters, above those that tell the length.
const LETTER_BITS: u32 = 20;
const LENGTH_BITS: u32 = 4;
const LENGTH: u32 = (1 << LENGTH_BITS) - 1;

/// Length and letters of a word: two words with few edits between them differ in few of its bits. Zero for what is no word
/// that people mistype: short ones, numbers and codes.
pub(crate) fn signature(word: &str) -> u32 {
    let length = word.chars().count();
    if length < ONE_FROM - 1 || word.chars().any(char::is_numeric) {
        return 0;
    }
    let letters = word.chars().fold(0, |letters, letter| letters | 1 << (u32::from(letter) % LETTER_BITS));
    letters << LENGTH_BITS | (length as u32).min(LENGTH)
}

/// A word of a query that is compared with many.
pub(crate) struct Mistyped {
    letters: Vec<char>,
    stem: String,
    signature: u32,
    sound: Vec<char>,
    most: u32,
}

/// How a word of the index is like a mistyped one, the most alike first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Likeness {
    /// One form of a word and another.
    Ending,
    /// One edit.
    One,
    /// They sound the same.
    Sound,
    /// Two edits.
    Two,
    /// It begins with what is one edit away.
    Beginning,
}

impl Mistyped {
    /// Nothing if the word is too short to be compared.
    pub(crate) fn new(word: &str) -> Option<Self> {
        let signature = signature(word);
        let letters: Vec<char> = word.chars().collect();
        let most = match letters.len() {
            0..ONE_FROM => 0,
            ONE_FROM..TWO_FROM => 1,
            _ => 2,
        };
        let stem = letters.iter().take(STEM).collect();
        (signature != 0).then(|| Self { letters, stem, signature, sound: sounds(word).collect(), most })
    }

    /// What another form of the word begins with.
    pub(crate) fn stem(&self) -> &str {
        &self.stem
    }

    /// Whether a word with this signature can be like it, unless it is another form. Almost all that are not are told apart
    /// here.
    #[inline]
    pub(crate) fn may_be(&self, signature: u32, unfinished: bool) -> bool {
        let (own, other) = (self.signature >> LENGTH_BITS, signature >> LENGTH_BITS);
        let (length, others) = (self.signature & LENGTH, signature & LENGTH);
        let edits = self.most.max(1);
        let alike = || length.abs_diff(others) <= edits.max(2) && differ_little(own ^ other, edits);
        let begun = || unfinished && others + 1 >= length && without_lowest(own & !other) == 0;
        signature != 0 && (alike() || begun())
    }

    /// How a word is like it, if it is.
    pub(crate) fn likeness(&self, word: &str, unfinished: bool) -> Option<Likeness> {
        let (mut places, mut length) = (['\0'; MAX_WORD], 0);
        for (place, letter) in places.iter_mut().zip(word.chars()) {
            *place = letter;
            length += 1;
        }
        let letters = places.get(..length)?;
        let same = self.letters.iter().zip(letters).take_while(|(a, b)| a == b).count();
        let (ending, other) = (self.letters.len() - same, letters.len() - same);
        if same >= STEM.min(self.letters.len())
            && ending <= ENDING
            && other <= ENDING
            && ending.min(other) <= 1
        {
            return Some(Likeness::Ending);
        }
        let (whole, beginning) = edits(&self.letters, letters);
        match whole {
            0..=1 if self.most >= 1 => Some(Likeness::One),
            _ if self.most >= 1 && sounds(word).eq(self.sound.iter().copied()) => Some(Likeness::Sound),
            2 if self.most == 2 => Some(Likeness::Two),
            _ => (unfinished && self.most >= 1 && beginning <= 1).then_some(Likeness::Beginning),
        }
    }
}

/// Whether so many edits, one or two, can make a difference of these bits. Not all processors count bits.
fn differ_little(bits: u32, edits: u32) -> bool {
    let without_two = |bits| without_lowest(without_lowest(bits));
    let more = without_two(bits);
    more == 0 || edits > 1 && without_two(more) == 0
}

fn without_lowest(bits: u32) -> u32 {
    bits & bits.wrapping_sub(1)
}

/// The fewest insertions, deletions, replacements and exchanges of neighbours that turn `a` into `b`, and into a beginning of
/// `b` (Damerau and Levenshtein, restricted to one edit a place). More than two are not told apart.
fn edits(a: &[char], b: &[char]) -> (u8, u8) {
    // A query compares thousands of words: nothing is reserved for one, and no cell is looked at that cannot be 2 or less.
    let (mut before, mut row) = ([FAR; MAX_WORD + 1], [FAR; MAX_WORD + 1]);
    for (cell, place) in row.iter_mut().zip(0..=TOLD) {
        *cell = place;
    }
    let at = |row: &[u8; MAX_WORD + 1], place: usize| row.get(place).copied().unwrap_or(FAR);
    let (mut earlier, mut fewest) = (None, 0);
    for (line, letter) in (1..).zip(a) {
        let near = usize::from(line).saturating_sub(usize::from(TOLD) + 1);
        let mut next = [FAR; MAX_WORD + 1];
        let mut best = FAR;
        if let Some(first) = next.first_mut().filter(|_| line <= TOLD) {
            (*first, best) = (line, line);
        }
        let mut fewest_here = best;
        let mut left = near.checked_sub(1).and_then(|place| b.get(place));
        for (place, other) in b.iter().enumerate().take(usize::from(line + TOLD)).skip(near) {
            best = (best + 1).min(at(&row, place + 1) + 1).min(at(&row, place) + u8::from(letter != other));
            if left == Some(letter) && earlier == Some(other) {
                best = best.min(at(&before, place.saturating_sub(1)) + 1);
            }
            if let Some(cell) = next.get_mut(place + 1) {
                *cell = best;
            }
            fewest_here = fewest_here.min(best);
            left = Some(other);
        }
        if fewest.min(fewest_here) > TOLD {
            return (u8::MAX, u8::MAX);
        }
        (earlier, fewest) = (Some(letter), fewest_here);
        (before, row) = (row, next);
    }
    let row = row.get(..=b.len()).unwrap_or_default();
    (row.last().copied().unwrap_or_default(), row.iter().min().copied().unwrap_or_default())
}

/// A word as it sounds: doubled letters once, and letters that stand for one sound as one of them.
fn sounds(word: &str) -> impl Iterator<Item = char> {
    let mut letters = word.chars().peekable();
    let mut last = None;
    std::iter::from_fn(move || {
        loop {
            let letter = letters.next()?;
            let sound = match letter {
                'p' if letters.next_if_eq(&'h').is_some() => 'f',
                'c' | 'q' => 'k',
                'y' => 'i',
                'z' => 's',
                other => other,
            };
            if last.replace(sound) != Some(sound) {
                return Some(sound);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn like(a: &str, b: &str) -> Option<Likeness> {
        let word = Mistyped::new(a)?;
        let likeness = word.likeness(b, false);
        let ending = likeness == Some(Likeness::Ending) && b.starts_with(word.stem());
        assert!(likeness.is_none() || ending || word.may_be(signature(b), false), "{a} {b}");
        likeness
    }

    #[test]
    fn typing_errors_are_recognised_wherever_they_are() {
        for (a, b) in [
            ("socks", "sokcs"),
            ("socks", "rocks"),
            ("sacks", "socks"),
            ("ocks", "socks"),
            ("sockss", "socks"),
        ] {
            assert!(like(a, b).is_some_and(|likeness| likeness <= Likeness::One), "{a} {b}");
        }
        for (a, b) in [("haedphoens", "headphones"), ("keybaord1", "keyboard"), ("kyboardd", "keyboard")] {
            assert_eq!(like(a, b), (!a.contains('1')).then_some(Likeness::Two), "{a} {b}");
        }
        for (a, b) in [("socks", "saxkt"), ("tea", "pea"), ("socks", "boot"), ("chair", "stairs")] {
            assert_eq!(like(a, b), None, "{a} {b}");
        }
    }

    #[test]
    fn forms_and_sounds_of_a_word_meet() {
        assert_eq!(like("batteries", "battery"), Some(Likeness::Ending));
        assert_eq!(like("tshirts", "tshirt"), Some(Likeness::Ending));
        assert_eq!(like("kofee", "coffee"), Some(Likeness::Sound));
        assert_eq!(like("fotografy", "photography"), Some(Likeness::Sound));
    }

    /// The same with every cell, whatever is in it.
    fn all_edits(a: &[char], b: &[char]) -> (usize, usize) {
        let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
        for i in 1..=a.len() {
            let mut row = vec![i];
            for j in 1..=b.len() {
                let changed = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let mut fewest = changed.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    fewest = fewest.min(rows[i - 2][j - 2] + 1);
                }
                row.push(fewest);
            }
            rows.push(row);
        }
        (rows[a.len()][b.len()], *rows[a.len()].iter().min().unwrap())
    }

    proptest! {
        #[test]
        fn few_edits_are_counted_and_more_are_told_from_them(a in "[abc]{0,9}", b in "[abc]{0,9}") {
            let letters = |word: &str| word.chars().collect::<Vec<char>>();
            let (a, b) = (letters(&a), letters(&b));
            let (found, all) = (edits(&a, &b), all_edits(&a, &b));
            for (found, all) in [(found.0, all.0), (found.1, all.1)] {
                prop_assert_eq!(usize::from(found).min(3), all.min(3));
            }
        }
    }

    #[test]
    fn a_beginning_may_be_mistyped() {
        let word = Mistyped::new("sneek").unwrap();
        assert!(word.may_be(signature("sneakers"), true));
        assert_eq!(word.likeness("sneakers", true), Some(Likeness::Beginning));
        assert_eq!(word.likeness("sneakers", false), None);
    }
}
