//! Assignment is uniform, stable, independent, and ends with consent.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::clock::{DAY_MS, ManualClock};
use crate::base::random::SystemRandom;
use crate::catalog::VariantSpec;
use crate::consent::{Choice, Policy, Purpose, PurposeChoice};
use crate::experiments::*;
use crate::vault::{MemoryKeyStore, Vault};

fn spec(key: &str, weights: &[u32], holdout_permille: u32) -> ExperimentSpec {
    let arm = |(i, weight): (usize, &u32)| VariantSpec { name: format!("arm{i}"), weight: *weight };
    ExperimentSpec {
        key: key.into(),
        variants: weights.iter().enumerate().map(arm).collect(),
        holdout_permille,
    }
}

/// Devices, numbered; every run has the same ones.
fn salts(n: u32) -> impl Iterator<Item = Salt> {
    (0..n).map(|i| Salt::new(crate::base::signed::sha256(&i.to_le_bytes())))
}

/// Pearson's χ² of counts against shares.
fn chi_square<K>(counts: &BTreeMap<K, f64>, shares: &[f64]) -> f64 {
    let n: f64 = counts.values().sum();
    assert_eq!(counts.len(), shares.len());
    counts.values().zip(shares).map(|(c, share)| (c - n * share).powi(2) / (n * share)).sum()
}

struct Home {
    dir: tempfile::TempDir,
    keys: Arc<MemoryKeyStore>,
    clock: Arc<ManualClock>,
}

impl Home {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new(1_800_000_000_000));
        Self { dir: tempfile::tempdir().unwrap(), keys: Arc::default(), clock }
    }

    fn open(&self) -> Gate {
        let (vault, _) =
            Vault::open(self.dir.path(), "shop", self.keys.clone(), Arc::new(SystemRandom)).unwrap();
        Gate::open(vault, Policy::baseline().unwrap(), self.clock.clone(), Arc::new(SystemRandom)).unwrap()
    }
}

fn answer(gate: &Gate, choice: Choice) {
    gate.record(&[PurposeChoice { purpose: Purpose::Experiments, choice }], "test", "en").unwrap();
}

fn permit(gate: &Gate) -> Permit<ExperimentsPurpose> {
    gate.permit().unwrap()
}

#[test]
fn arms_fill_by_weight() {
    for weights in [&[1, 1][..], &[1, 1, 1, 1], &[9, 1], &[1, 2, 3, 4]] {
        let spec = spec("shelf-order", weights, 0);
        let mut counts = BTreeMap::new();
        for salt in salts(20_000) {
            *counts.entry(assign(&salt, &spec).variant).or_insert(0.0) += 1.0;
        }
        let total: u32 = weights.iter().sum();
        let shares: Vec<f64> = weights.iter().map(|w| f64::from(*w) / f64::from(total)).collect();
        let chi = chi_square(&counts, &shares);
        assert!(chi < 16.27, "{weights:?}: {chi} has a chance under 0.001 with 3 degrees of freedom");
    }
}

#[test]
fn experiments_do_not_know_of_one_another() {
    let (a, b) = (spec("a", &[1, 1], 0), spec("b", &[1, 1], 0));
    let mut counts = BTreeMap::new();
    for salt in salts(20_000) {
        *counts.entry((assign(&salt, &a).variant, assign(&salt, &b).variant)).or_insert(0.0) += 1.0;
    }
    assert!(chi_square(&counts, &[0.25; 4]) < 16.27);
}

#[test]
fn the_same_devices_are_held_out_of_every_experiment() {
    let (few, more) = (spec("a", &[1, 1], 50), spec("b", &[0, 1], 200));
    let mut held = 0;
    for salt in salts(20_000) {
        let (a, b) = (assign(&salt, &few), assign(&salt, &more));
        if a.group == ExperimentGroup::Holdout {
            held += 1;
            assert_eq!((b.group, b.variant.as_str(), b.counted), (ExperimentGroup::Holdout, "arm0", true));
        }
    }
    assert!((900..1_100).contains(&held), "{held} of 1000");
}

#[test]
fn without_consent_there_is_the_control_and_nothing_is_stored() {
    let home = Home::new();
    let gate = home.open();
    let assignment = Assignment::outside(&spec("a", &[0, 1], 0));
    assert!(gate.permit::<ExperimentsPurpose>().is_err());
    assert_eq!(
        (assignment.variant.as_str(), assignment.group, assignment.counted),
        ("arm0", ExperimentGroup::Outside, false)
    );
}

#[test]
fn an_arm_stays_over_restarts_and_ends_with_consent() {
    let home = Home::new();
    let gate = home.open();
    answer(&gate, Choice::Give);
    let many = spec("a", &[1; 1000], 0);
    let arm = |gate: &Gate, e: &Experiments| e.variant(gate, &permit(gate), &SystemRandom, &many).unwrap();
    let experiments = Experiments::default();
    let first = arm(&gate, &experiments);
    assert_eq!(arm(&gate, &experiments), first);
    assert!(experiments.expose(&gate, &permit(&gate), &first).unwrap());
    assert!(!experiments.expose(&gate, &permit(&gate), &first).unwrap(), "only the first time counts");
    drop(gate);
    let gate = home.open();
    assert_eq!(arm(&gate, &Experiments::default()), first);
    let experiments = Experiments::default();
    let stale = permit(&gate);
    experiments.variant(&gate, &stale, &SystemRandom, &many).unwrap();
    gate.withdraw(&[Purpose::Experiments], "settings", "en").unwrap();
    assert!(experiments.variant(&gate, &stale, &SystemRandom, &many).is_err(), "not even from memory");
    assert!(experiments.expose(&gate, &stale, &first).is_err());
    answer(&gate, Choice::Give);
    assert!(experiments.exposures(&gate, &permit(&gate)).unwrap().is_empty());
    let changed = (0..3).any(|_| {
        gate.withdraw(&[Purpose::Experiments], "settings", "en").unwrap();
        answer(&gate, Choice::Give);
        arm(&gate, &experiments).variant != first.variant
    });
    assert!(changed, "a new yes draws a new salt");
}

#[test]
fn a_spec_that_makes_no_sense_is_the_control() {
    let home = Home::new();
    let gate = home.open();
    answer(&gate, Choice::Give);
    for bad in [spec("a", &[], 0), spec("a", &[0, 0], 0), spec("", &[1, 1], 0)] {
        let assignment = Experiments::default().variant(&gate, &permit(&gate), &SystemRandom, &bad).unwrap();
        assert!(!assignment.counted);
    }
}

#[test]
fn salt_and_exposures_are_kept_no_longer_than_the_policy_says() {
    let home = Home::new();
    let gate = home.open();
    answer(&gate, Choice::Give);
    let many = spec("a", &[1; 100_000], 0);
    let experiments = Experiments::default();
    let arm = || experiments.variant(&gate, &permit(&gate), &SystemRandom, &many).unwrap();
    let first = arm();
    experiments.expose(&gate, &permit(&gate), &first).unwrap();
    let kept_ms = i64::from(gate.retention_days(Purpose::Experiments)) * DAY_MS;
    home.clock.advance(kept_ms - 1);
    experiments.keep_to_retention(&gate).unwrap();
    assert_eq!(experiments.exposures(&gate, &permit(&gate)).unwrap().len(), 1);
    assert_eq!(arm(), first);
    home.clock.advance(1);
    experiments.keep_to_retention(&gate).unwrap();
    assert!(experiments.exposures(&gate, &permit(&gate)).unwrap().is_empty());
    assert_ne!(arm(), first, "a new salt");
}
