//! Shelves.

use std::sync::Arc;

use super::engine::Engine;
use super::error::Result;
use crate::surfaces::{Ranking, RecommendRequest, recommend};

/// Shelves: for this person, or the same for everyone where nothing personal may be used.
#[derive(uniffi::Object)]
pub struct RankingApi {
    engine: Arc<Engine>,
}

impl RankingApi {
    pub(super) fn new(engine: Arc<Engine>) -> Self {
        Self { engine }
    }
}

#[uniffi::export]
impl RankingApi {
    /// The shelf for a request, from memory. Works while the engine is locked, too.
    pub fn recommend(&self, request: RecommendRequest) -> Result<Ranking> {
        let engine = &self.engine;
        let (catalog, now_ms) = (engine.catalog()?, engine.clock.now_ms());
        Ok(engine.serve(|visitor| {
            recommend(&catalog, visitor, &request, &engine.shown, &*engine.random, now_ms)
        })?)
    }
}
