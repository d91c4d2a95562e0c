//! How denials stand beside the key: one bit for each purpose and tag, where no older copy of the files takes it back.
//! Fifteen bits more have the number of the latest signals, see [`crate::consent::state::told`].

use crate::base::sensitive::SensitiveTag;
use crate::consent::decision::ConsentState;
use crate::consent::purpose::Purpose;
use crate::consent::state::current::{Answer, State};
use crate::consent::state::told;
use crate::vault::Anchor;

/// Tags have the bits from this one on.
const FIRST_TAG: u32 = 32;

/// A set of purposes and tags. The bits are stored: a purpose's is that of its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Denials(pub(crate) u64);

impl Denials {
    /// What stands beside the key, without the number of the signals.
    pub(crate) const fn anchored(bits: u64) -> Self {
        Self(bits & !told::BITS)
    }

    /// Everything is to be erased, the answers as well.
    pub(crate) const EVERYTHING: u64 = 1 << 63;

    /// All of them, and that everything is to be erased.
    pub(crate) fn everything() -> Self {
        let all = Self::of(&Purpose::ALL, &SensitiveTag::ALL);
        Self(all.0 | Self::EVERYTHING)
    }

    pub(crate) fn of(purposes: &[Purpose], tags: &[SensitiveTag]) -> Self {
        let purposes = purposes.iter().filter(|p| **p != Purpose::Essential).map(|p| 1 << (*p as u64));
        Self(purposes.chain(tags.iter().map(|t| 1 << (FIRST_TAG + *t as u32))).fold(0, |all, bit| all | bit))
    }

    /// Purposes, and with the history the topics that are part of it.
    pub(crate) fn with_tags(purposes: &[Purpose]) -> Self {
        let history = purposes.contains(&Purpose::History);
        Self::of(purposes, if history { &SensitiveTag::ALL } else { &[] })
    }

    /// What the latest answers in the ledger deny.
    pub(crate) fn of_ledger(state: &State) -> Self {
        if state.newer().is_some() {
            // Later answers are not known.
            return Self::default();
        }
        Self::answered(state, ConsentState::ends)
    }

    /// What is denied beside the key although the ledger may allow it, and what is denied and not erased yet.
    pub(crate) fn lost(state: &State, anchor: Anchor) -> Self {
        let unfinished = Self::anchored(anchor.unfinished);
        if state.is_broken() {
            // It denies everything anyway, and takes no receipt.
            return unfinished;
        }
        // What is put off allows nothing either.
        let denies = |state: ConsentState| state.ends() || state == ConsentState::Deferred;
        Self::anchored(anchor.denied).without(Self::answered(state, denies)).and(unfinished)
    }

    /// What the latest answer in the ledger is such about.
    fn answered(state: &State, such: impl Fn(ConsentState) -> bool) -> Self {
        let is = |answer: Option<&Answer>| answer.is_some_and(|a| such(a.state));
        let purposes: Vec<_> = Purpose::ALL.into_iter().filter(|p| is(state.answer(*p))).collect();
        let tags: Vec<_> = SensitiveTag::ALL.into_iter().filter(|t| is(state.tag_answer(*t))).collect();
        Self::of(&purposes, &tags)
    }

    pub(crate) const fn is_everything(self) -> bool {
        self.0 & Self::EVERYTHING != 0
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) const fn and(self, more: Self) -> Self {
        Self(self.0 | more.0)
    }

    pub(crate) const fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    pub(crate) fn purposes(self) -> Vec<Purpose> {
        Purpose::ALL.into_iter().filter(|p| self.0 & Self::of(&[*p], &[]).0 != 0).collect()
    }

    pub(crate) fn tags(self) -> Vec<SensitiveTag> {
        SensitiveTag::ALL.into_iter().filter(|t| self.0 & Self::of(&[], &[*t]).0 != 0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_reads_back_and_its_bits_stay() {
        let set = Denials::of(&[Purpose::History, Purpose::Transfer], &[SensitiveTag::Addiction]);
        assert_eq!(set.0, 1 << 4 | 1 << 12 | 1 << 43);
        assert_eq!(set.purposes(), [Purpose::History, Purpose::Transfer]);
        assert_eq!(set.tags(), [SensitiveTag::Addiction]);
        assert!(!set.is_everything() && Denials::everything().is_everything());
        assert_eq!(Denials::everything().purposes().len(), 11, "what is essential cannot be denied");
        assert_eq!(Denials::everything().tags().len(), 12);
        assert_eq!(Denials::anchored(u64::MAX).0 & Denials::everything().0, Denials::everything().0);
    }
}
