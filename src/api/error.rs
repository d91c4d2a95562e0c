//! The one error that an app sees, and the one place where the rooms' errors become it.

use crate::base::codec::Newer;
use crate::base::limits::{LOCALE, OutOfBounds};
use crate::base::locale::is_locale;
use crate::base::sensitive::SensitiveTag;
use crate::catalog::CatalogError;
use crate::consent::{ConsentError, Decision, DecisionReason, PolicyError, Purpose, UnfitSignals};
use crate::experiments::ExperimentsError;
use crate::profile::ProfileError;
use crate::signals::{SignalsError, TaskError};
use crate::surfaces::SurfaceError;
use crate::vault::{KeyStoreError, VaultError};

/// What went wrong, and what to do about it. Texts contain no user data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
#[uniffi::export(Display)]
#[non_exhaustive]
pub enum SottovoceError {
    /// The key store cannot be used now. Before the first unlock of the device: try again after it. If the reason is that
    /// something stored could not be read back, or removed is still there, the key store is at fault: report it, and try again
    /// at the next start. What was denied or erased is not used meanwhile, see `settled` of `status`.
    #[error("the key store cannot be used now ({reason}); nothing was lost, try again later")]
    KeyStoreUnavailable {
        /// The reason that the key store gave.
        reason: String,
    },
    /// The key does not belong to the data. Nothing was deleted.
    #[error(
        "the key does not belong to the data on this device; nothing was deleted: check that app and data belong together"
    )]
    WrongKey,
    /// Another process or another engine has the same folder open, also while this engine is not unlocked. Close that one, or
    /// use it.
    #[error("this folder is already open; keep one engine per folder and close it before opening another")]
    AlreadyOpen,
    /// A stored file is damaged. Nothing was deleted.
    #[error("stored data is damaged ({what}); nothing was deleted")]
    Damaged {
        /// Which part.
        what: String,
    },
    /// The data was written by a newer version. Nothing was changed.
    #[error("stored data is newer than this version reads ({what}); nothing was changed, update the app")]
    NewerFormat {
        /// Which part.
        what: String,
    },
    /// The disk refused an operation. Free some space and try again.
    #[error("the disk refused the operation (code {code}); free some space and try again")]
    Storage {
        /// SQLite's result code.
        code: i32,
    },
    /// The file system refused an operation.
    #[error("a file could not be used ({detail})")]
    File {
        /// The reason of the operating system.
        detail: String,
    },
    /// The user has not allowed this.
    #[error("{} is not allowed: {reason}", purpose.id())]
    ConsentRequired {
        /// The purpose that is missing.
        purpose: Purpose,
        /// Why it is not allowed.
        reason: DecisionReason,
    },
    /// Consent to this purpose would not count now: policy, region, age or a signal forbids it, and the notice shows
    /// `can_give` as false. No consent was recorded.
    #[error("consent to {} would not count: {reason}", purpose.id())]
    NotGivable {
        /// The purpose.
        purpose: Purpose,
        /// Why not.
        reason: DecisionReason,
    },
    /// Policy, region, age or a signal forbid consent to this sensitive topic. No answer was recorded.
    #[error("asking about {} is not allowed here: {reason}", tag.name())]
    NotAskable {
        /// The tag.
        tag: SensitiveTag,
        /// Why not.
        reason: DecisionReason,
    },
    /// Consent changed during the call. Nothing was written: call again.
    #[error("consent changed during the call; nothing was written, call again")]
    ConsentChanged,
    /// The consent ledger is invalid. Nothing is allowed until the data is erased.
    #[error("the consent ledger is invalid; nothing is allowed until the data is erased")]
    LedgerBroken,
    /// A catalog, policy or task set was refused. The one in use, if there is one, stays in use.
    #[error("{what} was refused: {detail}; nothing was changed")]
    Rejected {
        /// What was refused.
        what: String,
        /// Why.
        detail: String,
    },
    /// A file of the catalog could not be fetched. What was received is kept: try again later.
    #[error(
        "the catalog could not be fetched ({reason}); the one in use, if there is one, stays; try again later"
    )]
    NotFetched {
        /// What the transport or the host said.
        reason: String,
    },
    /// There is no catalog yet.
    #[error("no catalog is installed yet; install a signed bundle first")]
    NoCatalog,
    /// An argument is invalid.
    #[error("{field} cannot be used: {detail}")]
    InvalidArgument {
        /// Which argument.
        field: String,
        /// What is wrong with it.
        detail: String,
    },
    /// A search cannot go on: the catalog or consent changed, or other searches came after it. Search again without a cursor.
    #[error(
        "the search cannot go on, because the catalog or consent changed or it is too long ago; search again"
    )]
    CursorExpired,
    /// The engine is locked. Call `unlock` first.
    #[error("the engine is locked; call unlock first")]
    Locked,
    /// The folder was deleted, another process opened it, or another copy of it was erased. Shut down and unlock
    /// again.
    #[error(
        "the folder was deleted, or another copy of it took its place; shut the engine down and unlock it again"
    )]
    Displaced,
    /// The process is a fork of the one that made the engine.
    #[error("the engine was made before this process was forked; make one in this process")]
    Forked,
    /// A key store, transport or listener called the engine where the call would wait for itself.
    #[error("a key store must not call the engine; let its call return first")]
    Reentrant,
    /// Another call is still running. Try again later.
    #[error("another call is still running; try again later")]
    Busy,
    /// A bug in this library. Please report it.
    #[error("internal error: {detail}")]
    Internal {
        /// Where it happened.
        detail: String,
    },
}

