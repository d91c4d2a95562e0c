//! The gate: only here can a permit be had, and only with a permit does the vault open.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use super::decision::{decide, Decision};
use super::external::ExternalSignals;
use super::permit::{Epoch, Permit};
use super::policy::Policy;
use super::purpose::{Essential, Purpose, PurposeType};
use super::receipt::{replay, DeviceKey, LedgerCheck, Receipt};
use super::standing::Standing;
use super::ConsentError;
use crate::clock::Clock;
use crate::random::{self, SecureRandom};
use super::records::{Reading, Writing};
use crate::vault::{Compartment, Durability, Integrity, Secret, Table, Vault};

/// The device's signing seed, keyed.
const KEYS: Table = Table(1);
/// The receipts, in order.
pub(super) const RECEIPTS: Table = Table(2);
/// The app's latest signals, keyed.
const SIGNALS: Table = Table(3);
pub(super) const CONSENT: Compartment = Purpose::Essential.compartment();

/// The one owner of the vault. Every other room reaches personal data through it, with permits.
pub struct Gate {
    pub(super) vault: Vault,
    pub(super) key: DeviceKey,
    pub(super) random: Arc<dyn SecureRandom>,
    pub(super) epoch: Epoch,
    standing: RwLock<Arc<Standing>>,
    clock: Arc<dyn Clock>,
    changing: Mutex<()>,
}

impl Gate {
    /// Takes over an open vault and replays its ledger under `policy`.
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
        let key = DeviceKey::from_seed(&device_seed(&vault, &*random)?)?;
        let (records, signals) = vault.read(|r| {
            Ok::<_, ConsentError>((r.scan(CONSENT, RECEIPTS)?, r.get(CONSENT, SIGNALS, "latest")?))
        })?;
        let (receipts, check) = replay(records.iter().map(|r| r.bytes.as_slice()), &key)?;
        let signals = match signals {
            Some(bytes) => serde_json::from_slice(&bytes).map_err(|_| ConsentError::Encoding)?,
            None => ExternalSignals::default(),
        };
        let standing = Standing::new(Arc::new(policy), signals, receipts, check);
        Ok(Self {
            vault,
            key,
            random,
            epoch: Epoch::default(),
            standing: RwLock::new(Arc::new(standing)),
            clock,
            changing: Mutex::new(()),
        })
    }

    /// Decides about a purpose, from memory.
    #[must_use]
    pub fn decide(&self, purpose: Purpose) -> Decision {
        decide(&self.standing(), purpose, self.now_ms())
    }

    /// A permit for `P`, or the decision that denies it.
    ///
    /// # Errors
    /// The [`Decision`], with the reason.
    pub fn permit<P: PurposeType>(&self) -> Result<Permit<P>, Box<Decision>> {
        // The epoch is read first: a change in between leaves a permit that is already dead.
        let epoch = self.epoch.current();
        let decision = self.decide(P::PURPOSE);
        if decision.allowed { Ok(Permit::issue(epoch, &self.epoch)) } else { Err(Box::new(decision)) }
    }

    /// The permit for what the service cannot do without.
    #[must_use]
    pub fn essential(&self) -> Permit<Essential> {
        Permit::issue(self.epoch.current(), &self.epoch)
    }

    /// Reads a consistent state of the vault, through permits.
    ///
    /// # Errors
    /// What `op` returns, or a [`ConsentError::Vault`].
    pub fn read<T, E: From<ConsentError>>(
        &self,
        op: impl FnOnce(&Reading<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.vault.read(|r| Ok::<_, ConsentError>(op(&Reading::new(r))))?
    }

    /// Writes in one transaction, through permits; an error leaves nothing behind.
    ///
    /// # Errors
    /// What `op` returns, or a [`ConsentError::Vault`].
    pub fn write<T, E: From<ConsentError>>(
        &self,
        durability: Durability,
        op: impl FnOnce(&mut Writing<'_, '_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let done = self.vault.write(durability, |w| op(&mut Writing::new(w)).map_err(Undo::Caller));
        done.map_err(|undo| match undo {
            Undo::Caller(e) => e,
            Undo::Vault(e) => ConsentError::Vault(e).into(),
        })
    }

    /// Remembers what the app says about region, age and opt-out signals. They can only deny.
    ///
    /// # Errors
    /// [`ConsentError::Vault`] when they cannot be stored; what denies then still holds until the
    /// engine is closed.
    pub fn apply_signals(&self, signals: ExternalSignals) -> Result<(), ConsentError> {
        let _one_at_a_time = self.changing();
        let bytes = serde_json::to_vec(&signals).map_err(|_| ConsentError::Encoding)?;
        self.replace(self.standing().with_signals(signals));
        self.vault.write(Durability::Full, |w| {
            w.put(CONSENT, SIGNALS, "latest", &bytes)?;
            Ok::<_, ConsentError>(())
        })
    }

    /// The receipts after `seq`, oldest first.
    #[must_use]
    pub fn receipts(&self, since_seq: u64) -> Vec<Receipt> {
        self.standing().receipts().iter().filter(|r| r.seq > since_seq).cloned().collect()
    }

    /// Reads the whole ledger from disk again and checks every signature and link.
    ///
    /// # Errors
    /// [`ConsentError::Vault`] when it cannot be read.
    pub fn verify_ledger(&self) -> Result<LedgerCheck, ConsentError> {
        let records = self.vault.read(|r| Ok::<_, ConsentError>(r.scan(CONSENT, RECEIPTS)?))?;
        let mut check = replay(records.iter().map(|r| r.bytes.as_slice()), &self.key)?.1;
        let known = self.standing().check().verified;
        if check.broken_at.is_none() && check.verified < known {
            check.broken_at = Some(check.verified + 1); // cut off at the end
        }
        Ok(check)
    }

    /// What the vault finds when it checks itself.
    ///
    /// # Errors
    /// [`ConsentError::Vault`] when it cannot be read.
    pub fn integrity(&self) -> Result<Integrity, ConsentError> {
        Ok(self.vault.integrity()?)
    }

    /// How long the policy lets data of a purpose be kept, in days.
    #[must_use]
    pub fn retention_days(&self, purpose: Purpose) -> u32 {
        self.standing().policy().terms(purpose).map_or(0, |t| t.retention_days)
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    pub(super) fn standing(&self) -> Arc<Standing> {
        self.standing.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts a new picture in place and kills every permit given under the old one.
    pub(super) fn replace(&self, standing: Standing) {
        *self.standing.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(standing);
        self.epoch.bump();
    }

    pub(super) fn changing(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a write was undone: the caller's own reason, or the vault's.
enum Undo<E> {
    Caller(E),
    Vault(crate::vault::VaultError),
}

impl<E> From<crate::vault::VaultError> for Undo<E> {
    fn from(e: crate::vault::VaultError) -> Self {
        Self::Vault(e)
    }
}

fn device_seed(vault: &Vault, random: &dyn SecureRandom) -> Result<Secret, ConsentError> {
    let seed = vault.read(|r| Ok::<_, ConsentError>(r.get(CONSENT, KEYS, "device")?))?;
    if let Some(seed) = seed {
        return Ok(seed);
    }
    let seed = Secret::new(random::bytes::<32>(random)?.to_vec());
    vault.write(Durability::Full, |w| w.put(CONSENT, KEYS, "device", &seed).map(drop).map_err(ConsentError::Vault))?;
    Ok(seed)
}
