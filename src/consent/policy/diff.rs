//! What changes from one policy to the next. The difference decides whether people are asked again.

use serde::Serialize;

use crate::base::sensitive::SensitiveTag;
use crate::consent::policy::{Policy, PurposeTerms};
use crate::consent::purpose::Purpose;

/// One way in which a policy can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// The shop did not use the purpose before.
    NewPurpose,
    /// Another controller.
    NewController,
    /// Another recipient of data.
    NewRecipient,
    /// Data is stored for longer.
    LongerRetention,
    /// Another legal basis.
    OtherLegalBasis,
    /// Reports may reveal more.
    LargerEpsilon,
    /// Less noise is added, or it is added later.
    WeakerNoise,
    /// Less than before: fewer recipients, shorter retention, reports reveal less.
    Narrower,
    /// Other wording.
    Reworded,
}

impl ChangeKind {
    /// Whether an earlier consent does not cover it.
    #[must_use]
    pub const fn is_material(self) -> bool {
        !matches!(self, Self::Narrower | Self::Reworded)
    }
}

/// How one purpose changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, uniffi::Record)]
pub struct PurposeChange {
    /// The purpose.
    pub purpose: Purpose,
    /// In which ways.
    pub kinds: Vec<ChangeKind>,
}

/// What a new policy changes, and the consequences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, uniffi::Record)]
pub struct PolicyDiff {
    /// The policy before, as id and version.
    pub from: String,
    /// The policy from now on, as id and version.
    pub to: String,
    /// Purposes that change. None for a corrected typo or a new translation.
    pub changes: Vec<PurposeChange>,
    /// Purposes that change so much that an earlier consent does not cover them.
    pub material: Vec<Purpose>,
    /// Sensitive topics that the shop could not ask about before, or that now cover other items.
    pub sensitive: Vec<SensitiveTag>,
}

impl PolicyDiff {
    /// What changes from `old` to `new`.
    #[must_use]
    pub fn between(old: &Policy, new: &Policy) -> Self {
        let changes: Vec<PurposeChange> = Purpose::ALL
            .into_iter()
            .filter_map(|purpose| {
                let kinds = kinds(old, new, purpose);
                (!kinds.is_empty()).then_some(PurposeChange { purpose, kinds })
            })
            .collect();
        let is_material = |c: &&PurposeChange| c.kinds.iter().any(|k| k.is_material());
        let other_taxonomy = old.sensitive.taxonomy_version != new.sensitive.taxonomy_version;
        Self {
            from: old.label(),
            to: new.label(),
            material: changes.iter().filter(is_material).map(|c| c.purpose).collect(),
            changes,
            sensitive: new
                .sensitive
                .tags
                .iter()
                .copied()
                .filter(|tag| other_taxonomy || !old.sensitive.tags.contains(tag))
                .collect(),
        }
    }

    /// Whether anybody has to be asked again.
    #[must_use]
    pub fn is_material(&self) -> bool {
        !self.material.is_empty() || !self.sensitive.is_empty()
    }
}

fn kinds(old: &Policy, new: &Policy, purpose: Purpose) -> Vec<ChangeKind> {
    // What a policy does not have, it does not offer.
    let (before, after) = match (old.terms(purpose), new.terms(purpose)) {
        (Some(before), Some(after)) => (before, after),
        (None, Some(after)) if after.offered => return vec![ChangeKind::NewPurpose],
        (Some(before), None) if before.offered => return vec![ChangeKind::Narrower],
        _ => return Vec::new(),
    };
    let mut kinds = Vec::new();
    if purpose != Purpose::Essential {
        own_changes(before, after, &mut kinds);
        if old.controller != new.controller {
            kinds.push(ChangeKind::NewController);
        }
    }
    if matches!(purpose, Purpose::Measurement | Purpose::ModelImprovement) {
        report_changes(old, new, &mut kinds);
    }
    if new.wording > old.wording {
        kinds.push(ChangeKind::Reworded);
    }
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

fn own_changes(before: &PurposeTerms, after: &PurposeTerms, kinds: &mut Vec<ChangeKind>) {
    let more = |a: &PurposeTerms, b: &PurposeTerms| b.recipients.iter().any(|r| !a.recipients.contains(r));
    if after.offered && !before.offered {
        kinds.push(ChangeKind::NewPurpose);
    }
    if more(before, after) {
        kinds.push(ChangeKind::NewRecipient);
    }
    if after.retention_days > before.retention_days {
        kinds.push(ChangeKind::LongerRetention);
    }
    if after.legal_basis != before.legal_basis {
        kinds.push(ChangeKind::OtherLegalBasis);
    }
    let fewer = after.retention_days < before.retention_days || more(after, before);
    if fewer || (before.offered && !after.offered) {
        kinds.push(ChangeKind::Narrower);
    }
}

/// Compares what reports may tell by ε per day, in exact integers.
fn report_changes(old: &Policy, new: &Policy, kinds: &mut Vec<ChangeKind>) {
    let (before, after) = (old.dp, new.dp);
    let spent = |a: crate::consent::policy::DpTerms, b: crate::consent::policy::DpTerms| {
        u128::from(a.micro_epsilon) * u128::from(b.window_days.max(1))
    };
    // Both the dose and its rate count: a larger window must not hide a larger dose.
    if after.micro_epsilon > before.micro_epsilon || spent(after, before) > spent(before, after) {
        kinds.push(ChangeKind::LargerEpsilon);
    } else if after.micro_epsilon < before.micro_epsilon || spent(after, before) < spent(before, after) {
        kinds.push(ChangeKind::Narrower);
    }
    if after.noise > before.noise {
        kinds.push(ChangeKind::WeakerNoise);
    }
}
