//! Prices: from text to whole minor units, exactly or not at all.

use crate::base::currency::decimals;
use crate::base::money::Money;
use crate::catalog::operator::import::reason::Reason;
use crate::catalog::operator::import::report::Fault;

/// Largest amount taken, in minor units.
const MAX_MINOR: i64 = 1_000_000_000_000_000;

/// Signs that mean one currency. Longer ones first.
const SIGNS: [(&str, &str); 28] = [
    ("Euro", "EUR"),
    ("Euros", "EUR"),
    ("US$", "USD"),
    ("CA$", "CAD"),
    ("C$", "CAD"),
    ("A$", "AUD"),
    ("AU$", "AUD"),
    ("NZ$", "NZD"),
    ("HK$", "HKD"),
    ("S$", "SGD"),
    ("MX$", "MXN"),
    ("R$", "BRL"),
    ("€", "EUR"),
    ("£", "GBP"),
    ("₹", "INR"),
    ("₺", "TRY"),
    ("₽", "RUB"),
    ("₩", "KRW"),
    ("₫", "VND"),
    ("₴", "UAH"),
    ("₪", "ILS"),
    ("₱", "PHP"),
    ("฿", "THB"),
    ("zł", "PLN"),
    ("Kč", "CZK"),
    ("Ft", "HUF"),
    ("лв", "BGN"),
    ("Fr.", "CHF"),
];
/// Signs that several currencies share, with those they may mean.
const SHARED_SIGNS: [(&str, &[&str]); 4] = [
    ("$", &["USD", "CAD", "AUD", "NZD", "MXN", "SGD", "HKD", "CLP", "COP", "ARS", "TWD"]),
    ("¥", &["JPY", "CNY"]),
    ("kr", &["SEK", "NOK", "DKK", "ISK"]),
    ("Rs", &["INR", "PKR", "LKR", "NPR"]),
];
/// Where nobody writes a comma before the decimals.
const POINT_DECIMALS: &str =
    "USD GBP CAD AUD NZD HKD SGD MXN INR PKR LKR BDT NPR CNY TWD THB PHP MYR ILS NGN KES AED SAR EGP";
/// Where thousands are grouped as lakhs.
const LAKHS: &str = "INR PKR LKR BDT NPR";

/// Who wrote the prices.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style<'a> {
    /// The currency of prices that name none.
    pub(crate) currency: Option<&'a str>,
    /// Whether a program wrote them: a single point then stands before the decimals.
    pub(crate) exact: bool,
}

/// `12.99 EUR`, `EUR 12.99`, `12,99 €`, `1.299,00EUR`, `CHF 1’299.-`.
pub(crate) fn read(cell: &str, style: Style<'_>) -> Result<Money, Fault> {
    let text = cell.trim();
    let first = text.find(|letter: char| letter.is_ascii_digit());
    let Some(first) = first else { return Err(Reason::PriceUnreadable.into()) };
    let last = text.rfind(|letter: char| letter.is_ascii_digit()).unwrap_or(first);
    let (before, rest) = text.split_at_checked(first).unwrap_or_default();
    let (digits, after) = rest.split_at_checked(last - first + 1).unwrap_or_default();
    if before.trim_end().ends_with(['-', '−', '(']) {
        return Err(Reason::PriceNegative.into());
    }
    // `12.-`, `12,–` and `12/-` are whole amounts.
    let rest = after.trim_start_matches([',', '.', '/']);
    let after = rest.trim_start_matches(['-', '–', '—']);
    let is_whole = after.len() < rest.len();
    let currency = currency(before.trim(), after.trim(), style.currency)?;
    amount(digits, &currency, style.exact, is_whole)
}

fn currency(before: &str, after: &str, usual: Option<&str>) -> Result<String, Fault> {
    let words = || [before, after].into_iter().flat_map(str::split_whitespace);
    // The code decides what a sign means, as in `$19.99 USD`.
    let written = words().map(str::to_uppercase).find(|word| decimals(word).is_some());
    let usual = written.as_deref().or(usual);
    let mut found: Option<String> = None;
    for word in words() {
        let code = code(word, usual)?.ok_or(Reason::CurrencyUnknown)?;
        if found.as_ref().is_some_and(|other| *other != code) {
            return Err(Fault::of(Reason::PriceUnreadable).detail("it names two currencies"));
        }
        found = Some(code);
    }
    let found = found.or_else(|| usual.map(str::to_owned)).ok_or(Reason::CurrencyMissing)?;
    if decimals(&found).is_some() { Ok(found) } else { Err(Reason::CurrencyUnknown.into()) }
}

