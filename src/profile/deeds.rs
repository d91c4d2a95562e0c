//! What the user did with a product, for sentences that name it.

use serde::Deserialize;

use crate::profile::interaction::{Act, Wanted};

/// What was done with a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Deed {
    /// Its page was looked at, or it was chosen in a list.
    Looked,
    /// It was bought.
    Bought,
    /// It was put into the cart.
    Carted,
    /// It was put on the wish list.
    Wished,
    /// It was rated high.
    Rated,
}

impl Deed {
    const ALL: [Self; 5] = [Self::Looked, Self::Bought, Self::Carted, Self::Wished, Self::Rated];

    fn of(act: Act) -> Option<Self> {
        Some(match act {
            Act::Look => Self::Looked,
            Act::Buy => Self::Bought,
            Act::Want(Wanted::Cart) => Self::Carted,
            Act::Want(Wanted::Wish) => Self::Wished,
            Act::Want(Wanted::Rating) => Self::Rated,
            Act::Unwant(_) | Act::Unbuy | Act::TooSmall | Act::TooLarge | Act::Regret => return None,
        })
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// All that was done with a product, or with several. What was taken back later was done all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Deeds(u8);

impl Deeds {
    pub(super) fn note(&mut self, act: Act) {
        self.0 |= Deed::of(act).map_or(0, Deed::bit);
    }

    /// What was done with either.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The one to name.
    pub(crate) fn told(self) -> Option<Deed> {
        Deed::ALL.into_iter().find(|deed| self.0 & deed.bit() != 0)
    }

    /// The one to name for what a look says nothing about, if there is one.
    pub(crate) fn chosen(self) -> Option<Deed> {
        Self(self.0 & !Deed::Looked.bit()).told().or(self.told())
    }
}
