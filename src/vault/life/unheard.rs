//! A mark beside the files: which vaults denied or spent something while another one lay aside. Whoever lies aside comes
//! back only where all of these can be read: their keys may be what is missing, and one that was given up never can.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::PathBuf;

use crate::base::files;
use crate::vault::error::VaultError;
use crate::vault::keys::item::Install;
use crate::vault::life::files::Files;

/// More bytes than any mark has.
const LONGEST: u64 = 64 * 1024;

impl Files {
    fn mark(&self) -> PathBuf {
        self.with(".unheard")
    }

    /// The vaults that denied or spent something which others have not heard of.
    pub(crate) fn unheard(&self) -> Result<BTreeSet<Install>, VaultError> {
        match files::read(&self.mark(), LONGEST) {
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(BTreeSet::new()),
            // Whatever else it is, or is in it, is a vault that nobody knows.
            Err(e) if e.kind() == ErrorKind::InvalidInput => Ok(BTreeSet::from([Install::default()])),
            said => Ok(said?.chunks(size_of::<Install>()).map(padded).collect()),
        }
    }

    /// Marks that the vault `own` denied or spent something, if another one lies aside.
    pub(crate) fn note_unheard(&self, own: Install) -> Result<(), VaultError> {
        let is_another = |other: Install| other != own;
        let mut said = self.unheard()?;
        if self.asides()?.iter().any(|aside| aside.install().is_some_and(is_another)) && said.insert(own) {
            files::replace(&self.mark(), &said.into_iter().flatten().collect::<Vec<u8>>())?;
        }
        Ok(())
    }

    /// The vault in use says all of it, or nothing lies aside any more.
    pub(crate) fn all_is_heard(&self) -> Result<(), VaultError> {
        files::remove_name(&self.mark())?;
        Ok(files::sync_folder(&self.folder)?)
    }
}

fn padded(bytes: &[u8]) -> Install {
    let mut install = Install::default();
    install.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    install
}
