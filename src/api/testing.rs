//! For tests of apps: an engine whose time the test decides.

use std::sync::Arc;

use sottovoce_macros::blocking;

use crate::api::config::Config;
use crate::api::error::Result;
use crate::api::sottovoce::Sottovoce;
use crate::api::widget::widget_shelf_at;
use crate::base::clock::ManualClock;
use crate::base::random::SystemRandom;
use crate::signals::Transport;
use crate::surfaces::WidgetShelf;
use crate::vault::KeyStore;

/// A clock for tests. It stands still until it is moved.
#[derive(Debug, uniffi::Object)]
pub struct TestClock {
    clock: Arc<ManualClock>,
}

#[uniffi::export]
impl TestClock {
    /// A clock that shows a time, in milliseconds since 1970.
    #[uniffi::constructor]
    pub fn new(now_ms: i64) -> Arc<Self> {
        Arc::new(Self { clock: Arc::new(ManualClock::new(now_ms)) })
    }

    /// Moves it forward, or back, by a number of milliseconds.
    pub fn advance(&self, ms: i64) {
        self.clock.advance(ms);
    }
}

/// As `Sottovoce.open`, with the time of a test. Never use it in an app: a clock that stands still keeps no promise about
/// time.
#[blocking]
#[foreign(default(transport = None))]
pub fn open_for_testing(
    config: Config,
    key_store: Arc<dyn KeyStore>,
    clock: Arc<TestClock>,
    transport: Option<Arc<dyn Transport>>,
) -> Result<Arc<Sottovoce>> {
    let clock = clock.clock.clone();
    let engine = Sottovoce::with_sources(config, key_store, transport, clock, Arc::new(SystemRandom))?;
    engine.unlock()?;
    Ok(engine)
}

/// As `widget_shelf`, with the time of a test: what the widget shows then.
#[blocking]
pub fn widget_shelf_for_testing(
    config: Config,
    key_store: Arc<dyn KeyStore>,
    clock: Arc<TestClock>,
) -> Result<Option<WidgetShelf>> {
    widget_shelf_at(&config, key_store, &*clock.clock)
}
