//! Search.

use std::sync::Arc;

use sottovoce_macros::blocking;

use crate::api::engine::Engine;
use crate::api::error::{Result, check_locale};
use crate::api::sottovoce::Sottovoce;
use crate::base::limits::{SEARCH_TERM, SUGGESTIONS};
use crate::catalog::Suggestion;
use crate::profile::User;
use crate::surfaces::{
    BrowseAdvice, SearchRequest, SearchResults, VectorMatch, browse_advice, by_vector, search,
};

/// Search over the catalog, on the device.
#[derive(uniffi::Object)]
pub struct SearchApi {
    engine: Arc<Engine>,
}

#[uniffi::export]
impl Sottovoce {
    /// Search.
    pub fn search(&self) -> Arc<SearchApi> {
        Arc::new(SearchApi { engine: self.engine.clone() })
    }
}

#[uniffi::export]
impl SearchApi {
    /// A page of search results, personalized if allowed. From memory. Fails with `NoCatalog` before a catalog is installed,
    /// with `InvalidArgument`, and with `CursorExpired` where the next page is asked for too late.
    pub fn query(&self, request: SearchRequest) -> Result<SearchResults> {
        let engine = &self.engine;
        let (catalog, now_ms) = (engine.catalog()?, engine.clock.now_ms());
        Ok(engine.serve(|user| search(&catalog, user, &request, &engine.shown, &*engine.random, now_ms))?)
    }

    /// What a page of a category may be set to at first, or of the whole shop: the order, filters with the reason for each in the
    /// language of `locale`, and the facets that matter to the user first. It is advice: show what is set and let the user take
    /// it off. Without anything personal there is no filter. From memory. Fails with `NoCatalog`, and with `InvalidArgument` for
    /// a category that the catalog does not have.
    pub fn browse_advice(&self, category: Option<String>, locale: String) -> Result<BrowseAdvice> {
        check_locale(&locale)?;
        let (catalog, now_ms) = (self.engine.catalog()?, self.engine.clock.now_ms());
        let advice =
            |user: Option<User<'_>>| browse_advice(&catalog, user, category.as_deref(), &locale, now_ms);
        Ok(self.engine.serve(advice)?)
    }

    /// Completions of an unfinished word: at most 400 bytes, 1 to 50 completions. From memory.
    pub fn suggest(&self, prefix: String, limit: u32) -> Result<Vec<Suggestion>> {
        SEARCH_TERM.text("prefix", &prefix)?;
        SUGGESTIONS.number("limit", limit)?;
        Ok(self.engine.catalog()?.suggest(&prefix, limit as usize))
    }
}

#[blocking]
impl SearchApi {
    /// The products most like a vector that the app's own recogniser made of a picture, a sound or a sentence, by the vectors
    /// that the shop gave its items: the nearest first, each product once, 1 to 200 of them. The same for
    /// everyone. Products that cannot be ordered or are about a sensitive topic are left out. The first call may read the
    /// vectors from the disk. Fails with `NoCatalog`, and with `InvalidArgument` for a vector of another width than the
    /// catalog's, without a direction, or of more than 4096 numbers.
    pub fn by_vector(&self, vector: Vec<f32>, limit: u32) -> Result<Vec<VectorMatch>> {
        let catalog = self.engine.catalog()?;
        Ok(by_vector(&catalog, &vector, limit)?)
    }
}
