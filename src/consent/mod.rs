//! Consent: may this be done? The only room that makes permits, and the only owner of the vault.
//!
//! A person's answers are receipts in a chained, signed ledger ([`Receipt`]); a picture of it,
//! under a signed policy ([`Policy`]) and what the app tells ([`ExternalSignals`]), answers every
//! question from memory ([`Decision`]). Whoever collects, keeps, infers, ranks or sends anything
//! personal must hold a [`Permit`] for it, which dies at the next change of mind. A no destroys
//! the purpose's key before the call returns; a yes that runs out does so at the next
//! [`tick`](Gate::tick).
//!
//! Nothing waits for a yes: what happens before one is not kept anywhere.

mod act;
mod center;
mod decision;
mod denials;
mod derived;
mod draft;
mod erase;
mod error;
mod export;
mod external;
#[cfg(any(test, feature = "operator"))]
#[doc(hidden)]
pub mod fuzzing;
mod gate;
mod import;
mod lapse;
mod ledger;
mod notice;
mod open;
mod permit;
mod platform;
mod policy;
mod precedence;
mod purpose;
mod receipt;
mod reconcile;
mod records;
mod report;
mod retention;
mod sensitive;
mod snapshot;
mod standing;
#[cfg(test)]
mod tests;
mod texts;
mod time;
mod told;
mod update;
mod wipe;
mod words;

pub use act::{Choice, PurposeChoice};
pub use center::{
    ConsentPrompt, ConsentSnapshot, HistoryEntry, HistoryLine, NoticePurpose, PreferenceCenter, PurposeGroup,
    SensitiveNotice,
};
pub use decision::{ConsentState, Decision, DecisionReason, Mechanism};
pub use derived::Provenance;
pub use error::ConsentError;
pub use external::{AgeBand, ExternalSignals};
pub use gate::Gate;
pub use import::{CarriedAnswer, ImportOutcome};
pub use ledger::{LedgerCheck, LedgerHead};
pub use permit::{AccessPermit, Permit, SensitivePermit};
pub use policy::{
    ChangeKind, DpTerms, NoiseModel, POLICY_KIND, PlatformRule, PlatformTerms, Policy, PolicyDiff,
    PolicyError, PolicyFault, PolicyProblem, PurposeChange, PurposeTerms, PurposeTexts, Rule, SensitiveTerms,
    SignalConflict,
};
pub use purpose::{
    Essential, Experiments, History, Inference, Measurement, Messaging, ModelImprovement, Offers,
    Preferences, Purpose, PurposeType, Ranking, Session, Transfer,
};
pub use receipt::{Receipt, ReceiptAction, ReceiptPurpose, ReceiptTag};
pub use records::{Reading, Records, RecordsMut, Writing};
pub use report::{EraseScope, ErasureReport};
pub use retention::{RetentionPermit, Trim};
pub use sensitive::SensitiveDecision;
pub use snapshot::read_snapshot;
pub use update::PolicyRefusal;
pub use words::{NoticeLabels, reason_text};
