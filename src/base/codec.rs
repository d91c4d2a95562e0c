//! How a record that is stored or sent begins, and what a later version of it may change.
//!
//! ```text
//! version u8 | least u8 | part | part | …
//! ```
//! `version` wrote the record; whoever knows version `least` or a later one reads it. Parts are values in postcard's
//! format, one after the other. What is new and optional is another part at the end: whoever does not know it skips it,
//! and loses it when writing the record anew. What is new and must be understood raises `least`, and so does a new value
//! of an enum: whoever does not know it is told that the record is [`Newer`], and leaves it as it is.
//!
//! Records from before this header begin with a version below [`Record::FIRST`]. `docs/formats.md` lists them all.

use serde::{Deserialize, Serialize};

/// A record that a newer version of this library wrote, and this one must not guess at. It is not damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{what}: written by a newer version of this library; update the app")]
pub struct Newer {
    /// What the record is.
    pub what: &'static str,
}

/// Why a record was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// A newer version wrote it.
    #[error(transparent)]
    Newer(#[from] Newer),
    /// Nobody wrote this.
    #[error("not a record of this kind")]
    Damaged,
}

/// A record that could not be put into bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a record could not be encoded")]
pub struct Unwritable;

/// A kind of record.
pub(crate) trait Record: Sized {
    /// What it is, for an error.
    const WHAT: &'static str;
    /// The version that is written.
    const VERSION: u8;
    /// The oldest version that can read it.
    const LEAST: u8 = Self::FIRST;
    /// The first version with this header.
    const FIRST: u8;

    /// All parts, in order.
    fn parts(&self) -> impl Serialize;

    /// Reads the parts of the versions from [`FIRST`](Self::FIRST) on.
    fn read(parts: &mut Parts<'_>) -> Option<Self>;

    /// Reads what an earlier `version` wrote, from behind its version byte. The last of them had the same parts, unless
    /// the record says otherwise.
    fn read_old(version: u8, body: &mut Parts<'_>) -> Option<Self> {
        if version == Self::FIRST - 1 { Self::read(body) } else { None }
    }

    /// The bytes to keep.
    fn encode(&self) -> Result<Vec<u8>, Unwritable> {
        const { assert!(Self::FIRST <= Self::LEAST && Self::LEAST <= Self::VERSION) };
        // A short secret is not left behind by a buffer that grows.
        let mut head = Vec::with_capacity(128);
        head.extend([Self::VERSION, Self::LEAST]);
        postcard::to_extend(&self.parts(), head).map_err(|_| Unwritable)
    }

    /// Reads what any version wrote, as far as this one may.
    fn decode(bytes: &[u8]) -> Result<Self, Unread> {
        let (&version, body) = bytes.split_first().ok_or(Unread::Damaged)?;
        let (read, rest) = if version < Self::FIRST {
            let mut body = Parts(body);
            (Self::read_old(version, &mut body), body)
        } else {
            let (&least, parts) = body.split_first().ok_or(Unread::Damaged)?;
            if !(Self::FIRST..=version).contains(&least) {
                return Err(Unread::Damaged);
            }
            if least > Self::VERSION {
                return Err(Newer { what: Self::WHAT }.into());
            }
            let mut parts = Parts(parts);
            (Self::read(&mut parts), parts)
        };
        match read {
            // Only a newer version has parts that are not known here.
            Some(record) if version > Self::VERSION || rest.at_end() => Ok(record),
            None if version > Self::VERSION => Err(Newer { what: Self::WHAT }.into()),
            _ => Err(Unread::Damaged),
        }
    }
}

/// A kind of record that is one part since version 2, and was the same part before the header.
macro_rules! record_of_one_part {
    ($kind:ty, $what:literal) => {
        impl $crate::base::codec::Record for $kind {
            const WHAT: &'static str = $what;
            const VERSION: u8 = 2;
            const FIRST: u8 = 2;

            fn parts(&self) -> impl serde::Serialize {
                self
            }

            fn read(parts: &mut $crate::base::codec::Parts<'_>) -> Option<Self> {
                parts.next()
            }
        }
    };
}
pub(crate) use record_of_one_part;

/// What of a record is still to be read.
pub(crate) struct Parts<'a>(&'a [u8]);

