//! Rows read from the raw bytes of a database, without SQLite: for a file whose structure is damaged.
//!
//! After the file format as SQLite documents it (sqlite.org/fileformat2.html, sections 1.3, 1.6, 2.1 and 4). Nothing
//! read here is believed: every record is authenticated afterwards. Where a page's header or pointers make no sense,
//! every offset of the page is tried as the start of a cell.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;

/// The page size of every vault.
pub(crate) const PAGE: usize = 4096;
const WAL_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
/// A leaf of a table.
const LEAF: u8 = 0x0d;
/// More than any row of ours has.
pub(crate) const MOST_COLUMNS: usize = 16;
/// The largest row: a record of 16 MiB, sealed.
const LARGEST_ROW: usize = 20 << 20;
/// How often, on average, a byte may be read as part of an overflow page: pages that are free now may be named by rows
/// that are gone.
const MOST_READ_AGAIN: usize = 4;

/// One value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Null,
    Integer(i64),
    Bytes(Vec<u8>),
}

/// One row of some table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) id: i64,
    pub(crate) values: Vec<Value>,
}

/// Every row that can be made out. `log` is the write-ahead log, as far as it holds together.
pub(crate) fn rows(file: &[u8], log: &[u8]) -> Vec<Row> {
    let pages = Pages::new(file, log);
    pages.numbers().flat_map(|number| pages.rows_of(number)).collect()
}

/// The pages as the last commit left them.
struct Pages<'a> {
    file: &'a [u8],
    changed: BTreeMap<usize, &'a [u8]>,
    /// Bytes that may still be read from overflow pages. Sound rows share none of them; hostile ones could all claim
    /// the same.
    left: Cell<usize>,
}

impl<'a> Pages<'a> {
    fn new(file: &'a [u8], log: &'a [u8]) -> Self {
        let left = Cell::new(MOST_READ_AGAIN * (file.len() + log.len()));
        Self { file, changed: committed_pages(log), left }
    }

    /// The pages that are there. A log may name any number, however far beyond the end of the file.
    fn numbers(&self) -> impl Iterator<Item = usize> {
        let in_file = self.file.len().div_ceil(PAGE);
        (0..in_file).chain(self.changed.range(in_file..).map(|(number, _)| *number))
    }

    /// A page by its number from 0; a short one at the end of the file is filled up.
    fn get(&self, number: usize) -> Option<Cow<'a, [u8]>> {
        if let Some(page) = self.changed.get(&number) {
            return Some(Cow::Borrowed(page));
        }
        let from = number.checked_mul(PAGE).filter(|from| *from < self.file.len())?;
        let page = self.file.get(from..(from + PAGE).min(self.file.len()))?;
        if page.len() == PAGE {
            return Some(Cow::Borrowed(page));
        }
        let mut filled = page.to_vec();
        filled.resize(PAGE, 0);
        Some(Cow::Owned(filled))
    }

    fn rows_of(&self, number: usize) -> Vec<Row> {
        let Some(page) = self.get(number) else { return Vec::new() };
        let header = if number == 0 { 100 } else { 0 };
        let pointed = pointers(&page, header)
            .and_then(|at| at.into_iter().map(|at| self.row(&page, at)).collect::<Option<Vec<Row>>>());
        pointed.unwrap_or_else(|| (header..PAGE).filter_map(|at| self.row(&page, at)).collect())
    }

    /// The row whose cell starts there, if one does.
    fn row(&self, page: &[u8], at: usize) -> Option<Row> {
        let mut rest = page.get(at..)?;
        let length = usize::try_from(varint(&mut rest)?).ok().filter(|n| (2..=LARGEST_ROW).contains(n))?;
        let id = varint(&mut rest)?.cast_signed();
        if !is_ours(rest, length) {
            return None;
        }
        let payload = self.payload(rest, length)?;
        Some(Row { id, values: values(&payload)? })
    }

    /// The payload of a cell, with its overflow pages (section 1.6).
    fn payload<'p>(&self, local: &'p [u8], length: usize) -> Option<Cow<'p, [u8]>> {
        let most = PAGE - 35;
        if length <= most {
            return local.get(..length).map(Cow::Borrowed);
        }
        let least = (PAGE - 12) * 32 / 255 - 23;
        let kept = least + (length - least) % (PAGE - 4);
        let kept = if kept <= most { kept } else { least };
        self.left.set(self.left.get().checked_sub(length)?);
        let mut payload = local.get(..kept)?.to_vec();
        let mut next = u32::from_be_bytes(*local.get(kept..)?.first_chunk()?);
        while payload.len() < length {
            let page = self.get(usize::try_from(next).ok()?.checked_sub(1)?)?;
            let (number, content) = page.split_first_chunk::<4>()?;
            payload.extend(content.iter().take(length - payload.len()));
            next = u32::from_be_bytes(*number);
        }
        Some(Cow::Owned(payload))
    }
}

