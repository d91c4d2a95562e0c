//! What is said about terms and answers, in the user's language: how long, with whom, and why.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::clock::SESSION_GAP_MS;
use crate::base::locale::{Labelled, plural};
use crate::consent::decision::{ConsentState, DecisionReason};
use crate::consent::ledger::receipt::ReceiptAction;
use crate::consent::notice::strings;
use crate::consent::policy::DpTerms;
use crate::consent::purpose::{Purpose, PurposeGroup};

/// Labels of the facts of a notice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, uniffi::Record)]
#[serde(deny_unknown_fields)]
pub struct NoticeLabels {
    /// For who is responsible.
    pub controller: String,
    /// For where to ask about one's data.
    pub contact: String,
    /// For where to complain.
    pub complaint: String,
    /// For what the user gets.
    pub benefit: String,
    /// For the data that is used.
    pub data: String,
    /// For how long it is stored.
    pub retention: String,
    /// For who receives it.
    pub recipients: String,
    /// For what happens when consent is withdrawn.
    pub withdrawal: String,
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
    days: Plural,
    months: Plural,
    years: Plural,
    /// How long something is kept where consent ends before.
    within: String,
    /// How often something happens, but for once a week.
    often: Plural,
    weekly: String,
    /// How much a randomised answer tells.
    odds: Plural,
    installed: String,
    visit: Plural,
    /// How long the list of a widget is kept, …
    widget: String,
    /// … and what nothing is kept for.
    unstored: String,
    nobody: String,
    shop: String,
    separator: String,
    states: BTreeMap<ConsentState, String>,
    reasons: BTreeMap<DecisionReason, String>,
    /// Why something is off that is on elsewhere unless it is turned off: by a signal, …
    do_not_sell: String,
    /// … or because nobody was told yet.
    not_served: String,
    /// What is needed as well, by name.
    needs: Plural,
    actions: BTreeMap<ReceiptAction, String>,
}

/// One text for each plural category, after CLDR.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
struct Plural(BTreeMap<String, String>);

impl Plural {
    fn of(&self, language: &str, n: u32) -> String {
        let form = self.0.get(plural(language, n)).or_else(|| self.0.get("other"));
        form.map(|f| f.replace("{n}", &n.to_string())).unwrap_or_default()
    }
}

/// Minutes without an act after which a visit is over.
const VISIT_MINUTES: u32 = (SESSION_GAP_MS / 60_000) as u32;
/// A mean month, in sixteenths of a day.
const MONTH: u32 = 487;
/// What is shorter is said in days.
const SHORTEST_IN_MONTHS: u32 = 59;

/// The months that a number of days makes, as people count: 180 days are 6 months, 730 are 24.
fn months(days: u32) -> Option<u32> {
    let sixteenths = days.checked_mul(16).filter(|_| days >= SHORTEST_IN_MONTHS)?;
    let months = (sixteenths + MONTH / 2) / MONTH;
    // Never less than it is, and hardly more.
    let few = months * MONTH <= sixteenths + 3 * 16 && sixteenths <= months * MONTH + 16;
    few.then_some(months)
}

impl Words {
    /// A span of days, in the largest unit that fits.
    pub(crate) fn span(&self, language: &str, days: u32) -> String {
        match months(days) {
            Some(months) if months.is_multiple_of(12) => self.years.of(language, months / 12),
            Some(months) => self.months.of(language, months),
            None => self.days.of(language, days),
        }
    }

    /// How long data is kept that is deleted with a consent of so many days before `kept` is over.
    pub(crate) fn within(&self, language: &str, kept: &str, grant_days: u32) -> String {
        self.within.replace("{kept}", kept).replace("{granted}", &self.span(language, grant_days))
    }

    /// How long data of a purpose is kept.
    pub(crate) fn retention(&self, language: &str, purpose: Purpose, days: u32) -> String {
        match (purpose, days) {
            (Purpose::Essential, 0) => self.installed.clone(),
            (Purpose::Session, 0) => self.visit.of(language, VISIT_MINUTES),
            (Purpose::Ranking, 0) => self.widget.clone(),
            (_, 0) => self.unstored.clone(),
            _ => self.span(language, days),
        }
    }

    /// Who receives data. What leaves the device goes to the shop where nobody else is named.
    pub(crate) fn recipients(&self, purpose: Purpose, recipients: &[String]) -> String {
        match recipients {
            [] if purpose.group() == PurposeGroup::Shared => self.shop.clone(),
            [] => self.nobody.clone(),
            _ => self.list(recipients),
        }
    }

    /// Who is responsible, where a policy does not say.
    pub(crate) fn shop(&self) -> String {
        self.shop.clone()
    }

    /// `text` with what a policy allows reports to tell: how often, and how much.
    pub(crate) fn dose(&self, language: &str, dp: DpTerms, text: &str) -> String {
        let often = match dp.window_days {
            7 => self.weekly.clone(),
            days => self.often.of(language, days.max(1)),
        };
        text.replace("{often}", &often).replace("{odds}", &self.likelier(language, dp.micro_epsilon))
    }

