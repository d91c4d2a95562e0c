//! Columns in the making.

use crate::catalog::CatalogError;
use crate::catalog::format::Column;
use crate::catalog::format::gaps::encode;
use crate::catalog::format::packed::pack;
use crate::catalog::format::section::Encoding;
use crate::catalog::format::texts::compress;

/// A column in the form that takes the fewest bytes.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) column: Column,
    pub(crate) encoding: Encoding,
    pub(crate) bytes: Vec<u8>,
}

/// The columns written so far.
#[derive(Debug, Default)]
pub(crate) struct Columns(Vec<Written>);

impl Columns {
    /// A column of numbers, given as the lowest bytes of each.
    pub(crate) fn bytes(&mut self, column: Column, bytes: Vec<u8>) {
        let width = column.width() as usize;
        let value = |cell: &[u8]| cell.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte));
        let values: Vec<u64> = bytes.chunks(width).map(value).collect();
        let mut forms = vec![(Encoding::Raw, bytes)];
        // What has no bit a cell could be any number of them.
        let told = column.counted() || values.iter().any(|value| Some(value) != values.first());
        forms.extend(pack(&values).filter(|_| told).map(|bytes| (Encoding::Packed, bytes)));
        let steps: Option<Vec<u64>> =
            values.windows(2).map(|pair| pair.last()?.checked_sub(*pair.first()?)).collect();
        let rows = column.is_rows() && values.first() == Some(&0);
        forms.extend(
            steps.filter(|_| rows).and_then(|steps| pack(&steps)).map(|bytes| (Encoding::Differences, bytes)),
        );
        let smallest = forms.into_iter().min_by_key(|(encoding, bytes)| (bytes.len(), *encoding as u8));
        self.0.extend(smallest.map(|(encoding, bytes)| Written { column, encoding, bytes }));
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

    /// A column of texts.
    pub(crate) fn texts<'a>(
        &mut self,
        column: Column,
        texts: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), CatalogError> {
        let texts: Vec<&str> = texts.into_iter().collect();
        let bytes = compress(&texts)
            .ok_or(CatalogError::TooLarge { what: "a column", limit: u64::from(u32::MAX) })?;
        self.0.push(Written { column, encoding: Encoding::Texts, bytes });
        Ok(())
    }

    /// Lists one after another, and where each starts.
    pub(crate) fn lists<'a>(
        &mut self,
        rows: Column,
        cells: Column,
        lists: impl IntoIterator<Item = &'a [u32]>,
    ) -> Result<(), CatalogError> {
        let lists: Vec<&[u32]> = lists.into_iter().collect();
        let mut starts = vec![0];
        for list in &lists {
            let start = starts.last().copied().unwrap_or_default();
            starts.push(row(start as usize + list.len())?);
        }
        self.u32s(rows, starts);
        self.u32s(cells, lists.concat());
        if let Some((bytes, other)) = encode(&lists).zip(self.0.last_mut())
            && bytes.len() < other.bytes.len()
        {
            (other.encoding, other.bytes) = (Encoding::Gaps, bytes);
        }
        Ok(())
    }

    /// All of them, those that every ranking needs first.
    pub(crate) fn into_order(mut self) -> Vec<Written> {
        self.0.sort_by_key(|written| (!written.column.hot(), written.column as u16));
        self.0
    }
}

/// A place in a column; the format counts them in 32 bits.
pub(crate) fn row(place: usize) -> Result<u32, CatalogError> {
    u32::try_from(place).map_err(|_| CatalogError::TooLarge { what: "a column", limit: u64::from(u32::MAX) })
}