/// Whether a payload of this length may be a row of ours: its id stands outside, and the sizes add up. A look at its
/// beginning is enough, so that hostile bytes cost no more.
fn is_ours(payload: &[u8], length: usize) -> bool {
    let look = || {
        let mut rest = payload;
        let header = usize::try_from(varint(&mut rest)?).ok()?;
        let mut kinds = payload.get(payload.len() - rest.len()..header)?;
        let first = varint(&mut kinds)?;
        let (mut sum, mut columns) = (header, 1);
        while !kinds.is_empty() {
            columns += 1;
            if columns > MOST_COLUMNS {
                return None;
            }
            sum = sum.checked_add(width(varint(&mut kinds)?)?)?;
        }
        Some(first == 0 && sum == length)
    };
    look().unwrap_or(false)
}

/// How many bytes a value of this kind takes (section 2.1).
fn width(kind: u64) -> Option<usize> {
    let bytes = match kind {
        0..=4 => kind,
        5 => 6,
        6 | 7 => 8,
        8 | 9 => 0,
        12.. => (kind - 12) / 2,
        _ => return None,
    };
    usize::try_from(bytes).ok()
}

/// The offsets of a leaf's cells, if its header makes sense.
fn pointers(page: &[u8], header: usize) -> Option<Vec<usize>> {
    let head = page.get(header..header + 8)?;
    // What is no leaf now may have been one.
    if head.first() != Some(&LEAF) {
        return None;
    }
    let count = usize::from(u16::from_be_bytes([*head.get(3)?, *head.get(4)?]));
    let start = usize::from(u16::from_be_bytes([*head.get(5)?, *head.get(6)?]));
    let list = page.get(header + 8..header + 8 + 2 * count)?;
    let offsets: Vec<usize> =
        list.as_chunks::<2>().0.iter().map(|at| usize::from(u16::from_be_bytes(*at))).collect();
    // With as many cells as the pointers say, the space between them and the first cell is empty.
    let gap = page.get(header + 8 + 2 * count..start)?;
    let sound = offsets.iter().all(|at| *at >= start) && gap.iter().all(|byte| *byte == 0);
    sound.then_some(offsets)
}

/// The values of a row (section 2.1).
fn values(payload: &[u8]) -> Option<Vec<Value>> {
    let mut rest = payload;
    let header = usize::try_from(varint(&mut rest)?).ok()?;
    let mut kinds = payload.get(payload.len() - rest.len()..header)?;
    let mut body = payload.get(header..)?;
    let mut values = Vec::new();
    while !kinds.is_empty() {
        let kind = varint(&mut kinds)?;
        let mut integer = |bytes: usize| {
            let (number, rest) = body.split_at_checked(bytes)?;
            body = rest;
            let sign = number.first().is_some_and(|b| *b >= 0x80);
            let start = if sign { -1 } else { 0 };
            Some(Value::Integer(number.iter().fold(start, |all: i64, b| all << 8 | i64::from(*b))))
        };
        values.push(match kind {
            0 => Value::Null,
            1..=6 => integer(width(kind)?)?,
            8 | 9 => Value::Integer(i64::try_from(kind).ok()? - 8),
            12.. => {
                let (bytes, rest) = body.split_at_checked(width(kind)?)?;
                body = rest;
                Value::Bytes(bytes.to_vec())
            }
            _ => return None,
        });
        if values.len() > MOST_COLUMNS {
            return None;
        }
    }
    body.is_empty().then_some(values)
}

