//! A widget's shelf: made by the app, kept in the vault's snapshot, read by another process.
//!
//! Others look at a widget as well. So nothing sensitive is on its shelf, nothing follows from a sensitive seed or from
//! what is known about a sensitive topic, and no reasons are given. What is there when the user begins to shop for somebody else or in private is taken down; meanwhile it is
//! the shelf that is the same for everyone.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::clock::DAY_MS;
use crate::base::codec::{Record as _, record_of_one_part};
use crate::base::limits::WIDGET;
use crate::base::money::Money;
use crate::base::random::SecureRandom;
use crate::catalog::Catalog;
use crate::consent::{ConsentError, Gate, Permit, Provenance, Ranking, read_widget};
use crate::profile::{ShoppingMode, User};
use crate::ranking::{Intensity, RankingMode};
use crate::surfaces::SurfaceError;
use crate::surfaces::shelf::{RecommendRequest, ranked};
use crate::vault::{KeyStore, MAX_WIDGET_BYTES, VaultError};

/// Longest time that a shelf holds.
const HOLDS_MS: i64 = DAY_MS;

/// A product on a widget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, uniffi::Record)]
pub struct WidgetItem {
    /// Its id in the catalog.
    pub item_id: String,
    /// The name shown to customers.
    pub title: String,
    /// Its price when the shelf was made.
    pub price: Option<Money>,
    /// Address of its main picture.
    pub image_link: Option<String>,
}

/// The shelf of a widget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, uniffi::Record)]
pub struct WidgetShelf {
    /// The products, first to last, at most 50; none of them is sensitive.
    pub items: Vec<WidgetItem>,
    /// When it was made, in milliseconds since 1970.
    pub made_ms: i64,
    /// When it expires, in milliseconds since 1970: a day later, or when consent that it is based on expires.
    pub until_ms: i64,
    /// Whether it is based on anything about the user.
    pub personal: bool,
}

impl WidgetShelf {
    /// The bytes to seal. Products that do not fit any more are left out.
    fn fit(&mut self) -> Option<Vec<u8>> {
        loop {
            let bytes = self.encode().ok()?;
            if bytes.len() <= MAX_WIDGET_BYTES {
                return Some(bytes);
            }
            self.items.pop()?;
        }
    }

    /// Reads what [`fit`](Self::fit) wrote; `None` for anything else. A shelf of a newer version is as good as none: the
    /// app makes it anew.
    pub(super) fn open(bytes: &[u8]) -> Option<Self> {
        let shelf = Self::decode(bytes).ok()?;
        let holds_ms = shelf.until_ms.checked_sub(shelf.made_ms)?;
        let sound = bytes.len() <= MAX_WIDGET_BYTES
            && WIDGET.takes(shelf.items.len())
            && (0..=HOLDS_MS).contains(&holds_ms);
        sound.then_some(shelf)
    }

    /// Whether it may be shown at `now_ms`. It is not valid before it was made either: then the clock was set back.
    #[must_use]
    pub fn holds(&self, now_ms: i64) -> bool {
        (self.made_ms..self.until_ms).contains(&now_ms)
    }

    /// The same bytes in, the same shelf out.
    #[cfg(any(test, feature = "operator"))]
    pub(super) fn again(&self) -> Option<Self> {
        Self::open(&self.clone().fit()?)
    }
}

record_of_one_part!(WidgetShelf, "shelf of the widget");

/// Makes the shelf for a widget and keeps it where the widget finds it, in the place of the one before. Where nothing
/// may be ordered by user there is no user: then nothing is kept, and what was is removed.
///
/// # Errors
/// As [`recommend`](crate::surfaces::recommend), or [`SurfaceError::Consent`] when it could not be kept or removed.
pub fn keep_for_widget(
    gate: &Gate,
    catalog: &Catalog,
    user: Option<User<'_>>,
    request: &RecommendRequest,
    random: &dyn SecureRandom,
    now_ms: i64,
) -> Result<Option<WidgetShelf>, SurfaceError> {
    WIDGET.number("limit", request.limit)?;
    request.check(catalog)?;
    let Some(user) = user.map(User::discreet) else {
        gate.remove_widget()?;
        return Ok(None);
    };
    loop {
        let mode = user.profile.mode();
        let mut shelf = make(catalog, user, request, random, now_ms)?;
        let fed_by = user.purposes();
        let ends = fed_by.clone().filter_map(|purpose| gate.decide(purpose).expires_at_ms);
        shelf.until_ms = ends.fold(shelf.until_ms, i64::min).max(now_ms);
        keep(gate, user.ranking(), fed_by.collect(), &mut shelf)?;
        if user.profile.mode() == mode {
            return Ok(Some(shelf));
        }
        // Whoever set another mode may have taken down the shelf before this one.
        gate.take_down_widget()?;
    }
}

fn keep(
    gate: &Gate,
    permit: &Permit<Ranking>,
    fed_by: Provenance,
    shelf: &mut WidgetShelf,
) -> Result<(), ConsentError> {
    let bytes = shelf.fit().ok_or(ConsentError::Encoding)?;
    gate.put_widget(permit, fed_by, shelf.until_ms, &bytes)
}

