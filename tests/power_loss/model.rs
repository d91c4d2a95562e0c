//! A disk that loses power: what a sync has covered is there, of everything later any part may be. The content of a file
//! is one thing and its name another: a name is durable once its folder was synced, and may come without the content.

use std::collections::BTreeMap;

use super::recorder::{Mark, Naming, Node, Op, ROOT, Recorded, Tree};
use super::vault_support::disk::Rng;

/// How much of what was not synced reached the disk. Names arrive in order, except in `Subset`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Nothing of it did.
    All,
    /// Everything did.
    Nothing,
    /// Every name, no content.
    Content,
    /// Every content, no name.
    Names,
    /// Everything up to some point, per file and folder.
    Prefix,
    /// Any subset of the writes and of the changes of names.
    Subset,
    /// Any subset of the 512-byte pieces of the writes.
    Torn,
    /// As `Prefix`, and one byte of what arrived is wrong.
    Flipped,
    /// Power is not lost; a database's log has a byte that is wrong, or no end any more, or both, synced or not.
    Rotten,
}

/// What this disk, or this app, does worse than it should, to see whether anybody notices.
#[derive(Clone, Copy)]
pub struct Rules {
    /// Whether a sync of the file or folder of this path counts.
    pub syncs: fn(&str) -> bool,
    /// Whether a name of this path can be removed.
    pub removes: fn(&str) -> bool,
    /// Whether a new folder's name is durable at once. File systems with a journal keep it with the first sync of
    /// anything in it; POSIX promises it only after a sync of the folder above.
    pub folders_at_once: bool,
    /// Calls count as acknowledged when they begin.
    pub early: bool,
    /// Power is not lost; the log goes bad instead.
    pub rots: bool,
}

impl Rules {
    pub const FAIR: Self =
        Self { syncs: |_| true, removes: |_| true, folders_at_once: true, early: false, rots: false };
    /// As POSIX has it.
    pub const STRICT: Self = Self { folders_at_once: false, ..Self::FAIR };
    pub const ROTTEN: Self = Self { rots: true, ..Self::FAIR };
}

/// What was promised up to a moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moment {
    pub begun: usize,
    pub acked: Option<usize>,
    /// How many reports have left.
    pub sent: usize,
}

#[derive(Debug, Clone)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Truncate(usize),
}

#[derive(Debug, Clone)]
enum Entry {
    File { synced: Vec<u8>, pending: Vec<Change> },
    Folder { path: String, names: BTreeMap<String, Node>, pending: Vec<Naming> },
}

/// The disk as far as a record was played.
#[derive(Clone)]
pub struct Disk {
    entries: BTreeMap<Node, Entry>,
    rules: Rules,
    pub moment: Moment,
}

impl Disk {
    /// The disk before anything of `recorded` happened; what was there is durable.
    pub fn new(recorded: &Recorded, rules: Rules, moment: Moment) -> Self {
        let mut disk = Self { entries: BTreeMap::new(), rules, moment };
        disk.entries.insert(ROOT, folder(String::new()));
        let mut nodes = BTreeMap::from([("", ROOT)]);
        for (node, path, content) in &recorded.start {
            let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
            if let Some(Entry::Folder { names, .. }) = disk.entries.get_mut(&nodes[above]) {
                names.insert(name.to_owned(), *node);
            }
            let file = |synced: &Vec<u8>| Entry::File { synced: synced.clone(), pending: Vec::new() };
            disk.entries.insert(*node, content.as_ref().map_or_else(|| folder(path.clone()), file));
            nodes.insert(path, *node);
        }
        disk
    }

