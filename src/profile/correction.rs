//! "That was not me", "a present", "never again": the user puts right what is believed of them.

use crate::base::limits::{ID, ITEM_IDS, OutOfBounds, TAG};
use crate::catalog::{Catalog, TagKind};
use crate::consent::Gate;
use crate::profile::event::{Event, EventName, ReturnReason};
use crate::profile::stated::PreferenceKey;
use crate::profile::{Permits, Profile, ProfileError};

/// A correction by the user.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum Correction {
    /// Somebody else used the device: forget everything from that time, whose ends may come in either order.
    NotMe {
        /// First moment, in milliseconds since 1970.
        from_ms: i64,
        /// Last moment, in milliseconds since 1970.
        to_ms: i64,
    },
    /// Those were gifts: forget everything from that time, likewise.
    Gift {
        /// First moment, in milliseconds since 1970.
        from_ms: i64,
        /// Last moment, in milliseconds since 1970.
        to_ms: i64,
    },
    /// Forget every event about these products, whichever variant it was about.
    ExcludeEvidence {
        /// The products, by their own ids or by a variant's.
        item_ids: Vec<String>,
    },
    /// More like this product.
    MoreLike {
        /// The product, by its own id or by a variant's.
        item_id: String,
    },
    /// Less like this product, and never the product itself.
    LessLike {
        /// The product, by its own id or by a variant's.
        item_id: String,
    },
    /// Never this product again, in no variant.
    NeverItem {
        /// The product, by its own id or by a variant's.
        item_id: String,
    },
    /// Never this brand.
    NeverBrand {
        /// The brand's name.
        brand: String,
    },
    /// Never this category.
    NeverCategory {
        /// The category's path.
        category: String,
    },
    /// The item did not fit.
    WrongSize {
        /// The item.
        item_id: String,
        /// Too small or too large.
        reason: ReturnReason,
    },
}

impl Correction {
    fn check(&self) -> Result<(), OutOfBounds> {
        match self {
            Self::NotMe { .. } | Self::Gift { .. } => Ok(()),
            Self::ExcludeEvidence { item_ids } => ITEM_IDS.texts(ID, "item_ids", item_ids),
            Self::MoreLike { item_id }
            | Self::LessLike { item_id }
            | Self::NeverItem { item_id }
            | Self::WrongSize { item_id, .. } => ID.text("item_id", item_id),
            Self::NeverBrand { brand } => TAG.text("brand", brand),
            Self::NeverCategory { category } => TAG.text("category", category),
        }
    }
}

/// What a correction changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, uniffi::Record)]
pub struct CorrectionReport {
    /// Events that were deleted. What had been derived from them is gone as well. Those that may not be used at the moment
    /// are deleted too, and not counted.
    pub events_removed: u64,
    /// Preferences that were added.
    pub preferences_added: u64,
    /// Events that were added.
    pub events_added: u64,
}

impl Profile {
    /// Carries out a correction. It holds from the next list on.
    ///
    /// # Errors
    /// [`ProfileError::UnknownSubject`] for an item, brand or category the catalog does not have,
    /// [`ProfileError::OutOfBounds`], [`ProfileError::SensitiveTopic`] for more of what is about a topic without a yes to
    /// it, [`ProfileError::NotPermitted`] for a preference without consent, or the vault failed.
    pub fn correct(
        &self,
        gate: &Gate,
        permits: &Permits,
        catalog: &Catalog,
        correction: Correction,
        now_ms: i64,
    ) -> Result<CorrectionReport, ProfileError> {
        use PreferenceKey as Key;
        correction.check()?;
        let said = |key, value: &str| {
            let permit = permits.preferences.as_ref().map_err(|d| ProfileError::NotPermitted(d.clone()))?;
            self.may_say(permits, catalog, key, value)?;
            self.prefer(gate, permit, key, value, now_ms)?;
            Ok(CorrectionReport { preferences_added: 1, ..CorrectionReport::default() })
        };
        let of_item = |key, item: &str| match catalog.named(item) {
            Some(_) => said(key, item),
            None => Err(ProfileError::UnknownSubject),
        };
        match correction {
            Correction::NotMe { from_ms, to_ms } | Correction::Gift { from_ms, to_ms } => {
                let time = from_ms.min(to_ms)..=from_ms.max(to_ms);
                self.removal(gate, |e| time.contains(&e.time_ms))
            }
            Correction::ExcludeEvidence { item_ids } => {
                let products: Vec<u32> = item_ids.iter().filter_map(|id| catalog.product_named(id)).collect();
                let of_one = |id: &str| catalog.product_named(id).is_some_and(|p| products.contains(&p));
                self.removal(gate, |e| e.items.iter().any(|i| item_ids.contains(&i.id) || of_one(&i.id)))
            }
            Correction::MoreLike { item_id } => of_item(Key::MoreLikeItem, &item_id),
            Correction::LessLike { item_id } => of_item(Key::LessLikeItem, &item_id),
            Correction::NeverItem { item_id } => of_item(Key::NeverItem, &item_id),
            Correction::NeverBrand { brand } => match catalog.find_tag(TagKind::Brand, &brand) {
                Some(_) => said(Key::NeverBrand, &brand),
                None => Err(ProfileError::UnknownSubject),
            },
            Correction::NeverCategory { category } => {
                let known = [TagKind::Category, TagKind::ProductType]
                    .into_iter()
                    .any(|kind| catalog.find_tag(kind, &category).is_some());
                if known { said(Key::NeverCategory, &category) } else { Err(ProfileError::UnknownSubject) }
            }
            Correction::WrongSize { item_id, reason } => {
                let event =
                    Event { return_reason: Some(reason), ..Event::about(EventName::ReturnItem, [item_id]) };
                let kept = !matches!(
                    self.track(gate, permits, catalog, event, now_ms)?,
                    crate::profile::TrackOutcome::Dropped { .. }
                );
                Ok(CorrectionReport { events_added: u64::from(kept), ..CorrectionReport::default() })
            }
        }
    }

    fn removal(
        &self,
        gate: &Gate,
        gone: impl Fn(&crate::profile::record::Stored) -> bool,
    ) -> Result<CorrectionReport, ProfileError> {
        let events_removed = self.remove_events(gate, gone)?;
        Ok(CorrectionReport { events_removed, ..CorrectionReport::default() })
    }
}
