//! Salt and experiment to arm: a pure function.

use ring::hmac;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::base::codec::{Parts, Record};
use crate::catalog::ExperimentSpec;
use crate::consent::{Experiments as ExperimentsPurpose, RetentionPermit, Trim};

const PERMILLE: u128 = 1000;

/// Thirty-two random bytes of this device.
#[derive(Clone)]
#[cfg_attr(any(test, feature = "operator"), derive(PartialEq))]
pub(super) struct Salt(Zeroizing<[u8; 32]>);

impl Salt {
    pub(super) fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// A number that is uniform over devices: the first 128 bits of HMAC-SHA-256, whose
    /// remainder by any `u32` is even to one part in 2⁹⁶.
    fn number(&self, what: &[u8], name: &str) -> u128 {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &self.0[..]));
        context.update(b"sottovoce experiment 1 ");
        context.update(what);
        context.update(name.as_bytes());
        let tag = context.sign();
        tag.as_ref().iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte))
    }
}

/// A salt and when it was drawn, by the clock and by the device's own time; unknown for those of the first version.
#[cfg_attr(any(test, feature = "operator"), derive(PartialEq))]
pub(super) struct Drawn {
    pub(super) salt: Salt,
    pub(super) at: Option<(i64, i64)>,
}

impl Record for Drawn {
    const WHAT: &'static str = "salt of the experiments";
    const VERSION: u8 = 3;
    const FIRST: u8 = 3;

    fn parts(&self) -> impl Serialize {
        (&*self.salt.0, self.at)
    }

    fn read(parts: &mut Parts<'_>) -> Option<Self> {
        Some(Self { salt: Salt::new(parts.next()?), at: parts.next()? })
    }

    fn read_old(version: u8, body: &mut Parts<'_>) -> Option<Self> {
        let salt = Salt::new(body.next()?);
        let mut time = || Some(i64::from_le_bytes(body.next()?));
        match version {
            1 => Some(Self { salt, at: None }),
            2 => Some(Self { salt, at: Some((time()?, time()?)) }),
            _ => None,
        }
    }
}

impl Drawn {
    /// What becomes of it. One of unknown age is as old as today.
    pub(super) fn trim(
        self,
        permit: &RetentionPermit<ExperimentsPurpose>,
        clock_ms: i64,
        device_ms: i64,
    ) -> Trim {
        match self.at {
            Some((clock_ms, device_ms)) if permit.is_over(clock_ms, device_ms) => Trim::Delete,
            Some(_) => Trim::Keep,
            None => match (Self { at: Some((clock_ms, device_ms)), ..self }).encode() {
                Ok(dated) => Trim::Replace(dated.into()),
                Err(_) => Trim::Delete,
            },
        }
    }
}

/// How a device takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum ExperimentGroup {
    /// Assigned to a variant.
    Assigned,
    /// Permanently kept out, as a comparison: sees the control and counts as holdout.
    Holdout,
    /// Does not take part: sees the control and is not counted.
    Outside,
}

/// This device's assignment in an experiment.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Assignment {
    /// Key of the experiment.
    pub experiment: String,
    /// The variant to show: the control unless the group is `Assigned`. Empty if there are no variants.
    pub variant: String,
    /// How the device takes part.
    pub group: ExperimentGroup,
    /// Whether outcomes may be counted, if the user allows measurement.
    pub counted: bool,
}

impl Assignment {
    fn control(spec: &ExperimentSpec, group: ExperimentGroup) -> Self {
        Self {
            experiment: spec.key.clone(),
            variant: spec.variants.first().map(|v| v.name.clone()).unwrap_or_default(),
            group,
            counted: group != ExperimentGroup::Outside,
        }
    }

    /// The place of a device that does not take part: it sees the control.
    #[must_use]
    pub fn outside(spec: &ExperimentSpec) -> Self {
        Self::control(spec, ExperimentGroup::Outside)
    }
}

/// Assigns. A device that is held out of one experiment is held out of all with at least that
/// share. Raising the weight of the last arm moves no device between the arms before it.
pub(super) fn assign(salt: &Salt, spec: &ExperimentSpec) -> Assignment {
    if salt.number(b"holdout", "") % PERMILLE < u128::from(spec.holdout_permille) {
        return Assignment::control(spec, ExperimentGroup::Holdout);
    }
    let total: u128 = spec.variants.iter().map(|v| u128::from(v.weight)).sum();
    let mut left = salt.number(b"arm ", &spec.key) % total.max(1);
    for variant in &spec.variants {
        let weight = u128::from(variant.weight);
        if left < weight {
            let variant = variant.name.clone();
            return Assignment {
                experiment: spec.key.clone(),
                variant,
                group: ExperimentGroup::Assigned,
                counted: true,
            };
        }
        left -= weight;
    }
    Assignment::outside(spec)
}

impl std::fmt::Debug for Drawn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Drawn").field("at", &self.at).finish_non_exhaustive()
    }
}
