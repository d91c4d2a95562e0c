//! What a page is made of: its slots, what fills them, and why.

use serde::Deserialize;

use crate::catalog::plan::Audience;
use crate::profile::{Stage, VisitContext};
use crate::ranking::RankingMode;
use crate::surfaces::offers::OfferCard;
use crate::surfaces::shelf::RecommendRequest;

/// What a slot of a page holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum SlotKind {
    /// A shelf: pass its request to `recommend`.
    Shelf,
    /// A picture with words.
    Banner,
    /// Categories, in an order that suits.
    Categories,
    /// What the brand tells of itself.
    Story,
    /// An offer.
    Offer,
}

/// Why a slot is as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum SlotReason {
    /// The shop shows it to everyone.
    Everyone,
    /// The shop shows it at this stage, or to this segment.
    Audience,
    /// The shop shows it in these surroundings.
    Surroundings,
    /// It suits what the user likes.
    Taste,
}

/// What fills a slot: one of the pre-made variants, or an offer. The same bytes for everyone who gets it.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct SlotDecision {
    /// The slot.
    pub slot_id: String,
    /// The variant; none where the plan has none for this user: show the app's own default.
    pub variant_id: Option<String>,
    /// Its words, in the language that was asked for.
    pub title: String,
    /// More of them.
    pub text: String,
    /// Address of its picture.
    pub image_link: Option<String>,
    /// Where it leads.
    pub link: Option<String>,
    /// The offer, in a slot of offers.
    pub offer: Option<OfferCard>,
    /// Why this one.
    pub reason: SlotReason,
    /// The same as a sentence for the user.
    pub because: String,
}

/// A slot of a page.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct StorefrontSlot {
    /// Its name in the plan.
    pub slot_id: String,
    /// What it holds.
    pub kind: SlotKind,
    /// Its heading, in the language that was asked for.
    pub title: String,
    /// What to pass to `recommend` when the shelf comes on the screen.
    pub shelf: Option<RecommendRequest>,
    /// The categories of a strip, by path.
    pub categories: Vec<String>,
    /// What fills a banner, a story or a slot of offers.
    pub decision: Option<SlotDecision>,
    /// Why it stands where it does.
    pub reason: SlotReason,
    /// The same as a sentence for the user.
    pub because: String,
}

/// A page: what it shows, first to last.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Storefront {
    /// The layout.
    pub layout_id: String,
    /// Its slots.
    pub slots: Vec<StorefrontSlot>,
    /// What its order is based on.
    pub mode: RankingMode,
    /// Whether the plan has no such layout: this is one shelf, so that the page is not empty.
    pub is_default: bool,
}

/// Whom a page is looked at as, in the place of the user.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PreviewAs {
    /// The stage.
    pub stage: Stage,
    /// Ids of segments.
    #[uniffi(default = [])]
    pub segments: Vec<String>,
    /// The surroundings.
    #[uniffi(default = None)]
    pub context: Option<VisitContext>,
}

impl SlotReason {
    /// Why somebody sees what is for an audience.
    pub(super) const fn of(only: &Audience) -> Self {
        match (only.is_for_everyone_somewhere(), only.has_surroundings()) {
            (false, _) => Self::Audience,
            (true, true) => Self::Surroundings,
            (true, false) => Self::Everyone,
        }
    }
}
