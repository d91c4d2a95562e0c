//! What a receipt says: what was shown, what was answered, under which policy and where.

use serde::{Deserialize, Serialize};

use crate::base::sensitive::SensitiveTag;
use crate::consent::decision::{ConsentState, Mechanism};
use crate::consent::external::AgeBand;
use crate::consent::purpose::Purpose;

/// Schema of a receipt.
pub(crate) const SCHEMA: &str = "dpv-27560:receipt-record";

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptAction {
    /// A notice was shown.
    Served,
    /// The user answered.
    Answered,
    /// The user withdrew consent.
    Withdrawn,
    /// Consent expired.
    Expired,
    /// The policy changed, and an earlier consent does not cover the change.
    PolicyChanged,
    /// Denials of another device were imported.
    Imported,
    /// Data was erased; the answers stay as they are.
    Erased,
    /// A denial that an older copy of the data did not have was restored.
    Restored,
    /// A denial holds that could not be written yet: never in the ledger, which has its receipt as soon as disk and key
    /// store work again. `status` says so as `settled`.
    Noted,
}

/// One purpose of a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, uniffi::Record)]
pub struct ReceiptPurpose {
    /// The purpose.
    pub purpose: Purpose,
    /// How consent was obtained in this region.
    pub mechanism: Mechanism,
    /// The state from this receipt on.
    pub state: ConsentState,
    /// Legal basis, in DPV terms.
    pub legal_basis: String,
    /// How long data is stored, in days.
    pub retention_days: u32,
    /// When consent expires, in milliseconds since 1970.
    pub valid_until_ms: Option<i64>,
}

/// One sensitive topic of a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, uniffi::Record)]
pub struct ReceiptTag {
    /// The topic.
    pub tag: SensitiveTag,
    /// The state from this receipt on.
    pub state: ConsentState,
    /// When consent expires, in milliseconds since 1970.
    pub valid_until_ms: Option<i64>,
}

/// One entry of the ledger, following ISO/IEC TS 27560. It contains no name and no identifier of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, uniffi::Record)]
pub struct Receipt {
    /// Schema of the record.
    pub schema: String,
    /// Position in the ledger, from 1; 0 if nothing was to be stored, or the ledger could not take it yet.
    pub seq: u64,
    /// Random identifier of this record (UUID version 4); empty if it is not stored.
    pub record_id: String,
    /// SHA-256 of the previous record, in hexadecimal.
    pub prev_hash: String,
    /// Records whose answers this one replaces.
    pub supersedes: Vec<String>,
    /// The policy, as id and version.
    pub policy: String,
    /// SHA-256 of the policy, in hexadecimal.
    pub notice_hash: String,
    /// SHA-256 of the texts as they were on screen in that language, in hexadecimal.
    pub screen_hash: String,
    /// Who was the controller.
    pub controller: String,
    /// Locale of the texts that were shown; empty if nothing was shown.
    pub locale: String,
    /// What happened.
    pub action: ReceiptAction,
    /// Where in the app it happened.
    pub surface: String,
    /// The purposes concerned.
    pub purposes: Vec<ReceiptPurpose>,
    /// The sensitive topics concerned.
    pub sensitive: Vec<ReceiptTag>,
    /// The region rule that applied.
    pub region_rule: String,
    /// The age band that applied.
    pub age_band: Option<AgeBand>,
    /// Whether an opt-out signal was set at that time.
    pub opt_out_signal: bool,
    /// SHA-256 of all external signals of the app, in hexadecimal.
    pub signals_hash: String,
    /// Time of the system clock, in milliseconds since 1970.
    pub time_ms: i64,
    /// Time of the device, which never runs backwards even if the clock is set back; none in records of the first
    /// version.
    #[serde(default)]
    pub device_ms: Option<i64>,
    /// How often this data had been opened.
    pub opens: u64,
    /// Version of this library.
    pub sdk_version: String,
}

impl Receipt {
    /// Whether it is what remains after everything was erased: it alone does not say under which signals it was made.
    /// Earlier versions called that a withdrawal.
    pub(crate) fn is_of_erasure(&self) -> bool {
        matches!(self.action, ReceiptAction::Erased | ReceiptAction::Withdrawn)
            && self.signals_hash.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::numbers;

    #[test]
    fn words_in_receipts_stay_what_they_are() {
        use {ConsentState as S, Mechanism as M, ReceiptAction as A};
        let actions = [
            A::Served,
            A::Answered,
            A::Withdrawn,
            A::Expired,
            A::PolicyChanged,
            A::Imported,
            A::Erased,
            A::Restored,
            A::Noted,
        ];
        numbers::hold_words("receipt_action", actions);
        numbers::hold_words("mechanism", [M::OptIn, M::OptOut, M::NoticeOnly, M::Prohibited]);
        let answers = [S::Unknown, S::Requested, S::Deferred, S::Given, S::Renewed];
        let ends = [S::Refused, S::Withdrawn, S::Expired, S::Invalidated, S::Objected];
        numbers::hold_words("consent_state", [answers, ends].concat());
        let bands = [AgeBand::Under13, AgeBand::From13To15, AgeBand::From16To17, AgeBand::Adult];
        numbers::hold_words("age_band", bands);
    }
}