fn code(word: &str, usual: Option<&str>) -> Result<Option<String>, Fault> {
    let upper = word.to_uppercase();
    if decimals(&upper).is_some() {
        return Ok(Some(upper));
    }
    if let Some((_, code)) = SIGNS.iter().find(|(sign, _)| word.eq_ignore_ascii_case(sign) || word == *sign) {
        return Ok(Some((*code).to_owned()));
    }
    let shared = SHARED_SIGNS.iter().find(|(sign, _)| word.trim_end_matches('.').eq_ignore_ascii_case(sign));
    match (shared, usual) {
        (Some((_, codes)), Some(usual)) if codes.contains(&usual) => Ok(Some(usual.to_owned())),
        (Some((_, codes)), _) => {
            Err(Fault::of(Reason::CurrencyAmbiguous).detail(format!("it may be {}", codes.join(", "))))
        }
        (None, _) => Ok(None),
    }
}

/// Digits and separators in a known currency.
fn amount(digits: &str, currency: &str, exact: bool, is_whole: bool) -> Result<Money, Fault> {
    let places = decimals(currency).ok_or(Reason::CurrencyUnknown)? as usize;
    let money = |minor: Option<i64>| {
        let minor = minor.filter(|minor| *minor <= MAX_MINOR).ok_or(Reason::PriceUnreadable)?;
        Ok(Money { minor, currency: currency.to_owned() })
    };
    let spaces =
        |letter: char| letter.is_whitespace() || matches!(letter, '\'' | '’' | '‘' | '´' | '`' | '_');
    let decimal = digits.rfind(['.', ',']);
    let (whole, mark, fraction) = match decimal.and_then(|at| digits.split_at_checked(at)) {
        Some((whole, rest)) => (whole, rest.chars().next(), rest.get(1..).unwrap_or_default()),
        None => (digits, None, ""),
    };
    let again = mark.is_some_and(|mark| whole.contains(mark));
    let other = whole.contains(['.', ',']) && !again;
    let grouped_fraction = fraction.len() == 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let as_decimal = || minor(&ungrouped(whole, currency)?, fraction, places);
    let as_group = || minor(&ungrouped(digits, currency)?, "", places);
    if is_whole {
        return money(as_group()?);
    }
    let mark = match mark {
        None => return money(as_group().ok().flatten()),
        Some(mark) => mark,
    };
    if again {
        return money(if other { None } else { as_group()? });
    }
    let certain =
        other || whole.contains(spaces) || !grouped_fraction || whole.len() > 3 || whole.starts_with('0');
    let point = exact || places == 3;
    if certain || (mark == '.' && point) {
        return money(as_decimal()?);
    }
    let has = |list: &str| list.split(' ').any(|code| code == currency);
    if places == 0 || (mark == ',' && has(POINT_DECIMALS)) {
        return money(as_group()?);
    }
    let readings = format!("{whole}.{fraction} or {whole}{fraction} {currency}");
    Err(Fault::of(Reason::PriceAmbiguous).detail(readings))
}

/// Minor units of digits with at most `places` decimals that are not zero.
fn minor(whole: &str, fraction: &str, places: usize) -> Result<Option<i64>, Fault> {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return Ok(None);
    }
    let kept = fraction.trim_end_matches('0');
    if kept.len() > places {
        return Err(Reason::TooManyDecimals.into());
    }
    Ok(format!("{whole}{kept:0<places$}").parse().ok())
}

