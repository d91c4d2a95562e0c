//! Opening: the ledger is replayed, the latest policy put in force, and the time kept.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, RwLock};

use super::ConsentError;
use super::external::ExternalSignals;
use super::gate::{CONSENT, Gate, LATEST, SIGNALS};
use super::ledger::{DeviceKey, Stored};
use super::policy::Policy;
use super::standing::Standing;
use super::time::{Epoch, Mark};
use super::update::{POLICIES, PolicyRefusal};
use crate::clock::Clock;
use crate::random::{self, SecureRandom};
use crate::vault::{Durability, Reader, Secret, Table, Vault, VaultError, Writer};

/// The device's signing seed, keyed.
pub(super) const KEYS: Table = Table(1);
pub(super) const DEVICE: &str = "device";
/// The latest time seen, keyed.
pub(super) const TIMES: Table = Table(5);

/// What the vault has about consent.
pub(super) struct Saved {
    seed: Option<Secret>,
    signals: Option<Secret>,
    policy: Option<Secret>,
    mark: Option<Secret>,
    ledger: Stored,
}

impl Saved {
    pub(super) fn load(reader: &Reader<'_>) -> Result<Self, VaultError> {
        Ok(Self {
            seed: reader.get(CONSENT, KEYS, DEVICE)?,
            signals: reader.get(CONSENT, SIGNALS, LATEST)?,
            policy: reader.get(CONSENT, POLICIES, LATEST)?,
            mark: reader.get(CONSENT, TIMES, LATEST)?,
            ledger: Stored::load(reader)?,
        })
    }

    /// The picture that follows from what is stored.
    pub(super) fn standing(
        &self,
        policy: Policy,
        signals: ExternalSignals,
    ) -> Result<Standing, ConsentError> {
        let seed = self.seed.as_ref().ok_or(ConsentError::LedgerKey)?;
        let key = Arc::new(DeviceKey::from_seed(seed)?);
        let (receipts, check) = self.ledger.replay(&key)?;
        Ok(Standing::new(policy, signals, key, receipts, check))
    }

    fn signals(&self) -> Result<ExternalSignals, ConsentError> {
        let Some(bytes) = &self.signals else {
            return Ok(ExternalSignals::default());
        };
        serde_json::from_slice(bytes).map_err(|_| ConsentError::Encoding)
    }

    fn mark(&self) -> Mark {
        let mark = self.mark.as_ref().and_then(|b| postcard::from_bytes(b).ok());
        mark.unwrap_or(Mark::new(i64::MIN, 0))
    }
}

impl Gate {
    /// Takes over an open vault and replays its ledger. Of `policy` and the one stored before, the
    /// later version is in force.
    ///
    /// # Errors
    /// [`ConsentError::Vault`] when the vault fails. A ledger that does not verify is no error
    /// here: it denies everything and is reported by [`verify_ledger`](Self::verify_ledger).
    pub fn open(
        vault: Vault,
        policy: Policy,
        clock: Arc<dyn Clock>,
        random: Arc<dyn SecureRandom>,
    ) -> Result<Self, ConsentError> {
        let mut saved = vault.read(Saved::load)?;
        let before = saved.mark();
        let mark = Mark::new(before.latest_ms.max(clock.now_ms()), before.opens.saturating_add(1));
        let (held, offered, refused) = choose(&saved, policy, mark.latest_ms)?;
        let fresh_seed = match &saved.seed {
            Some(_) => None,
            None => Some(Secret::new(random::bytes::<32>(&*random)?.to_vec())),
        };
        let durability = if fresh_seed.is_some() { Durability::Full } else { Durability::Normal };
        vault.write(durability, |w| {
            if let Some(seed) = &fresh_seed {
                w.put(CONSENT, KEYS, DEVICE, seed)?;
            }
            if saved.policy.is_none() {
                w.put(CONSENT, POLICIES, LATEST, &held.to_json())?;
            }
            put_mark(w, mark)
        })?;
        saved.seed = saved.seed.or(fresh_seed);
        let standing = saved.standing(held, saved.signals()?)?;
        let latest_ms = standing.receipts().last().map_or(mark.latest_ms, |r| r.time_ms.max(mark.latest_ms));
        let gate = Self {
            vault,
            random,
            epoch: Epoch::new(clock, latest_ms),
            opens: mark.opens,
            standing: RwLock::new(Arc::new(standing)),
            changing: Mutex::new(()),
            unfinished: AtomicBool::new(false),
            refused_policy: Mutex::new(refused),
        };
        if let Some(newer) = offered {
            gate.adopt(newer)?;
        }
        // If this fails, the next tick does it: that is no reason to keep the person from anything.
        drop(gate.review_snapshot());
        Ok(gate)
    }
}

/// The policy in force, one to be put in its place, and one that had to be refused.
fn choose(
    saved: &Saved,
    given: Policy,
    now_ms: i64,
) -> Result<(Policy, Option<Policy>, Option<PolicyRefusal>), ConsentError> {
    let held = saved.policy.as_ref().and_then(|json| Policy::parse(json).ok());
    let current = given.is_current(now_ms);
    let refusal = |e| Some(PolicyRefusal::new(&e, now_ms));
    Ok(match (held, current) {
        (None, Ok(())) => (given, None, None),
        (None, Err(e)) => (Policy::baseline()?, None, refusal(e)),
        (Some(held), _) if given.version <= held.version => (held, None, None),
        (Some(held), Ok(())) => (held, Some(given), None),
        (Some(held), Err(e)) => (held, None, refusal(e)),
    })
}

pub(super) fn put_mark(writer: &mut Writer<'_>, mark: Mark) -> Result<(), VaultError> {
    let bytes = postcard::to_allocvec(&mark).map_err(|_| VaultError::Damaged { what: "time" })?;
    writer.put(CONSENT, TIMES, LATEST, &bytes).map(drop)
}
