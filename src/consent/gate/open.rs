//! Opening: the ledger is replayed, the latest policy put in force, the time kept, and what stands beside the key held
//! against it.

use crate::base::log::Survived as _;
use crate::vault::tables::{KEYS, TIMES};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, RwLock};

use crate::base::clock::Clock;
use crate::base::codec::{Newer, Record as _, Unread};
use crate::base::random;
use crate::base::random::SecureRandom;
use crate::base::turn::Turn;
use crate::consent::ConsentError;
use crate::consent::external::ExternalSignals;
use crate::consent::gate::Gate;
use crate::consent::ledger::{DeviceKey, Signed, Stored};
use crate::consent::policy::PolicyRefusal;
use crate::consent::policy::{Policy, PolicyError};
use crate::consent::state::clock::{ConsentClock, Mark};
use crate::consent::state::current::State;
use crate::consent::state::denials::Denials;
use crate::consent::state::told::Told;
use crate::consent::stored::{CONSENT, LATEST};
use crate::vault::tables::POLICIES;
use crate::vault::tables::SIGNALS;
use crate::vault::{Anchor, Durability, Reader, Secret, Table, Vault, VaultError, Writer};

pub(crate) const DEVICE: &str = "device";
const POLICY: &str = "consent policy";
/// The record beside the policy: the shop's key that signed it, its 32 raw bytes.
const SIGNER: &str = "signer";

/// What the vault has about consent. What is damaged is told apart from what is not there.
pub(crate) struct Saved {
    seed: Kept,
    signals: Kept,
    policy: Kept,
    signer: Kept,
    mark: Kept,
    ledger: Stored,
}

/// One stored record.
enum Kept {
    Nothing,
    Damaged,
    Bytes(Secret),
}

impl Kept {
    fn load(reader: &Reader<'_>, table: Table, key: &str) -> Result<Self, VaultError> {
        match reader.get(CONSENT, table, key) {
            Ok(None) => Ok(Self::Nothing),
            Ok(Some(bytes)) => Ok(Self::Bytes(bytes)),
            Err(VaultError::Damaged { what: "record" }) => Ok(Self::Damaged),
            Err(other) => Err(other),
        }
    }

    fn bytes(&self) -> Option<&Secret> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::Nothing | Self::Damaged => None,
        }
    }
}

impl Saved {
    pub(crate) fn load(reader: &Reader<'_>) -> Result<Self, VaultError> {
        Ok(Self {
            seed: Kept::load(reader, KEYS, DEVICE)?,
            signals: Kept::load(reader, SIGNALS, LATEST)?,
            policy: Kept::load(reader, POLICIES, LATEST)?,
            signer: Kept::load(reader, POLICIES, SIGNER)?,
            mark: Kept::load(reader, TIMES, LATEST)?,
            ledger: Stored::load(reader)?,
        })
    }

    /// The picture that follows from what is stored.
    pub(crate) fn state(&self, policy: Policy, signals: ExternalSignals) -> Result<State, ConsentError> {
        let seed = self.seed.bytes().ok_or(ConsentError::LedgerKey)?;
        let key = Arc::new(DeviceKey::from_seed(seed)?);
        let mut ledger = self.ledger.replay(&key)?;
        ledger.newer = ledger.newer.or(self.newer());
        Ok(State::new(policy, signals, key, ledger))
    }

    /// Which version of the policy was in force, as it says itself or as the receipts name it.
    fn policy_version(&self) -> Option<u64> {
        let stored = self.policy.bytes().and_then(|json| Policy::version_of(json));
        let receipts =
            self.ledger.records.iter().filter_map(|r| Signed::decode(&r.bytes).ok()?.receipt().ok());
        let named = receipts.filter_map(|receipt| receipt.policy.rsplit_once('@')?.1.parse().ok());
        stored.into_iter().chain(named).max()
    }

    /// The key that signed the stored policy. Without the record nobody knows.
    fn signer(&self) -> Option<[u8; 32]> {
        self.signer.bytes().and_then(|bytes| bytes.as_slice().try_into().ok())
    }

    /// What of all but the ledger a newer version wrote.
    fn newer(&self) -> Option<Newer> {
        let unread = [
            self.signals.bytes().and_then(|bytes| Told::open(bytes).err()),
            self.mark.bytes().and_then(|bytes| Mark::decode(bytes).err()),
            self.policy
                .bytes()
                .and_then(|json| Policy::is_newer(json).then_some(Newer { what: POLICY }.into())),
        ];
        unread.into_iter().flatten().find_map(|unread| match unread {
            Unread::Newer(newer) => Some(newer),
            Unread::Damaged => None,
        })
    }

