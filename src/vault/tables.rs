//! The numbers of all tables, whoever keeps them. A number is never used again, also when nothing is stored under it any
//! more: it is bound into every sealed record.

use crate::vault::types::Table;

macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident = $number:literal;)*) => {
        $($(#[$doc])* pub(crate) const $name: Table = Table($number);)*

        #[cfg(test)]
        const ALL: &[(&str, u16)] = &[$((stringify!($name), $number)),*];
    };
}

tables! {
    /// The seed of the device's signing key, keyed.
    KEYS = 1;
    /// Receipts of consent, in order.
    RECEIPTS = 2;
    /// What the app told about the surroundings, keyed.
    SIGNALS = 3;
    /// The head of the ledger of receipts, and its witness, keyed.
    HEADS = 4;
    /// The time that was seen last, keyed.
    TIMES = 5;
    /// The policy in force, keyed.
    POLICIES = 6;
    /// The report of an erasure under way, keyed.
    ERASURES = 7;
    /// What the widget shelf rests on, keyed.
    WIDGETS = 8;
    /// Events, in order.
    EVENTS = 20;
    /// What the user said, keyed.
    PREFERENCES = 21;
    /// Events about a sensitive topic, in order, in its compartment.
    TOPIC_EVENTS = 22;
    /// The catalog that events were held against last, keyed.
    EXAMINED = 23;
    /// The newest catalog that was installed, keyed.
    NEWEST = 30;
    /// How much each surface may be personal, keyed.
    INTENSITIES = 32;
    /// Messages that were shown, keyed.
    TOLD = 33;
    /// What the user does not want to be told, keyed.
    MUTED = 34;
    /// The salt of experiments, keyed.
    SALT = 40;
    /// Experiments that were seen, keyed.
    EXPOSURES = 41;
    /// The budget of reports, keyed.
    LEDGER = 50;
    /// Reports that wait, keyed.
    WAITING = 51;
    /// Traces of reports that were sent, in order.
    SENT = 53;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::numbers;

    #[test]
    fn numbers_stay_what_they_are() {
        numbers::hold("table", ALL.iter().map(|(name, number)| ((*name).to_owned(), (*number).into())));
    }
}
