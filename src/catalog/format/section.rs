//! Where the columns lie in the body, how each is encoded, and what its bytes have to hash to.

use std::io::{Read, Write};
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::base::limits::BUNDLE;
use crate::base::signed::Sha256;
use crate::catalog::CatalogError;
use crate::catalog::format::head::fill;
use crate::catalog::format::{BLOCK_BYTES, COLUMN_ALIGN, Column, newer};

/// How the cells of a section are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Encoding {
    /// One after another, each as wide as its column says.
    Raw = 0,
    /// [`packed`](super::packed).
    Packed = 1,
    /// Of rows, which ascend from 0: the differences, packed.
    Differences = 2,
    /// [`texts`](super::texts).
    Texts = 3,
    /// Of runs that ascend: [`gaps`](super::gaps).
    Gaps = 4,
}

impl Encoding {
    pub(crate) const ALL: [Self; 5] = [Self::Raw, Self::Packed, Self::Differences, Self::Texts, Self::Gaps];

    fn of(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|encoding| *encoding as u8 == code)
    }
}

/// An entry of the table: a piece of the body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Section {
    /// The column's number.
    pub id: u16,
    /// Whether a reader that does not know the number or the encoding must refuse the bundle.
    pub required: bool,
    /// Code of the [`Encoding`].
    pub encoding: u8,
    /// First byte in the body, a multiple of [`COLUMN_ALIGN`].
    pub offset: u64,
    /// Its bytes.
    pub bytes: u64,
    /// SHA-256 of them.
    pub hash: [u8; 32],
}

/// What format 1 has instead: a column, its first byte, its bytes. All are raw.
type Entry = (u16, u64, u64);

/// The body's pieces and hashes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Table {
    /// The known columns.
    pub(crate) columns: Vec<(Column, Encoding, Range<u64>)>,
    /// What is hashed at once, ascending. Between two of them are less than [`COLUMN_ALIGN`] zeros.
    pieces: Vec<(Range<u64>, [u8; 32])>,
    /// Length of the body.
    pub(crate) body_bytes: u64,
}

impl Table {
    /// Reads the table of format 1.
    pub(crate) fn of_format_1(bytes: &[u8]) -> Result<Self, CatalogError> {
        let (body_bytes, blocks, entries): (u64, Vec<[u8; 32]>, Vec<Entry>) = read(bytes)?;
        let block = BLOCK_BYTES as u64;
        if body_bytes.div_ceil(block) != blocks.len() as u64 {
            return Err(CatalogError::damaged("manifest"));
        }
        let pieces = (0..).zip(blocks).map(|(at, hash)| (at * block..body_bytes.min((at + 1) * block), hash));
        let mut table = Self { pieces: pieces.collect(), body_bytes, ..Self::default() };
        for (id, offset, bytes) in entries {
            table.add(id, false, Some(Encoding::Raw), place(offset, bytes)?, 0)?;
        }
        table.checked()
    }

    /// Reads the table of a bundle that a library of format `current` wrote.
    pub(crate) fn of(bytes: &[u8], current: u8) -> Result<Self, CatalogError> {
        let mut table = Self::default();
        for section in read::<Vec<Section>>(bytes)? {
            let place = place(section.offset, section.bytes)?;
            let gap = place.start.checked_sub(table.body_bytes);
            if gap.is_none_or(|gap| gap >= COLUMN_ALIGN) {
                return Err(directory());
            }
            table.body_bytes = place.end;
            table.pieces.push((place.clone(), section.hash));
            table.add(section.id, section.required, Encoding::of(section.encoding), place, current)?;
        }
        table.checked()
    }

    /// What the bytes of a section hash to; nothing in format 1, which hashes others at once.
    pub(crate) fn hash(&self, place: &Range<u64>) -> Option<[u8; 32]> {
        self.pieces.iter().find(|(piece, _)| piece == place).map(|(_, hash)| *hash)
    }

    fn add(
        &mut self,
        id: u16,
        required: bool,
        encoding: Option<Encoding>,
        place: Range<u64>,
        current: u8,
    ) -> Result<(), CatalogError> {
        let Some((column, encoding)) = Column::numbered(id).zip(encoding) else {
            return if required { Err(newer(current)) } else { Ok(()) };
        };
        if self.columns.iter().any(|(known, ..)| *known == column)
            || !place.start.is_multiple_of(COLUMN_ALIGN)
        {
            return Err(directory());
        }
        self.columns.push((column, encoding, place));
        Ok(())
    }

    fn checked(self) -> Result<Self, CatalogError> {
        if self.body_bytes > BUNDLE.most as u64 {
            return Err(CatalogError::TooLarge { what: "the bundle", limit: BUNDLE.most as u64 });
        }
        let inside = self.columns.iter().all(|(.., place)| place.end <= self.body_bytes);
        if inside { Ok(self) } else { Err(directory()) }
    }

    /// Copies the body piece by piece, and fails at the first one whose hash is wrong.
    pub(crate) fn copy_body(&self, body: &mut dyn Read, out: &mut dyn Write) -> Result<(), CatalogError> {
        let mut buffer = vec![0; BLOCK_BYTES];
        let mut at = 0;
        for (piece, expected) in &self.pieces {
            let gap = buffer.get_mut(..(piece.start - at) as usize).unwrap_or_default();
            copy(body, out, gap)?;
            if gap.iter().any(|byte| *byte != 0) {
                return Err(CatalogError::damaged("padding"));
            }
            at = piece.start;
            let mut hash = Sha256::new();
            while at < piece.end {
                let length = (piece.end - at).min(BLOCK_BYTES as u64);
                let part = buffer.get_mut(..length as usize).unwrap_or_default();
                copy(body, out, part)?;
                hash.update(part);
                at += length;
            }
            if hash.finish() != *expected {
                return Err(CatalogError::damaged("a hash"));
            }
        }
        let more = body.read(&mut [0]).map_err(|error| CatalogError::io("read the bundle", &error))?;
        if more == 0 { Ok(()) } else { Err(CatalogError::damaged("length")) }
    }
}

fn copy(body: &mut dyn Read, out: &mut dyn Write, part: &mut [u8]) -> Result<(), CatalogError> {
    fill(body, part)?;
    out.write_all(part).map_err(|error| CatalogError::io("write the catalog", &error))
}

/// What a later version adds comes behind and is skipped.
fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, CatalogError> {
    postcard::take_from_bytes(bytes).map(|(table, _)| table).map_err(|_| CatalogError::damaged("manifest"))
}

fn place(offset: u64, bytes: u64) -> Result<Range<u64>, CatalogError> {
    offset.checked_add(bytes).map(|end| offset..end).ok_or_else(directory)
}

fn directory() -> CatalogError {
    CatalogError::damaged("section table")
}
