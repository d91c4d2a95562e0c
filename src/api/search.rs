//! Search.

use std::sync::Arc;

use crate::api::engine::Engine;
use crate::api::error::Result;
use crate::base::limits::{SEARCH_TERM, SUGGESTIONS};
use crate::catalog::Suggestion;
use crate::surfaces::{Ranking, SearchRequest, search};

/// Search over the catalog, on the device.
#[derive(uniffi::Object)]
pub struct SearchApi {
    engine: Arc<Engine>,
}

impl SearchApi {
    pub(super) fn new(engine: Arc<Engine>) -> Self {
        Self { engine }
    }
}

#[uniffi::export]
impl SearchApi {
    /// What the words find, from memory.
    pub fn query(&self, request: SearchRequest) -> Result<Ranking> {
        let engine = &self.engine;
        let (catalog, now_ms) = (engine.catalog()?, engine.clock.now_ms());
        Ok(engine.serve(|user| search(&catalog, user, &request, &engine.shown, &*engine.random, now_ms))?)
    }

    /// How an unfinished word of at most 400 bytes may go on, in at most 50 ways.
    pub fn suggest(&self, prefix: String, limit: u32) -> Result<Vec<Suggestion>> {
        SEARCH_TERM.text("prefix", &prefix)?;
        SUGGESTIONS.number("limit", limit)?;
        Ok(self.engine.catalog()?.suggest(&prefix, limit as usize))
    }
}
