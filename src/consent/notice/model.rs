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
    /// Its group.
    pub group: PurposeGroup,
    /// The group's heading.
    pub group_title: String,
    /// A heading.
    pub title: String,
    /// What the user gets.
    pub benefit: String,
    /// What data is used, and where it stays.
    pub data: String,
    /// How long it is stored, in days; 0 where nothing is stored, or not beyond the visit.
    pub retention_days: u32,
    /// The same in words, such as "6 months". Where consent ends before, it says when, and that the data ends with it.
    pub retention_text: String,
    /// Who else receives it; empty means nobody.
    pub recipients: Vec<String>,
    /// The same in words, such as "Nobody", or "This shop" for what leaves the device.
    pub recipients_text: String,
    /// What withdrawing consent deletes.
    pub withdrawal: String,
    /// One of these purposes must be allowed as well; empty if none is needed.
    pub needs_one_of: Vec<Purpose>,
    /// Whether it can be denied; only essential purposes cannot.
    pub can_refuse: bool,
    /// Whether consent would have an effect now. It has none if region, age, a signal or the policy forbids it, nor
    /// for a purpose that is asked about each time. Disable such a switch if it is off, and say why: one that is on can still
    /// be turned off.
    pub can_give: bool,
    /// The position of the switch. It can be on without being allowed, while a purpose that it needs is off.
    pub is_on: bool,
    /// The present decision.
    pub decision: Decision,
    /// The reason of the decision, as a sentence. It names what this purpose needs, if that is missing.
    pub reason_text: String,
}

/// The notice to show.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ConsentPrompt {
    /// The language of the texts; `de-x-formal` for German that says "Sie".
    pub locale: String,
    /// Whether the text runs from right to left.
    pub right_to_left: bool,
    /// A heading.
    pub title: String,
    /// What it is about: what stays here, what leaves, that a denial costs nothing, where to withdraw, to get a copy and to
    /// erase, and whom to ask if the policy does not say.
    pub intro: String,
    /// For the button that accepts everything. Give it the same size and prominence as the next one.
    pub accept_label: String,
    /// For the button that refuses everything.
    pub refuse_label: String,
    /// For the button that saves the present choices.
    pub save_label: String,
    /// Labels of the facts.
    pub labels: NoticeLabels,
    /// The controller; "This shop" while the policy names none.
    pub controller: String,
    /// Where to ask about one's data, if the policy says so.
    pub contact: Option<String>,
    /// Where to complain, if the policy says so.
    pub complaint: Option<String>,
    /// Who else receives data; empty means nobody.
    pub recipients: Vec<String>,
    /// How long consent is valid in the region of the user, in days.
    pub grant_days: u32,
    /// The same in words.
    pub grant_text: String,
    /// The policy, as id and version.
    pub policy: String,
    /// Every purpose the shop offers, in order.
    pub purposes: Vec<NoticePurpose>,
}

/// One sensitive topic, to be asked about on its own screen.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SensitiveNotice {
    /// The topic.
    pub tag: SensitiveTag,
    /// A heading.
    pub title: String,
    /// What consent means, and that the data never leaves the device.
    pub data: String,
    /// How long consent is valid, in days.
    pub grant_days: u32,
    /// The same in words.
    pub grant_text: String,
    /// Whether consent would have an effect now. If not, an earlier consent can still be withdrawn.
    pub can_give: bool,
    /// The position of the switch.
    pub is_on: bool,
    /// The present decision.
    pub decision: SensitiveDecision,
    /// The reason of the decision, as a sentence.
    pub reason_text: String,
}

/// One purpose or topic of a history entry, in words.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HistoryLine {
    /// Its heading.
    pub title: String,
    /// Its state from then on.
    pub state_text: String,
}

/// One receipt, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HistoryEntry {
    /// What happened, such as "Your answer".
    pub title: String,
    /// What it was about. Empty if a notice was shown, which listed everything, and if everything was erased.
    pub lines: Vec<HistoryLine>,
    /// The receipt, with its time.
    pub receipt: Receipt,
}

/// Everything a preference center shows.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PreferenceCenter {
    /// Purposes and present choices.
    pub notice: ConsentPrompt,
    /// Sensitive topics that may be asked about here, each on its own; often empty.
    pub sensitive: Vec<SensitiveNotice>,
    /// What was shown and answered, latest first: the last 50 receipts. `receipts` has all.
    pub history: Vec<HistoryEntry>,
}

/// The decisions about all purposes.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ConsentSnapshot {
    /// One decision for each purpose, in order.
    pub decisions: Vec<Decision>,
    /// The region rule that applies.
    pub region_rule: String,
    /// The policy, as id and version.
    pub policy: String,
    /// When there is something to ask again as long as nothing changes, in milliseconds since 1970: now if
    /// `pending_prompt` has a notice, none if it never will. An answer rests for the time that the policy says, also after
    /// all data was erased; after an answer that was put off there is nothing to ask for a day. The preference center is
    /// open at any time.
    pub next_prompt_ms: Option<i64>,
}
