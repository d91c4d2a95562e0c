//! What the engine said, as the worker hands it to the window.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use sottovoce::api::EngineStatus;
use sottovoce::catalog::{Product, Suggestion};
use sottovoce::consent::{
    ConsentSnapshot, ErasureReport, ExternalSignals, LedgerCheck, PolicyDiff, PreferenceCenter, Purpose,
};
use sottovoce::profile::{
    Affinity, CheckoutHints, Predictions, PreferenceForm, ProfileView, SegmentMembership, ShoppingMode,
};
use sottovoce::ranking::{Intensity, RankingMode, ReasonCode};
use sottovoce::signals::{BudgetView, OutboxView, SentView};
use sottovoce::surfaces::{Explanation, Facet, FacetKind, SizeAdvice, SlotDecision, SlotKind, SortOrder};

use crate::art::Picture;
use crate::plot::Bar;
use crate::state::Page;

/// Everything that the worker has read.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Whether a shop is open.
    pub ready: bool,
    /// What the last action came to.
    pub note: Option<Note>,
    /// Name and size of the shop.
    pub shop: ShopFacts,
    /// The home page.
    pub home: Home,
    /// Search results.
    pub results: Results,
    /// Completions of what is being typed.
    pub suggestions: Vec<Suggestion>,
    /// The product that is open.
    pub product: Option<ProductPage>,
    /// The cart.
    pub cart: Cart,
    /// Why a product is shown.
    pub why: Option<Why>,
    /// How personal the lists of a page are, where somebody chose.
    pub intensities: HashMap<Page, Intensity>,
    /// The consent page.
    pub consent: ConsentPage,
    /// The page about the user.
    pub you: YouPage,
    /// The page about what leaves.
    pub leaves: LeavesPage,
    /// The page about what is stored.
    pub vault: VaultPage,
}

impl Seen {
    /// How personal the lists of a page are.
    #[must_use]
    pub fn intensity(&self, page: Page) -> Intensity {
        self.intensities.get(&page).copied().unwrap_or_default()
    }

    /// The purposes whose switches are on.
    #[must_use]
    pub fn switched_on(&self) -> BTreeSet<Purpose> {
        let purposes = self.consent.center.iter().flat_map(|c| &c.notice.purposes);
        purposes.filter(|p| p.is_on && p.can_refuse).map(|p| p.purpose).collect()
    }
}

/// What an action came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// In words.
    pub text: String,
    /// Whether it failed.
    pub failed: bool,
}

/// The shop that is open.
#[derive(Debug, Clone, Default)]
pub struct ShopFacts {
    /// Its id.
    pub store: String,
    /// Items of its catalog.
    pub items: u64,
    /// SHA-256 of the bundle.
    pub hash: String,
    /// Bytes of the bundle.
    pub bytes: u64,
    /// Rows of the feed that were refused, where it came from a feed.
    pub refused: Option<u64>,
    /// What guards the keys.
    pub guard: String,
    /// Time from the start of the worker to the first shelf, milliseconds.
    pub first_shelf_ms: u128,
}

/// The home page.
#[derive(Debug, Clone, Default)]
pub struct Home {
    /// What the lists are based on.
    pub mode: RankingMode,
    /// Its slots.
    pub slots: Vec<Slot>,
}

/// One slot of a page.
#[derive(Debug, Clone)]
pub struct Slot {
    /// Its id.
    pub id: String,
    /// Its kind.
    pub kind: SlotKind,
    /// Its heading.
    pub title: String,
    /// Why it is there.
    pub because: String,
    /// What fills a banner, story or offer.
    pub decision: Option<SlotDecision>,
    /// Departments.
    pub categories: Vec<String>,
    /// The products of a shelf.
    pub tiles: Vec<Tile>,
}

/// A product in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// The list it is in.
    pub ranking_id: String,
    /// The variant that is shown.
    pub item_id: String,
    /// Its title.
    pub title: String,
    /// Its maker.
    pub brand: String,
    /// What it costs now.
    pub price: String,
    /// What it cost before, where it is reduced.
    pub before: Option<String>,
    /// What it is shown for.
    pub reason: Option<ReasonCode>,
    /// Its picture.
    pub picture: Picture,
}

/// Search results.
#[derive(Debug, Clone, Default)]
pub struct Results {
    /// What was searched for.
    pub text: String,
    /// Whether there was a search.
    pub done: bool,
    /// Products that are loaded.
    pub tiles: Arc<Vec<Tile>>,
    /// Products that match.
    pub total: u32,
    /// What was searched for instead.
    pub instead: Option<String>,
    /// Words that nothing matches.
    pub unmatched: Vec<String>,
    /// What the results can be narrowed by.
    pub facets: Vec<Facet>,
    /// What they are narrowed by.
    pub chosen: Vec<(FacetKind, String)>,
    /// Their order.
    pub sort: SortOrder,
    /// Where the next page begins.
    pub cursor: Option<String>,
}

