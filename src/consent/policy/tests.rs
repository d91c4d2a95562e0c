//! What a policy may and may not say.

use crate::consent::external::AgeBand;
use crate::consent::policy::*;

fn baseline() -> Policy {
    Policy::baseline().unwrap()
}

/// The baseline with one piece of text replaced.
fn with(from: &str, to: &str) -> Result<Policy, PolicyError> {
    let json = String::from_utf8(include_bytes!("baseline.json").to_vec()).unwrap();
    assert!(json.contains(from), "{from}");
    Policy::parse(json.replacen(from, to, 1).as_bytes())
}

#[test]
fn the_baseline_parses_and_is_strict_where_nothing_is_known() {
    let policy = baseline();
    let absent = Purpose::ALL.into_iter().filter(|purpose| policy.terms(*purpose).is_none());
    assert_eq!(absent.collect::<Vec<_>>(), [Purpose::ModelImprovement], "which nothing uses yet");
    assert!(!include_str!("baseline.json").contains("model_improvement"));
    assert_eq!(policy.warnings(), []);
    for region in [None, Some(""), Some("??"), Some("ZZ"), Some("US")] {
        let rule = policy.rule(region);
        assert_eq!(rule.id, "strictest", "{region:?}");
        assert_eq!(rule.sensitive(), Mechanism::Prohibited);
        for purpose in Purpose::ALL.into_iter().filter(|p| *p != Purpose::Essential) {
            assert_eq!(rule.mechanism(purpose), Mechanism::OptIn);
        }
    }
    assert_eq!(policy.rule(Some("us-ca")).id, "california");
    assert_eq!(policy.rule(Some("DE-BY")).id, "eea_uk_ch");
    assert_eq!(policy.rule(Some("CA-QC")).id, "quebec");
}

#[test]
fn offers_are_off_everywhere_until_a_yes() {
    assert!(baseline().regions.iter().all(|r| r.mechanism(Purpose::Offers) == Mechanism::OptIn));
}

#[test]
fn a_band_across_the_line_counts_as_under_it() {
    let quebec = baseline().rule(Some("CA-QC")).clone();
    assert!(quebec.is_minor(Some(AgeBand::From13To15)));
    assert!(!quebec.is_minor(Some(AgeBand::From16To17)));
    assert!(!quebec.is_minor(None));
}

#[test]
fn a_policy_that_breaks_a_promise_is_refused() {
    let malformed = [
        ("\"id\": \"session\"", "\"id\": \"history\""),
        ("\"grant_days\": 365", "\"grant_days\": 397"),
        ("\"grant_days\": 90", "\"grant_days\": 91"),
        ("\"session\": \"opt_out\"", "\"session\": \"notice_only\""),
        ("\"version\": 0", "\"version\": 0, \"surprise\": 1"),
    ];
    for (from, to) in malformed {
        assert!(matches!(with(from, to), Err(PolicyError::Malformed(_))), "{to}");
    }
    assert_eq!(with("\"format\": 1", "\"format\": 2"), Err(PolicyError::Format(2)));
}

#[test]
fn what_is_stored_reads_back_the_same() {
    let policy = baseline();
    assert_eq!(Policy::parse(&policy.to_json()), Ok(policy));
}
