//! What an app can call: one thin object for each part of the engine, plain records between.
//!
//! Objects are cheap handles on one shared engine. What reads for a screen answers from memory;
//! what writes may block and says so. Nothing here decides anything: the rooms below do.

mod catalog;
mod config;
mod consent;
mod data;
mod document;
mod engine;
mod error;
mod events;
mod experiments;
mod lifecycle;
mod listener;
mod messages;
mod newest;
mod off_thread;
mod preferences;
mod privacy;
mod product;
mod profile;
mod ranking;
mod search;
mod sottovoce;
mod testing;
mod widget;
mod words;

pub use self::sottovoce::{EngineStatus, Sottovoce, remove_other_keys, set_logger};
pub use catalog::{CatalogApi, CatalogReport, SyncReport, currency_decimals};
pub use config::Config;
pub use consent::ConsentApi;
pub use data::DataApi;
pub use error::{Result, SottovoceError, error_text};
pub use events::EventsApi;
pub use experiments::ExperimentsApi;
pub use listener::{Change, Listener, ListenerError, Subscription};
pub use messages::MessagesApi;
pub use preferences::PreferencesApi;
pub use privacy::{MaintenanceReport, PrivacyApi};
pub use product::ProductApi;
pub use profile::ProfileApi;
pub use ranking::RankingApi;
pub use search::SearchApi;
pub use testing::{TestClock, open_for_testing};
pub use widget::{widget_shelf, widget_shelf_at};
pub use words::{Word, word_text};
