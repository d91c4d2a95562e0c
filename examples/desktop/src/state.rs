//! What is on the screen, and what can be done: views read a [`State`] and push [`Action`]s.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use sottovoce::consent::{ExternalSignals, Purpose};
use sottovoce::profile::{Correction, PreferenceKey, ShoppingMode};
use sottovoce::ranking::Intensity;
use sottovoce::sensitive::SensitiveTag;
use sottovoce::surfaces::{FacetKind, SortOrder};

use crate::seen::Seen;
use crate::text::Lang;

/// A page of the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Page {
    /// The storefront.
    #[default]
    Shop,
    /// Search results.
    Search,
    /// One product.
    Product,
    /// Cart and checkout.
    Cart,
    /// What the engine knows about the user.
    You,
    /// Notice, switches, ledger.
    Consent,
    /// Reports and the privacy budget.
    Leaves,
    /// Files, keys, erasure.
    Vault,
    /// Other shops.
    Load,
}

impl Page {
    /// The pages that the bar at the top leads to, with their names.
    pub const BAR: [(Self, &'static str); 6] = [
        (Self::Shop, "Shop"),
        (Self::You, "You"),
        (Self::Consent, "Consent"),
        (Self::Leaves, "What leaves"),
        (Self::Vault, "Vault"),
        (Self::Load, "Load a shop"),
    ];

    /// The page of the bar that this one belongs to.
    #[must_use]
    pub const fn tab(self) -> Self {
        match self {
            Self::Search | Self::Product | Self::Cart => Self::Shop,
            other => other,
        }
    }
}

/// Something that a user does.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Goes to a page.
    Go(Page),
    /// Changes between light and dark.
    Theme,
    /// Speaks another language.
    Speak(Lang),
    /// Types into the search field.
    Type(String),
    /// Searches for what the field has.
    Search,
    /// Shows more results.
    More,
    /// Narrows the results, or widens them again.
    Facet(FacetKind, String),
    /// Orders the results otherwise.
    Sort(SortOrder),
    /// How personal the lists of a page are.
    Personal(Page, Intensity),
    /// Opens a product.
    Open(String),
    /// Asks why a product is in a list: list, product, title.
    Why(String, String, String),
    /// Closes the sheet.
    CloseWhy,
    /// Corrects what is known.
    Correct(Correction),
    /// Puts a variant into the cart.
    AddToCart(String),
    /// Takes a variant out of the cart.
    RemoveFromCart(String),
    /// Buys what is in the cart.
    Buy,
    /// Rates a product, 1 to 5.
    Rate(String, u8),
    /// Plays the visit of the quickstart through the engine.
    PlayVisit,
    /// Says yes to everything that the notice asks.
    AcceptAll,
    /// Says no to everything.
    RefuseAll,
    /// Turns a switch, not yet saved.
    Turn(Purpose, bool),
    /// Saves the switches.
    Save,
    /// Withdraws consent.
    Withdraw(Purpose),
    /// Answers about a sensitive topic.
    Topic(SensitiveTag, bool),
    /// Tells the engine region, age and opt-outs.
    Signals(ExternalSignals),
    /// Verifies the ledger.
    Verify,
    /// Flips bytes in copies and verifies those.
    Flip,
    /// Installs the shop's next policy.
    NextPolicy,
    /// Writes the receipts into a file.
    ExportReceipts,
    /// Shops as usual, for somebody else or in private.
    Mode(ShoppingMode),
    /// Says a preference, or takes it back.
    Prefer(PreferenceKey, String, bool),
    /// Lets days pass.
    Pass(i64),
    /// Makes this window's report.
    Prepare,
    /// Sends what is due.
    Send,
    /// Destroys the waiting reports.
    Discard,
    /// Simulates a crowd of so many devices.
    Crowd(u32),
    /// Moves the slider of the crowd.
    Slide(u32),
    /// Withdraws a purpose and searches the disk for the user's words.
    WithdrawAndSearch(Purpose),
    /// Reads everything that is stored.
    Integrity,
    /// Writes the user's copy into a file.
    Export,
    /// Erases everything.
    EraseAll,
    /// Types the path of a feed or bundle.
    Path(String),
    /// Types the public key of a bundle.
    Key(String),
    /// Loads another shop: a feed, or a bundle with its public key.
    Load(PathBuf, String),
}

/// All of what is on the screen.
#[derive(Debug, Default)]
pub struct State {
    /// The page.
    pub page: Page,
    /// The language.
    pub lang: Lang,
    /// The search field.
    pub query: String,
    /// The switches of the consent page, while they differ from what is saved.
    pub draft: Option<BTreeSet<Purpose>>,
    /// Whether the sheet "why this?" is open.
    pub why: bool,
    /// The slider of the crowd.
    pub devices: u32,
    /// The path of a shop to load.
    pub path: String,
    /// The public key of a bundle to load.
    pub key: String,
    /// Actions that the worker has not answered.
    pub busy: usize,
    /// What the engine said last.
    pub seen: Arc<Seen>,
}

impl State {
    /// The switches as they are on the screen.
    #[must_use]
    pub fn switches(&self) -> BTreeSet<Purpose> {
        self.draft.clone().unwrap_or_else(|| self.seen.switched_on())
    }
}