/// A variable-length integer of up to nine bytes (section 1.6).
fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for at in 0..9 {
        let (byte, tail) = rest.split_first()?;
        *rest = tail;
        if at == 8 {
            return Some(value << 8 | u64::from(*byte));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// The latest image of each page in the log up to its last whole commit (section 4).
fn committed_pages(log: &[u8]) -> BTreeMap<usize, &[u8]> {
    let mut committed = BTreeMap::new();
    let Some((header, mut rest)) = log.split_first_chunk::<WAL_HEADER>() else { return committed };
    let big_endian = match header.first_chunk::<4>() {
        Some([0x37, 0x7f, 0x06, 0x83]) => true,
        Some([0x37, 0x7f, 0x06, 0x82]) => false,
        _ => return committed,
    };
    let Some((summed, stored)) = header.split_last_chunk::<8>() else { return committed };
    let mut sum = checksum([0, 0], summed, big_endian);
    if as_numbers(stored) != sum {
        return committed;
    }
    let salts = header.get(16..24);
    let mut open = Vec::new();
    while let Some((frame, after)) = rest.split_at_checked(FRAME_HEADER + PAGE) {
        rest = after;
        let Some((head, page)) = frame.split_first_chunk::<FRAME_HEADER>() else { break };
        let &[n0, n1, n2, n3, c0, c1, c2, c3, ..] = head;
        sum = checksum(checksum(sum, &[n0, n1, n2, n3, c0, c1, c2, c3], big_endian), page, big_endian);
        if head.get(8..16) != salts || head.last_chunk().map(as_numbers) != Some(sum) {
            break;
        }
        let number = u32::from_be_bytes([n0, n1, n2, n3]);
        open.extend(usize::try_from(number).ok().and_then(|n| n.checked_sub(1)).map(|n| (n, page)));
        if [c0, c1, c2, c3] != [0; 4] {
            committed.extend(open.drain(..));
        }
    }
    committed
}

fn as_numbers(bytes: &[u8; 8]) -> [u32; 2] {
    let &[a, b, c, d, e, f, g, h] = bytes;
    [u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h])]
}

fn checksum([mut a, mut b]: [u32; 2], bytes: &[u8], big_endian: bool) -> [u32; 2] {
    for pair in bytes.as_chunks::<8>().0 {
        let &[p, q, r, s, t, u, v, w] = pair;
        let (x, y) = ([p, q, r, s], [t, u, v, w]);
        let number = |bytes| if big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) };
        a = a.wrapping_add(number(x)).wrapping_add(b);
        b = b.wrapping_add(number(y)).wrapping_add(a);
    }
    [a, b]
}

