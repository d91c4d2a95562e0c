//! Countries' sizings, as feeds name them. Sizes of two of them do not compare: 38 is one shoe in Italy and another in Germany.

/// The codes of a bundle, in the words of Google Merchant Center. A code is never given to another.
#[cfg(feature = "operator")]
const SYSTEMS: [(&str, u8); 14] = [
    ("AU", 1),
    ("BR", 2),
    ("CN", 3),
    ("DE", 4),
    ("EU", 5),
    ("FR", 6),
    ("IT", 7),
    ("JP", 8),
    ("MEX", 9),
    ("UK", 10),
    ("US", 11),
    ("GB", 10),
    ("MX", 9),
    ("USA", 11),
];

/// One that is none of these. Two of them need not be the same.
pub(crate) const OTHER: u8 = u8::MAX;

/// The code of what a feed says; 0 where it says nothing.
#[cfg(feature = "operator")]
pub(crate) fn code(text: &str) -> u8 {
    let text = text.trim();
    if text.is_empty() {
        return 0;
    }
    SYSTEMS.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)).map_or(OTHER, |(_, code)| *code)
}

#[cfg(all(test, feature = "operator"))]
mod tests {
    use super::*;
    use crate::base::numbers;

    #[test]
    fn numbers_stay_what_they_are() {
        let usual = SYSTEMS.iter().take(11).map(|(word, code)| ((*word).to_owned(), u32::from(*code)));
        numbers::hold("size_system", usual);
    }

    #[test]
    fn what_a_feed_says_is_one_of_them_or_another() {
        for (text, is) in [("", 0), (" eu ", 5), ("GB", 10), ("uk", 10), ("Brannock", OTHER)] {
            assert_eq!(code(text), is, "{text}");
        }
    }
}
