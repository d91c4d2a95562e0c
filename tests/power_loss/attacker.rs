//! Somebody who has every file and every key of the device, and reads what can be read. Written against the documented
//! formats, not with the vault's own code.

use std::collections::{BTreeSet, HashMap, HashSet};

use ring::{aead, hkdf};

use super::recorder::Tree;
use super::world::canaries;

/// A root key, as it lies in the key store.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Root {
    epoch: [u8; 8],
    install: [u8; 16],
    key: [u8; 32],
}

/// The root key in a key store's item, if it is one.
fn root(item: &[u8]) -> Option<Root> {
    // Since version 2 a generation stands before it, and an anchor behind.
    let from = match (item.first(), item.len()) {
        (Some(1), 61) => 1,
        (Some(2), 133) => 9,
        _ => return None,
    };
    let part = |at: usize, length: usize| &item[from + at..from + at + length];
    Some(Root {
        epoch: part(0, 8).try_into().ok()?,
        install: part(8, 16).try_into().ok()?,
        key: part(24, 32).try_into().ok()?,
    })
}

/// Every root key in the key store's files.
fn roots(tree: &Tree) -> Vec<Root> {
    let items = tree.iter().filter(|(path, _)| path.starts_with(KEYS));
    items.filter_map(|(_, content)| root(content.as_deref()?)).collect()
}

impl Root {
    /// The key that wraps data keys.
    fn wrap_key(&self) -> [u8; 32] {
        let mut wrap = [0; 32];
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, &self.install).extract(&self.key);
        prk.expand(&[b"sottovoce wrap 1"], Len(32)).unwrap().fill(&mut wrap).unwrap();
        wrap
    }
}

struct Len(usize);

impl hkdf::KeyType for Len {
    fn len(&self) -> usize {
        self.0
    }
}

/// A data key and what it is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct DataKey {
    compartment: u16,
    id: u32,
    algorithm: u8,
    key: [u8; 32],
}

/// Reads what can be read, and remembers what it tried.
#[derive(Default)]
pub struct Attacker {
    wrap_keys: HashMap<Root, [u8; 32]>,
    unwrapped: HashMap<(Vec<u8>, Root), Option<DataKey>>,
    read: HashMap<(Vec<u8>, DataKey), BTreeSet<u32>>,
    /// By root key and number of the copy.
    copied: HashMap<(Root, usize), BTreeSet<u32>>,
}

const KEYS: &str = "keys/";

const SEALED_HEADER: usize = 1 + 4 + 12;
const TAG: usize = 16;
/// A wrapped key: a sealed value of 65 bytes.
const WRAPPED: usize = SEALED_HEADER + 72 + TAG;
/// Tables have small numbers.
const TABLES: u16 = 100;

impl Attacker {
    /// The canaries of everything that can be read.
    pub fn canaries(&mut self, tree: &Tree) -> BTreeSet<u32> {
        let mut read = self.read_sealed(tree, &roots(tree));
        // Whatever lies there unsealed can be read as well. The shop's own files say nothing about anybody.
        let files = tree.iter().filter(|(path, _)| !path.starts_with("engine/catalog/"));
        read.extend(files.filter_map(|(_, content)| content.as_deref()).flat_map(canaries));
        read
    }

    /// The same for earlier copies of the folder, with the keys that are in `tree`.
    pub fn canaries_of_copies(&mut self, tree: &Tree, copies: &[Tree]) -> BTreeSet<u32> {
        let mut read = BTreeSet::new();
        for root in roots(tree) {
            for (n, copy) in copies.iter().enumerate() {
                let key = (root.clone(), n);
                if !self.copied.contains_key(&key) {
                    let found = self.read_sealed(copy, std::slice::from_ref(&root));
                    self.copied.insert(key.clone(), found);
                }
                read.extend(&self.copied[&key]);
            }
        }
        read
    }

    fn read_sealed(&mut self, tree: &Tree, roots: &[Root]) -> BTreeSet<u32> {
        let files = tree.iter().filter(|(path, _)| !path.starts_with(KEYS));
        let files: Vec<&[u8]> = files.filter_map(|(_, content)| content.as_deref()).collect();
        let mut known = HashSet::new();
        for blob in files.iter().flat_map(|file| wrapped(file)) {
            known.extend(roots.iter().filter_map(|root| self.unwrap(&blob, root)));
        }
        let mut read = BTreeSet::new();
        for key in &known {
            for sealed in files.iter().flat_map(|file| records(file, key)) {
                read.extend(self.open(sealed, key));
            }
        }
        read
    }

    fn unwrap(&mut self, blob: &Wrapped, root: &Root) -> Option<DataKey> {
        let wrap = self.wrap_keys.entry(root.clone()).or_insert_with(|| root.wrap_key());
        let key = (blob.place(), root.clone());
        let opened = self.unwrapped.entry(key).or_insert_with(|| {
            let (compartment, id) = (blob.compartment.to_le_bytes(), blob.id.to_le_bytes());
            let bound = [b"sv-wrap\x01", &root.install[..], &root.epoch, &compartment, &id].concat();
            let plain = open(1, wrap, &bound, &blob.sealed)?;
            let key = plain.get(1..33)?.try_into().ok()?;
            Some(DataKey { compartment: blob.compartment, id: blob.id, algorithm: plain[0], key })
        });
        opened.clone()
    }

