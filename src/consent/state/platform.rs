//! The keys of a consent platform (`IABTCF_*`, `IABGPP_*`), as it leaves them for other parts of
//! the app: already taken apart, so that single characters are read and nothing is decoded.
//!
//! Every value comes from outside: lengths are bounded first, and what is not understood says
//! nothing. Nothing is ever written in these formats.

use std::collections::HashMap;

use crate::base::clock::DAY_MS;
use crate::base::limits::PLATFORM_VALUE;
use crate::consent::policy::{PlatformTerms, Policy};
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
                    let said = char_at(value, rule.position)?;
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

/// The few keys that a policy reads ([`POLICY_KEYS`](crate::base::limits::POLICY_KEYS)), of however many the app hands over.
pub(crate) fn keep(keys: HashMap<String, String>, policy: &Policy) -> HashMap<String, String> {
    let mut wanted: Vec<&str> = policy.platform.rules.iter().map(|r| r.key.as_str()).collect();
    wanted.extend([TC_STRING, TC_APPLIES]);
    wanted.sort_unstable();
    wanted.dedup();
    let mut keys = keys;
    let found = wanted.into_iter().filter_map(|key| keys.remove_entry(key));
    found.filter(|(_, value)| PLATFORM_VALUE.takes(value.len())).collect()
}

fn char_at(value: &str, position: u16) -> Option<char> {
    value.chars().nth(usize::from(position).checked_sub(1)?)
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
