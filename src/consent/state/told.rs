//! What the app told about the surroundings, as it is stored. It can deny, so no older copy of the files may bring back
//! what was told before: a number that rises with each change stands beside the key as well. Signals that are behind it
//! are not believed until the app tells anew.

use serde::{Deserialize, Serialize};

use crate::consent::ConsentError;
use crate::consent::external::ExternalSignals;
use crate::consent::gate::{CONSENT, Gate, LATEST};
use crate::vault::tables::SIGNALS;
use crate::vault::{Anchor, Durability, VaultError, Writer};

/// Where the number stands among the denials beside the key.
pub(crate) const BITS: u64 = Anchor::NUMBER;
const FIRST_BIT: u32 = BITS.trailing_zeros();
/// After so many changes it begins again.
const NUMBERS: u16 = 1 << 15;

/// Signals with their number; 0 until anything is told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Told {
    number: u16,
    #[serde(flatten)]
    pub(crate) signals: ExternalSignals,
}

impl Told {
    /// Reads what is stored. Until there were numbers, it was the signals alone.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// Whether something was told since, according to what stands beside the key.
    pub(crate) const fn is_behind(&self, denied: u64) -> bool {
        let ahead = number_of(denied).wrapping_sub(self.number) % NUMBERS;
        ahead != 0 && ahead < NUMBERS / 2
    }

    /// Puts its number beside the key.
    fn anchor(&self, writer: &mut Writer<'_>) {
        let denied = &mut writer.anchor().denied;
        *denied = *denied & !BITS | u64::from(self.number % NUMBERS) << FIRST_BIT;
    }
}

/// The number beside the key.
const fn number_of(denied: u64) -> u16 {
    ((denied & BITS) >> FIRST_BIT) as u16
}

impl Gate {
    /// Stores what the app told. While the key store fails, the files alone have it.
    pub(crate) fn store_signals(&self, signals: ExternalSignals) -> Result<(), ConsentError> {
        let told = Told { number: self.next_number()?, signals };
        let anchored = self.put_told(&told, Durability::Anchored);
        anchored.or_else(|_| self.put_told(&told, Durability::Full))
    }

    /// Brings the number beside the key and that of the signals in force together: the key store may have failed, or a
    /// change that was cut off has left a number of its own.
    pub(crate) fn anchor_signals(&self) -> Result<(), ConsentError> {
        let denied = self.vault.anchor().denied;
        match self.stored_signals()? {
            Some(told) if told.number != number_of(denied) && told.signals == *self.standing().signals() => {
                self.put_told(&Told { number: self.next_number()?, ..told }, Durability::Anchored)
            }
            _ => Ok(()),
        }
    }

    /// A number that nothing had which was told before.
    fn next_number(&self) -> Result<u16, ConsentError> {
        let denied = self.vault.anchor().denied;
        let latest = self.stored_signals()?.filter(|told| !told.is_behind(denied));
        Ok(latest.map_or(number_of(denied), |told| told.number).wrapping_add(1) % NUMBERS)
    }

    fn put_told(&self, told: &Told, durability: Durability) -> Result<(), ConsentError> {
        let bytes = serde_json::to_vec(told).map_err(|_| ConsentError::Encoding)?;
        self.vault.write(durability, |w| {
            told.anchor(w);
            w.put(CONSENT, SIGNALS, LATEST, &bytes).map(drop).map_err(ConsentError::from)
        })
    }

    /// Whether the files have these signals: the disk may have been full when they were told before.
    pub(crate) fn has_stored(&self, signals: &ExternalSignals) -> bool {
        let same = |told: Option<Told>| told.unwrap_or_default().signals == *signals;
        self.stored_signals().is_ok_and(same)
    }

    fn stored_signals(&self) -> Result<Option<Told>, ConsentError> {
        match self.vault.read(|r| r.get(CONSENT, SIGNALS, LATEST)) {
            Ok(bytes) => Ok(bytes.and_then(|bytes| Told::decode(&bytes))),
            Err(VaultError::Damaged { .. }) => Ok(None),
            Err(e) => Err(e.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(number: u16) -> Told {
        Told { number, ..Told::default() }
    }

    #[test]
    fn what_was_told_before_is_behind() {
        let beside = |number: u16| u64::from(number) << FIRST_BIT | 1 << 63 | 5;
        assert!(told(4).is_behind(beside(5)) && told(0).is_behind(beside(1)));
        assert!(!told(5).is_behind(beside(5)) && !told(6).is_behind(beside(5)) && !told(0).is_behind(5));
        assert!(told(NUMBERS - 1).is_behind(beside(0)) && !told(0).is_behind(beside(NUMBERS - 1)));
    }

    #[test]
    fn signals_without_a_number_are_read() {
        let signals = ExternalSignals { region: Some("DE".into()), ..ExternalSignals::strictest() };
        let old = serde_json::to_vec(&signals).unwrap();
        assert_eq!(Told::decode(&old), Some(Told { number: 0, signals: signals.clone() }));
        let new = Told { number: 7, signals };
        assert_eq!(Told::decode(&serde_json::to_vec(&new).unwrap()), Some(new));
        assert_eq!(Told::decode(b"garbage"), None);
    }
}
