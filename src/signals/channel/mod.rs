//! Channels: in what form a report travels, and who can read it on the way.

pub(crate) mod hpke;

use crate::signals::error::SignalsError;
use crate::signals::task::key::CollectorKey;
use crate::signals::wire::SEALED;

/// What a sealed report is bound to.
pub(crate) const INFO: &[u8] = b"sottovoce report";

/// Seals a report to the collector, so that whoever passes it on sees neither the question nor the answer.
///
/// # Errors
/// [`SignalsError::Sealing`] without random bytes, or where the key is none.
pub fn seal(report: &[u8], key: &CollectorKey) -> Result<Vec<u8>, SignalsError> {
    let head = [SEALED, key.id];
    let (enc, sealed) = hpke::Sender::to(&key.public_key, key.aead, INFO)
        .and_then(|sender| Some((sender.enc, sender.seal(&head, report)?)))
        .ok_or(SignalsError::Sealing)?;
    Ok([&head[..], &enc, &sealed].concat())
}
