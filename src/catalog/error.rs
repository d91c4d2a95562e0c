//! What can go wrong with a catalog, without a word of the data it came from.

use std::io;

/// A catalog, a feed or a key could not be used. The installed catalog stays in use whatever happens here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogError {
    /// There is no installed bundle in the directory.
    #[error("no catalog is installed yet: download the shop's bundle and install it")]
    NotInstalled,
    /// The file system said no.
    #[error("cannot {what} ({kind})")]
    Io {
        /// What was being done.
        what: &'static str,
        /// The kind of the system's error.
        kind: io::ErrorKind,
    },
    /// The first bytes are not those of a bundle.
    #[error("this is not a Sottovoce catalog bundle")]
    NotABundle,
    /// A later version of the library wrote it, with something that must not be skipped.
    #[error("the file has format {found}, this app reads format {newest}: update the app")]
    NewerFormat {
        /// The format version found.
        found: u8,
        /// The newest that is read.
        newest: u8,
    },
    /// Bytes are missing, changed or contradict each other.
    #[error("the file is damaged: {what}")]
    Damaged {
        /// Which part does not hold.
        what: &'static str,
    },
    /// None of the trusted keys signed it.
    #[error("the file is not signed by a key this app trusts")]
    BadSignature,
    /// The key that signed the installed bundle was revoked.
    #[error("the installed catalog was signed by a key that the shop has revoked: install a newer one")]
    Revoked,
    /// It belongs to another shop.
    #[error("the file was made for another store")]
    OtherStore,
    /// It is older than what was installed before.
    #[error("version {offered} is older than version {newest}: older ones are not accepted")]
    Downgrade {
        /// The newest version this device has seen.
        newest: u64,
        /// The version that was offered.
        offered: u64,
    },
    /// Two different bundles, or two different patches of one bundle, carry one version number.
    #[error("version {version} is installed already with other content: give each a new version")]
    VersionReused {
        /// The version in question.
        version: u64,
    },
    /// A patch or delta belongs to another bundle than the installed one: install the whole new bundle.
    #[error("it was made for another bundle than the installed one: install that bundle first")]
    OtherBase,
    /// A patch is not valid any more.
    #[error("the patch has expired: it has to be made anew")]
    Expired,
    /// The shop's list of files is not renewed any more, or somebody holds the newer one back. It is told by the device's clock.
    #[error("the shop's list of files has expired: it is held back, or not published any more")]
    Stale {
        /// Since when, milliseconds since 1970 UTC.
        expired_ms: i64,
    },
    /// The app could not fetch a file.
    #[error("a file could not be fetched: {why}")]
    NotFetched {
        /// What the app or the host said.
        why: String,
    },
    /// A limit that keeps memory bounded was passed.
    #[error("{what} is larger than {limit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// The largest size accepted, in the unit of `what`.
        limit: u64,
    },
    /// A key could not be read.
    #[error("not an Ed25519 key: {what}")]
    BadKey {
        /// What is wrong with it.
        what: &'static str,
    },
    /// No device would follow a change of the shop's key.
    #[error("the key cannot be changed so: {what}")]
    KeyChange {
        /// What is wrong with it.
        what: &'static str,
    },
    /// The pieces given to the builder do not fit together.
    #[error("cannot build a bundle: {what}")]
    Build {
        /// Which piece.
        what: &'static str,
    },
    /// A feed has no such column, so none of its rows can be read.
    #[error("the feed has no column `{column}`")]
    MissingColumn {
        /// The column's usual name.
        column: &'static str,
    },
    /// A file is no feed, or none that can be read: what it is instead, and what to do.
    #[error("{what}")]
    Feed {
        /// The whole message.
        what: String,
    },
    /// A feed has no header row.
    #[error("the feed has no readable header row")]
    NoHeader,
    /// Not an ISO 4217 code.
    #[error("not an ISO 4217 currency code")]
    UnknownCurrency,
}

impl CatalogError {
    pub(crate) fn io(what: &'static str, error: &io::Error) -> Self {
        Self::Io { what, kind: error.kind() }
    }

    #[cfg(feature = "operator")]
    pub(crate) fn feed(what: impl Into<String>) -> Self {
        Self::Feed { what: what.into() }
    }

    pub(crate) const fn damaged(what: &'static str) -> Self {
        Self::Damaged { what }
    }
}