    /// Plays one operation.
    pub fn play(&mut self, op: &Op) {
        match op {
            Op::Write { node, offset, bytes } => {
                self.change(*node, Change::Write { offset: *offset, bytes: bytes.clone() });
            }
            Op::Truncate { node, size } => self.change(*node, Change::Truncate(*size)),
            Op::Sync { node, path } if (self.rules.syncs)(path) => self.sync(*node),
            Op::Sync { .. } => {}
            Op::Name { folder, change } => self.rename(*folder, change),
            Op::Mark(Mark::Begun(n)) => {
                self.moment.begun = *n;
                if self.rules.early {
                    self.moment.acked = Some(*n);
                }
            }
            Op::Mark(Mark::Acked(n)) => self.moment.acked = Some(*n),
            Op::Mark(Mark::Sent(n)) => self.moment.sent = n + 1,
        }
    }

    fn change(&mut self, node: Node, change: Change) {
        let file = Entry::File { synced: Vec::new(), pending: Vec::new() };
        if let Entry::File { pending, .. } = self.entries.entry(node).or_insert(file) {
            pending.push(change);
        }
    }

    fn rename(&mut self, above: Node, change: &Naming) {
        let Some(Entry::Folder { path, names, pending }) = self.entries.get_mut(&above) else { return };
        let full = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
        match change {
            Naming::Gone { name, .. } if !(self.rules.removes)(&full(name)) => {}
            Naming::Made { name, node, folder: true } => {
                let entry = folder(full(name));
                if self.rules.folders_at_once {
                    names.insert(name.clone(), *node);
                } else {
                    pending.push(change.clone());
                }
                self.entries.insert(*node, entry);
            }
            _ => pending.push(change.clone()),
        }
    }

    fn sync(&mut self, node: Node) {
        match self.entries.get_mut(&node) {
            Some(Entry::File { synced, pending }) => {
                pending.drain(..).for_each(|change| apply(synced, &change, &mut |_| true));
            }
            Some(Entry::Folder { names, pending, .. }) => {
                pending.drain(..).for_each(|change| name(names, &change))
            }
            None => {}
        }
    }

    /// Plays the start of what was recorded by somebody who found everything that was written here, synced or not.
    pub fn play_on(&mut self, recorded: &Recorded, most: usize) {
        let (mut known, mut live) = (BTreeMap::new(), BTreeMap::new());
        self.live(ROOT, "", &mut live);
        for (node, path, _) in &recorded.start {
            known.insert(*node, live[path]);
        }
        let new = self.entries.keys().last().map_or(0, |last| last + 1);
        let number =
            |node: Node| if node == ROOT { ROOT } else { known.get(&node).copied().unwrap_or(new + node) };
        recorded.ops.iter().take(most).for_each(|op| self.play(&op.renumbered(number)));
    }

    /// What everything is called now.
    fn live(&self, node: Node, path: &str, found: &mut BTreeMap<String, Node>) {
        let Some(Entry::Folder { names, pending, .. }) = self.entries.get(&node) else { return };
        let mut names = names.clone();
        pending.iter().for_each(|change| name(&mut names, change));
        for (name, node) in names {
            let path = if path.is_empty() { name } else { format!("{path}/{name}") };
            self.live(node, &path, found);
            found.insert(path, node);
        }
    }

    /// How much is not synced.
    pub fn open_changes(&self) -> usize {
        let open = |entry: &Entry| match entry {
            Entry::File { pending, .. } => pending.len(),
            Entry::Folder { pending, .. } => pending.len(),
        };
        self.entries.values().map(open).sum()
    }

    /// One legal content of the disk after losing power now.
    pub fn crash(&self, loss: Loss, rng: &mut Rng) -> Tree {
        let mut left = Tree::new();
        self.crash_folder(ROOT, "", loss, rng, &mut left);
        left
    }