    /// What a record says, in whichever table it was.
    fn open(&mut self, record: Record, key: &DataKey) -> BTreeSet<u32> {
        let opened = self.read.entry((record.place(), key.clone())).or_insert_with(|| {
            let plain = (0..TABLES).find_map(|table| {
                let bound = record.bound(key, table);
                open(key.algorithm, &key.key, &bound, &record.sealed)
            });
            plain.map(|plain| canaries(&plain).collect()).unwrap_or_default()
        });
        opened.clone()
    }
}

/// A row of `data_key`.
struct Wrapped {
    id: u32,
    compartment: u16,
    sealed: Vec<u8>,
}

impl Wrapped {
    fn place(&self) -> Vec<u8> {
        [&self.id.to_le_bytes()[..], &self.compartment.to_le_bytes(), &self.sealed].concat()
    }
}

/// Rows of `data_key` anywhere in a file: SQLite's record header for an empty id, a number and 105 bytes.
fn wrapped(file: &[u8]) -> impl Iterator<Item = Wrapped> + '_ {
    memchr::memmem::find_iter(file, b"\x81\x5e").filter_map(move |at| {
        let (head, kind) = (at.checked_sub(3)?, file[at - 1]);
        if file[head..head + 2] != [6, 0] {
            return None;
        }
        let from = at + 3;
        let width = match kind {
            1..=4 => usize::from(kind),
            8 | 9 => 0,
            _ => return None,
        };
        let number = file.get(from..from + width)?.iter().fold(0, |n, byte| n << 8 | u32::from(*byte));
        let compartment = if width == 0 { u32::from(kind - 8) } else { number };
        let sealed = file.get(from + width..from + width + WRAPPED)?.to_vec();
        Some(Wrapped {
            id: varint_before(file, head)?.try_into().ok()?,
            compartment: compartment.try_into().ok()?,
            sealed,
        })
    })
}

/// A record and the number it is bound to.
struct Record {
    number: u64,
    sealed: Vec<u8>,
    blind: Vec<u8>,
}

impl Record {
    fn place(&self) -> Vec<u8> {
        [&self.number.to_le_bytes()[..], &self.blind, &self.sealed].concat()
    }

    fn bound(&self, key: &DataKey, table: u16) -> Vec<u8> {
        let keyed = u8::from(!self.blind.is_empty());
        let (compartment, id) = (key.compartment.to_le_bytes(), key.id.to_le_bytes());
        let number = &self.number.to_le_bytes()[..6];
        [&[1, keyed][..], &compartment, &table.to_le_bytes(), &id, number, &self.blind].concat()
    }
}

/// Records anywhere in a file that this key has sealed: SQLite's record header for an empty id, some bytes and perhaps
/// 16 more, which are the blind key.
fn records<'a>(file: &'a [u8], key: &DataKey) -> impl Iterator<Item = Record> + 'a {
    let start = [&[key.algorithm][..], &key.id.to_le_bytes()].concat();
    let starts: Vec<usize> = memchr::memmem::find_iter(file, &start).collect();
    let with_blind = move |at: usize, blind: usize| {
        let head = at.checked_sub(4 + usize::from(blind > 0))?;
        let header = &file[head..at];
        let fits = match *header {
            [4, 0, long, _] => blind == 0 && long >= 0x80,
            [5, 0, long, _, 44] => blind == 16 && long >= 0x80,
            _ => false,
        };
        let kind = usize::from(header[2] & 0x7f) << 7 | usize::from(header[3]);
        let length = kind.checked_sub(12).filter(|_| fits)? / 2;
        Some(Record {
            number: varint_before(file, head)?,
            sealed: file.get(at..at + length)?.to_vec(),
            blind: file.get(at + length..at + length + blind)?.to_vec(),
        })
    };
    starts.into_iter().filter_map(move |at| with_blind(at, 0).or_else(|| with_blind(at, 16)))
}

/// The number that ends before `end`. The one before it, a length, ends without a mark as well.
fn varint_before(file: &[u8], end: usize) -> Option<u64> {
    let last = end.checked_sub(1)?;
    let marked = file[..last].iter().rev().take(5).take_while(|byte| **byte >= 0x80).count();
    let bytes = &file[last - marked..end];
    (bytes[bytes.len() - 1] < 0x80).then(|| bytes.iter().fold(0, |n, byte| n << 7 | u64::from(byte & 0x7f)))
}

/// Opens a sealed value; its length is at its end.
fn open(algorithm: u8, key: &[u8; 32], bound: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let cipher = if algorithm == 1 { &aead::AES_256_GCM } else { &aead::CHACHA20_POLY1305 };
    let key = aead::LessSafeKey::new(aead::UnboundKey::new(cipher, key).ok()?);
    let nonce = aead::Nonce::try_assume_unique_for_key(sealed.get(5..SEALED_HEADER)?).ok()?;
    let mut text = sealed.get(SEALED_HEADER..)?.to_vec();
    key.open_in_place(nonce, aead::Aad::from(bound), &mut text).ok().map(|plain| plain.to_vec())
}
