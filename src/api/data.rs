//! The user's data as a whole: a copy of it, and its end.

use std::sync::Arc;

use sottovoce_macros::blocking;

use crate::api::document::document;
use crate::api::engine::{Engine, despite_damage};
use crate::api::error::Result;
use crate::api::listener::Change;
use crate::api::sottovoce::Sottovoce;
use crate::consent::{EraseScope, ErasureReport};

/// All data of the user: copy and erasure. Calls fail with `Locked` before `unlock`.
#[derive(uniffi::Object)]
pub struct DataApi {
    engine: Arc<Engine>,
}

#[uniffi::export]
impl Sottovoce {
    /// All data of the user: copy and erasure.
    pub fn data(&self) -> Arc<DataApi> {
        Arc::new(DataApi { engine: self.engine.clone() })
    }
}

#[blocking(before_shutdown)]
impl DataApi {
    /// All stored data about the user as one JSON document, for them to read or take along; docs/consent.md lists the
    /// fields. It also contains data that may not be used at the moment. The document is not encrypted: authenticate
    /// the user before you hand it out.
    pub fn export(&self) -> Result<String> {
        despite_damage(|| document(&self.engine))
    }

    /// Erases data without changing consent: the answers stay. Only `Everything` also erases the answers and leaves
    /// one receipt of the erasure, which a second call removes. When this returns, the data cannot be read from any
    /// file or backup. If it fails, or the report is not complete, the purpose is not used until a repeated call
    /// completes, the user answers anew, or the next unlock.
    pub fn erase(&self, scope: EraseScope) -> Result<ErasureReport> {
        let opened = self.engine.opened()?;
        let report =
            self.engine.settled(&opened, Change::Profile, despite_damage(|| opened.gate.erase(scope)));
        if scope == EraseScope::Everything {
            self.engine.tell(Change::Consent);
        }
        if let EraseScope::DataAbout { tag } = scope {
            let catalog = self.engine.catalog_or_empty()?;
            opened.profile.follow_topics(&opened.gate, &catalog, Some(tag))?;
        }
        report
    }
}