/// The result of a call.
pub type Result<T, E = SottovoceError> = std::result::Result<T, E>;

impl SottovoceError {
    pub(crate) fn internal(detail: &str) -> Self {
        Self::Internal { detail: detail.into() }
    }

    pub(crate) fn argument(field: &str, detail: &str) -> Self {
        Self::InvalidArgument { field: field.into(), detail: detail.into() }
    }
}

impl From<Newer> for SottovoceError {
    fn from(newer: Newer) -> Self {
        Self::NewerFormat { what: newer.what.into() }
    }
}

impl From<OutOfBounds> for SottovoceError {
    fn from(e: OutOfBounds) -> Self {
        Self::argument(e.field, &e.detail())
    }
}

impl From<UnfitSignals> for SottovoceError {
    fn from(e: UnfitSignals) -> Self {
        match e {
            UnfitSignals::OutOfBounds(e) => e.into(),
            UnfitSignals::Region(field) => Self::argument(field, &e.to_string()),
        }
    }
}

impl From<KeyStoreError> for SottovoceError {
    fn from(e: KeyStoreError) -> Self {
        match e {
            KeyStoreError::Unavailable { reason } => Self::KeyStoreUnavailable { reason },
            KeyStoreError::Missing { .. } | KeyStoreError::Mismatch { .. } => Self::WrongKey,
        }
    }
}

impl From<ConsentError> for SottovoceError {
    fn from(e: ConsentError) -> Self {
        match e {
            ConsentError::Vault(e) => e.into(),
            ConsentError::StalePermit(_) => Self::ConsentChanged,
            ConsentError::NotInNotice { field, .. } => Self::argument(field, &e.to_string()),
            ConsentError::NotGivable { purpose, reason } => Self::NotGivable { purpose, reason },
            ConsentError::NotAskable { tag, reason } => Self::NotAskable { tag, reason },
            ConsentError::OutOfBounds(e) => e.into(),
            ConsentError::LedgerBroken => Self::LedgerBroken,
            ConsentError::Newer(newer) => newer.into(),
            ConsentError::LedgerKey | ConsentError::Encoding => {
                Self::Damaged { what: "consent records".into() }
            }
            ConsentError::Policy(e) => e.into(),
            ConsentError::Random(_) => Self::internal("no random bytes"),
        }
    }
}

impl From<PolicyError> for SottovoceError {
    fn from(e: PolicyError) -> Self {
        Self::Rejected { what: "the consent policy".into(), detail: e.to_string() }
    }
}

