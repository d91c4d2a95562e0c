//! What a widget or an extension calls, in a process of its own.

use std::sync::Arc;

use sottovoce_macros::blocking;

use crate::api::config::Config;
use crate::api::error::Result;
use crate::base::clock::{Clock, SystemClock};
use crate::surfaces;
use crate::surfaces::WidgetShelf;
use crate::vault::KeyStore;

/// The shelf that the app stored for its widget. Call it in the widget's process, with the app's configuration and a
/// key store that reaches the app's keys. It creates no engine, opens no database, takes no lock, and loads one key.
/// Returns none if there is no shelf, it is not valid any more, or its key is gone: then show a shelf that is the
/// same for everyone. Fails with `KeyStoreUnavailable` before the first unlock of the device.
#[blocking]
pub fn widget_shelf(config: Config, key_store: Arc<dyn KeyStore>) -> Result<Option<WidgetShelf>> {
    widget_shelf_at(&config, key_store, &SystemClock)
}

/// As [`widget_shelf`], with another clock: for tests and replays.
///
/// # Errors
/// As [`widget_shelf`].
pub fn widget_shelf_at(
    config: &Config,
    key_store: Arc<dyn KeyStore>,
    clock: &dyn Clock,
) -> Result<Option<WidgetShelf>> {
    config.check()?;
    Ok(surfaces::widget_shelf(&config.widget_folder(), &config.store_id, key_store, clock.now_ms())?)
}