impl<'a> Parts<'a> {
    /// The parts of something that is no record.
    pub(crate) const fn of(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next part.
    pub(crate) fn next<T: Deserialize<'a>>(&mut self) -> Option<T> {
        let (part, rest) = postcard::take_from_bytes(self.0).ok()?;
        self.0 = rest;
        Some(part)
    }

    /// Whether nothing is left: of a part that a later version added, there is none.
    pub(crate) fn at_end(&self) -> bool {
        self.0.is_empty()
    }
}

/// What a fuzzer looks for: whatever is read comes out as it went in. Returns it.
#[cfg(any(test, feature = "operator"))]
pub(crate) fn again<R: Record + PartialEq + std::fmt::Debug>(bytes: &[u8]) -> Option<R> {
    let record = R::decode(bytes).ok()?;
    let written = record.encode().ok()?;
    assert_eq!(written.first_chunk(), Some(&[R::VERSION, R::LEAST]));
    assert_eq!(R::decode(&written).as_ref(), Ok(&record));
    Some(record)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the first release had it: a number, and from version 2 on a word.
    #[derive(Debug, PartialEq)]
    struct First(u32, String);

    impl Record for First {
        const WHAT: &'static str = "example";
        const VERSION: u8 = 3;
        const FIRST: u8 = 3;

        fn parts(&self) -> impl Serialize {
            (self.0, &self.1)
        }

        fn read(parts: &mut Parts<'_>) -> Option<Self> {
            Some(Self(parts.next()?, parts.next()?))
        }

        fn read_old(version: u8, body: &mut Parts<'_>) -> Option<Self> {
            Some(match version {
                1 => Self(body.next()?, String::new()),
                2 => Self(body.next()?, body.next()?),
                _ => return None,
            })
        }
    }

    /// A later release: one more part, which may be skipped.
    #[derive(Debug, PartialEq)]
    struct Later(First, Option<bool>);

    impl Record for Later {
        const WHAT: &'static str = "example";
        const VERSION: u8 = 4;
        const FIRST: u8 = 3;

        fn parts(&self) -> impl Serialize {
            (self.0.parts(), self.1)
        }

        fn read(parts: &mut Parts<'_>) -> Option<Self> {
            let first = First::read(parts)?;
            Some(Self(first, if parts.at_end() { None } else { parts.next()? }))
        }

        fn read_old(version: u8, body: &mut Parts<'_>) -> Option<Self> {
            Some(Self(First::read_old(version, body)?, None))
        }
    }

    fn first() -> First {
        First(300, "kettle".into())
    }

    #[test]
    fn every_version_reads_what_came_before_and_skips_what_it_may() {
        assert_eq!(First::decode(&[1, 0xac, 2]), Ok(First(300, String::new())));
        assert_eq!(First::decode(b"\x02\xac\x02\x06kettle"), Ok(first()));
        assert_eq!(First::decode(&first().encode().unwrap()), Ok(first()));
        assert_eq!(Later::decode(&first().encode().unwrap()), Ok(Later(first(), None)));
        let later = Later(first(), Some(true)).encode().unwrap();
        assert_eq!(later[..2], [4, 3]);
        assert_eq!(First::decode(&later), Ok(first()), "an unknown part is skipped");
    }

    #[test]
    fn what_must_be_understood_is_newer_and_never_guessed_at() {
        let newer = Newer { what: "example" };
        let as_if_it_could_be_read = &[4, 3, 5, 2, 0xff, 0xff];
        for bytes in [
            &[4, 4][..],
            b"\x04\x04\xac\x02\x06kettle",
            &[255, 4],
            &[255, 255, 1, 2, 3],
            as_if_it_could_be_read,
        ] {
            assert_eq!(First::decode(bytes), Err(newer.into()));
        }
        assert_eq!(newer.to_string(), "example: written by a newer version of this library; update the app");
    }

    #[test]
    fn what_nobody_wrote_is_damaged() {
        let bytes = first().encode().unwrap();
        for end in 0..bytes.len() {
            assert_eq!(First::decode(&bytes[..end]), Err(Unread::Damaged), "{end}");
        }
        let more = |bytes: &[u8]| [bytes, &[0]].concat();
        for bytes in [&more(&bytes), &more(&[1, 5]), &[0, 5][..], &[3, 2, 5, 0], &[4, 5, 5, 0], &[5, 0, 5, 0]]
        {
            assert_eq!(First::decode(bytes), Err(Unread::Damaged), "{bytes:?}");
        }
    }
}
