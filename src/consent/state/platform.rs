//! The keys of a consent platform (`IABTCF_*`, `IABGPP_*`), as it leaves them for other parts of
//! the app: already taken apart, so that single characters are read and nothing is decoded.
//!
//! Every value comes from outside: lengths are bounded first, and what is not understood says
//! nothing. Nothing is ever written in these formats.

use std::collections::HashMap;

use crate::base::clock::DAY_MS;
use crate::base::limits::PLATFORM_VALUE;
use crate::consent::external::opts_out;
use crate::consent::policy::{PlatformRule, PlatformTerms, Policy};
use crate::consent::purpose::Purpose;

/// The consent string, of which only the date of its last update is read.
const TC_STRING: &str = "IABTCF_TCString";
/// Whether the platform's European keys mean anything: `1`, or `0`.
const TC_APPLIES: &str = "IABTCF_gdprApplies";
const TC_PREFIX: &str = "IABTCF_";
/// Longer than a device's clock may be wrong.
const CLOCK_SLACK_MS: i64 = DAY_MS;

/// What the platform says, under a policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct PlatformView {
    denied: Vec<Purpose>,
    granted: Vec<Purpose>,
    /// From when until when a yes counts, in milliseconds since 1970.
    fresh: Option<(i64, i64)>,
}

impl PlatformView {
    pub(crate) fn new(keys: &HashMap<String, String>, terms: &PlatformTerms) -> Self {
        let mut view = Self { fresh: fresh(keys, terms.fresh_days), ..Self::default() };
        let tc_applies = keys.get(TC_APPLIES).is_none_or(|v| v.trim() != "0");
        for purpose in Purpose::ALL {
            let rules = || terms.rules.iter().filter(move |r| r.purpose == purpose);
            let said: Vec<Option<bool>> = rules()
                .map(|rule| {
                    let ignored = rule.key.starts_with(TC_PREFIX) && !tc_applies;
                    let value = keys.get(&rule.key).filter(|v| !ignored && PLATFORM_VALUE.takes(v.len()))?;
                    let said = char_at(value, rule)?;
                    if rule.denies.contains(said) {
                        return Some(false);
                    }
                    rule.grants.contains(said).then_some(true)
                })
                .collect();
            if said.contains(&Some(false)) {
                view.denied.push(purpose);
            } else if !said.is_empty() && said.iter().all(|s| *s == Some(true)) {
                view.granted.push(purpose);
            }
        }
        view
    }

    /// The user said no there.
    pub(crate) fn denies(&self, purpose: Purpose) -> bool {
        self.denied.contains(&purpose)
    }

    /// The user said yes there, to everything the purpose needs, not too long ago. Tells until
    /// when it counts.
    pub(crate) fn grants_until(&self, purpose: Purpose, now_ms: i64) -> Option<i64> {
        let (from, until) = self.fresh?;
        let fresh = from.saturating_sub(CLOCK_SLACK_MS) <= now_ms && now_ms < until;
        (fresh && self.granted.contains(&purpose)).then_some(until)
    }
}

/// The few keys that a policy reads ([`POLICY_KEYS`](crate::base::limits::POLICY_KEYS)) and those that opt out, of however
/// many the app hands over. A value that is too long is cut: its beginning may say no.
pub(crate) fn keep(keys: HashMap<String, String>, policy: &Policy) -> HashMap<String, String> {
    let mut wanted: Vec<&str> = policy.platform.rules.iter().map(|r| r.key.as_str()).collect();
    wanted.extend([TC_STRING, TC_APPLIES]);
    wanted.sort_unstable();
    let is_read = |key: &str| wanted.binary_search(&key).is_ok();
    let kept = keys.into_iter().filter(|(key, value)| is_read(key) || opts_out(key, value));
    kept.map(|(key, value)| {
        let said = if opts_out(&key, &value) { value.trim() } else { &value };
        let within = PLATFORM_VALUE.cut(said).to_owned();
        (key, within)
    })
    .collect()
}

/// What a string says at the rule's place. A European one that ends before has no consent there.
fn char_at(value: &str, rule: &PlatformRule) -> Option<char> {
    let said = value.chars().nth(usize::from(rule.position).checked_sub(1)?);
    said.or_else(|| rule.key.starts_with(TC_PREFIX).then_some('0'))
}

fn fresh(keys: &HashMap<String, String>, days: u32) -> Option<(i64, i64)> {
    let updated = last_updated_ms(keys.get(TC_STRING)?)?;
    Some((updated, updated.saturating_add(i64::from(days).saturating_mul(DAY_MS))))
}