/// The page of a product.
#[derive(Debug, Clone)]
pub struct ProductPage {
    /// The product.
    pub product: Product,
    /// What it costs.
    pub price: String,
    /// Its picture.
    pub picture: Picture,
    /// The size that fits.
    pub size: Option<SizeAdvice>,
    /// Products like it.
    pub similar: Vec<Tile>,
    /// Products bought with it.
    pub together: Vec<Tile>,
    /// What the last rating came to.
    pub rated: Option<u8>,
}

/// Cart and checkout.
#[derive(Debug, Clone, Default)]
pub struct Cart {
    /// Variants, each once.
    pub lines: Vec<Tile>,
    /// What they cost together.
    pub total: String,
    /// What the checkout may show first.
    pub hints: Option<CheckoutHints>,
    /// What goes with the cart.
    pub with_it: Vec<Tile>,
}

/// Why a product is shown.
#[derive(Debug, Clone)]
pub struct Why {
    /// Its title.
    pub title: String,
    /// What the engine says.
    pub explanation: Explanation,
}

/// The consent page.
#[derive(Debug, Clone, Default)]
pub struct ConsentPage {
    /// Whether the notice is to be shown.
    pub is_due: bool,
    /// Texts, switches, topics, history.
    pub center: Option<PreferenceCenter>,
    /// Decisions.
    pub snapshot: Option<ConsentSnapshot>,
    /// What the app told about region, age and opt-outs.
    pub signals: ExternalSignals,
    /// What verification said.
    pub check: Option<LedgerCheck>,
    /// What verification of a copy with a flipped byte said.
    pub flipped: Option<Flipped>,
    /// What the shop's next policy changed.
    pub diff: Option<PolicyDiff>,
    /// What was erased last.
    pub erased: Option<ErasureReport>,
}

/// A byte that was flipped in a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flipped {
    /// The file.
    pub file: String,
    /// Which byte of it.
    pub offset: usize,
    /// Copies that were tried until the ledger was hit.
    pub copies: u32,
    /// What the engine named, in order.
    pub named: Vec<String>,
}

/// What the engine knows about the user.
#[derive(Debug, Clone, Default)]
pub struct YouPage {
    /// Stated and inferred.
    pub view: Option<ProfileView>,
    /// Segments.
    pub segments: Vec<SegmentMembership>,
    /// Predictions.
    pub predictions: Option<Predictions>,
    /// The preference form.
    pub form: Option<PreferenceForm>,
    /// What was done, the newest first.
    pub acts: Vec<Act>,
    /// How the user is shopping.
    pub mode: ShoppingMode,
    /// What was inferred, at each day that was looked at.
    pub decay: Vec<(f64, Vec<Affinity>)>,
}

/// One act of the user's copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// When, milliseconds since 1970 UTC.
    pub time_ms: i64,
    /// What.
    pub name: String,
    /// About which products, or the words of a search.
    pub about: String,
    /// Whether it is stored; otherwise it is in memory for this visit.
    pub stored: bool,
}

/// What leaves the device.
#[derive(Debug, Clone, Default)]
pub struct LeavesPage {
    /// What waits.
    pub outbox: Vec<OutboxView>,
    /// What is spent.
    pub budget: Option<BudgetView>,
    /// ε of the installation after each report, by day since the app started.
    pub spent: Vec<(f64, f64)>,
    /// What was sent.
    pub sent: Vec<SentView>,
    /// Why no report was made last.
    pub skipped: Option<String>,
    /// Bytes that the shop's collector got from this device, as they came.
    pub received: Vec<String>,
    /// The simulated crowd.
    pub crowd: Option<Crowd>,
}

/// A crowd, and what a collector makes of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Crowd {
    /// Devices.
    pub devices: u32,
    /// Reports that are needed before a collector says anything.
    pub least: u64,
    /// Estimates and truths; empty while there are too few reports.
    pub bars: Vec<Bar>,
    /// Half of the widest interval, in percent of the devices.
    pub margin: f64,
    /// The odds of one answer, in words.
    pub odds: String,
}

/// What is stored.
#[derive(Debug, Clone, Default)]
pub struct VaultPage {
    /// Where.
    pub folder: PathBuf,
    /// Files with their sizes in bytes.
    pub files: Vec<(String, u64)>,
    /// Names of the items in the key store.
    pub keys: Vec<String>,
    /// The state of the engine.
    pub status: Option<EngineStatus>,
    /// Records that were read, and what was wrong with them.
    pub integrity: Option<(u64, Vec<String>)>,
    /// A search of the disk.
    pub scan: Option<Scan>,
    /// Where a copy was written.
    pub copy: Option<PathBuf>,
}

/// A search of the disk for the user's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// What the user did and searched.
    pub words: Vec<String>,
    /// Events erased.
    pub rows: u64,
    /// Keys destroyed.
    pub keys_destroyed: u32,
    /// Files read.
    pub files: usize,
    /// Bytes read.
    pub bytes: u64,
    /// Words found in the files of the vault.
    pub hits: usize,
    /// Words found in the catalog, which is the same for everyone: shows that the search finds what is there.
    pub control: usize,
    /// Rows of a file before and after: offset, bytes before, bytes after.
    pub hex: Vec<(usize, Vec<u8>, Vec<u8>)>,
    /// The file of those rows.
    pub file: String,
}
