//! Experiments: which arm this device is in, decided on the device and told to nobody.
//!
//! A random salt that never leaves stands in for a user id. Assignment is a keyed hash of salt and
//! experiment, so that it is the same at every start, uniform over devices, and independent
//! between experiments. It has no exit of its own: outcomes leave only as randomised reports, and
//! only under the measurement purpose. Without the experiments purpose a device sees the control
//! and counts nowhere; withdrawing destroys the salt, and a later yes draws a new one.

mod assign;
mod error;
mod export;
/// Entry points for fuzzing.
#[cfg(any(test, feature = "operator"))]
#[doc(hidden)]
pub mod fuzzing;
#[cfg(test)]
mod tests;

use crate::vault::tables::{EXPOSURES, SALT};
use std::sync::{PoisonError, RwLock};

use serde::{Deserialize, Serialize};

pub use assign::{Assignment, ExperimentGroup};
use assign::{Drawn, Salt, assign};
pub use error::ExperimentsError;

use crate::base::codec::{Parts, Record, Unread};
use crate::base::random;
use crate::base::random::SecureRandom;
use crate::catalog::ExperimentSpec;
use crate::consent::{Experiments as ExperimentsPurpose, Gate, Permit, Records, Trim};
use crate::vault::{Durability, Secret};

const SALT_KEY: &str = "salt";

/// Assignments of one device. Keep one; it answers from memory until consent changes.
#[derive(Default)]
pub struct Experiments {
    held: RwLock<Option<Held>>,
}

/// The salt and how consent stood when it was read: with the next change it is read anew.
struct Held {
    epoch: u64,
    salt: Salt,
}

/// The first time a device showed its variant of an experiment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, uniffi::Record)]
pub struct Exposure {
    /// Key of the experiment.
    pub experiment: String,
    /// The variant that was shown.
    pub variant: String,
    /// When, in milliseconds since 1970.
    pub first_seen_ms: i64,
}

impl Experiments {
    /// This device's arm of an experiment. Whoever has no permit is
    /// [outside](Assignment::outside). From memory, but for the first call after a start or a
    /// change of consent, which reads the salt, and the first ever, which stores one.
    ///
    /// # Errors
    /// [`ExperimentsError`]; show the control then.
    pub fn variant(
        &self,
        gate: &Gate,
        permit: &Permit<ExperimentsPurpose>,
        random: &dyn SecureRandom,
        spec: &ExperimentSpec,
    ) -> Result<Assignment, ExperimentsError> {
        if !spec.is_sound() {
            return Ok(Assignment::outside(spec));
        }
        permit.check()?;
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = held.as_ref().filter(|h| h.epoch == permit.generation()) {
            return Ok(assign(&held.salt, spec));
        }
        drop(held);
        let salt = match read_salt(gate, permit)? {
            Some(salt) => salt,
            None => new_salt(gate, random, permit)?,
        };
        let assignment = assign(&salt, spec);
        let held = Held { epoch: permit.generation(), salt };
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Some(held);
        Ok(assignment)
    }

