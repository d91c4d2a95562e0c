//! `sale_price_effective_date`: two ISO 8601 times with a slash between them.

use crate::base::clock::DAY_MS;
use crate::catalog::EffectivePeriod;

const MINUTE_MS: i64 = 60_000;

/// `2024-02-24T11:07+0100/2024-02-29T23:07+0100`. Dates without a time mean the whole day, times without an offset UTC.
pub(crate) fn period(cell: &str) -> Option<EffectivePeriod> {
    let (from, until) = cell.split_once('/')?;
    let (from_ms, _) = moment(from.trim())?;
    let (until_ms, whole_day) = moment(until.trim())?;
    let until_ms = if whole_day { until_ms.checked_add(DAY_MS)? } else { until_ms };
    (from_ms < until_ms).then_some(EffectivePeriod { from_ms, until_ms })
}

/// Milliseconds since 1970 UTC, and whether only a date was given.
fn moment(text: &str) -> Option<(i64, bool)> {
    let Some((date, time)) = text.split_once(['T', ' ']) else {
        return Some((day(text)?.checked_mul(DAY_MS)?, true));
    };
    let time = time.trim();
    let (clock, offset) = match time.find(['Z', 'z', '+', '-']) {
        Some(at) => time.split_at_checked(at)?,
        None => (time, ""),
    };
    Some((day(date)? * DAY_MS + time_of_day(clock)? - offset_minutes(offset)? * MINUTE_MS, false))
}

/// Days since 1970, by Howard Hinnant's `days_from_civil`.
fn day(text: &str) -> Option<i64> {
    let mut parts = text.split('-');
    let year = number(parts.next()?, 4)?;
    let (month, day) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if parts.next().is_some() || !(1..=days).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year - era * 400;
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468)
}

fn time_of_day(text: &str) -> Option<i64> {
    let text = text.split('.').next()?;
    let mut parts = text.split(':');
    let (hour, minute) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    let second = parts.next().map_or(Some(0), |second| number(second, 2))?;
    let sound = parts.next().is_none() && hour <= 24 && minute < 60 && second <= 60;
    sound.then_some(((hour * 60 + minute) * 60 + second) * 1000)
}

fn offset_minutes(text: &str) -> Option<i64> {
    if text.is_empty() || text.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let (sign, digits) = text.split_at_checked(1)?;
    let digits = digits.replace(':', "");
    let (hours, minutes) = digits.split_at_checked(2)?;
    let minutes = if minutes.is_empty() { 0 } else { number(minutes, 2)? };
    let total = number(hours, 2)? * 60 + minutes;
    (total <= 18 * 60).then_some(if sign == "-" { -total } else { total })
}

fn number(text: &str, digits: usize) -> Option<i64> {
    (text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_in_all_spellings() {
        let period = |text: &str| super::period(text).map(|period| (period.from_ms, period.until_ms));
        let expected = Some((1_456_308_420_000, 1_456_783_620_000));
        assert_eq!(period("2016-02-24T11:07+0100/2016-02-29T23:07+0100"), expected);
        assert_eq!(period("2016-02-24T10:07Z / 2016-02-29T22:07:00.000Z"), expected);
        assert_eq!(period("2016-02-24T10:07/2016-02-29T17:07-05:00"), expected);
        assert_eq!(period("1970-01-01/1970-01-01"), Some((0, DAY_MS)), "the whole day");
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for bad in [
            "",
            "/",
            "2016-02-24",
            "2016-02-30/2016-03-01",
            "2016-13-01/2017-01-01",
            "2017-01-02/2017-01-01",
            "x/y",
            "2016-02-24T1107/2016-02-25",
            "2016-02-24T11:07+99/2016-02-25",
            "2016-02-24T11:07é/2016-02-25",
            "16-02-24/2016-02-25",
        ] {
            assert_eq!(period(bad), None, "{bad}");
        }
    }
}
