//! The page of a product, and the checkout behind it.

use std::sync::Arc;

use crate::api::engine::Engine;
use crate::api::error::{Result, check_locale};
use crate::api::sottovoce::Sottovoce;
use crate::profile::{CheckoutHints, checkout_hints};
use crate::surfaces::{RankedReview, Review, SizeAdvice, rank_reviews, size_advice};

/// What the page of a product and the checkout show beside the product itself.
#[derive(uniffi::Object)]
pub struct ProductApi {
    engine: Arc<Engine>,
}

#[uniffi::export]
impl Sottovoce {
    /// The page of a product.
    pub fn product(&self) -> Arc<ProductApi> {
        Arc::new(ProductApi { engine: self.engine.clone() })
    }
}

#[uniffi::export]
impl ProductApi {
    /// The size of a product that fits: by what the user said, bought and kept, or sent back as too small or too large, also
    /// in sizes of other brands where the shop's size charts compare them, with the sentence for it in the language of
    /// `locale`. None without evidence, or without consent to use it. `item_id` is the
    /// product's or that of any of its variants. From memory. Fails with `NoCatalog`, and with `InvalidArgument` for what the
    /// catalog does not have.
    pub fn size_advice(&self, item_id: String, locale: String) -> Result<Option<SizeAdvice>> {
        check_locale(&locale)?;
        let (catalog, now_ms) = (self.engine.catalog()?, self.engine.clock.now_ms());
        Ok(self.engine.serve(|user| size_advice(&catalog, user, &item_id, &locale, now_ms))?)
    }

    /// The reviews of a product, those first that are about what matters to the user, with a sentence for each such aspect in
    /// the language of `locale`. What matters is what they said (the preference `Matters`), sizes that they sent back, low
    /// ratings of the same kind, and prices. Where nothing of this is known, or it may not be used, the reviews come back as
    /// they were handed in. From memory. Fails with `NoCatalog`, and with `InvalidArgument` for an item that the catalog does
    /// not have, more than 500 reviews, or more than 16 aspects of one.
    pub fn rank_reviews(
        &self,
        item_id: String,
        reviews: Vec<Review>,
        locale: String,
    ) -> Result<Vec<RankedReview>> {
        check_locale(&locale)?;
        let (catalog, now_ms) = (self.engine.catalog()?, self.engine.clock.now_ms());
        Ok(self.engine.serve(|user| rank_reviews(&catalog, user, &item_id, reviews, &locale, now_ms))?)
    }

    /// How the user paid and had things delivered before, as kinds, and whether as a gift: what a checkout may show first. Nothing without evidence,
    /// or without consent to use it. From memory. Fails with `NoCatalog`.
    pub fn checkout_hints(&self) -> Result<CheckoutHints> {
        let (catalog, now_ms) = (self.engine.catalog()?, self.engine.clock.now_ms());
        Ok(self.engine.serve(|user| checkout_hints(&catalog, user, now_ms))?)
    }
}
