//! Feed importers.
