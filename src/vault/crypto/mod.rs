//! Ciphers, and secrets that leave nothing behind in memory.

pub(crate) mod cipher;
pub(crate) mod nonces;
pub(crate) mod secret;
