//! Texts in compressed blocks, so that a title is read without the others.
//!
//! ```text
//! 0   4   number of texts
//! 4   4   texts of a block; the last block may have fewer
//! 8   4n  where each block starts, from the first byte of the section, and where the last one ends
//! …   …   blocks: length when decompressed (4 bytes), then LZ4's block format. Every text ends with a byte 0xFF,
//!         which UTF-8 does not have
//! ```

/// Number of texts and texts of a block.
pub(crate) const HEADER: usize = 8;
/// Texts of a block. Larger ones are a little smaller in all, and take longer to read.
#[cfg(feature = "operator")]
const PER_BLOCK: u32 = 128;
/// LZ4 makes of a byte no more than this many.
const MOST_FROM_A_BYTE: usize = 255;
/// The most of a block in bytes, decompressed: a phone has room for it.
const MOST_OF_A_BLOCK: usize = 16 << 20;
const END: u8 = 0xFF;

/// Where the blocks are.
#[derive(Debug)]
pub(crate) struct Directory {
    pub(crate) texts: u32,
    per_block: u32,
    starts: Vec<u32>,
}

impl Directory {
    /// Length of the directory, header included, by the header.
    pub(crate) fn bytes(header: [u8; HEADER]) -> Option<usize> {
        let (texts, per_block) = numbers(header);
        let blocks = texts.div_ceil(std::num::NonZero::new(per_block)?.get());
        (blocks as usize).checked_add(1)?.checked_mul(4)?.checked_add(HEADER)
    }

    /// Reads the directory, all of it.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        let (header, starts) = bytes.split_first_chunk()?;
        let (texts, per_block) = numbers(*header);
        let (starts, []) = starts.as_chunks() else { return None };
        let starts: Vec<u32> = starts.iter().map(|start| u32::from_le_bytes(*start)).collect();
        (Self::bytes(*header)? == bytes.len() && starts.is_sorted()).then_some(Self {
            texts,
            per_block,
            starts,
        })
    }

    /// Number of blocks.
    pub(crate) fn blocks(&self) -> usize {
        self.starts.len() - 1
    }

    /// The block of a text, and its place in there.
    pub(crate) fn place(&self, text: u32) -> (usize, usize) {
        ((text / self.per_block) as usize, (text % self.per_block) as usize)
    }

    /// Where the block lies in the section.
    pub(crate) fn range(&self, block: usize) -> Option<std::ops::Range<usize>> {
        Some(*self.starts.get(block)? as usize..*self.starts.get(block + 1)? as usize)
    }
}

fn numbers([a, b, c, d, e, f, g, h]: [u8; HEADER]) -> (u32, u32) {
    (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]))
}

/// A block as it is read.
#[derive(Debug)]
pub(crate) struct Block {
    bytes: Vec<u8>,
    ends: Vec<u32>,
}

impl Block {
    /// Decompresses a block.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        let (length, packed) = bytes.split_first_chunk()?;
        let length = u32::from_le_bytes(*length) as usize;
        if length > packed.len().saturating_mul(MOST_FROM_A_BYTE).min(MOST_OF_A_BLOCK) {
            return None;
        }
        let bytes = lz4_flex::block::decompress(packed, length).ok().filter(|bytes| bytes.len() == length)?;
        let ends = (0..).zip(&bytes).filter(|(_, byte)| **byte == END).map(|(place, _)| place).collect();
        Some(Self { bytes, ends })
    }

    /// The text at this place of the block.
    pub(crate) fn text(&self, place: usize) -> Option<&str> {
        let start =
            place.checked_sub(1).map_or(Some(0), |before| Some(*self.ends.get(before)? as usize + 1))?;
        std::str::from_utf8(self.bytes.get(start..*self.ends.get(place)? as usize)?).ok()
    }
}

/// A section with these texts. `None` if it gets too large for a device.
#[cfg(feature = "operator")]
pub(crate) fn compress(texts: &[&str]) -> Option<Vec<u8>> {
    let mut blocks = Vec::new();
    let mut starts = Vec::new();
    let head = HEADER + 4 * (texts.len().div_ceil(PER_BLOCK as usize) + 1);
    for block in texts.chunks(PER_BLOCK as usize) {
        starts.push(u32::try_from(head + blocks.len()).ok()?);
        let ended: Vec<u8> = block.iter().flat_map(|text| [text.as_bytes(), &[END]].concat()).collect();
        if ended.len() > MOST_OF_A_BLOCK {
            return None;
        }
        blocks.extend_from_slice(&u32::try_from(ended.len()).ok()?.to_le_bytes());
        blocks.extend_from_slice(&lz4_flex::block::compress(&ended));
    }
    starts.push(u32::try_from(head + blocks.len()).ok()?);
    let numbers = [u32::try_from(texts.len()).ok()?, PER_BLOCK];
    let mut section: Vec<u8> = numbers.into_iter().chain(starts).flat_map(u32::to_le_bytes).collect();
    section.extend_from_slice(&blocks);
    Some(section)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(section: &[u8]) -> Option<Vec<String>> {
        let directory = Directory::of(section.get(..Directory::bytes(*section.first_chunk()?)?)?)?;
        let text = |text: u32| {
            let (block, place) = directory.place(text);
            Some(Block::of(section.get(directory.range(block)?)?)?.text(place)?.to_owned())
        };
        (0..directory.texts.min(1000)).map(text).collect()
    }

    proptest! {
        #[test]
        fn texts_come_back(texts in prop::collection::vec(".{0,20}", 0..400)) {
            let section = compress(&texts.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
            prop_assert_eq!(read(&section), Some(texts));
        }

        #[test]
        fn any_bytes_are_read(changes in prop::collection::vec((0usize..2000, any::<u8>()), 0..9), cut in 0usize..2000) {
            let texts: Vec<String> = (0..300).map(|number| format!("Wool sock {number}")).collect();
            let mut section = compress(&texts.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
            for (place, byte) in changes {
                let place = place % section.len();
                section[place] = byte;
            }
            section.truncate(section.len() - cut % section.len());
            let _ = read(&section);
        }
    }
}
