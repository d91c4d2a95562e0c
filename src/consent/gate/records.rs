//! The vault as seen through permits: each opens the records of its own purpose and no others.

use crate::base::sensitive::SensitiveTag;
use crate::consent::ConsentError;
use crate::consent::error::Ended;
use crate::consent::gate::sensitive;
use crate::consent::permit::{AccessPermit, Permit, SensitivePermit};
use crate::consent::purpose::{Essential, History, PurposeType};
use crate::vault::{Compartment, Reader, Record, RecordId, Secret, Spent, Table, Writer};

/// A consistent state of the vault, to be read through permits.
pub struct Reading<'a>(&'a Reader<'a>);

impl<'a> Reading<'a> {
    pub(crate) fn new(reader: &'a Reader<'a>) -> Self {
        Self(reader)
    }

    /// The records of the permit's purpose.
    ///
    /// # Errors
    /// [`ConsentError::StalePermit`] when consent has changed since the permit was given.
    pub fn at<P: PurposeType>(&self, permit: &Permit<P>) -> Result<Records<'_>, ConsentError> {
        permit.check()?;
        Ok(Records { reader: self.0, at: P::PURPOSE.compartment() })
    }

    /// The records of the permit's purpose, for the user's own copy.
    ///
    /// # Errors
    /// [`ConsentError::StalePermit`] when consent has changed since the permit was given.
    pub fn for_user<P: PurposeType>(&self, permit: &AccessPermit<P>) -> Result<Records<'_>, ConsentError> {
        permit.check()?;
        Ok(Records { reader: self.0, at: P::PURPOSE.compartment() })
    }

    /// The records of every sensitive tag that is not being taken back, for the user's own copy.
    ///
    /// # Errors
    /// [`ConsentError::StalePermit`] when consent has changed since the permit was given.
    pub fn sensitive_for_user<'r>(
        &'r self,
        permit: &AccessPermit<History>,
    ) -> Result<Vec<(SensitiveTag, Records<'r>)>, ConsentError> {
        permit.check()?;
        let at = |tag| (tag, Records { reader: self.0, at: sensitive::compartment(tag) });
        Ok(permit.tags().map(at).collect())
    }

    /// The records of the permit's sensitive tag.
    ///
    /// # Errors
    /// [`ConsentError::StalePermit`] when consent has changed since the permit was given.
    pub fn at_sensitive(&self, permit: &SensitivePermit) -> Result<Records<'_>, ConsentError> {
        permit.check()?;
        Ok(Records { reader: self.0, at: sensitive::compartment(permit.tag()) })
    }
}

/// Records of one purpose.
pub struct Records<'a> {
    reader: &'a Reader<'a>,
    at: Compartment,
}

impl Records<'_> {
    /// Every record of a table, in the order they were written.
    ///
    /// # Errors
    /// [`ConsentError::Vault`].
    pub fn scan(&self, table: Table) -> Result<Vec<Record>, ConsentError> {
        Ok(self.reader.scan(self.at, table)?)
    }

    /// Shows every record of a table to `visit`, in the order they were written; nothing of them stays in memory that
    /// the user did not keep.
    ///
    /// # Errors
    /// [`ConsentError::Vault`], else what `visit` returns.
    pub fn each<E: From<ConsentError>>(
        &self,
        table: Table,
        mut visit: impl FnMut(RecordId, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let seen = self.reader.each(self.at, table, |id, bytes| visit(id, bytes).map_err(Ended::Caller));
        seen.map_err(Ended::told)
    }

    /// The record under a key.
    ///
    /// # Errors
    /// [`ConsentError::Vault`].
    pub fn get(&self, table: Table, key: &str) -> Result<Option<Secret>, ConsentError> {
        Ok(self.reader.get(self.at, table, key)?)
    }

    /// How many records a table has.
    ///
    /// # Errors
    /// [`ConsentError::Vault`].
    pub fn count(&self, table: Table) -> Result<u64, ConsentError> {
        Ok(self.reader.count(self.at, table)?)
    }
}

