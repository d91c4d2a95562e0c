//! What a query asks for: words, and prices and sizes that results must have.

use std::ops::RangeInclusive;

use crate::base::currency;
use crate::base::limits::SEARCH_TERM;
use crate::catalog::Catalog;
use crate::catalog::device::text::{chunks, fold, joined};

/// Words of a query that are looked at: each is looked up in the whole index.
pub(crate) const MAX_QUERY_WORDS: usize = 12;

/// Parts that a code is typed in at most.
const CODE_PARTS: usize = 4;

/// What a number of minor units may be off.
const ROUNDING: f64 = 1e-6;

/// What stands before the highest price, in the languages of the texts. `max` is not among it: shoes are called so.
const AT_MOST: &[&str] = &[
    "under",
    "below",
    "less than",
    "cheaper than",
    "up to",
    "unter",
    "bis",
    "bis zu",
    "weniger als",
    "sous",
    "moins de",
    "menos de",
    "hasta",
    "sotto",
    "meno di",
    "fino a",
    "onder",
    "minder dan",
    "tot",
    "abaixo de",
    "ate",
    "<",
];
/// What stands before the lowest price.
const AT_LEAST: &[&str] = &[
    "over",
    "above",
    "more than",
    "uber",
    "ab",
    "mehr als",
    "plus de",
    "mas de",
    "sopra",
    "piu di",
    "boven",
    "meer dan",
    "acima de",
    "mais de",
    ">",
];
/// What stands before a size.
const SIZE: &[&str] =
    &["size", "grosse", "groesse", "taille", "pointure", "talla", "taglia", "maat", "tamanho"];
/// What stands behind a number that is no price.
const UNITS: &[&str] = &[
    "g", "kg", "mg", "lb", "lbs", "oz", "ml", "cl", "l", "mm", "cm", "m", "km", "inch", "inches", "zoll",
    "w", "kw", "watt", "v", "volt", "mah", "gb", "tb", "mb", "hz", "mhz", "ghz", "dpi", "ppm", "lumen",
    "degrees", "grad", "pieces", "pages", "persons", "people", "years", "months", "jahre", "jahren",
    "monate", "monaten", "personen", "teile", "ans", "mois", "anos", "meses", "anni", "mesi", "jaar",
    "maanden",
];

/// A limit on the price.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PriceLimit {
    at_most: bool,
    /// In major units.
    amount: f64,
    /// ISO 4217, if the query names one.
    currency: Option<String>,
}

/// A query.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Query {
    /// Folded words without repetitions.
    pub(crate) words: Vec<String>,
    /// Neighbouring words and what they are when written as one: first place, last place, word.
    pub(crate) joins: Vec<(usize, usize, String)>,
    pub(crate) prices: Vec<PriceLimit>,
    /// The size that results must have, and the place of the word that says so.
    pub(crate) size: Option<(usize, String)>,
}

impl Query {
    pub(crate) fn of(text: &str) -> Self {
        let pieces: Vec<&str> = SEARCH_TERM.cut(text).split_whitespace().collect();
        let mut query = Self::default();
        let mut placed: Vec<(usize, String)> = Vec::new();
        let (mut rest, mut chunk) = (pieces.as_slice(), 0);
        while let Some((piece, after)) = rest.split_first() {
            if let Some((limit, behind)) = price_limit(rest) {
                query.prices.push(limit);
                rest = behind;
                continue;
            }
            for words in chunks(piece) {
                for word in words {
                    placed.retain(|(_, earlier)| *earlier != word);
                    placed.push((chunk, word));
                }
                chunk += 1;
            }
            rest = after;
        }
        placed.truncate(MAX_QUERY_WORDS);
        query.put(placed);
        let named = query
            .words
            .windows(2)
            .position(|pair| pair.first().is_some_and(|word| SIZE.contains(&word.as_str())));
        query.size = named.and_then(|at| Some((at, query.words.get(at + 1)?.clone())));
        query
    }

    /// Takes the two words that say the size out of the others.
    pub(super) fn leave_out_size(&mut self) {
        let Some((at, _)) = self.size.take() else { return };
        self.words.drain(at..=at + 1);
        let words = std::mem::take(&mut self.words);
        self.put(words.into_iter().enumerate().collect());
    }

    /// Takes these words, each with the number of the chunk that it was written in.
    fn put(&mut self, placed: Vec<(usize, String)>) {
        let (chunk_of, words): (Vec<usize>, Vec<String>) = placed.into_iter().unzip();
        self.words = words;
        let mut ranges: Vec<(usize, usize)> = (1..self.words.len()).map(|last| (last - 1, last)).collect();
        let runs = chunk_of.chunk_by(|a, b| a == b).scan(0, |start, run| {
            *start += run.len();
            Some((*start - run.len(), *start - 1))
        });
        ranges.extend(runs.filter(|(first, last)| last - first > 1));
        // A code may be typed with spaces between its parts.
        let last = self.words.len().saturating_sub(1);
        let is_code = self.words.iter().any(|word| word.chars().any(char::is_numeric));
        if (2..CODE_PARTS).contains(&last) && is_code && !ranges.contains(&(0, last)) {
            ranges.push((0, last));
        }
        let join =
            |(first, last): (usize, usize)| Some((first, last, joined(self.words.get(first..=last)?)?));
        self.joins = ranges.into_iter().filter_map(join).collect();
    }

