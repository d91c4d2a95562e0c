//! Money is whole minor units and an ISO 4217 code, never a float.

use serde::{Deserialize, Serialize};

/// An amount in minor units (cents) of one currency.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, uniffi::Record)]
pub struct Money {
    /// Minor units: 1299 is 12.99 EUR, 1299 JPY is 1299 yen.
    pub minor: i64,
    /// ISO 4217 code in capitals.
    pub currency: String,
}