    /// Forgets the salt in memory: the engine was closed.
    pub fn wipe(&self) {
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Notes that the arm is on screen. Only who saw an arm may count for it. Returns whether this
    /// was the first time; where the device does not take part, nothing is noted.
    ///
    /// # Errors
    /// [`ExperimentsError`].
    pub fn expose(
        &self,
        gate: &Gate,
        permit: &Permit<ExperimentsPurpose>,
        assignment: &Assignment,
    ) -> Result<bool, ExperimentsError> {
        permit.check()?;
        if assignment.group == ExperimentGroup::Outside {
            return Ok(false);
        }
        let exposure = Exposure {
            experiment: assignment.experiment.clone(),
            variant: assignment.variant.clone(),
            first_seen_ms: gate.now_ms(),
        };
        let seen = Seen { exposure, device_ms: gate.device_ms() };
        let (bytes, exposure) = (seen.encode()?, seen.exposure);
        gate.write(Durability::Normal, |tx| {
            let mut records = tx.at(permit)?;
            let known = records.get(EXPOSURES, &exposure.experiment)?;
            let known = known.map(|b| Seen::decode(&b)).transpose()?;
            if known.is_some_and(|known| known.exposure.variant == exposure.variant) {
                return Ok(false);
            }
            records.put(EXPOSURES, &exposure.experiment, &bytes)?;
            Ok(true)
        })
    }

    /// Deletes exposures that have been kept for as long as the policy lets them, and the salt, which is drawn anew.
    ///
    /// # Errors
    /// [`ExperimentsError`].
    pub fn keep_to_retention(&self, gate: &Gate) -> Result<(), ExperimentsError> {
        let permit = gate.retention::<ExperimentsPurpose>();
        let mut salts = 0;
        gate.write(Durability::Normal, |tx| {
            tx.trim(&permit, EXPOSURES, |bytes| match Seen::decode(bytes) {
                Ok(seen) if permit.is_over(seen.exposure.first_seen_ms, seen.device_ms) => Trim::Delete,
                Ok(_) | Err(Unread::Newer(_)) => Trim::Keep,
                Err(Unread::Damaged) => Trim::Delete,
            })?;
            salts = tx.trim(&permit, SALT, |bytes| match Drawn::decode(bytes) {
                Ok(drawn) => drawn.trim(&permit, gate.now_ms(), gate.device_ms()),
                Err(Unread::Newer(_)) => Trim::Keep,
                Err(Unread::Damaged) => Trim::Delete,
            })?;
            Ok::<_, ExperimentsError>(())
        })?;
        if salts > 0 {
            self.wipe();
        }
        Ok(())
    }

    /// What this device has seen, for the user to look at and for outcomes to be told apart.
    ///
    /// # Errors
    /// [`ExperimentsError`].
    pub fn exposures(
        &self,
        gate: &Gate,
        permit: &Permit<ExperimentsPurpose>,
    ) -> Result<Vec<Exposure>, ExperimentsError> {
        gate.read(|r| seen(gate, &r.at(permit)?))
    }
}

fn seen(gate: &Gate, records: &Records<'_>) -> Result<Vec<Exposure>, ExperimentsError> {
    let mut exposures = Vec::new();
    for record in records.scan(EXPOSURES)? {
        match Seen::decode(&record.bytes) {
            Ok(seen) => exposures.push(seen.exposure),
            Err(Unread::Newer(newer)) => gate.note_newer(newer),
            // What cannot be read is passed over: the rest is the user's all the same.
            Err(Unread::Damaged) => {}
        }
    }
    Ok(exposures)
}

/// An exposure, and when it was by the device's own time.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    exposure: Exposure,
    device_ms: i64,
}

impl Record for Seen {
    const WHAT: &'static str = "exposure to an experiment";
    const VERSION: u8 = 3;
    const FIRST: u8 = 3;

    fn parts(&self) -> impl Serialize {
        (&self.exposure, self.device_ms)
    }

    fn read(parts: &mut Parts<'_>) -> Option<Self> {
        Some(Self { exposure: parts.next()?, device_ms: parts.next()? })
    }

    fn read_old(version: u8, body: &mut Parts<'_>) -> Option<Self> {
        match version {
            1 => body.next().map(|exposure: Exposure| Self { device_ms: exposure.first_seen_ms, exposure }),
            2 => Self::read(body),
            _ => None,
        }
    }
}

fn read_salt(gate: &Gate, permit: &Permit<ExperimentsPurpose>) -> Result<Option<Salt>, ExperimentsError> {
    let stored = gate.read(|r| r.at(permit)?.get(SALT, SALT_KEY).map_err(ExperimentsError::from))?;
    let drawn = stored.map(|bytes| Drawn::decode(&bytes)).transpose();
    if let Err(Unread::Newer(newer)) = drawn {
        gate.note_newer(newer);
    }
    Ok(drawn?.map(|drawn| drawn.salt))
}

/// Draws a salt and stores it, unless another thread was faster.
fn new_salt(
    gate: &Gate,
    random: &dyn SecureRandom,
    permit: &Permit<ExperimentsPurpose>,
) -> Result<Salt, ExperimentsError> {
    let salt = Salt::new(random::bytes(random)?);
    let drawn = Drawn { salt, at: Some((gate.now_ms(), gate.device_ms())) };
    let bytes = Secret::new(drawn.encode()?);
    gate.write(Durability::Full, |tx| {
        let mut records = tx.at(permit)?;
        match records.get(SALT, SALT_KEY)? {
            Some(bytes) => Ok(Drawn::decode(&bytes)?.salt),
            None => {
                records.put(SALT, SALT_KEY, &bytes)?;
                Ok(drawn.salt)
            }
        }
    })
}
