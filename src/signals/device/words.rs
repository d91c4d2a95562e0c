//! Words of this room, in the user's language.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::base::locale::{Texts, in_every_language, labelled, texts_of_locales};
use crate::signals::device::prepare::SkipReason;

static TEXTS: Texts<Words> = in_every_language!(texts_of_locales);

/// The texts of one language.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    skipped: BTreeMap<SkipReason, String>,
}

labelled! { TEXTS: SkipReason => skipped, }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_says_everything() {
        TEXTS.proofread();
    }
}
