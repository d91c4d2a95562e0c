//! Cutting delimited text into cells, line by line, so that the caller decides how far a quote may reach.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder, Terminator};

/// Most cells in a row.
pub(crate) const MAX_CELLS: usize = 4000;

/// Where the cutting stands after a line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The row is complete.
    Done,
    /// A quote is still open.
    InQuote,
    /// More cells than any feed has.
    TooMany,
}

/// The row being cut.
pub(crate) struct Splitter {
    quoted: Reader,
    plain: Reader,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    used: (usize, usize),
}

impl Splitter {
    pub(crate) fn new(delimiter: u8) -> Self {
        let reader = |quoting: bool| {
            let mut builder = ReaderBuilder::new();
            builder.delimiter(delimiter).quoting(quoting).terminator(Terminator::Any(b'\n')).build()
        };
        let (quoted, plain) = (reader(true), reader(false));
        Self { quoted, plain, bytes: Vec::new(), ends: vec![0; MAX_CELLS], used: (0, 0) }
    }

    pub(crate) fn restart(&mut self) {
        self.quoted.reset();
        self.used = (0, 0);
    }

    /// Takes a line that ends in `\n`. A quote counts as one only at the beginning of a cell; text behind a closed quote is kept.
    pub(crate) fn feed(&mut self, line: &[u8]) -> Step {
        cut(&mut self.quoted, line, &mut self.bytes, &mut self.ends, &mut self.used)
    }

    /// Takes a line in which quotes mean nothing.
    pub(crate) fn feed_plain(&mut self, line: &[u8]) -> Step {
        self.plain.reset();
        self.used = (0, 0);
        cut(&mut self.plain, line, &mut self.bytes, &mut self.ends, &mut self.used)
    }

    /// The cells' bytes, one after another, and where each ends in them.
    pub(crate) fn cells(&self) -> (&[u8], &[usize]) {
        let (bytes, ends) = self.used;
        (self.bytes.get(..bytes).unwrap_or_default(), self.ends.get(..ends).unwrap_or_default())
    }
}

fn cut(
    reader: &mut Reader,
    mut line: &[u8],
    bytes: &mut Vec<u8>,
    ends: &mut [usize],
    used: &mut (usize, usize),
) -> Step {
    bytes.resize(bytes.len().max(used.0 + line.len() + 1), 0);
    while !line.is_empty() {
        let (Some(room), Some(free)) = (bytes.get_mut(used.0..), ends.get_mut(used.1..)) else {
            return Step::TooMany;
        };
        let (result, read, written, cells) = reader.read_record(line, room, free);
        *used = (used.0 + written, used.1 + cells);
        line = line.get(read..).unwrap_or_default();
        match result {
            ReadRecordResult::Record | ReadRecordResult::End => return Step::Done,
            ReadRecordResult::OutputEndsFull | ReadRecordResult::OutputFull => return Step::TooMany,
            ReadRecordResult::InputEmpty => {}
        }
    }
    Step::InQuote
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(line: &str, quoting: bool) -> Option<Vec<String>> {
        let mut splitter = Splitter::new(b',');
        let step =
            if quoting { splitter.feed(line.as_bytes()) } else { splitter.feed_plain(line.as_bytes()) };
        let (bytes, ends) = splitter.cells();
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let cell = |(start, end): (usize, &usize)| String::from_utf8(bytes[start..*end].to_vec()).unwrap();
        (step == Step::Done).then(|| starts.zip(ends).map(cell).collect())
    }

    #[test]
    fn quotes_and_delimiters_as_in_rfc_4180() {
        let expect =
            |line: &str, expected: &[&str]| assert_eq!(cells(line, true).unwrap(), expected, "{line}");
        expect("a,b\n", &["a", "b"]);
        expect(",\n", &["", ""]);
        expect("\"a,\"\"b\"\"\",c\n", &["a,\"b\"", "c"]);
        expect("\"\",x\n", &["", "x"]);
        expect("a\rb,\"c\r\"\n", &["a\rb", "c\r"]);
        expect("5\" nail,\"odd\"end\n", &["5\" nail", "oddend"]);
        assert_eq!(cells("\"a\n", true), None);
        assert_eq!(cells("\"a,b\n", false).unwrap(), ["\"a", "b"]);
        assert_eq!(cells(&format!("{}\n", ",".repeat(MAX_CELLS)), true), None);
    }
}
