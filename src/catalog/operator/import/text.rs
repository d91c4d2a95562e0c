//! From the bytes of a file to UTF-8 text: compression and encodings are told by content.

use std::cell::Cell;
use std::io::{BufReader, Cursor, Read};
use std::rc::Rc;

use encoding_rs::{Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use flate2::read::MultiGzDecoder;

use crate::catalog::CatalogError;

/// Bytes that are looked at before anything is decided.
pub(crate) const PEEK: usize = 64 * 1024;
/// Largest archive that is unpacked, bytes.
const MAX_ARCHIVE: u64 = 1 << 30;
/// Files in an archive that are read.
const MAX_ENTRIES: usize = 1000;

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZIP: &[u8] = b"PK\x03\x04";

/// A source, and the bytes it begins with.
pub(crate) struct Peeked<'a> {
    pub(crate) start: Vec<u8>,
    rest: Box<dyn Read + 'a>,
}

impl<'a> Peeked<'a> {
    pub(crate) fn new(mut source: impl Read + 'a) -> Result<Self, CatalogError> {
        let mut start = Vec::new();
        source.by_ref().take(PEEK as u64).read_to_end(&mut start).map_err(|error| unreadable(&error))?;
        Ok(Self { start, rest: Box::new(source) })
    }

    pub(crate) fn into_read(self) -> impl Read + 'a {
        Cursor::new(self.start).chain(self.rest)
    }
}

/// Calls `take` with every file in a source: itself, what gzip holds, or each file of a zip archive.
pub(crate) fn each_file<'a>(
    source: impl Read + 'a,
    take: &mut dyn FnMut(Peeked<'_>) -> Result<(), CatalogError>,
) -> Result<(), CatalogError> {
    let peeked = Peeked::new(source)?;
    if peeked.start.starts_with(GZIP) {
        let inside = MultiGzDecoder::new(BufReader::with_capacity(PEEK, peeked.into_read()));
        return take(Peeked::new(inside)?);
    }
    if peeked.start.starts_with(ZIP) { each_entry(peeked.into_read(), take) } else { take(peeked) }
}

fn each_entry(
    source: impl Read,
    take: &mut dyn FnMut(Peeked<'_>) -> Result<(), CatalogError>,
) -> Result<(), CatalogError> {
    let damaged = || CatalogError::feed("the zip archive is damaged: make it again");
    let mut bytes = Vec::new();
    source.take(MAX_ARCHIVE + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > MAX_ARCHIVE {
        return Err(CatalogError::TooLarge { what: "the zip archive", limit: MAX_ARCHIVE });
    }
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| damaged())?;
    let mut taken = 0;
    for place in 0..archive.len().min(MAX_ENTRIES) {
        let entry = archive.by_index(place).map_err(|_| damaged())?;
        let name = entry.name().map_err(|_| damaged())?.into_owned();
        if name == "[Content_Types].xml" || name == "mimetype" {
            return Err(CatalogError::feed("this is a spreadsheet: save it as CSV and read that"));
        }
        let hidden = name.split('/').any(|part| part.starts_with('.') || part == "__MACOSX");
        if entry.is_file() && !hidden {
            taken += 1;
            take(Peeked::new(entry)?)?;
        }
    }
    if taken == 0 { Err(CatalogError::feed("the zip archive holds no file")) } else { Ok(()) }
}

pub(crate) fn unreadable(error: &std::io::Error) -> CatalogError {
    CatalogError::io("read the feed", error)
}

/// The name of the encoding that a text turned out to have.
pub(crate) type EncodingName = Rc<Cell<&'static str>>;

/// A source as UTF-8. Bytes that mean nothing become U+FFFD.
pub(crate) struct Utf8<'a> {
    source: Box<dyn Read + 'a>,
    /// Nothing as long as all bytes were ASCII.
    decoder: Option<Decoder>,
    name: EncodingName,
    raw: Vec<u8>,
    text: Vec<u8>,
    place: usize,
    ended: bool,
}

impl<'a> Utf8<'a> {
    /// `told` is what the operator says the encoding is.
    pub(crate) fn new(peeked: Peeked<'a>, told: Option<&str>) -> Result<Self, CatalogError> {
        let told = told.map(|label| Encoding::for_label(label.as_bytes()).ok_or(label)).transpose();
        let told = told.map_err(|label| CatalogError::feed(format!("no encoding is called {label:?}")))?;
        let known = told.or_else(|| declared(&peeked.start));
        let name = Rc::new(Cell::new("ASCII"));
        let decoder = known.map(|encoding| {
            name.set(encoding.name());
            encoding.new_decoder_with_bom_removal()
        });
        let source = Box::new(peeked.into_read());
        let (raw, text) = (vec![0; PEEK], Vec::new());
        Ok(Self { source, decoder, name, raw, text, place: 0, ended: false })
    }

    pub(crate) fn encoding(&self) -> EncodingName {
        Rc::clone(&self.name)
    }

