//! Shelves.

use std::sync::Arc;

use crate::api::engine::Engine;
use crate::api::error::Result;
use crate::profile::Permits;
use crate::surfaces::{Ranking, RecommendRequest, WidgetShelf, keep_for_widget, recommend};

/// Shelves: for this user, or the same for everyone where nothing personal may be used.
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
        Ok(engine
            .serve(|user| recommend(&catalog, user, &request, &engine.shown, &*engine.random, now_ms))?)
    }

    /// Makes a shelf as recommend does and keeps it, sealed, for a widget or an extension, which reads
    /// it with widget_shelf; returns what was kept. Nothing sensitive is ever in it. It holds for a
    /// day at most, and no longer than a yes it rests on: call it again when the profile changes and
    /// at least once a day. Where nothing may be ordered by user, none is kept, and none is
    /// returned. When anything it rests on is taken back, it is gone before that call returns. Blocks.
    pub fn keep_for_widget(&self, request: RecommendRequest) -> Result<Option<WidgetShelf>> {
        let (engine, opened) = (&self.engine, self.engine.opened()?);
        let (catalog, now_ms) = (engine.catalog()?, engine.clock.now_ms());
        let permits = Permits::ask(&opened.gate);
        let user = opened.user(&permits);
        Ok(keep_for_widget(&opened.gate, &catalog, user, &request, &*engine.random, now_ms)?)
    }

    /// Removes what was kept for a widget, such as when the user signs out; copies of it cannot be
    /// read any more either. Blocks.
    pub fn forget_widget(&self) -> Result<()> {
        Ok(self.engine.opened()?.gate.remove_widget()?)
    }
}
