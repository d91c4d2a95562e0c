//! What is known, why it was shown, and how to correct it.

use std::sync::Arc;

use sottovoce_macros::blocking;

use crate::api::engine::Engine;
use crate::api::error::{Result, check_locale};
use crate::api::listener::Change;
use crate::api::sottovoce::Sottovoce;
use crate::base::limits::ID;
use crate::profile::{
    Correction, CorrectionReport, Permits, Predictions, ProfileView, SegmentMembership, predictions, segments,
};
use crate::surfaces::Explanation;

/// What the engine knows about the user, for the user to see and correct.
#[derive(uniffi::Object)]
pub struct ProfileApi {
    engine: Arc<Engine>,
}

#[uniffi::export]
impl Sottovoce {
    /// What is known about the user, why items were shown, and how to correct it.
    pub fn profile(&self) -> Arc<ProfileApi> {
        Arc::new(ProfileApi { engine: self.engine.clone() })
    }
}

#[uniffi::export]
impl ProfileApi {
    /// Everything that is inferred about the user, and the evidence for it. Fails with `Locked` before `unlock`.
    pub fn view(&self) -> Result<ProfileView> {
        let opened = self.engine.opened()?;
        let (permits, catalog) = (Permits::ask(&opened.gate), self.engine.catalog()?);
        Ok(opened.profile.view(&catalog, &permits, self.engine.clock.now_ms())?)
    }

    /// The segments of the shop's plan that the user is of, in the language of `locale`. They are worked out on this device for
    /// each call and leave it in nothing but randomised answers; without consent there are none but those of new users. From
    /// memory. Fails with `Locked` before `unlock`.
    pub fn segments(&self, locale: String) -> Result<Vec<SegmentMembership>> {
        check_locale(&locale)?;
        let opened = self.engine.opened()?;
        let (permits, catalog) = (Permits::ask(&opened.gate), self.engine.catalog()?);
        Ok(segments(&catalog, opened.user(&permits), &locale, self.engine.clock.now_ms())?)
    }

    /// What may come next, each with its evidence and none where that is thin: for this device only. Without consent there is
    /// nothing. From memory. Fails with `Locked` before `unlock`.
    pub fn predictions(&self) -> Result<Predictions> {
        let opened = self.engine.opened()?;
        let (permits, catalog) = (Permits::ask(&opened.gate), self.engine.catalog()?);
        Ok(predictions(&catalog, opened.user(&permits), self.engine.clock.now_ms())?)
    }

    /// Why a product is in a list that was shown recently: the parts of its score as sentences in the language of
    /// `locale`, the evidence for each, and its rank without each part. `item_id` is the product's or that of any of its
    /// variants. From memory. Fails with `InvalidArgument` if the list is not known any more, which then has to be requested
    /// again, or does not have the product.
    pub fn explain(&self, ranking_id: String, item_id: String, locale: String) -> Result<Explanation> {
        ID.text("ranking_id", &ranking_id)?;
        ID.text("item_id", &item_id)?;
        check_locale(&locale)?;
        let opened = self.engine.peek();
        let catalog = self.engine.peek_catalog();
        let product_of = |id: &str| {
            let catalog = catalog.as_ref()?;
            Some(catalog.product_id(catalog.product_named(id)?).to_owned())
        };
        let chosen = |at| opened.as_ref().map(|opened| opened.profile.intensity(at)).unwrap_or_default();
        Ok(self.engine.shown.explain(&ranking_id, &item_id, product_of, chosen, &locale)?)
    }
}

#[blocking]
impl ProfileApi {
    /// Applies a correction, such as "that was not me", "it was a gift", "never again" or "more like this". Fails
    /// with `ConsentRequired` if it needs to store a preference and may not, and with `InvalidArgument` for more of what is
    /// about a sensitive topic that the user has not allowed.
    pub fn correct(&self, correction: Correction) -> Result<CorrectionReport> {
        let opened = self.engine.opened()?;
        let catalog = self.engine.catalog()?;
        let (permits, now_ms) = (Permits::ask(&opened.gate), self.engine.clock.now_ms());
        let report = opened.profile.correct(&opened.gate, &permits, &catalog, correction, now_ms)?;
        self.engine.shown.clear();
        self.engine.tell(Change::Profile);
        Ok(report)
    }
}
