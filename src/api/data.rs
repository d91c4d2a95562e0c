//! The user's data as a whole: a copy of it, and its end.

use std::sync::Arc;

use crate::api::document::document;
use crate::api::engine::{Engine, despite_damage};
use crate::api::error::Result;
use crate::api::listener::Change;
use crate::consent::{EraseScope, ErasureReport, Purpose};

/// The user's data as a whole.
#[derive(uniffi::Object)]
pub struct DataApi {
    engine: Arc<Engine>,
}

impl DataApi {
    pub(super) fn new(engine: Arc<Engine>) -> Self {
        Self { engine }
    }
}

#[uniffi::export]
impl DataApi {
    /// Everything that is kept about the user, as one JSON document for them to look at or to take
    /// along; docs/consent.md has its fields. It also holds what may not be used at the moment. Ask
    /// who is there before handing it out: it is not sealed any more. Blocks.
    pub fn export(&self) -> Result<String> {
        despite_damage(|| document(&self.engine))
    }

    /// Erases data without a change of mind: answers stay, but for Everything, which a second call
    /// finishes by removing the receipt that says so. When this returns, the data cannot be read from
    /// any file or backup. Blocks.
    pub fn erase(&self, scope: EraseScope) -> Result<ErasureReport> {
        let opened = self.engine.opened()?;
        if matches!(scope, EraseScope::Everything | EraseScope::DataOf { purpose: Purpose::Session }) {
            opened.profile.forget_session();
        }
        let report =
            self.engine.settled(&opened, Change::Profile, despite_damage(|| opened.gate.erase(scope)));
        if scope == EraseScope::Everything {
            self.engine.tell(Change::Consent);
        }
        report
    }
}
