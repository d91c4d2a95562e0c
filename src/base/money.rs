//! Money is whole minor units and an ISO 4217 code, never a float.

use serde::{Deserialize, Serialize};

use crate::base::currency::decimals;

/// An amount in minor units (cents) of one currency.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, uniffi::Record)]
pub struct Money {
    /// Minor units: 1299 is 12.99 EUR, 1299 JPY is 1299 yen.
    pub minor: i64,
    /// ISO 4217 code in capitals.
    pub currency: String,
}

impl Money {
    /// An amount in minor units of a currency, given by its ISO 4217 code.
    #[must_use]
    pub fn new(minor: i64, currency: &str) -> Self {
        Self { minor, currency: currency.into() }
    }

    /// Whether it can be a price or a total: not negative, in a currency that there is.
    pub(crate) fn is_sound(&self) -> bool {
        self.minor >= 0 && decimals(&self.currency).is_some()
    }
}
