//! On the device: making a report, keeping it, sending it, showing it.

pub(crate) mod failpoint;
pub(crate) mod outbox;
pub(crate) mod prepare;
pub(crate) mod preview;
pub(crate) mod question;
pub(crate) mod send;
pub(crate) mod transport;
mod words;