impl From<VaultError> for SottovoceError {
    fn from(e: VaultError) -> Self {
        match e {
            VaultError::KeyStore(e) => e.into(),
            VaultError::AlreadyOpen => Self::AlreadyOpen,
            VaultError::WrongKey => Self::WrongKey,
            VaultError::NewerFormat { found } => {
                Self::NewerFormat { what: format!("the vault, format {found}") }
            }
            VaultError::Damaged { what } => Self::Damaged { what: what.into() },
            VaultError::Storage { code } => Self::Storage { code },
            VaultError::File { kind } => Self::File { detail: kind.to_string() },
            VaultError::Closed => Self::Locked,
            VaultError::Displaced | VaultError::Superseded => Self::Displaced,
            VaultError::Forked => Self::Forked,
            VaultError::Reentrant => Self::Reentrant,
            VaultError::Busy | VaultError::Conflict => Self::Busy,
            VaultError::Random(_) | VaultError::Name | VaultError::Reserved | VaultError::TooLarge => {
                Self::internal(&e.to_string())
            }
        }
    }
}

impl From<CatalogError> for SottovoceError {
    fn from(e: CatalogError) -> Self {
        match e {
            CatalogError::NotInstalled => Self::NoCatalog,
            CatalogError::NotFetched { why } => Self::NotFetched { reason: why },
            CatalogError::Io { .. } => Self::File { detail: e.to_string() },
            _ => Self::Rejected { what: "the catalog".into(), detail: e.to_string() },
        }
    }
}

impl From<ProfileError> for SottovoceError {
    fn from(e: ProfileError) -> Self {
        match e {
            ProfileError::Consent(e) => e.into(),
            ProfileError::NotPermitted(decision) => decision.into(),
            ProfileError::Newer(newer) => newer.into(),
            ProfileError::OlderCatalog => Self::Busy,
            ProfileError::Encoding => Self::internal("an event could not be encoded"),
            ProfileError::SensitiveTopic => Self::argument("value", &e.to_string()),
            ProfileError::EmptyPreference => Self::argument("value", &e.to_string()),
            ProfileError::OutOfBounds(e) => e.into(),
            ProfileError::UnknownSubject => Self::argument("correction", &e.to_string()),
        }
    }
}

impl From<SurfaceError> for SottovoceError {
    fn from(e: SurfaceError) -> Self {
        match e {
            SurfaceError::Consent(e) => e.into(),
            SurfaceError::Profile(e) => e.into(),
            SurfaceError::OutOfBounds(e) => e.into(),
            SurfaceError::Argument { field, detail } => Self::argument(field, detail),
            SurfaceError::CursorExpired => Self::CursorExpired,
            SurfaceError::Random(_) => Self::internal("no random bytes"),
        }
    }
}

impl From<SignalsError> for SottovoceError {
    fn from(e: SignalsError) -> Self {
        match e {
            SignalsError::Consent(e) => e.into(),
            SignalsError::Random(_) => Self::internal("no random bytes"),
            SignalsError::Encoding => Self::Damaged { what: "a waiting report".into() },
            SignalsError::Sealing => Self::Rejected { what: "the task set".into(), detail: e.to_string() },
            #[cfg(test)]
            SignalsError::Crash(at) => Self::internal(at),
        }
    }
}

impl From<ExperimentsError> for SottovoceError {
    fn from(e: ExperimentsError) -> Self {
        match e {
            ExperimentsError::Consent(e) => e.into(),
            ExperimentsError::Random(_) => Self::internal("no random bytes"),
            ExperimentsError::Newer(newer) => newer.into(),
            ExperimentsError::Encoding => Self::Damaged { what: "experiment records".into() },
        }
    }
}

impl From<TaskError> for SottovoceError {
    fn from(e: TaskError) -> Self {
        Self::Rejected { what: "the task set".into(), detail: e.to_string() }
    }
}

impl From<Box<Decision>> for SottovoceError {
    fn from(d: Box<Decision>) -> Self {
        Self::ConsentRequired { purpose: d.purpose, reason: d.reason }
    }
}

/// Refuses a text that is no locale: the name of a language would show English to everybody.
pub(super) fn check_locale(locale: &str) -> Result<()> {
    LOCALE.text("locale", locale)?;
    if is_locale(locale) {
        return Ok(());
    }
    Err(SottovoceError::argument("locale", "it must begin with the code of a language, such as de or de-AT"))
}

/// The text of an error, for languages whose generated exceptions only list their fields.
#[uniffi::export]
pub fn error_text(error: SottovoceError) -> String {
    error.to_string()
}
