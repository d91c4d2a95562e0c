//! What became of a patch.

/// A patch of the catalog: prices and availability that changed since the bundle was built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum CatalogPatch {
    /// It has force.
    InForce {
        /// Its number, which grows with every patch of a bundle.
        number: u64,
        /// First moment in which it has no force any more, milliseconds since 1970 UTC.
        expires_ms: i64,
    },
    /// It has expired: what the bundle says holds again.
    Expired {
        /// Its number.
        number: u64,
        /// Since when, milliseconds since 1970 UTC.
        expires_ms: i64,
    },
    /// It cannot be used: its file is damaged, an older patch was put in its place, or its key was revoked. What the bundle says
    /// holds.
    Damaged,
}
