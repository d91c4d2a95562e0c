//! Where consent keeps its own records: with what is essential.

use crate::consent::purpose::Purpose;
use crate::vault::Compartment;

pub(super) const CONSENT: Compartment = Purpose::Essential.compartment();
/// The key of the only record of a table.
pub(super) const LATEST: &str = "latest";
