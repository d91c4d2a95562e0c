//! Sottovoce knows a shop's user without anyone else knowing them.
//!
//! An app embeds it. The device encrypts what a user does ([`vault`]), uses it only as the user
//! allows ([`consent`]), learns from it ([`profile`]) and orders the shop's products with it
//! ([`ranking`], [`surfaces`]), over a signed catalog that is the same bytes for every device
//! ([`catalog`]). Only a randomised answer within a privacy budget leaves the device ([`signals`]).
//! Apps call [`api`], from Rust, Swift or Kotlin.
//!
//! ```
//! use std::sync::Arc;
//! use sottovoce::catalog::{Artefacts, BundleHeader, Item, SigningKey, build_bundle};
//! use sottovoce::consent::{Choice, Purpose, PurposeChoice};
//! use sottovoce::profile::{Event, EventName, TrackOutcome};
//! use sottovoce::surfaces::RecommendRequest;
//! use sottovoce::vault::MemoryKeyStore;
//! use sottovoce::{Config, Sottovoce};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! // The merchant signs a catalog (feature `operator`; the `sottovoce` command does it from a feed).
//! let key = SigningKey::generate()?;
//! let items: Vec<Item> = ["espresso-machine", "grinder", "kettle"]
//!     .map(|id| Item { id: id.into(), title: id.into(), tags: vec!["category:Kitchen".into()], ..Item::default() })
//!     .to_vec();
//! let header = BundleHeader { store_id: "my-shop".into(), version: 1, ..BundleHeader::default() };
//! let bundle = folder.path().join("shop.bundle");
//! std::fs::write(&bundle, build_bundle(&items, &Artefacts::untrained(items.len()), &header, &key)?)?;
//!
//! // The app opens its engine. A phone passes its Keychain or Keystore.
//! let home = folder.path().join("engine").display().to_string();
//! let config = Config::new("my-shop", &home, key.public_key().as_bytes());
//! let shop = Sottovoce::open(config, Arc::new(MemoryKeyStore::new()), None, None)?;
//! shop.catalog().install(bundle.display().to_string())?;
//!
//! // Nothing is kept before the user agrees, and shelves are full without consent.
//! let early = shop.events().track(Event::about(EventName::ViewItem, ["grinder"]))?;
//! assert!(matches!(early, TrackOutcome::Dropped { .. }));
//! assert_eq!(shop.ranking().recommend(RecommendRequest::new("home", 3))?.items.len(), 3);
//!
//! let yes = |purpose| PurposeChoice { purpose, choice: Choice::Give };
//! let agreed = [Purpose::Session, Purpose::History, Purpose::Inference, Purpose::Ranking].map(yes);
//! shop.consent().record(agreed.to_vec(), "notice".into(), "en".into())?;
//! shop.events().track(Event::about(EventName::ViewItem, ["grinder"]))?;
//!
//! // "Why this?" has an answer for every product that is shown.
//! let shelf = shop.ranking().recommend(RecommendRequest::new("home", 3))?;
//! let why = shop.profile().explain(shelf.ranking_id, shelf.items[0].item_id.clone(), "en".into())?;
//! assert!(why.factors.iter().all(|factor| !factor.text.is_empty()));
//!
//! // Withdrawal destroys the key before the call returns.
//! let erased = shop.consent().withdraw(vec![Purpose::History], "settings".into(), "en".into())?;
//! assert_eq!((erased.rows, erased.keys_destroyed), (1, 1));
//! # Ok(()) }
//! ```
//!
//! Rooms know only those before them: `vault` ← `consent`, and `catalog`; then `profile` ←
//! `ranking` ← `surfaces`, `experiments` ← `signals`, and `api` on top. The default features are
//! what a phone needs; `operator` adds the merchant's side.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::print_stdout,
        clippy::print_stderr,
        clippy::undocumented_unsafe_blocks,
        clippy::disallowed_methods,
        clippy::disallowed_types
    )
)]

uniffi::setup_scaffolding!();

mod answers;
/// What apps call.
pub mod api;
mod base;
/// What the shop sells, as signed bytes.
pub mod catalog;
/// What the user allows, and the permits that prove it.
pub mod consent;
/// Which variant of an experiment this device shows.
pub mod experiments;
/// What the user did and said, and what it means.
pub mod profile;
/// Which items to show, in which order, and why.
pub mod ranking;
/// Randomised reports, the only data that leaves the device.
pub mod signals;
/// Shelves, search and the widget.
pub mod surfaces;
/// Sealed storage on the device.
pub mod vault;

pub use api::{Config, Sottovoce, SottovoceError};
pub use base::heap::WipingHeap;
pub use base::{clock, limits, log, money, random, sensitive, signed};

/// The README's Rust, compiled with the other examples.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