    /// What the app told last. Where that cannot be read, or something was told since, everything it might have denied
    /// is denied.
    fn told(&self, anchor: Anchor) -> Told {
        let told = match &self.signals {
            Kept::Nothing => Some(Told::default()),
            Kept::Damaged => None,
            Kept::Bytes(bytes) => Told::open(bytes).ok(),
        };
        told.filter(|told| !told.is_behind(anchor.denied)).unwrap_or_else(Told::strictest)
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
        let (anchor, clock_ms) = (vault.anchor(), clock.now_ms());
        let stored = saved.mark.bytes().map(|b| b.as_slice());
        let mark = Mark::next(stored, clock_ms, anchor.device_ms, anchor.latest_ms);
        let chosen = choose(&saved, policy, clock_ms)?;
        let fresh_seed = match &saved.seed {
            Kept::Bytes(_) => None,
            Kept::Nothing | Kept::Damaged => Some(Secret::new(random::bytes::<32>(&*random)?.to_vec())),
        };
        let durability = if fresh_seed.is_some() { Durability::Full } else { Durability::Normal };
        let kept = vault.write(durability, |w| {
            if let Some(seed) = &fresh_seed {
                w.put(CONSENT, KEYS, DEVICE, seed)?;
            }
            if chosen.is_new {
                put_policy(w, &chosen.held)?;
            }
            put_mark(w, mark)
        });
        // On a full disk the user still gets in, to a ledger that is there already.
        if fresh_seed.is_some() || !matches!(kept, Err(VaultError::Storage { .. })) {
            kept?;
        }
        if let Some(seed) = fresh_seed {
            saved.seed = Kept::Bytes(seed);
        }
        let told = saved.told(anchor);
        let state = saved.state(chosen.held, told.signals)?.opted_out_since(told.opted_out_ms);
        // Until it has found its way into the ledger.
        let lost = Denials::lost(&state, anchor);
        let state = state.holding(&lost.purposes(), &lost.tags());
        // What the ledger has seen, the device has: also if it was killed before it could keep the time.
        let seen = state.receipts().iter().rev().find_map(|r| Some((r.device_ms?, r.time_ms)));
        let time = seen.map_or(mark.time, |(device_ms, clock_ms)| mark.time.not_before(device_ms, clock_ms));
        let gate = Self {
            state: RwLock::new(Arc::new(state)),
            vault,
            random,
            clock: ConsentClock::new(clock, time),
            opens: mark.opens,
            changing: Turn::new(()),
            coming: Arc::default(),
            visits_ended: AtomicU64::new(0),
            refused_policy: Mutex::new(chosen.refused),
            newer: Mutex::default(),
            message_caps: Mutex::default(),
        };
        if let Some(later) = chosen.offered.filter(|_| gate.not_newer().is_ok()) {
            gate.adopt(later)?;
        }
        // If this fails, the next tick does it: that is no reason to keep the user from anything.
        gate.review_widget().survived("remove a widget's shelf that is not valid any more");
        Ok(gate)
    }
}

/// Which policy is in force.
struct Chosen {
    held: Policy,
    /// Whether it is to be stored in the place of what is there.
    is_new: bool,
    /// One that is to follow it.
    offered: Option<Policy>,
    refused: Option<PolicyRefusal>,
}

/// Stores a policy with the key that signed it.
pub(crate) fn put_policy(writer: &mut Writer<'_>, policy: &Policy) -> Result<(), VaultError> {
    writer.put(CONSENT, POLICIES, LATEST, &policy.to_stored())?;
    match policy.signer() {
        Some(key) => writer.put(CONSENT, POLICIES, SIGNER, &key).map(drop),
        None => writer.remove(CONSENT, POLICIES, SIGNER).map(drop),
    }
}

/// Of the stored policy and the given one, the later is in force, and of two keys that of this release. Where the stored one cannot be read, the given one
/// takes its place if it is known to be as late; else it only stands in for it, and what is stored stays.
fn choose(saved: &Saved, given: Policy, now_ms: i64) -> Result<Chosen, ConsentError> {
    let current = given.is_current(now_ms);
    let refused = |e| Some(PolicyRefusal::new(&e, now_ms));
    let in_force = |held, is_new, refused| Ok(Chosen { held, is_new, offered: None, refused });
    let error = match &saved.policy {
        Kept::Nothing if saved.policy_version().is_none() => {
            return match current {
                Ok(()) => in_force(given, true, None),
                Err(e) => in_force(Policy::baseline()?, true, refused(e)),
            };
        }
        // Receipts name one: a rebuilt database may lack the record.
        Kept::Nothing | Kept::Damaged => PolicyError::Lost,
        Kept::Bytes(json) => match Policy::parse(json).map(|held| held.signed_by(saved.signer())) {
            Ok(held) if !given.follows(&held) => return in_force(held, false, None),
            Ok(held) => {
                let (offered, refused) = match current {
                    Ok(()) => (Some(given), None),
                    Err(e) => (None, refused(e)),
                };
                return Ok(Chosen { held, is_new: false, offered, refused });
            }
            Err(newer @ PolicyError::Format(_)) if Policy::is_newer(json) => newer,
            Err(_) => PolicyError::Lost,
        },
    };
    let is_as_late = error == PolicyError::Lost && saved.policy_version().is_some_and(|v| v <= given.version);
    match current {
        Ok(()) if is_as_late => in_force(given, true, refused(error)),
        Ok(()) => in_force(given.into_stand_in(), false, refused(error)),
        Err(_) => in_force(Policy::baseline()?.into_stand_in(), false, refused(error)),
    }
}

/// Keeps the time, unless a newer version keeps it there.
pub(crate) fn put_mark(writer: &mut Writer<'_>, mark: Mark) -> Result<(), VaultError> {
    if let Ok(Some(bytes)) = writer.get(CONSENT, TIMES, LATEST)
        && matches!(Mark::decode(&bytes), Err(Unread::Newer(_)))
    {
        return Ok(());
    }
    let bytes = mark.encode().map_err(|_| VaultError::Damaged { what: "time of consent" })?;
    writer.put(CONSENT, TIMES, LATEST, &bytes).map(drop)
}
