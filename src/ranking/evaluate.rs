//! How good rankings are, measured.
