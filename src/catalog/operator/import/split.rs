//! Cutting delimited text into cells as RFC 4180 has it, line by line, so that the caller decides how far a quote may reach.

/// Most cells in a row.
const MAX_CELLS: usize = 2000;

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

#[derive(Debug, Clone, Copy, Default)]
enum State {
    #[default]
    Start,
    Plain,
    Quoted,
    AfterQuote,
}

/// The row being cut.
#[derive(Debug, Default)]
pub(crate) struct Splitter {
    delimiter: u8,
    state: State,
    /// The cells' bytes, one after another.
    pub(crate) bytes: Vec<u8>,
    /// Where each cell ends in them.
    pub(crate) ends: Vec<usize>,
}

impl Splitter {
    pub(crate) fn new(delimiter: u8) -> Self {
        Self { delimiter, ..Self::default() }
    }

    pub(crate) fn restart(&mut self) {
        self.state = State::Start;
        self.bytes.clear();
        self.ends.clear();
    }

    /// Takes a line that ends in `\n`. A quote counts as one only at the beginning of a cell; text behind a closed quote is kept.
    pub(crate) fn feed(&mut self, line: &[u8]) -> Step {
        for (place, byte) in line.iter().enumerate() {
            let ends_row = *byte == b'\n' || line.get(place..) == Some(b"\r\n");
            match (self.state, *byte) {
                (State::Quoted, b'"') => self.state = State::AfterQuote,
                (State::Start, b'"') => self.state = State::Quoted,
                (State::AfterQuote, b'"') => {
                    self.bytes.push(b'"');
                    self.state = State::Quoted;
                }
                (State::Start | State::Plain | State::AfterQuote, byte)
                    if ends_row || byte == self.delimiter =>
                {
                    self.ends.push(self.bytes.len());
                    self.state = State::Start;
                    if ends_row {
                        return Step::Done;
                    }
                    if self.ends.len() >= MAX_CELLS {
                        return Step::TooMany;
                    }
                }
                (state, byte) => {
                    self.bytes.push(byte);
                    self.state = match state {
                        State::Quoted => State::Quoted,
                        _ => State::Plain,
                    };
                }
            }
        }
        Step::InQuote
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(line: &str) -> Option<Vec<String>> {
        let mut splitter = Splitter::new(b',');
        let Step::Done = splitter.feed(line.as_bytes()) else {
            return None;
        };
        let starts = std::iter::once(0).chain(splitter.ends.iter().copied());
        let cell =
            |(start, end): (usize, &usize)| String::from_utf8(splitter.bytes[start..*end].to_vec()).unwrap();
        Some(starts.zip(&splitter.ends).map(cell).collect())
    }

    #[test]
    fn quotes_and_delimiters_as_in_rfc_4180() {
        let expect = |line: &str, expected: &[&str]| assert_eq!(cells(line).unwrap(), expected, "{line}");
        expect("a,b\n", &["a", "b"]);
        expect(",\r\n", &["", ""]);
        expect("\"a,\"\"b\"\"\",c\n", &["a,\"b\"", "c"]);
        expect("\"\",x\n", &["", "x"]);
        expect("a\rb,\"c\r\"\r\n", &["a\rb", "c\r"]);
        expect("5\" nail,\"odd\"end\n", &["5\" nail", "oddend"]);
        assert_eq!(cells("\"a\n"), None);
    }
}
