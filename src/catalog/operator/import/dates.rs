//! `sale_price_effective_date`: two ISO 8601 times with a slash between them.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

use crate::base::clock::DAY_MS;
use crate::catalog::EffectivePeriod;

/// `2024-02-24T11:07+0100/2024-02-29T23:07+0100`. Dates without a time mean the whole day, times without an offset UTC.
pub(crate) fn period(cell: &str) -> Option<EffectivePeriod> {
    let (from, until) = cell.split_once('/')?;
    between(from, until)
}

/// The same of two cells.
pub(crate) fn between(from: &str, until: &str) -> Option<EffectivePeriod> {
    let (from_ms, _) = moment(from.trim())?;
    let (until_ms, whole_day) = moment(until.trim())?;
    let until_ms = if whole_day { until_ms.checked_add(DAY_MS)? } else { until_ms };
    (from_ms < until_ms).then_some(EffectivePeriod { from_ms, until_ms })
}

/// A moment as [`period`] reads it.
pub(crate) fn write(ms: i64) -> Option<String> {
    Timestamp::from_millisecond(ms).ok().map(|moment| moment.to_string())
}

/// Milliseconds since 1970 UTC, and whether only a date was given.
pub(crate) fn moment(text: &str) -> Option<(i64, bool)> {
    if !text.contains(['T', 't', ' ']) {
        return Some((utc(text.parse::<Date>().ok()?.at(0, 0, 0, 0))?, true));
    }
    let with_offset = || text.parse::<Timestamp>().ok();
    // An offset without a colon behind a time that has one, as Google's own examples write it.
    let mixed = || {
        let formats = ["%Y-%m-%dT%H:%M%z", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M%z", "%Y-%m-%d %H:%M:%S%z"];
        let text: String = text.replacen(" +", "+", 1).replacen(" -", "-", 1);
        formats.iter().find_map(|format| strtime::parse(format, &text).ok()?.to_timestamp().ok())
    };
    let moment = with_offset().or_else(mixed).map(Timestamp::as_millisecond);
    let local = || text.parse::<DateTime>().ok().and_then(utc);
    Some((moment.or_else(local)?, false))
}

fn utc(moment: DateTime) -> Option<i64> {
    TimeZone::UTC.to_timestamp(moment).ok().map(Timestamp::as_millisecond)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_in_all_spellings() {
        let period = |text: &str| super::period(text).map(|period| (period.from_ms, period.until_ms));
        let expected = Some((1_456_308_420_000, 1_456_783_620_000));
        assert_eq!(period("2016-02-24T11:07+0100/2016-02-29T23:07+0100"), expected);
        assert_eq!(period("2016-02-24T11:07:00+01:00/2016-02-29T23:07:00+01:00"), expected);
        assert_eq!(period("2016-02-24 11:07:00 +0100/2016-02-29 23:07 +0100"), expected);
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
            "2016-02-24T11:07+99/2016-02-25",
            "2016-02-24T11:07é/2016-02-25",
            "16-02-24/2016-02-25",
            "01.01.2026/31.12.2026",
        ] {
            assert_eq!(period(bad), None, "{bad}");
        }
    }
}
