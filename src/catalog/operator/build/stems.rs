//! Which words are forms of one: by Snowball's stemmers (Porter 2001), in the language of the items that hold them.

use std::collections::HashMap;

use rust_stemmers::{Algorithm, Stemmer};

/// Languages that are told apart, by words that few texts in them do without.
const LANGUAGES: [(Algorithm, &str); 7] = [
    (Algorithm::English, "the and of for with to is your from this in by on it are a an or"),
    (Algorithm::German, "der die das und fur mit von aus im ist den dem ein eine zum zur bei auf sie"),
    (Algorithm::French, "le la les et pour avec du des un une en au aux est sur dans ce qui par"),
    (Algorithm::Spanish, "el la los las y para con del de un una en al es su por sin que"),
    (Algorithm::Italian, "il lo la gli e per con di del della un una in da al sono che dei"),
    (Algorithm::Dutch, "de het een en voor met van in is op te uw zijn door ook aan bij"),
    (Algorithm::Portuguese, "o a os as e para com do da dos das em um uma no na por que sem"),
];

/// The languages of a shop's items.
pub(super) struct Languages {
    stemmers: Vec<Stemmer>,
    common: HashMap<&'static str, Vec<usize>>,
    /// The language of most items.
    main: usize,
}

impl Languages {
    /// Learns the shop's main language from the words of all its items.
    pub(super) fn of<'a>(words: impl Iterator<Item = &'a str>) -> Self {
        let mut common: HashMap<&str, Vec<usize>> = HashMap::new();
        for (language, (_, words)) in LANGUAGES.iter().enumerate() {
            for word in words.split(' ') {
                common.entry(word).or_default().push(language);
            }
        }
        let stemmers = LANGUAGES.into_iter().map(|(algorithm, _)| Stemmer::create(algorithm)).collect();
        let mut languages = Self { stemmers, common, main: 0 };
        languages.main = languages.tell(words);
        languages
    }

    /// The language of a text; the shop's own where nothing tells it.
    pub(super) fn tell<'a>(&self, words: impl Iterator<Item = &'a str>) -> usize {
        let mut told = [0.0f32; LANGUAGES.len()];
        for of_word in words.filter_map(|word| self.common.get(word)) {
            for language in of_word {
                if let Some(told) = told.get_mut(*language) {
                    *told += 1.0 / of_word.len() as f32;
                }
            }
        }
        let most = (0..).zip(told).max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
        most.filter(|(_, told)| *told > 0.0).map_or(self.main, |(language, _)| language)
    }

    fn stem(&self, language: usize, word: &str) -> String {
        self.stemmers.get(language).map(|stemmer| stemmer.stem(word).into_owned()).unwrap_or_default()
    }

    /// For each of the ascending tokens with their languages how many after it the next of the same stem is; 0 = none.
    pub(super) fn steps(&self, tokens: &[(&str, usize)]) -> Vec<u8> {
        let mut steps = vec![0; tokens.len()];
        let mut last: HashMap<(usize, String), usize> = HashMap::new();
        for (place, (token, language)) in tokens.iter().enumerate() {
            if token.chars().count() < 3 || token.chars().any(char::is_numeric) {
                continue;
            }
            let before = last.insert((*language, self.stem(*language, token)), place);
            let step = before.and_then(|before| Some((before, u8::try_from(place - before).ok()?)));
            if let Some((cell, step)) = step.and_then(|(before, step)| Some((steps.get_mut(before)?, step))) {
                *cell = step;
            }
        }
        steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(text: &str, tokens: &[&str]) -> Vec<u8> {
        let languages = Languages::of(text.split(' '));
        let tokens: Vec<(&str, usize)> = tokens.iter().map(|token| (*token, languages.main)).collect();
        languages.steps(&tokens)
    }

    #[test]
    fn forms_of_a_word_are_linked_in_each_language() {
        assert_eq!(steps("", &["shoe", "shoelace", "shoes", "z9"]), [2, 0, 0, 0]);
        assert_eq!(steps("schuhe fur damen und herren", &["schuh", "schuhe", "schuhen"]), [1, 1, 0]);
        assert_eq!(steps("chaussures pour le sport", &["chaussure", "chaussures"]), [1, 0]);
        assert_eq!(steps("zapatos para el campo y las calles", &["zapato", "zapatos"]), [1, 0]);
        assert_eq!(steps("scarpe per gli uomini e la casa", &["scarpa", "scarpe"]), [1, 0]);
        assert_eq!(steps("schoenen voor het hardlopen", &["schoen", "schoenen"]), [1, 0]);
        assert_eq!(steps("sapatos para os dias em que", &["sapato", "sapatos"]), [1, 0]);
    }
}