fn make(
    catalog: &Catalog,
    user: User<'_>,
    request: &RecommendRequest,
    random: &dyn SecureRandom,
    now_ms: i64,
) -> Result<WidgetShelf, SurfaceError> {
    let harmless = |ix: &u32| catalog.sensitive(*ix).is_empty();
    let mut request = request.clone();
    let is_open = |id: &String| catalog.named(id).is_some_and(|of| catalog.sensitive_of(of).is_empty());
    request.seed_item_ids.retain(is_open);
    if user.profile.mode() != ShoppingMode::Normal {
        request.intensity = Some(Intensity::Off);
    }
    let list = ranked(catalog, Some(user), &request, &BTreeSet::new(), random, now_ms)?;
    let shown = list.items.iter().map(|item| item.ix).filter(harmless);
    Ok(WidgetShelf {
        items: shown.filter_map(|ix| item(catalog, ix, now_ms)).collect(),
        made_ms: now_ms,
        until_ms: now_ms.saturating_add(HOLDS_MS),
        personal: list.mode != RankingMode::Popular,
    })
}

fn item(catalog: &Catalog, ix: u32, now_ms: i64) -> Option<WidgetItem> {
    let item = catalog.item(ix)?;
    Some(WidgetItem {
        item_id: item.item_id,
        title: item.title,
        price: catalog.price_at(ix, now_ms),
        image_link: item.image_link,
    })
}

/// The shelf that was kept for the widget of the shop `name` in the folder `dir`, in any process that reaches the key
/// store: nothing is opened or locked, and one key is loaded. `None` if there is none, it does not hold at `now_ms`, or
/// its key is gone.
///
/// # Errors
/// [`SurfaceError::Consent`] if the key store is not available or the file is damaged.
pub fn widget_shelf(
    dir: &Path,
    name: &str,
    keys: Arc<dyn KeyStore>,
    now_ms: i64,
) -> Result<Option<WidgetShelf>, SurfaceError> {
    let kept = match read_widget(dir, name, keys) {
        Err(ConsentError::Vault(VaultError::NewerFormat { .. })) => None,
        other => other?,
    };
    Ok(kept.and_then(|bytes| WidgetShelf::open(&bytes)).filter(|shelf| shelf.holds(now_ms)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shelf(items: usize, title: &str) -> WidgetShelf {
        let item = |number| WidgetItem {
            item_id: format!("item {number}"),
            title: title.into(),
            price: Some(Money { minor: 1299, currency: "EUR".into() }),
            image_link: Some("https://shop.example/1.jpg".into()),
        };
        WidgetShelf { items: (0..items).map(item).collect(), made_ms: 1000, until_ms: 2000, personal: true }
    }

    #[test]
    fn a_shelf_reads_back_and_nothing_else_does() {
        let mut whole = shelf(3, "Kettle");
        let bytes = whole.fit().unwrap();
        assert_eq!(WidgetShelf::open(&bytes), Some(whole.clone()));
        for end in 0..bytes.len() {
            assert_eq!(WidgetShelf::open(&bytes[..end]), None);
        }
        assert_eq!(WidgetShelf::open(&[&bytes[..], &[0]].concat()), None, "more than a shelf");
        let mut newer = bytes;
        newer[..2].fill(WidgetShelf::VERSION + 1);
        assert_eq!(WidgetShelf::open(&newer), None);
        assert_eq!(shelf(WIDGET.most + 1, "Kettle").again(), None);
        for (made_ms, until_ms) in [(1000, 999), (0, HOLDS_MS + 1), (i64::MIN, i64::MAX)] {
            assert_eq!(WidgetShelf { made_ms, until_ms, ..whole.clone() }.again(), None);
        }
    }

    /// A release that no longer reads these bytes needs another version.
    #[test]
    fn the_first_version_is_still_read() {
        let stored = include_bytes!("../../tests/fixtures/widget_shelf_v1.bin");
        let shelf = WidgetShelf::open(stored).unwrap();
        let [kettle, mug] = &shelf.items[..] else { panic!("{shelf:?}") };
        assert_eq!((&*kettle.item_id, &*kettle.title), ("kettle-1", "Kettle, 1.7 l"));
        assert_eq!(kettle.price, Some(Money { minor: 4999, currency: "EUR".into() }));
        assert_eq!(kettle.image_link.as_deref(), Some("https://shop.example/kettle.jpg"));
        assert_eq!((&*mug.item_id, &mug.price, &mug.image_link), ("mug-β", &None, &None));
        let made_ms = 1_800_000_000_000;
        assert_eq!((shelf.made_ms, shelf.until_ms, shelf.personal), (made_ms, made_ms + DAY_MS, true));
        assert_eq!(shelf.encode().unwrap()[2..], stored[1..]);
    }

    #[test]
    fn it_holds_from_when_it_was_made_until_its_end() {
        let held: Vec<bool> = [999, 1000, 1999, 2000].map(|now_ms| shelf(1, "Kettle").holds(now_ms)).into();
        assert_eq!(held, [false, true, true, false]);
    }

    #[test]
    fn what_does_not_fit_is_left_out() {
        let mut large = shelf(WIDGET.most, &"x".repeat(10_000));
        assert!(large.fit().unwrap().len() <= MAX_WIDGET_BYTES);
        assert_eq!(large.items.len(), 26);
        let mut too_large = shelf(2, &"x".repeat(MAX_WIDGET_BYTES));
        assert!(too_large.fit().is_some() && too_large.items.is_empty());
    }
}
