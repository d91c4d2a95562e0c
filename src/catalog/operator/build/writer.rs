//! Columns in the making.

use crate::catalog::CatalogError;
use crate::catalog::format::Column;

/// The columns written so far, in the order of the format.
#[derive(Debug, Default)]
pub(crate) struct Columns(Vec<(Column, Vec<u8>)>);

impl Columns {
    pub(crate) fn bytes(&mut self, column: Column, bytes: Vec<u8>) {
        self.0.push((column, bytes));
    }

    pub(crate) fn u16s(&mut self, column: Column, cells: impl IntoIterator<Item = u16>) {
        self.bytes(column, cells.into_iter().flat_map(u16::to_le_bytes).collect());
    }

    pub(crate) fn u32s(&mut self, column: Column, cells: impl IntoIterator<Item = u32>) {
        self.bytes(column, cells.into_iter().flat_map(u32::to_le_bytes).collect());
    }

    pub(crate) fn i64s(&mut self, column: Column, cells: impl IntoIterator<Item = i64>) {
        self.bytes(column, cells.into_iter().flat_map(i64::to_le_bytes).collect());
    }

    pub(crate) fn f32s(&mut self, column: Column, cells: impl IntoIterator<Item = f32>) {
        self.bytes(column, cells.into_iter().flat_map(f32::to_le_bytes).collect());
    }

    /// Texts one after another, and where each starts.
    pub(crate) fn texts<'a>(
        &mut self,
        rows: Column,
        bytes: Column,
        texts: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), CatalogError> {
        let mut all = String::new();
        let mut starts = vec![0];
        for text in texts {
            all.push_str(text);
            starts.push(row(all.len())?);
        }
        self.u32s(rows, starts);
        self.bytes(bytes, all.into_bytes());
        Ok(())
    }

    /// Lists one after another, and where each starts.
    pub(crate) fn lists<'a>(
        &mut self,
        rows: Column,
        cells: Column,
        lists: impl IntoIterator<Item = &'a [u32]>,
    ) -> Result<(), CatalogError> {
        let mut all = Vec::new();
        let mut starts = vec![0];
        for list in lists {
            all.extend_from_slice(list);
            starts.push(row(all.len())?);
        }
        self.u32s(rows, starts);
        self.u32s(cells, all);
        Ok(())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Column, &[u8])> {
        self.0.iter().map(|(column, bytes)| (*column, bytes.as_slice()))
    }
}

/// A place in a column; the format counts them in 32 bits.
pub(crate) fn row(place: usize) -> Result<u32, CatalogError> {
    u32::try_from(place).map_err(|_| CatalogError::TooLarge { what: "a column", limit: u64::from(u32::MAX) })
}