/// A transaction, to be used through permits.
pub struct Writing<'a, 'tx>(&'a mut Writer<'tx>);

impl<'a, 'tx> Writing<'a, 'tx> {
    pub(crate) fn new(writer: &'a mut Writer<'tx>) -> Self {
        Self(writer)
    }

    pub(crate) fn writer(&mut self) -> &mut Writer<'tx> {
        self.0
    }

    /// The records of the permit's purpose, to be changed.
    ///
    /// # Errors
    /// [`ConsentError::StalePermit`] when consent has changed since the permit was given.
    pub fn at<P: PurposeType>(&mut self, permit: &Permit<P>) -> Result<RecordsMut<'_, 'tx>, ConsentError> {
        permit.check()?;
        Ok(RecordsMut { writer: self.0, at: P::PURPOSE.compartment() })
    }

    /// Spent privacy budget, to be put beside the key. It counts in an anchored transaction.
    ///
    /// # Errors
    /// [`ConsentError::StalePermit`] when consent has changed since the permit was given.
    pub fn spent(&mut self, permit: &Permit<Essential>) -> Result<&mut Spent, ConsentError> {
        permit.check()?;
        Ok(&mut self.0.anchor().spent)
    }

    /// The records of the permit's sensitive tag, to be changed.
    ///
    /// # Errors
    /// [`ConsentError::StalePermit`] when consent has changed since the permit was given.
    pub fn at_sensitive(&mut self, permit: &SensitivePermit) -> Result<RecordsMut<'_, 'tx>, ConsentError> {
        permit.check()?;
        Ok(RecordsMut { writer: self.0, at: sensitive::compartment(permit.tag()) })
    }
}

/// Records of one purpose, to be changed within a transaction.
pub struct RecordsMut<'a, 'tx> {
    writer: &'a mut Writer<'tx>,
    at: Compartment,
}

impl RecordsMut<'_, '_> {
    /// As [`Records::scan`].
    ///
    /// # Errors
    /// [`ConsentError::Vault`], here and below.
    pub fn scan(&self, table: Table) -> Result<Vec<Record>, ConsentError> {
        Ok(self.writer.scan(self.at, table)?)
    }

    /// As [`Records::get`].
    ///
    /// # Errors
    /// [`ConsentError::Vault`].
    pub fn get(&self, table: Table, key: &str) -> Result<Option<Secret>, ConsentError> {
        Ok(self.writer.get(self.at, table, key)?)
    }

    /// Adds a record at the end of a table.
    ///
    /// # Errors
    /// [`ConsentError::Vault`].
    pub fn append(&mut self, table: Table, bytes: &[u8]) -> Result<RecordId, ConsentError> {
        Ok(self.writer.append(self.at, table, bytes)?)
    }

    /// Sets the record under a key.
    ///
    /// # Errors
    /// [`ConsentError::Vault`].
    pub fn put(&mut self, table: Table, key: &str, bytes: &[u8]) -> Result<(), ConsentError> {
        self.writer.put(self.at, table, key, bytes)?;
        Ok(())
    }

    /// Deletes records.
    ///
    /// # Errors
    /// [`ConsentError::Vault`].
    pub fn delete(&mut self, ids: &[RecordId]) -> Result<(), ConsentError> {
        self.writer.delete(self.at, ids)?;
        Ok(())
    }

    /// Removes the record under a key, if there is one.
    ///
    /// # Errors
    /// [`ConsentError::Vault`].
    pub fn remove(&mut self, table: Table, key: &str) -> Result<(), ConsentError> {
        self.writer.remove(self.at, table, key)?;
        Ok(())
    }

    /// Empties a table.
    ///
    /// # Errors
    /// [`ConsentError::Vault`].
    pub fn clear(&mut self, table: Table) -> Result<(), ConsentError> {
        self.writer.clear(self.at, table)?;
        Ok(())
    }
}