    /// An answer of ε is at most e^ε times as likely if it is true. A little over a whole number is that number.
    pub(crate) fn likelier(&self, language: &str, micro_epsilon: u64) -> String {
        let odds = (micro_epsilon as f64 / 1e6).exp() - 0.01;
        self.odds.of(language, (odds.ceil() as u32).max(2))
    }

    /// Several names in a row.
    pub(crate) fn list(&self, names: &[String]) -> String {
        names.join(&self.separator)
    }

    /// That one of these purposes, given by their titles, is needed as well.
    pub(crate) fn needs(&self, language: &str, titles: &[String]) -> String {
        let count = u32::try_from(titles.len()).unwrap_or(u32::MAX);
        self.needs.of(language, count).replace("{names}", &self.list(titles))
    }

    pub(crate) fn state(&self, state: ConsentState) -> String {
        self.states.get(&state).cloned().unwrap_or_default()
    }

    pub(crate) fn reason(&self, reason: DecisionReason) -> String {
        self.reasons.get(&reason).cloned().unwrap_or_default()
    }

    /// The same where a purpose is on unless it is turned off.
    pub(crate) fn reason_of_opt_out(&self, reason: DecisionReason) -> String {
        match reason {
            DecisionReason::OptOutSignal => self.do_not_sell.clone(),
            DecisionReason::NotAnswered => self.not_served.clone(),
            other => self.reason(other),
        }
    }

    pub(crate) fn action(&self, action: ReceiptAction) -> String {
        self.actions.get(&action).cloned().unwrap_or_default()
    }
}

impl Labelled for ConsentState {
    fn label(self, locale: &str) -> String {
        strings::locale(locale).1.words.state(self)
    }
}

impl Labelled for DecisionReason {
    fn label(self, locale: &str) -> String {
        strings::locale(locale).1.words.reason(self)
    }
}

impl Labelled for ReceiptAction {
    fn label(self, locale: &str) -> String {
        strings::locale(locale).1.words.action(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::policy::NoiseModel;

    fn of(locale: &str) -> (&'static str, &'static Words) {
        let (language, texts) = strings::locale(locale);
        (language, &texts.words)
    }

    #[test]
    fn spans_are_said_as_people_say_them_and_counted_as_the_language_counts() {
        for (locale, days, text) in [
            ("en", 1, "1 day"),
            ("en", 30, "30 days"),
            ("en", 45, "45 days"),
            ("en", 60, "2 months"),
            ("en", 90, "3 months"),
            ("en", 180, "6 months"),
            ("en", 182, "6 months"),
            ("en", 200, "200 days"),
            ("en", 365, "1 year"),
            ("en", 396, "13 months"),
            ("en", 730, "2 years"),
            ("de-AT", 30, "30 Tage"),
            ("de-x-formal", 365, "1 Jahr"),
            ("fr", 1, "1 jour"),
            ("fr", 730, "2 ans"),
            ("es", 182, "6 meses"),
            ("es", 365, "1 año"),
            ("ar", 1, "يوم واحد"),
            ("ar", 2, "يومان"),
            ("ar", 7, "7 أيام"),
            ("ar", 45, "45 يومًا"),
            ("ar", 60, "شهران"),
            ("ar", 182, "6 أشهر"),
            ("ar", 396, "13 شهرًا"),
            ("ar", 365, "سنة واحدة"),
            ("ar", 730, "سنتان"),
            ("ar", 1_095, "3 سنوات"),
            ("ar", 4_018, "11 سنة"),
            ("ar", 400, "400 يوم"),
        ] {
            let (language, words) = of(locale);
            assert_eq!(words.span(language, days), text, "{locale}");
        }
    }

    #[test]
    fn no_span_is_said_shorter_than_it_is() {
        for days in 1..4_000 {
            let Some(months) = months(days) else { continue };
            // The longest months that follow each other.
            let longest = (u64::from(months) * 3_652_425 / 120_000) + 2;
            assert!(u64::from(days) <= longest, "{days} days are not {months} months");
        }
    }

    #[test]
    fn what_a_report_tells_is_said_from_the_policy() {
        let said = |locale: &str, micro_epsilon, window_days| {
            let (language, words) = of(locale);
            let dp = DpTerms { micro_epsilon, window_days, noise: NoiseModel::Local };
            words.dose(language, dp, "{often}: {odds}")
        };
        assert_eq!(said("en", 1_100_000, 7), "a week: An answer is up to 3 times as likely if it is true.");
        assert_eq!(
            said("en", 2_000_000, 14),
            "every 14 days: An answer is up to 8 times as likely if it is true."
        );
        assert!(said("en", 0, 7).contains("up to 2 times"), "a bound");
        assert!(said("de", 1_100_000, 14).starts_with("in 14 Tagen: "));
        assert!(said("ar", 600_000, 2).starts_with("كل يومين: وقد يصل احتمال الإجابة إلى الضعف"));
        assert!(said("ar", 1_100_000, 7).contains("3 أضعاف"));
    }
}