/// `LastUpdated` of a TC string of version 2, in milliseconds since 1970: after 6 bits of version
/// and 36 bits of creation come 36 bits of tenths of a second (IAB TCF v2, core string). Thirteen
/// characters of six bits hold exactly that.
fn last_updated_ms(tc_string: &str) -> Option<i64> {
    let mut bits = 0_u128;
    let head = tc_string.as_bytes().get(..13)?;
    for byte in head {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u128::from(value);
    }
    if bits >> 72 != 2 {
        return None;
    }
    i64::try_from(bits & ((1 << 36) - 1)).ok()?.checked_mul(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(keys: &[(&str, &str)]) -> PlatformView {
        let keys = keys.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        PlatformView::new(&keys, &Policy::baseline().unwrap().platform)
    }

    #[test]
    fn what_a_consent_string_does_not_reach_was_not_consented_to() {
        for short in ["1111", "0", ""] {
            let view = view(&[("IABTCF_gdprApplies", "1"), ("IABTCF_PurposeConsents", short)]);
            for purpose in [Purpose::Session, Purpose::History, Purpose::Ranking, Purpose::Measurement] {
                assert!(view.denies(purpose), "{short:?} {purpose:?}");
            }
        }
        assert_eq!(view(&[("IABTCF_PurposeConsents", "11111111111")]), PlatformView::default());
        assert_eq!(
            view(&[("IABTCF_gdprApplies", "0"), ("IABTCF_PurposeConsents", "1")]),
            PlatformView::default()
        );
    }

    #[test]
    fn an_opt_out_is_kept_and_nothing_else_of_its_kind() {
        let said = [
            ("IABGPP_USNAT_SaleOptOut", "1", true),
            ("IABGPP_USCA_SharingOptOut", "1", true),
            ("IABGPP_USVA_TargetedAdvertisingOptOut", " 1", true),
            ("IABGPP_USNAT_Gpc", "true", true),
            ("IABGPP_USKY_SaleOptOut", "1", true),
            ("IABGPP_USZZ_TargetedAdvertisingOptOut", "1", true),
            ("IABGPP_6_String", "1YYN", true),
            ("IABGPP_6_String", "1YNN", false),
            ("IABGPP_7_String", "1YYN", false),
            ("IABUSPrivacy_String", "1YYN", true),
            ("IABUSPrivacy_String", "1YNN", false),
            ("IABUSPrivacy_String", "1", false),
            ("IABGPP_USNAT_SaleOptOut", "2", false),
            ("IABGPP_USNAT_SaleOptOutNotice", "1", false),
            ("IABGPP_EU_SaleOptOut", "1", false),
            ("IABGPP_US_SaleOptOut", "1", false),
            ("USNAT_SaleOptOut", "1", false),
        ];
        let policy = Policy::baseline().unwrap();
        for (key, value, out) in said {
            let kept = keep([(key.to_owned(), value.to_owned())].into(), &policy);
            assert_eq!(!kept.is_empty(), out, "{key} {value}");
            let signals = crate::consent::ExternalSignals { consent_platform: kept, ..Default::default() };
            assert_eq!(signals.opts_out(), out, "{key} {value}");
        }
    }

    #[test]
    fn an_opt_out_counts_however_long_it_is_and_is_kept_within_the_bound() {
        let policy = Policy::baseline().unwrap();
        for (key, value) in [("IABGPP_USNAT_Gpc", "1"), ("IABUSPrivacy_String", "1YYN")] {
            let long = format!("{value}{}", " ".repeat(PLATFORM_VALUE.most)) + "x";
            for value in [long.trim_end_matches('x'), &long] {
                let kept = keep([(key.to_owned(), value.to_owned())].into(), &policy);
                assert!(kept.values().all(|value| PLATFORM_VALUE.takes(value.len())), "{key}");
                assert_eq!(
                    kept.iter().any(|(key, value)| opts_out(key, value)),
                    opts_out(key, value),
                    "{key}"
                );
            }
        }
    }

    #[test]
    fn a_no_counts_in_a_value_that_is_too_long() {
        let policy = Policy::baseline().unwrap();
        let said = [("IABTCF_PurposeConsents".to_owned(), "0".repeat(PLATFORM_VALUE.most + 1))].into();
        let kept = keep(said, &policy);
        assert!(kept.values().all(|value| PLATFORM_VALUE.takes(value.len())));
        assert!(PlatformView::new(&kept, &policy.platform).denies(Purpose::History));
    }

    #[test]
    fn the_date_of_a_consent_string_is_read() {
        // From the examples of the IAB: created and updated on 2020-02-20.
        let updated = last_updated_ms("COvFyGBOvFyGBAbAAAENAPCAAOAAAAAAAAAAAEEUACCKAAA").unwrap();
        assert_eq!(updated / DAY_MS, 18_312);
        for broken in ["", "COvFyGBOvFyG", "BOvFyGBOvFyGBAbA", "CÖvFyGBOvFyGB", "C vFyGBOvFyGBAb"] {
            assert_eq!(last_updated_ms(broken), None, "{broken}");
        }
    }
}
