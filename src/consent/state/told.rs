//! What the app told about the surroundings, as it is stored. It can deny, so no older copy of the files may bring back
//! what was told before: a number that rises with each change stands beside the key as well. Signals that are behind it
//! are not believed until the app tells anew.

use serde::{Deserialize, Serialize};

use crate::base::codec::{Parts, Record, Unread};
use crate::consent::external::ExternalSignals;
use crate::vault::{Anchor, Writer};

/// Where the number stands among the denials beside the key.
pub(crate) const BITS: u64 = Anchor::NUMBER;
const FIRST_BIT: u32 = BITS.trailing_zeros();
/// After so many changes it begins again.
pub(crate) const NUMBERS: u16 = 1 << 15;

/// Signals with their number; 0 until anything is told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Told {
    pub(crate) number: u16,
    #[serde(flatten)]
    pub(crate) signals: ExternalSignals,
    /// When the consent platform last told of a new opt-out, in device time.
    pub(crate) opted_out_ms: Option<i64>,
}

/// JSON in one part, so that a signal that is not known here is skipped. Version 1 was JSON alone.
impl Record for Told {
    const WHAT: &'static str = "signals of the app";
    const VERSION: u8 = 2;
    const FIRST: u8 = 2;

    fn parts(&self) -> impl Serialize {
        serde_json::to_vec(self).unwrap_or_default()
    }

    fn read(parts: &mut Parts<'_>) -> Option<Self> {
        serde_json::from_slice(parts.next()?).ok()
    }

    fn read_old(_: u8, _: &mut Parts<'_>) -> Option<Self> {
        None
    }
}

impl Told {
    /// What denies the most, where what was told last is not known.
    pub(crate) fn strictest() -> Self {
        Self { signals: ExternalSignals::strictest(), opted_out_ms: Some(i64::MAX), ..Self::default() }
    }

    /// Reads what is stored. Until there were numbers, it was the signals alone.
    pub(crate) fn open(bytes: &[u8]) -> Result<Self, Unread> {
        match bytes.first() {
            Some(b'{') => serde_json::from_slice(bytes).map_err(|_| Unread::Damaged),
            _ => Self::decode(bytes),
        }
    }

    /// Whether something was told since, according to what stands beside the key.
    pub(crate) const fn is_behind(&self, denied: u64) -> bool {
        let ahead = number_of(denied).wrapping_sub(self.number) % NUMBERS;
        ahead != 0 && ahead < NUMBERS / 2
    }

    /// Puts its number beside the key.
    pub(crate) fn anchor(&self, writer: &mut Writer<'_>) {
        let denied = &mut writer.anchor().denied;
        *denied = *denied & !BITS | self.bits();
    }

    /// Its number, where that stands beside the key.
    pub(crate) const fn bits(&self) -> u64 {
        ((self.number % NUMBERS) as u64) << FIRST_BIT
    }
}

/// The number beside the key.
pub(crate) const fn number_of(denied: u64) -> u16 {
    ((denied & BITS) >> FIRST_BIT) as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::codec::Newer;

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
        assert_eq!(Told::open(&old), Ok(Told { signals: signals.clone(), ..Told::default() }));
        let new = Told { number: 7, signals, opted_out_ms: Some(9) };
        assert_eq!(Told::open(&serde_json::to_vec(&new).unwrap()), Ok(new.clone()));
        assert_eq!(Told::open(&new.encode().unwrap()), Ok(new));
        for garbage in [&b"{garbage"[..], b"", b"\x01", b"\x02\x02\x03{}"] {
            assert_eq!(Told::open(garbage), Err(Unread::Damaged));
        }
        assert_eq!(Told::open(&[3, 3]), Err(Newer { what: "signals of the app" }.into()));
    }
}
