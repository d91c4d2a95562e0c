//! Consent: decides what is allowed. The only room that makes permits, and the only owner of the vault.
//!
//! A user's answers are receipts in a chained, signed ledger ([`Receipt`]). Its state in memory,
//! with a signed policy ([`Policy`]) and the app's signals ([`ExternalSignals`]), gives every
//! decision ([`Decision`]). Code that collects, stores, infers, ranks or sends personal data must
//! hold a [`Permit`], which becomes invalid at the next change of consent. A denial destroys the
//! purpose's key before the call returns. When consent expires, the next [`tick`](crate::consent::Gate::tick)
//! destroys it.
//!
//! Nothing is queued for later consent: what happens before it is not kept anywhere.
//!
//! [`Receipt`]: crate::consent::Receipt
//! [`Policy`]: crate::consent::Policy
//! [`ExternalSignals`]: crate::consent::ExternalSignals
//! [`Decision`]: crate::consent::Decision
//! [`Permit`]: crate::consent::Permit

mod change;
mod decision;
mod error;
mod external;
/// Entry points for fuzzing.
#[cfg(any(test, feature = "operator"))]
#[doc(hidden)]
pub mod fuzzing;
mod gate;
mod ledger;
mod notice;
mod permit;
mod policy;
mod purpose;
mod state;
mod stored;
#[cfg(test)]
mod tests;

pub use change::answer::{Choice, PurposeChoice};
pub use change::import::{CarriedAnswer, ImportOutcome};
pub use change::report::{EraseScope, ErasureReport};
pub use decision::SensitiveDecision;
pub use decision::{ConsentState, Decision, DecisionReason, Mechanism};
pub use error::ConsentError;
pub(crate) use external::is_region_code;
pub use external::{AgeBand, ExternalSignals, UnfitSignals};
pub(crate) use gate::coming::Coming;
pub use gate::parting::{Parted, PartingPermit};
pub use gate::provenance::Provenance;
pub use gate::records::{Reading, Records, RecordsMut, Writing};
pub use gate::retention::{RetentionPermit, Trim};
pub use gate::widget::read_widget;
pub use gate::{Gate, MessageCaps};
pub use ledger::receipt::{Receipt, ReceiptAction, ReceiptPurpose, ReceiptTag};
pub use ledger::{LedgerCheck, LedgerHead};
pub use notice::model::{
    ConsentPrompt, ConsentSnapshot, HistoryEntry, HistoryLine, NoticePurpose, PreferenceCenter,
    SensitiveNotice,
};
pub(crate) use notice::strings::likelier;
pub use notice::words::NoticeLabels;
pub use permit::{AccessPermit, Permit, SensitivePermit};
pub use policy::PolicyRefusal;
pub use policy::{
    ChangeKind, DpTerms, NoiseModel, POLICY_KIND, PlatformRule, PlatformTerms, Policy, PolicyDiff,
    PolicyError, PolicyFault, PolicyProblem, PurposeChange, PurposeTerms, PurposeTexts, Rule, SensitiveTerms,
    SignalConflict,
};
pub use purpose::*;
