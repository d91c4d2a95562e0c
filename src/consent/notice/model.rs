//! What an app needs to ask and to show: the notice, the present choices, the history, as plain
//! records in which every text is in the user's language. A yes and a no are the same shape and
//! cost the same call.

use crate::base::sensitive::SensitiveTag;
use crate::consent::decision::Decision;
use crate::consent::decision::SensitiveDecision;
use crate::consent::ledger::receipt::Receipt;
use crate::consent::notice::words::NoticeLabels;
use crate::consent::purpose::{Purpose, PurposeGroup};

/// One purpose of a notice, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct NoticePurpose {
    /// The purpose.
    pub purpose: Purpose,
    /// What it has in common with its neighbours.
    pub group: PurposeGroup,
    /// The group's heading.
    pub group_title: String,
    /// A heading.
    pub title: String,
    /// What the user gets.
    pub benefit: String,
    /// What is used, and where it stays.
    pub data: String,
    /// How long it is kept, in days; 0 is no longer than the visit.
    pub retention_days: u32,
    /// The same in words, such as "30 days".
    pub retention_text: String,
    /// Who else receives it; empty means nobody.
    pub recipients: Vec<String>,
    /// The same in words, such as "Nobody".
    pub recipients_text: String,
    /// Purposes of which one must be allowed as well; empty where none is needed.
    pub needs_one_of: Vec<Purpose>,
    /// Whether it can be refused; only what is essential cannot.
    pub can_refuse: bool,
    /// Whether a yes would count now. It would not where region, age, a signal or the policy forbids
    /// it, nor for what is asked about each time; show such a switch as off and say why.
    pub can_give: bool,
    /// Where to show the switch. It may be on without being allowed, as long as what it needs is off.
    pub is_on: bool,
    /// How it stands now.
    pub decision: Decision,
    /// Why it stands so, as a sentence.
    pub reason_text: String,
}

/// What to show when asking.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ConsentPrompt {
    /// The language of the texts.
    pub locale: String,
    /// Whether it is written from right to left.
    pub right_to_left: bool,
    /// A heading.
    pub title: String,
    /// What this is about, in a sentence or two.
    pub intro: String,
    /// On the button that accepts everything. Show it as large and as near as the next one.
    pub accept_label: String,
    /// On the button that refuses everything.
    pub refuse_label: String,
    /// On the button that keeps the choices as set.
    pub save_label: String,
    /// What to write beside each fact.
    pub labels: NoticeLabels,
    /// Who is responsible.
    pub controller: String,
    /// Who else receives data; empty means nobody.
    pub recipients: Vec<String>,
    /// How long a yes holds where the user is, in days.
    pub grant_days: u32,
    /// The same in words.
    pub grant_text: String,
    /// The policy, as id and version.
    pub policy: String,
    /// Every purpose the shop offers, in order.
    pub purposes: Vec<NoticePurpose>,
}

/// One sensitive tag, to be asked about on a screen of its own.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SensitiveNotice {
    /// The tag.
    pub tag: SensitiveTag,
    /// A heading.
    pub title: String,
    /// What a yes means, and that nothing of it leaves.
    pub data: String,
    /// How long a yes holds, in days.
    pub grant_days: u32,
    /// The same in words.
    pub grant_text: String,
    /// Whether a yes would count now; where it would not, an earlier one can still be taken back.
    pub can_give: bool,
    /// Where to show the switch.
    pub is_on: bool,
    /// How it stands now.
    pub decision: SensitiveDecision,
    /// Why it stands so, as a sentence.
    pub reason_text: String,
}

/// One purpose or tag of an entry of the history, in words.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HistoryLine {
    /// Its heading.
    pub title: String,
    /// Where it stood from then on.
    pub state_text: String,
}

/// One receipt, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HistoryEntry {
    /// What happened, such as "Your answer".
    pub title: String,
    /// What it was about. None where a notice was shown: it listed everything.
    pub lines: Vec<HistoryLine>,
    /// The receipt, with its time.
    pub receipt: Receipt,
}

/// Everything a preference center shows.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PreferenceCenter {
    /// Purposes and present choices.
    pub notice: ConsentPrompt,
    /// Sensitive tags that may be asked about here, each on its own; often none.
    pub sensitive: Vec<SensitiveNotice>,
    /// What was shown and answered, latest first.
    pub history: Vec<HistoryEntry>,
}

/// How all purposes stand.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ConsentSnapshot {
    /// One decision for each purpose, in order.
    pub decisions: Vec<Decision>,
    /// The region rule that applies.
    pub region_rule: String,
    /// The policy, as id and version.
    pub policy: String,
}
