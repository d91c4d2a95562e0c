//! What is said about terms and answers, in the user's language: how long, with whom, and why.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::locale::plural;
use crate::consent::decision::{ConsentState, DecisionReason};
use crate::consent::ledger::receipt::ReceiptAction;
use crate::consent::notice::strings;
use crate::consent::purpose::Purpose;

/// Labels of the facts of a notice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, uniffi::Record)]
#[serde(deny_unknown_fields)]
pub struct NoticeLabels {
    /// For what the user gets.
    pub benefit: String,
    /// For the data that is used.
    pub data: String,
    /// For how long it is stored.
    pub retention: String,
    /// For who else receives it.
    pub recipients: String,
    /// For how long consent is valid.
    pub grant: String,
    /// For the purposes of which one is needed as well.
    pub needs: String,
    /// Heading of the sensitive topics.
    pub sensitive: String,
    /// Heading of the history of answers.
    pub history: String,
}

/// The words of one language.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Words {
    pub labels: NoticeLabels,
    /// By plural category, after CLDR.
    days: BTreeMap<String, String>,
    installed: String,
    visit: String,
    nobody: String,
    separator: String,
    states: BTreeMap<ConsentState, String>,
    reasons: BTreeMap<DecisionReason, String>,
    actions: BTreeMap<ReceiptAction, String>,
}

impl Words {
    /// A number of days.
    pub(crate) fn days(&self, language: &str, days: u32) -> String {
        let form = self.days.get(plural(language, days)).or_else(|| self.days.get("other"));
        form.map(|f| f.replace("{n}", &days.to_string())).unwrap_or_default()
    }

    /// How long data of a purpose is kept.
    pub(crate) fn retention(&self, language: &str, purpose: Purpose, days: u32) -> String {
        match (purpose, days) {
            (Purpose::Essential, 0) => self.installed.clone(),
            (_, 0) => self.visit.clone(),
            _ => self.days(language, days),
        }
    }

    /// Who receives data.
    pub(crate) fn recipients(&self, recipients: &[String]) -> String {
        if recipients.is_empty() { self.nobody.clone() } else { self.list(recipients) }
    }

    /// Several names in a row.
    pub(crate) fn list(&self, names: &[String]) -> String {
        names.join(&self.separator)
    }

    pub(crate) fn state(&self, state: ConsentState) -> String {
        self.states.get(&state).cloned().unwrap_or_default()
    }

    pub(crate) fn reason(&self, reason: DecisionReason) -> String {
        self.reasons.get(&reason).cloned().unwrap_or_default()
    }

    pub(crate) fn action(&self, action: ReceiptAction) -> String {
        self.actions.get(&action).cloned().unwrap_or_default()
    }
}

/// Explains a decision to the user in one sentence, in the language of `locale`.
#[must_use]
pub fn reason_text(reason: DecisionReason, locale: &str) -> String {
    strings::locale(locale).1.words.reason(reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::locale::LANGUAGES;

    #[test]
    fn every_language_has_a_word_for_everything() {
        use ConsentState as S;
        use DecisionReason as R;
        for language in LANGUAGES {
            let (_, texts) = strings::locale(language);
            let words = &texts.words;
            let counted = (words.states.len(), words.reasons.len(), words.actions.len());
            assert_eq!(counted, (S::Objected as usize + 1, R::Locked as usize + 1, 7), "{language}");
            let said = words.states.values().chain(words.reasons.values()).chain(words.actions.values());
            assert!(said.chain(words.days.values()).all(|w| !w.trim().is_empty()), "{language}");
            let labels = serde_json::to_value(&words.labels).unwrap();
            assert!(labels.as_object().unwrap().values().all(|l| l != ""), "{language}");
        }
    }

    #[test]
    fn days_are_counted_as_the_language_counts() {
        let said = |language: &str, n| strings::locale(language).1.words.days(language, n);
        for (language, n, text) in [
            ("en", 1, "1 day"),
            ("de", 30, "30 Tage"),
            ("fr", 1, "1 jour"),
            ("es", 365, "365 días"),
            ("ar", 1, "يوم واحد"),
            ("ar", 2, "يومان"),
            ("ar", 7, "7 أيام"),
            ("ar", 90, "90 يومًا"),
            ("ar", 365, "365 يومًا"),
            ("ar", 400, "400 يوم"),
        ] {
            assert_eq!(said(language, n), text);
        }
    }
}