    /// Which prices are within the limits: minor units, for each of the catalog's currencies.
    pub(crate) fn affordable(&self, catalog: &Catalog) -> Vec<RangeInclusive<i64>> {
        let within = |currency: &String| {
            let minor = 10f64.powi(currency::decimals(currency).unwrap_or(2).cast_signed());
            self.prices.iter().fold(i64::MIN..=i64::MAX, |within, limit| {
                let (least, most) = within.into_inner();
                let exact = limit.amount * minor;
                match limit.currency.as_ref().is_none_or(|named| named == currency) {
                    true if limit.at_most => least..=most.min((exact + ROUNDING).floor() as i64),
                    true => least.max((exact - ROUNDING).ceil() as i64)..=most,
                    false => RangeInclusive::new(i64::MAX, i64::MIN),
                }
            })
        };
        catalog.currencies().iter().map(within).collect()
    }
}

/// A limit on the price at the start of these pieces, and what follows it.
fn price_limit<'a>(pieces: &'a [&'a str]) -> Option<(PriceLimit, &'a [&'a str])> {
    for words in [2, 1] {
        let Some((said, behind)) = pieces.split_at_checked(words) else { continue };
        let said = fold(&said.join(" "));
        let at_most = AT_MOST.contains(&said.as_str());
        if !at_most && !AT_LEAST.contains(&said.as_str()) {
            continue;
        }
        let (number, behind) = behind.split_first()?;
        let (amount, mut currency) = amount(number)?;
        let next = behind.first().map(|next| fold(next)).unwrap_or_default();
        if UNITS.contains(&next.as_str()) {
            return None;
        }
        let named = currency_of(&next);
        let behind = behind.get(usize::from(named.is_some())..)?;
        currency = currency.or(named);
        // The dollar sign is that of many currencies.
        let currency = currency.filter(|currency| currency != "$");
        return Some((PriceLimit { at_most, amount, currency }, behind));
    }
    None
}

/// A number, and the currency that stands with it.
fn amount(text: &str) -> Option<(f64, Option<String>)> {
    let is_number = |letter: char| letter.is_ascii_digit() || matches!(letter, '.' | ',');
    let number = text.trim_matches(|letter| !is_number(letter)).trim_end_matches(['.', ',']);
    let around = text.replacen(number, "", 1);
    let currency = currency_of(&fold(&around));
    if !number.starts_with(|first: char| first.is_ascii_digit()) || (currency.is_none() && !around.is_empty())
    {
        return None;
    }
    let (whole, part) = match number.rsplit_once(['.', ',']) {
        // Three digits behind a sign are thousands.
        Some((whole, part)) if part.len() != 3 => (whole, part),
        _ => (number, "0"),
    };
    let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
    Some((format!("{whole}.{part}").parse().ok()?, currency))
}

fn currency_of(text: &str) -> Option<String> {
    let code = match text {
        "€" | "euro" | "euros" => "EUR".to_owned(),
        "£" | "pounds" => "GBP".to_owned(),
        "$" | "dollar" | "dollars" => "$".to_owned(),
        other => other.to_uppercase(),
    };
    (code == "$" || currency::decimals(&code).is_some()).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_limits_and_the_rest_are_words() {
        for (text, words, at_most, amount, currency) in [
            ("shoes under 100", "shoes", true, 100.0, None),
            ("under €99.50 shoes", "shoes", true, 99.5, Some("EUR")),
            ("Schuhe unter 1.000,50 €", "schuhe", true, 1000.5, Some("EUR")),
            ("less than 20 dollars socks", "socks", true, 20.0, None),
            ("tea over 5 GBP", "tea", false, 5.0, Some("GBP")),
            ("chaussures moins de 80€", "chaussures", true, 80.0, Some("EUR")),
        ] {
            let query = Query::of(text);
            assert_eq!(query.words.join(" "), words, "{text}");
            let limit = PriceLimit { at_most, amount, currency: currency.map(str::to_owned) };
            assert_eq!(query.prices, [limit], "{text}");
        }
        let others = ["shelf under 100 cm", "under the sea", "tent over 2kg", "under", "over 9000x"];
        for text in others.into_iter().chain(["air max 90", "lego ab 3 Jahren", "jouet moins de 3 ans"]) {
            assert_eq!(Query::of(text).prices, [], "{text}");
        }
    }

    #[test]
    fn neighbours_may_be_one_word() {
        let joins = |text| Query::of(text).joins.into_iter().map(|(.., word)| word).collect::<Vec<_>>();
        assert_eq!(joins("power bank"), ["powerbank"]);
        assert_eq!(joins("KT-INS114-DRE"), ["ktins114", "ins114dre", "ktins114dre"]);
        assert_eq!(joins("coffee"), Vec::<String>::new());
        assert_eq!(Query::of("size 43 shoes").size, Some((0, "43".to_owned())));
        assert_eq!(Query::of("shoes size").size, None);
    }

    #[test]
    fn a_query_is_bounded() {
        for text in ["word ".repeat(100_000), "a b c d e f g h i j k l m n o p".repeat(9), "a-".repeat(500)] {
            assert!(Query::of(&text).words.len() <= MAX_QUERY_WORDS);
        }
    }
}
