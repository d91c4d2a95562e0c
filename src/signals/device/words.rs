//! Words of this room, in the user's language.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::base::locale::{Texts, in_every_language, labelled, texts_of_locales};
use crate::signals::device::prepare::SkipReason;
use crate::signals::dp::mechanism::Mechanism;

static TEXTS: Texts<Words> = in_every_language!(texts_of_locales);

/// The texts of one language.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    skipped: BTreeMap<SkipReason, String>,
    /// What is asked, by the word of the measurement.
    asked: BTreeMap<String, String>,
    chance: Chance,
}

/// What chance does to an answer, by the way it is randomised.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Chance {
    one: String,
    several: String,
    sum: String,
}

/// What is asked by a measurement of this name.
pub(crate) fn asked(name: &str, locale: &str) -> String {
    TEXTS.of(locale).1.asked.get(name).cloned().unwrap_or_default()
}

/// What chance does to an answer.
pub(crate) fn chance(mechanism: &Mechanism, locale: &str) -> String {
    let Chance { one, several, sum } = &TEXTS.of(locale).1.chance;
    let (text, named) = match mechanism {
        Mechanism::Subset(subset) => (one, subset.size()),
        Mechanism::Unary(_) => (several, 0),
        Mechanism::Sum(_) => (sum, 1),
    };
    text.replace("{named}", &named.to_string()).replace("{all}", &mechanism.k().to_string())
}

labelled! { TEXTS: SkipReason => skipped, }

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::base::locale::SHOWN;
    use crate::signals::task::measurement::Measurement;

    #[test]
    fn every_language_says_everything() {
        TEXTS.proofread();
    }

    #[test]
    fn every_question_has_a_text_of_its_own_in_every_language() {
        for locale in SHOWN {
            let said: BTreeSet<_> = Measurement::KINDS.iter().map(|word| asked(word, locale)).collect();
            assert_eq!((said.len(), said.contains("")), (Measurement::KINDS.len(), false), "{locale}");
            assert_eq!(TEXTS.of(locale).1.asked.len(), Measurement::KINDS.len(), "{locale}");
        }
    }
}