/// Removes what groups thousands; fails if it stands elsewhere or is mixed.
fn ungrouped(whole: &str, currency: &str) -> Result<String, Fault> {
    let unreadable = Fault::of(Reason::PriceUnreadable);
    let is_mark = |letter: char| !letter.is_ascii_digit();
    let mut marks = whole.chars().filter(|letter| is_mark(*letter));
    let first = marks.next();
    if marks.any(|mark| Some(mark) != first) {
        return Err(unreadable);
    }
    let groups: Vec<&str> = whole.split(is_mark).collect();
    let (Some(head), Some(tail)) = (groups.first(), groups.get(1..)) else { return Err(unreadable) };
    let lakhs = LAKHS.split(' ').any(|code| code == currency);
    let sound = tail
        .iter()
        .enumerate()
        .all(|(place, group)| group.len() == 3 || (lakhs && group.len() == 2 && place + 1 < tail.len()));
    let sound = sound && (tail.is_empty() || (1..=3).contains(&head.len()));
    let known = first.is_none_or(|mark| mark.is_whitespace() || ".,'’‘´`_".contains(mark));
    if sound && known { Ok(groups.concat()) } else { Err(unreadable) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn human(cell: &str) -> Result<Money, Fault> {
        read(cell, Style { currency: None, exact: false })
    }

    #[test]
    fn prices_as_shops_write_them() {
        for (cell, minor, currency) in [
            ("12.99 EUR", 1299, "EUR"),
            ("12,99 EUR", 1299, "EUR"),
            ("12 EUR", 1200, "EUR"),
            ("12.5 EUR", 1250, "EUR"),
            ("EUR 12.99", 1299, "EUR"),
            ("19.99EUR", 1999, "EUR"),
            ("EUR19.99", 1999, "EUR"),
            ("19,99 €", 1999, "EUR"),
            ("€19.99", 1999, "EUR"),
            ("1.299,00 EUR", 129_900, "EUR"),
            ("1 299,00 EUR", 129_900, "EUR"),
            ("1\u{a0}299,00 EUR", 129_900, "EUR"),
            ("1\u{202f}299,00\u{a0}€", 129_900, "EUR"),
            ("EUR 1’299.00", 129_900, "EUR"),
            ("CHF 1'299.-", 129_900, "CHF"),
            ("12,– EUR", 1200, "EUR"),
            ("1.299,- €", 129_900, "EUR"),
            ("INR 1,299/-", 129_900, "INR"),
            ("12.99 Euro", 1299, "EUR"),
            ("1,299.00 USD", 129_900, "USD"),
            ("US$1,299.00", 129_900, "USD"),
            ("$19.99 USD", 1999, "USD"),
            ("1,299,000 USD", 129_900_000, "USD"),
            ("1.299.000 EUR", 129_900_000, "EUR"),
            ("1,299 USD", 129_900, "USD"),
            ("1,23,456.50 INR", 12_345_650, "INR"),
            ("₹1,23,456", 12_345_600, "INR"),
            ("1299 JPY", 1299, "JPY"),
            ("1299.00 JPY", 1299, "JPY"),
            ("1,299 JPY", 1299, "JPY"),
            ("199.000 VND", 199_000, "VND"),
            ("1.234 KWD", 1234, "KWD"),
            ("1299.000 EUR", 129_900, "EUR"),
            ("0.500 EUR", 50, "EUR"),
            ("0.30 eur", 30, "EUR"),
            ("0 EUR", 0, "EUR"),
            ("129,00 zł", 12_900, "PLN"),
        ] {
            assert_eq!(human(cell), Ok(Money { minor, currency: currency.into() }), "{cell}");
        }
    }

    #[test]
    fn what_is_not_exact_is_refused_with_its_reason() {
        for (cell, reason) in [
            ("", Reason::PriceUnreadable),
            ("EUR", Reason::PriceUnreadable),
            ("free EUR", Reason::PriceUnreadable),
            ("NaN EUR", Reason::PriceUnreadable),
            ("1.2.3 EUR", Reason::PriceUnreadable),
            ("1e3 EUR", Reason::PriceUnreadable),
            ("1,23,456 EUR", Reason::PriceUnreadable),
            ("1,2.99 EUR", Reason::PriceUnreadable),
            ("10 - 20 EUR", Reason::PriceUnreadable),
            ("99999999999999999999 EUR", Reason::PriceUnreadable),
            ("12.99", Reason::CurrencyMissing),
            ("12.99 DOLLARS", Reason::CurrencyUnknown),
            ("12.99 XYZ", Reason::CurrencyUnknown),
            ("from 12.99 EUR", Reason::CurrencyUnknown),
            ("12.99 € USD", Reason::PriceUnreadable),
            ("$12.99", Reason::CurrencyAmbiguous),
            ("12 kr", Reason::CurrencyAmbiguous),
            ("-1 EUR", Reason::PriceNegative),
            ("12.9999 EUR", Reason::TooManyDecimals),
            ("12.9 JPY", Reason::TooManyDecimals),
            ("1.299 EUR", Reason::PriceAmbiguous),
            ("1,299 EUR", Reason::PriceAmbiguous),
            ("12.500 EUR", Reason::PriceAmbiguous),
            ("1,234 KWD", Reason::PriceAmbiguous),
        ] {
            assert_eq!(human(cell).map_err(|fault| fault.reason), Err(reason), "{cell}");
        }
        let two = human("1.299 EUR").unwrap_err();
        assert_eq!(two.detail.as_deref(), Some("1.299 or 1299 EUR"));
    }

    #[test]
    fn a_program_writes_points_before_decimals() {
        let exact = |cell: &str| read(cell, Style { currency: Some("CAD"), exact: true });
        assert_eq!(exact("12.500").map(|money| money.minor), Ok(1250));
        assert_eq!(exact("$12").map(|money| money.currency), Ok("CAD".to_owned()));
        assert!(exact("12.999").is_err());
    }
}
