//! Prices: from text to whole minor units, exactly or not at all.

use crate::base::money::Money;
use crate::catalog::model::currency::decimals;
use crate::catalog::operator::import::Reason;

/// Largest amount taken, in minor units.
const MAX_MINOR: i64 = 1_000_000_000_000_000;

/// `12.99 EUR`, also `EUR 12.99`.
pub(crate) fn with_currency(cell: &str, column: &'static str) -> Result<Money, Reason> {
    let unreadable = Reason::Unreadable(column);
    let (first, second) = cell.split_once(char::is_whitespace).ok_or(unreadable)?;
    let (first, second) = (first.trim(), second.trim());
    let (amount, code) = if first.starts_with(|letter: char| letter.is_ascii_digit()) {
        (first, second)
    } else {
        (second, first)
    };
    let currency = code.to_ascii_uppercase();
    if decimals(&currency).is_none() {
        return Err(Reason::UnknownCurrency(column));
    }
    plain(amount, &currency, column)
}

/// `12.99` in a known currency.
pub(crate) fn plain(amount: &str, currency: &str, column: &'static str) -> Result<Money, Reason> {
    let places = decimals(currency).ok_or(Reason::UnknownCurrency(column))?;
    let minor = minor_units(amount, places as usize).ok_or(Reason::Unreadable(column))?;
    Ok(Money { minor, currency: currency.to_owned() })
}

/// Digits with at most `places` decimals that are not zero. A point or a comma may separate the decimals; commas may group
/// thousands if a point follows, or if no other reading is left.
fn minor_units(amount: &str, places: usize) -> Option<i64> {
    let (whole, fraction) = match (amount.rsplit_once('.'), amount.rsplit_once(',')) {
        (Some((whole, fraction)), _) => (ungrouped(whole)?, fraction),
        (None, Some((whole, fraction))) if fraction.len() <= 2 && !whole.contains(',') => {
            (whole.to_owned(), fraction)
        }
        (None, Some(_)) if places == 3 => return None,
        (None, _) => (ungrouped(amount)?, ""),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let kept = fraction.trim_end_matches('0');
    if whole.is_empty() || !digits(&whole) || !digits(fraction) || kept.len() > places {
        return None;
    }
    let text = format!("{whole}{kept:0<places$}");
    text.parse().ok().filter(|minor| *minor <= MAX_MINOR)
}

/// Removes commas that group thousands; nothing if they stand elsewhere.
fn ungrouped(whole: &str) -> Option<String> {
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let mut text = first.to_owned();
    for group in groups {
        if group.len() != 3 || !(1..=3).contains(&first.len()) {
            return None;
        }
        text.push_str(group);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_exact_or_refused() {
        let good = [
            ("12.99 EUR", 1299),
            ("12,99 EUR", 1299),
            ("12 EUR", 1200),
            ("12.5 EUR", 1250),
            ("12.500 EUR", 1250),
            ("EUR 12.99", 1299),
            ("1,299.00 USD", 129_900),
            ("1,299,000 USD", 129_900_000),
            ("1,299 USD", 129_900),
            ("1299 JPY", 1299),
            ("1299.00 JPY", 1299),
            ("1.234 KWD", 1234),
            ("0.30 eur", 30),
            ("0 EUR", 0),
        ];
        for (cell, minor) in good {
            assert_eq!(with_currency(cell, "price").unwrap().minor, minor, "{cell}");
        }
        let bad = [
            "",
            "12.99",
            "EUR",
            "-1 EUR",
            "+1 EUR",
            "12.999 EUR",
            "12.9 JPY",
            "1,234 KWD",
            "1,23,456 EUR",
            "1e3 EUR",
            ".99 EUR",
            "12.99 EURO",
            "12.99 XYZ",
            "free EUR",
            "99999999999999999999 EUR",
            "12.99 € EUR",
            "NaN EUR",
            "1.2.3 EUR",
        ];
        for cell in bad {
            assert!(with_currency(cell, "price").is_err(), "{cell}");
        }
    }
}