    fn fill(&mut self) -> std::io::Result<()> {
        self.place = 0;
        self.text.clear();
        let mut held = 0;
        // A full buffer, so that the encoding is not decided by a few bytes.
        while let Some(room) = self.raw.get_mut(held..).filter(|room| !room.is_empty()) {
            match self.source.read(room) {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(read) => held += read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let raw = self.raw.get(..held).unwrap_or_default();
        if self.decoder.is_none() && raw.is_ascii() {
            self.text.extend_from_slice(raw);
            return Ok(());
        }
        let name = &self.name;
        let decoder = self.decoder.get_or_insert_with(|| {
            let encoding = evident(raw);
            name.set(encoding.name());
            encoding.new_decoder_with_bom_removal()
        });
        let room = decoder.max_utf8_buffer_length(raw.len()).unwrap_or(4 * PEEK);
        self.text.resize(room, 0);
        let (_, _, written, _) = decoder.decode_to_utf8(raw, &mut self.text, self.ended);
        self.text.truncate(written);
        Ok(())
    }
}

impl Read for Utf8<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.place >= self.text.len() && !self.ended {
            self.fill()?;
        }
        let ready = self.text.get(self.place..).unwrap_or_default();
        let taken = ready.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..taken), ready.get(..taken)) {
            to.copy_from_slice(from);
        }
        self.place += taken;
        Ok(taken)
    }
}

/// The encoding that a byte order mark, zeros or a declaration tell.
fn declared(start: &[u8]) -> Option<&'static Encoding> {
    if let Some((encoding, _)) = Encoding::for_bom(start) {
        return Some(encoding);
    }
    let zeros = |from: usize| start.iter().skip(from).step_by(2).take(200).filter(|b| **b == 0).count();
    let many = start.len().min(400) / 4;
    match (zeros(0), zeros(1)) {
        (even, odd) if odd > many && even == 0 => return Some(UTF_16LE),
        (even, odd) if even > many && odd == 0 => return Some(UTF_16BE),
        _ => {}
    }
    let head = String::from_utf8_lossy(start.get(..1024).unwrap_or(start)).to_lowercase();
    let label = ["encoding=", "charset="].iter().find_map(|word| {
        let (_, after) = head.trim_start().starts_with('<').then(|| head.split_once(word))??;
        let quote = |letter: char| matches!(letter, '"' | '\'' | ' ' | '>' | '?' | '/' | ';');
        after.trim_start_matches(quote).split(quote).next()
    })?;
    // What can be told from the text is not believed: many a file says ISO-8859-1 and is UTF-8.
    let guessed = [UTF_8, WINDOWS_1252, UTF_16LE, UTF_16BE];
    Encoding::for_label(label.as_bytes()).filter(|encoding| !guessed.contains(encoding))
}

/// UTF-8, unless most of what is not ASCII is not UTF-8 either.
fn evident(mut bytes: &[u8]) -> &'static Encoding {
    let (mut good, mut bad) = (0u32, 0u32);
    while let Err(error) = std::str::from_utf8(bytes) {
        let (valid, rest) = bytes.split_at_checked(error.valid_up_to()).unwrap_or((bytes, &[]));
        good += letters(valid);
        // A letter may be cut at the end.
        let Some(length) = error.error_len() else { return chosen(good, bad) };
        bad += 1;
        bytes = rest.get(length..).unwrap_or_default();
    }
    chosen(good + letters(bytes), bad)
}

fn letters(valid: &[u8]) -> u32 {
    let count = valid.iter().filter(|byte| **byte >= 0xc0).count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn chosen(good: u32, bad: u32) -> &'static Encoding {
    if bad > good { WINDOWS_1252 } else { UTF_8 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], told: Option<&str>) -> (String, &'static str) {
        let mut text = String::new();
        let mut utf8 = Utf8::new(Peeked::new(bytes).unwrap(), told).unwrap();
        utf8.read_to_string(&mut text).unwrap();
        (text, utf8.encoding().get())
    }

    #[test]
    fn encodings_are_told_by_marks_declarations_and_evidence() {
        let expect =
            |bytes: &[u8], text: &str, name: &str| assert_eq!(read(bytes, None), (text.to_owned(), name));
        expect(b"cafe", "cafe", "ASCII");
        expect("caf\u{e9}".as_bytes(), "caf\u{e9}", "UTF-8");
        expect(b"\xef\xbb\xbfcaf\xc3\xa9", "caf\u{e9}", "UTF-8");
        expect(b"Gr\xf6\xdfe\t5 \x80", "Gr\u{f6}\u{df}e\t5 \u{20ac}", "windows-1252");
        expect(
            "caf\u{e9} \u{fc} ".bytes().chain([0xff]).collect::<Vec<_>>().as_slice(),
            "caf\u{e9} \u{fc} \u{fffd}",
            "UTF-8",
        );
        for (bom, big) in [(&b"\xff\xfe"[..], false), (b"\xfe\xff", true), (b"", false), (b"", true)] {
            let units = "id\ttitle\n1\tCaf\u{e9}\n".encode_utf16();
            let bytes = units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() });
            let file: Vec<u8> = bom.iter().copied().chain(bytes).collect();
            assert_eq!(read(&file, None).0, "id\ttitle\n1\tCaf\u{e9}\n", "{bom:?} {big}");
        }
        let xml = b"<?xml version=\"1.0\" encoding=\"ISO-8859-2\"?><a>\xb9</a>";
        assert!(read(xml, None).0.contains('\u{161}'));
        assert_eq!(read(b"\xb9", Some("latin2")).0, "\u{161}");
        assert!(Utf8::new(Peeked::new(&b""[..]).unwrap(), Some("klingon")).is_err());
    }

    #[test]
    fn a_letter_between_two_buffers_is_one_letter() {
        let text = format!("{}\u{e9}{}\u{20ac}", "x".repeat(PEEK - 1), "y".repeat(2 * PEEK));
        assert_eq!(read(text.as_bytes(), None), (text, "UTF-8"));
    }
}
