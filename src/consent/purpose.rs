//! What data may be used for: the twelve purposes, as values and as types.
//!
//! The value ([`Purpose`]) crosses the language boundary and is stored; the type ([`History`],
//! [`Ranking`], …) names the purpose of a [`Permit`](crate::consent::Permit) at compile time.

use serde::{Deserialize, Serialize};

use crate::vault::Compartment;

/// A purpose that a user can allow or deny on its own. Numbers are stored: never reuse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
#[repr(u16)]
pub enum Purpose {
    /// Keys, consent records, the catalog, products that are the same for everyone.
    Essential = 1,
    /// What users say they like.
    Preferences = 2,
    /// What happens in this visit, in memory only, until its end.
    Session = 3,
    /// Behaviour stored beyond the visit.
    History = 4,
    /// Interests and predictions inferred from history.
    Inference = 5,
    /// Using this data to order products, layout and search.
    Ranking = 6,
    /// Choosing among published offers.
    Offers = 7,
    /// Local notifications and when to show them.
    Messaging = 8,
    /// Randomised statistics that leave the device.
    Measurement = 9,
    /// Randomised outcomes for training the shop's model.
    ModelImprovement = 10,
    /// Taking part in experiments of the app.
    Experiments = 11,
    /// An encrypted move to another device.
    Transfer = 12,
}

impl Purpose {
    /// Every purpose, in the order a notice lists them.
    pub const ALL: [Self; 12] = [
        Self::Essential,
        Self::Preferences,
        Self::Session,
        Self::History,
        Self::Inference,
        Self::Ranking,
        Self::Offers,
        Self::Messaging,
        Self::Measurement,
        Self::ModelImprovement,
        Self::Experiments,
        Self::Transfer,
    ];

    /// The identifier used in policies, receipts and exports.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Essential => "essential",
            Self::Preferences => "preferences",
            Self::Session => "session",
            Self::History => "history",
            Self::Inference => "inference",
            Self::Ranking => "ranking",
            Self::Offers => "offers",
            Self::Messaging => "messaging",
            Self::Measurement => "measurement",
            Self::ModelImprovement => "model_improvement",
            Self::Experiments => "experiments",
            Self::Transfer => "transfer",
        }
    }

    /// One of these purposes must be allowed as well; empty if none is needed.
    #[must_use]
    pub const fn needs_one_of(self) -> &'static [Self] {
        match self {
            Self::Inference => &[Self::History],
            Self::Ranking => &[Self::Preferences, Self::Session, Self::History],
            Self::Offers | Self::Messaging => &[Self::Ranking],
            Self::ModelImprovement => &[Self::Measurement],
            _ => &[],
        }
    }

    /// Whether a notice asks about it. Essential purposes need no answer. A move to another device is asked about
    /// each time.
    #[must_use]
    pub const fn is_asked_in_advance(self) -> bool {
        !matches!(self, Self::Essential | Self::Transfer)
    }

    /// The purpose in terms of the Data Privacy Vocabulary (DPV 2.3).
    #[must_use]
    pub const fn dpv(self) -> &'static str {
        match self {
            Self::Essential => "dpv:ServiceProvision",
            Self::Preferences | Self::Session => "dpv:ServicePersonalisation",
            Self::History | Self::Inference => "dpv:Personalisation",
            Self::Ranking => "dpv:ProvideProductRecommendations",
            Self::Offers => "dpv:PersonalisedBenefits",
            Self::Messaging => "dpv:DirectMarketing",
            Self::Measurement => "dpv:ServiceUsageAnalytics",
            Self::ModelImprovement => "dpv:ServiceOptimisation",
            Self::Experiments => "dpv:OptimiseUserInterface",
            Self::Transfer => "dpv:Purpose",
        }
    }

    /// The group of a notice that lists it.
    #[must_use]
    pub const fn group(self) -> PurposeGroup {
        match self {
            Self::Essential | Self::Preferences | Self::Session | Self::History => PurposeGroup::Remembered,
            Self::Inference | Self::Ranking | Self::Offers | Self::Messaging => PurposeGroup::Used,
            Self::Measurement | Self::ModelImprovement => PurposeGroup::Shared,
            Self::Experiments | Self::Transfer => PurposeGroup::Other,
        }
    }

    /// The part of the vault that holds this purpose's data under a key of its own.
    #[must_use]
    pub const fn compartment(self) -> Compartment {
        Compartment(self as u16)
    }

    /// Compartments that become unreadable when the purpose is withdrawn: its own data, data derived from it, and
    /// waiting reports.
    #[must_use]
    pub const fn erased_with(self) -> &'static [Self] {
        match self {
            Self::Preferences => &[Self::Preferences],
            Self::History => &[Self::History, Self::Inference, Self::Measurement, Self::ModelImprovement],
            Self::Inference => &[Self::Inference, Self::Measurement, Self::ModelImprovement],
            Self::Measurement => &[Self::Measurement, Self::ModelImprovement],
            Self::ModelImprovement => &[Self::ModelImprovement],
            Self::Offers => &[Self::Offers],
            Self::Messaging => &[Self::Messaging],
            Self::Experiments => &[Self::Experiments],
            Self::Essential | Self::Session | Self::Ranking | Self::Transfer => &[],
        }
    }
}

/// Groups of purposes, to make a notice easy to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum PurposeGroup {
    /// What is remembered on this device.
    Remembered,
    /// What it is used for on this device.
    Used,
    /// What leaves this device, randomised.
    Shared,
    /// Experiments, and moving to another device.
    Other,
}

impl PurposeGroup {
    /// Its key in the texts.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Remembered => "remembered",
            Self::Used => "used",
            Self::Shared => "shared",
            Self::Other => "other",
        }
    }
}

mod sealed {
    /// Keeps other modules from adding a purpose type.
    pub trait Sealed {}
}

/// A purpose as a type. Only the types of this module implement it.
pub trait PurposeType: sealed::Sealed + Send + Sync + 'static {
    /// The purpose as a value.
    const PURPOSE: Purpose;
}

macro_rules! purpose_types {
    ($($name:ident),+) => {$(
        #[doc = concat!("The type of [`Purpose::", stringify!($name), "`].")]
        #[derive(Debug, Clone, Copy)]
        pub struct $name;
        impl sealed::Sealed for $name {}
        impl PurposeType for $name {
            const PURPOSE: Purpose = Purpose::$name;
        }
    )+};
}

purpose_types!(
    Essential,
    Preferences,
    Session,
    History,
    Inference,
    Ranking,
    Offers,
    Messaging,
    Measurement,
    ModelImprovement,
    Experiments,
    Transfer
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::numbers;

    #[test]
    fn numbers_stay_what_they_are() {
        numbers::hold("purpose", Purpose::ALL.map(|p| (p.id().to_owned(), p as u32)));
        numbers::hold_words("purpose_word", Purpose::ALL);
        numbers::hold_places("purpose_place", Purpose::ALL);
    }
}