/// A log of these pages, numbered from 0, as SQLite would sum it up. The last ends a transaction.
#[cfg(any(test, feature = "operator"))]
pub(crate) fn log_of(pages: &[(u32, [u8; PAGE])]) -> Vec<u8> {
    let mut log = [0x377f_0682_u32, 3_007_000, 4096, 0, 0, 0].map(u32::to_be_bytes).concat();
    let mut sum = checksum([0, 0], &log, false);
    log.extend(sum.map(u32::to_be_bytes).concat());
    for (at, (number, page)) in pages.iter().enumerate() {
        let ends = u32::from(at + 1 == pages.len());
        let head = [number.wrapping_add(1), ends].map(u32::to_be_bytes).concat();
        sum = checksum(checksum(sum, &head, false), page, false);
        log.extend([&head[..], &[0; 8], &sum.map(u32::to_be_bytes).concat(), page].concat());
    }
    log
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A database with rows of every size, some of them in the log only.
    fn sample(dir: &std::path::Path) -> (Vec<u8>, Vec<u8>, Vec<Row>) {
        let path = dir.join("x");
        let conn = rusqlite::Connection::open(&path).unwrap();
        conn.execute_batch(
            "PRAGMA secure_delete = ON; PRAGMA journal_mode = WAL; CREATE TABLE t (id INTEGER PRIMARY KEY, a BLOB, n INTEGER)",
        )
        .unwrap();
        let mut wanted = Vec::new();
        for (id, length) in [0, 1, 100, 3000, 4040, 4061, 4062, 5000, 9000, 100_000].into_iter().enumerate() {
            let (bytes, n) = (vec![7_u8; length], [0, 1, -1, 300, -70_000, i64::MAX][id % 6]);
            conn.execute("INSERT INTO t (a, n) VALUES (?1, ?2)", rusqlite::params![bytes, n]).unwrap();
            if id == 5 {
                conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
            }
            let values = vec![Value::Null, Value::Bytes(bytes), Value::Integer(n)];
            wanted.push(Row { id: id as i64 + 1, values });
        }
        let log = std::fs::read(dir.join("x-wal")).unwrap();
        (std::fs::read(&path).unwrap(), log, wanted)
    }

    fn of_the_table(rows: Vec<Row>) -> Vec<Row> {
        let mut rows: Vec<Row> = rows.into_iter().filter(|row| row.values.len() == 3).collect();
        rows.sort_by_key(|row| row.id);
        rows
    }

    #[test]
    fn every_row_is_found_in_file_and_log() {
        let dir = tempfile::tempdir().unwrap();
        let (file, log, wanted) = sample(dir.path());
        let found = of_the_table(rows(&file, &log));
        assert!(wanted.iter().all(|row| found.contains(row)));
        let without_log = of_the_table(rows(&file, &[]));
        assert!(!wanted.iter().all(|row| without_log.contains(row)));
    }

    #[test]
    fn a_page_whose_header_is_gone_still_gives_its_rows() {
        let dir = tempfile::tempdir().unwrap();
        let (mut file, log, wanted) = sample(dir.path());
        for page in 1..file.len() / PAGE {
            if file[page * PAGE] == LEAF {
                file[page * PAGE..page * PAGE + 8].fill(0xff);
            }
        }
        file[..100].fill(0);
        let found = of_the_table(rows(&file, &log));
        assert!(wanted.iter().all(|row| found.contains(row)));
    }

    /// A log that is summed up rightly may name any page.
    #[test]
    fn a_page_far_beyond_the_end_costs_no_more_than_any_other() {
        let dir = tempfile::tempdir().unwrap();
        let (file, _, wanted) = sample(dir.path());
        let leaf = file.chunks(PAGE).skip(1).find(|page| page[0] == LEAF).unwrap();
        let log = log_of(&[(u32::MAX - 1, leaf.try_into().unwrap())]);
        assert!(of_the_table(rows(&[], &log)).iter().all(|row| wanted.contains(row)));
        assert!(!rows(&[], &log).is_empty());
    }

    /// Each of many cells claims the same long chain of overflow pages.
    #[test]
    fn rows_that_share_their_pages_are_not_read_for_ever() {
        let kept = 489; // of a payload of this length, beside the cell
        let length = kept + 100 * (PAGE - 4);
        let number = |n: usize| [21, 14, 7, 0].map(|by| (n >> by) as u8 & 0x7f | u8::from(by > 0) << 7);
        let cell = [&number(length)[..], &[1, 6, 0], &number(2 * (length - 6) + 12)].concat();
        let (mut leaf, mut next) = ([0; PAGE], [0; PAGE]);
        for at in (16..480).step_by(16) {
            leaf[at..at + cell.len()].copy_from_slice(&cell);
            leaf[at + 5 + kept + 3] = 2;
        }
        next[3] = 2;
        let file = [leaf, next].concat();
        let read: usize = rows(&file, &[]).iter().map(size).sum();
        assert!(read <= MOST_READ_AGAIN * file.len(), "{read}");
        let [short, long] = [16, 128 << 10].map(|fill| [&file[..], &vec![0; fill]].concat());
        assert!(rows(&short, &[]).is_empty());
        assert_eq!(
            rows(&long, &[]).iter().map(size).max(),
            Some(length - 6 + 8),
            "an honest file could hold it"
        );
    }

    fn size(row: &Row) -> usize {
        row.values.iter().map(|value| if let Value::Bytes(bytes) = value { bytes.len() } else { 8 }).sum()
    }

    #[test]
    fn any_bytes_are_read_without_a_panic() {
        let dir = tempfile::tempdir().unwrap();
        let (file, log, _) = sample(dir.path());
        let mut seed = 7_u64;
        for _ in 0..300 {
            let (mut file, mut log) = (file.clone(), log.clone());
            for bytes in [&mut file, &mut log] {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let at = (seed >> 33) as usize % bytes.len();
                bytes[at] = (seed >> 20) as u8;
                bytes.truncate(bytes.len() - (seed >> 40) as usize % 5000);
            }
            drop(rows(&file, &log));
        }
    }
}
