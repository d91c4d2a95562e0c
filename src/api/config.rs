//! What an app decides once.

use std::path::PathBuf;

use crate::api::error::{Result, SottovoceError};
use crate::base::limits::{PATH, STORE_ID};

/// Where the engine lives and whom it trusts.
#[derive(Debug, Clone, uniffi::Record)]
pub struct Config {
    /// The shop's name in catalogs and key aliases: a-z, 0-9, `-` and `_`, up to 64.
    pub store_id: String,
    /// A folder of the app's own, excluded from backups. It is created when needed.
    pub directory: String,
    /// The shop's Ed25519 public key, 32 bytes: it signs catalogs, policies and task sets.
    pub shop_key: Vec<u8>,
    /// The signed consent policy that this release of the app brings along. Of it and the one that
    /// is stored on the device (from an earlier release, or from apply_policy), the later version is
    /// in force: an older one that is brought along is passed over, so that updating the app never
    /// takes a policy back. One that is not the shop's, has run out or is not in force yet does not
    /// keep the engine from opening: what is stored stays in force, refused_policy tells, and on a
    /// device that has none yet it is the strict baseline that is compiled in, as without a policy.
    #[uniffi(default = None)]
    pub policy: Option<Vec<u8>>,
    /// Signed questions that may be asked of this device, each answered at random.
    #[uniffi(default = None)]
    pub task_set: Option<Vec<u8>>,
    /// A folder that the app and its widget or extension share, for the sealed shelf of keep_for_widget
    /// and nothing else; excluded from backups, too. In the engine's folder if none is given, which
    /// suits a widget that runs within the app. Never put the engine's folder in a shared one.
    #[uniffi(default = None)]
    pub widget_directory: Option<String>,
}

impl Config {
    /// A configuration with the baseline policy and no questions.
    #[must_use]
    pub fn new(store_id: &str, directory: &str, shop_key: &[u8]) -> Self {
        Self {
            store_id: store_id.into(),
            directory: directory.into(),
            shop_key: shop_key.into(),
            policy: None,
            task_set: None,
            widget_directory: None,
        }
    }

    pub(crate) fn check(&self) -> Result<()> {
        let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        STORE_ID.text("store_id", &self.store_id)?;
        if self.store_id.is_empty() || !self.store_id.chars().all(good) {
            return Err(SottovoceError::argument("store_id", "use 1 to 64 of a-z, 0-9, dash and underscore"));
        }
        PATH.text("directory", &self.directory)?;
        self.widget_directory.as_ref().map_or(Ok(()), |path| PATH.text("widget_directory", path))?;
        if self.directory.is_empty() {
            return Err(SottovoceError::argument("directory", "it is empty"));
        }
        if self.widget_directory.as_ref().is_some_and(String::is_empty) {
            return Err(SottovoceError::argument("widget_directory", "it is empty"));
        }
        Ok(())
    }

    /// Where the vault lies.
    pub(crate) fn vault_folder(&self) -> PathBuf {
        Self::vault_folder_in(&self.directory)
    }

    /// Where the vault of an engine in this directory lies.
    pub(crate) fn vault_folder_in(directory: &str) -> PathBuf {
        PathBuf::from(directory).join("vault")
    }

    /// Where the shelf for the widget lies.
    pub(crate) fn widget_folder(&self) -> PathBuf {
        self.widget_directory.as_ref().map_or_else(|| self.vault_folder(), PathBuf::from)
    }
}
