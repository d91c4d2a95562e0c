//! What an app decides once.

use std::path::PathBuf;

use crate::api::error::{Result, SottovoceError};
use crate::base::limits::{DIRECTORY, PATH, STORE_ID};

/// Where the engine stores its data, and which key it trusts.
#[derive(Debug, Clone, uniffi::Record)]
pub struct Config {
    /// The shop's name in catalogs and key aliases: 1 to 64 characters of a-z, 0-9, `-` and `_`.
    pub store_id: String,
    /// A folder that only this engine uses, excluded from backups. The engine creates it when needed. A relative path is
    /// taken from the process's folder at the time when the engine is made.
    pub directory: String,
    /// The shop's Ed25519 public key, 32 bytes. It verifies catalogs, policies and task sets.
    pub shop_key: Vec<u8>,
    /// The signed consent policy of this app release. The device may also have stored one, from an earlier release or
    /// from `apply_policy`. The later version of the two applies, so an app update never returns to an older policy; one
    /// by another `shop_key` takes the place of any by the former key. A policy that is not signed by the shop, has
    /// expired or is not effective yet does not stop the engine from opening: the stored policy stays in use and
    /// `refused_policy` says why. Without any policy the strict built-in baseline applies: it names no controller, so that every opening logs a warning. Do not release an app without
    /// a policy.
    #[uniffi(default = None)]
    pub policy: Option<Vec<u8>>,
    /// Signed questions that this device may answer, each with a randomised answer.
    #[uniffi(default = None)]
    pub task_set: Option<Vec<u8>>,
    /// A folder that the app shares with its widget or extension, for the sealed shelf of `keep_for_widget` only;
    /// exclude it from backups too. If none is given, the shelf is in the engine's folder, which is right for a
    /// widget inside the app's process. Never put the engine's own folder into a shared container.
    #[uniffi(default = None)]
    pub widget_directory: Option<String>,
    /// The public key whose private one the shop keeps offline, 32 bytes. It can put another key in the place of `shop_key` for
    /// catalogs, and revoke it, without a new release of the app: `sottovoce keys`.
    #[uniffi(default = None)]
    pub recovery_key: Option<Vec<u8>>,
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
            recovery_key: None,
        }
    }

    pub(crate) fn check(&self) -> Result<()> {
        let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        STORE_ID.text("store_id", &self.store_id)?;
        if self.store_id.is_empty() || !self.store_id.chars().all(good) {
            return Err(SottovoceError::argument("store_id", "use 1 to 64 of a-z, 0-9, dash and underscore"));
        }
        DIRECTORY.text("directory", &self.directory)?;
        self.widget_directory.as_ref().map_or(Ok(()), |path| PATH.text("widget_directory", path))?;
        let widget = self.widget_directory.as_ref().map(|path| ("widget_directory", path));
        for (field, path) in [("directory", &self.directory)].into_iter().chain(widget) {
            if path.is_empty() {
                return Err(SottovoceError::argument(field, "it is empty"));
            }
            if path.contains('\0') {
                return Err(SottovoceError::argument(field, "no path has a character of number 0"));
            }
        }
        Ok(())
    }

    /// The same with folders that stay where they are when the process changes its own.
    pub(crate) fn absolute(self) -> Result<Self> {
        let absolute = |field: &str, path: &str| {
            let found =
                std::path::absolute(path).map_err(|e| SottovoceError::argument(field, &e.to_string()))?;
            found
                .into_os_string()
                .into_string()
                .map_err(|_| SottovoceError::argument(field, "it is no UTF-8"))
        };
        let directory = absolute("directory", &self.directory)?;
        DIRECTORY.text("directory", &directory)?;
        Ok(Self {
            directory,
            widget_directory: self
                .widget_directory
                .map(|path| absolute("widget_directory", &path))
                .transpose()?,
            ..self
        })
    }

    /// The folder of the vault.
    pub(crate) fn vault_folder(&self) -> PathBuf {
        Self::vault_folder_in(&self.directory)
    }

    /// The folder of the vault of an engine in this directory.
    pub(crate) fn vault_folder_in(directory: &str) -> PathBuf {
        PathBuf::from(directory).join("vault")
    }

    /// The folder of the widget's shelf.
    pub(crate) fn widget_folder(&self) -> PathBuf {
        self.widget_directory.as_ref().map_or_else(|| self.vault_folder(), PathBuf::from)
    }
}
