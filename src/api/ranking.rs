//! Shelves.

use std::sync::Arc;

use sottovoce_macros::blocking;

use crate::api::engine::Engine;
use crate::api::error::{Result, check_locale};
use crate::api::sottovoce::Sottovoce;
use crate::profile::{Permits, Surface};
use crate::surfaces::{
    PreviewAs, Ranking, RecommendRequest, SlotDecision, Storefront, Visitor, WidgetShelf, decide,
    keep_for_widget, preview, recommend, storefront,
};

/// Shelves: personal, or the same for everyone if nothing personal may be used.
#[derive(uniffi::Object)]
pub struct RankingApi {
    engine: Arc<Engine>,
}

#[uniffi::export]
impl Sottovoce {
    /// Shelves.
    pub fn ranking(&self) -> Arc<RankingApi> {
        Arc::new(RankingApi { engine: self.engine.clone() })
    }
}

#[uniffi::export]
impl RankingApi {
    /// The shelf for a request, from memory. It also works while the engine is locked. Fails with `NoCatalog` before
    /// a catalog is installed, and with `InvalidArgument`.
    pub fn recommend(&self, request: RecommendRequest) -> Result<Ranking> {
        let engine = &self.engine;
        let (catalog, now_ms) = (engine.catalog()?, engine.clock.now_ms());
        Ok(engine
            .serve(|user| recommend(&catalog, user, &request, &engine.shown, &*engine.random, now_ms))?)
    }

    /// The page of a layout of the shop's plan: its slots in the order that suits, with texts in the language of `locale`.
    /// Shelves are requests: pass each to `recommend` when it comes on the screen. Without anything personal it is the page
    /// for new users, and for a layout that the plan does not have one shelf. From memory, also while the engine is locked.
    /// Fails with `NoCatalog` and `InvalidArgument`.
    pub fn storefront(&self, layout_id: String, locale: String) -> Result<Storefront> {
        check_locale(&locale)?;
        let engine = &self.engine;
        let (catalog, now_ms) = (engine.catalog()?, engine.clock.now_ms());
        let page = |visitor: &Visitor<'_>| {
            storefront(&catalog, visitor, &layout_id, &locale, &engine.shown, &*engine.random, now_ms)
        };
        Ok(engine.serve_visitor(page)?)
    }

    /// What fills one slot of the shop's plan: a variant of its banner or story, or an offer. Without a variant, show the
    /// app's own default. From memory, also while the engine is locked. Fails with `NoCatalog` and `InvalidArgument`.
    pub fn decide(&self, slot_id: String, locale: String) -> Result<SlotDecision> {
        check_locale(&locale)?;
        let engine = &self.engine;
        let (catalog, now_ms) = (engine.catalog()?, engine.clock.now_ms());
        let decided =
            |visitor: &Visitor<'_>| decide(&catalog, visitor, &slot_id, &locale, &*engine.random, now_ms);
        Ok(engine.serve_visitor(decided)?)
    }

    /// A page as somebody at a stage and of segments would see it, for the shop's own people. Nothing of the user is in it.
    /// Fails with `NoCatalog`, and with `InvalidArgument` for a segment that the plan does not have.
    pub fn preview(&self, layout_id: String, preview_as: PreviewAs, locale: String) -> Result<Storefront> {
        check_locale(&locale)?;
        let (catalog, now_ms) = (self.engine.catalog()?, self.engine.clock.now_ms());
        Ok(preview(&catalog, &layout_id, &preview_as, &locale, now_ms)?)
    }
}

#[blocking]
impl RankingApi {
    /// Makes a shelf as recommend does, stores it sealed for a widget or an extension, and returns it. The widget
    /// reads it with `widget_shelf`. It contains nothing sensitive. It is valid for at most one day, and not longer
    /// than the consent it is based on: call this after the profile changes and at least once a day. If personal
    /// ranking is not allowed, or the user chose that the widget is the same for everyone, nothing is stored and none is returned. A withdrawal of anything it is based on
    /// removes it before that call returns.
    pub fn keep_for_widget(&self, request: RecommendRequest) -> Result<Option<WidgetShelf>> {
        let (engine, opened) = (&self.engine, self.engine.opened()?);
        let (catalog, now_ms) = (engine.catalog()?, engine.clock.now_ms());
        let permits = Permits::ask(&opened.gate);
        let user = opened.user(&permits).and_then(|user| user.on(Surface::Widget));
        Ok(keep_for_widget(&opened.gate, &catalog, user, &request, &*engine.random, now_ms)?)
    }

    /// Removes the shelf of the widget, for example when the user signs out. Copies of it cannot be read any more.
    pub fn forget_widget(&self) -> Result<()> {
        Ok(self.engine.opened()?.gate.remove_widget()?)
    }
}