    fn crash_folder(&self, node: Node, path: &str, loss: Loss, rng: &mut Rng, left: &mut Tree) {
        let Some(Entry::Folder { names, pending, .. }) = self.entries.get(&node) else { return };
        let mut names = names.clone();
        let kept = match loss {
            Loss::All | Loss::Names => 0,
            Loss::Nothing | Loss::Content | Loss::Subset | Loss::Rotten => pending.len(),
            Loss::Prefix | Loss::Torn | Loss::Flipped => rng.below(pending.len() + 1),
        };
        for change in &pending[..kept] {
            if loss != Loss::Subset || rng.coin() {
                name(&mut names, change);
            }
        }
        for (name, node) in names {
            let path = if path.is_empty() { name } else { format!("{path}/{name}") };
            match self.entries.get(&node) {
                Some(Entry::Folder { .. }) => {
                    left.insert(path.clone(), None);
                    self.crash_folder(node, &path, loss, rng, left);
                }
                Some(Entry::File { synced, pending }) => {
                    let mut bytes = crash_file(synced, pending, loss, rng);
                    if loss == Loss::Rotten && path.ends_with("-wal") {
                        rot(&mut bytes, rng);
                    }
                    left.insert(path, Some(bytes));
                }
                None => drop(left.insert(path, Some(Vec::new()))),
            }
        }
    }
}

fn folder(path: String) -> Entry {
    Entry::Folder { path, names: BTreeMap::new(), pending: Vec::new() }
}

fn name(names: &mut BTreeMap<String, Node>, change: &Naming) {
    match change {
        Naming::Made { name, node, .. } => drop(names.insert(name.clone(), *node)),
        Naming::Moved { from, to, node } => {
            if names.get(from) == Some(node) {
                names.remove(from);
            }
            names.insert(to.clone(), *node);
        }
        Naming::Gone { name, node } => {
            if names.get(name) == Some(node) {
                names.remove(name);
            }
        }
    }
}

fn crash_file(synced: &[u8], pending: &[Change], loss: Loss, rng: &mut Rng) -> Vec<u8> {
    let mut bytes = synced.to_vec();
    let kept = match loss {
        Loss::All | Loss::Content => 0,
        Loss::Nothing | Loss::Names | Loss::Subset | Loss::Torn | Loss::Rotten => pending.len(),
        Loss::Prefix | Loss::Flipped => rng.below(pending.len() + 1),
    };
    // Either most writes arrive or few do: both ends find more than the middle.
    let odds = 1 + rng.below(7);
    for change in &pending[..kept] {
        match loss {
            Loss::Subset if rng.below(8) >= odds => {}
            Loss::Torn => apply(&mut bytes, change, &mut |_| rng.below(8) < odds),
            _ => apply(&mut bytes, change, &mut |_| true),
        }
    }
    if loss == Loss::Flipped && kept > 0 {
        flip(&mut bytes, &pending[rng.below(kept)], rng);
    }
    bytes
}

/// Makes a byte wrong, or takes the end away, or both.
fn rot(bytes: &mut Vec<u8>, rng: &mut Rng) {
    let (how, at) = (rng.below(3), rng.below(bytes.len()));
    if how > 0 {
        bytes.truncate(rng.below(bytes.len() + 1));
    }
    if let Some(byte) = bytes.get_mut(at).filter(|_| how < 2) {
        *byte ^= 1 << rng.below(8);
    }
}

/// Makes one byte wrong that a change has written.
fn flip(bytes: &mut [u8], change: &Change, rng: &mut Rng) {
    if let Change::Write { offset, bytes: new } = change
        && let Some(byte) = bytes.get_mut(offset + rng.below(new.len()))
    {
        *byte ^= 1 << rng.below(8);
    }
}

fn apply(bytes: &mut Vec<u8>, change: &Change, keep: &mut impl FnMut(usize) -> bool) {
    match change {
        Change::Truncate(size) => {
            if keep(0) {
                bytes.resize(*size, 0);
            }
        }
        Change::Write { offset, bytes: new } => {
            for (i, piece) in new.chunks(512).enumerate() {
                if keep(i) {
                    let at = offset + i * 512;
                    if bytes.len() < at + piece.len() {
                        bytes.resize(at + piece.len(), 0);
                    }
                    bytes[at..at + piece.len()].copy_from_slice(piece);
                }
            }
        }
    }
}
