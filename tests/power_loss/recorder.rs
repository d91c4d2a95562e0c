//! What happens to the files below a registered folder, in order. Names are kept apart from what they name: a file that
//! was created, moved or removed is one node throughout. SQLite's index of the log (`-shm`) is no persistent state and
//! is left out.

use std::collections::BTreeMap;
use std::ffi::{CStr, OsStr, c_char, c_int};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, RwLock};

/// A file or folder, whatever it is called.
pub type Node = usize;
/// The registered folder itself.
pub const ROOT: Node = 0;
/// What lies below a folder, by path; a folder has no content.
pub type Tree = BTreeMap<String, Option<Vec<u8>>>;

/// What happened, in order.
#[derive(Debug, Clone)]
pub enum Op {
    Write { node: Node, offset: usize, bytes: Vec<u8> },
    Truncate { node: Node, size: usize },
    Sync { node: Node, path: String },
    Name { folder: Node, change: Naming },
    Mark(Mark),
}

impl Op {
    /// The same, with other numbers for files and folders.
    pub fn renumbered(&self, new: impl Fn(Node) -> Node) -> Self {
        let mut op = self.clone();
        match &mut op {
            Self::Write { node, .. } | Self::Truncate { node, .. } | Self::Sync { node, .. } => {
                *node = new(*node)
            }
            Self::Name { folder, change } => {
                *folder = new(*folder);
                match change {
                    Naming::Made { node, .. } | Naming::Moved { node, .. } | Naming::Gone { node, .. } => {
                        *node = new(*node);
                    }
                }
            }
            Self::Mark(_) => {}
        }
        op
    }
}

/// What happened to a name in a folder.
#[derive(Debug, Clone)]
pub enum Naming {
    Made { name: String, node: Node, folder: bool },
    Moved { from: String, to: String, node: Node },
    Gone { name: String, node: Node },
}

/// What the app, or the shop's server, knows from here on.
#[derive(Debug, Clone, Copy)]
pub enum Mark {
    /// Step `n` of the life may have done something.
    Begun(usize),
    /// The call of step `n` has returned.
    Acked(usize),
    /// The `n`th report has left the device.
    Sent(usize),
}

/// What was recorded: what was there at first, and what happened.
pub struct Recorded {
    pub start: Vec<(Node, String, Option<Vec<u8>>)>,
    pub ops: Vec<Op>,
}

/// The record of one folder.
pub struct Tape {
    root: PathBuf,
    live: Mutex<Live>,
}

#[derive(Default)]
pub struct Live {
    ops: Vec<Op>,
    names: BTreeMap<String, Node>,
    nodes: Node,
    unseen: Vec<String>,
}

/// An open file below a registered folder.
#[derive(Clone)]
pub struct Handle {
    pub tape: Arc<Tape>,
    pub node: Node,
    pub path: String,
}

/// A path below a registered folder.
pub struct Spot {
    pub tape: Arc<Tape>,
    pub path: String,
}

static TAPES: RwLock<Vec<Arc<Tape>>> = RwLock::new(Vec::new());
static RECORDED: AtomicUsize = AtomicUsize::new(0);
static HANDLES: RwLock<BTreeMap<c_int, Handle>> = RwLock::new(BTreeMap::new());

pub const AT_FDCWD: c_int = -100;
const O_CREAT: c_int = 0o100;
const O_TRUNC: c_int = 0o1000;
const O_TMPFILE: c_int = 0o20_000_000;

/// Records what happens below `folder` until it is finished.
pub struct Recording {
    pub tape: Arc<Tape>,
    start: Vec<(Node, String, Option<Vec<u8>>)>,
}

pub fn record(folder: &Path) -> Recording {
    let root = folder.canonicalize().unwrap();
    let mut live = Live::default();
    let mut start = Vec::new();
    for (path, content) in tree(&root) {
        start.push((live.new_node(Some(&path)), path, content));
    }
    let tape = Arc::new(Tape { root, live: Mutex::new(live) });
    TAPES.write().unwrap().push(Arc::clone(&tape));
    RECORDED.fetch_add(1, Ordering::SeqCst);
    Recording { tape, start }
}

impl Recording {
    /// Stops recording. Fails if anything happened that the record has no word for.
    pub fn finish(mut self) -> Recorded {
        let mut live = self.tape.live();
        assert!(live.unseen.is_empty(), "not recorded: {:?}", live.unseen);
        let ops = std::mem::take(&mut live.ops);
        drop(live);
        Recorded { start: std::mem::take(&mut self.start), ops }
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        TAPES.write().unwrap().retain(|tape| !Arc::ptr_eq(tape, &self.tape));
        RECORDED.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Tape {
    /// The record, held while a call is under way, so that its order is the order of the calls.
    pub fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub fn mark(&self, mark: Mark) {
        self.live().note(Op::Mark(mark));
    }
}

impl Live {
    pub fn note(&mut self, op: Op) {
        self.ops.push(op);
    }

    /// A call that the record has no word for.
    pub fn unseen(&mut self, call: &str, path: &str) {
        self.unseen.push(format!("{call} {path}"));
    }

    fn new_node(&mut self, path: Option<&str>) -> Node {
        self.nodes += 1;
        if let Some(path) = path {
            self.names.insert(path.to_owned(), self.nodes);
        }
        self.nodes
    }

    fn name(&mut self, path: &str, change: impl FnOnce(String) -> Naming) {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        match self.node(folder) {
            Some(folder) => self.note(Op::Name { folder, change: change(name.to_owned()) }),
            None => self.unseen("a name in an unknown folder", path),
        }
    }

    fn node(&self, path: &str) -> Option<Node> {
        if path.is_empty() { Some(ROOT) } else { self.names.get(path).copied() }
    }

    /// A file or folder was opened, and created if it was not there.
    pub fn opened(&mut self, path: &str, flags: c_int) -> Node {
        if flags & O_TMPFILE != 0 {
            return self.new_node(None);
        }
        match self.node(path) {
            Some(node) => {
                if flags & O_TRUNC != 0 {
                    self.note(Op::Truncate { node, size: 0 });
                }
                node
            }
            None => {
                if flags & O_CREAT == 0 {
                    self.unseen("open without create", path);
                }
                self.made(path, false)
            }
        }
    }

    pub fn made(&mut self, path: &str, folder: bool) -> Node {
        let node = self.new_node(Some(path));
        self.name(path, |name| Naming::Made { name, node, folder });
        node
    }

    pub fn made_folder(&mut self, path: &str) {
        self.made(path, true);
    }

    pub fn gone(&mut self, path: &str) {
        match self.names.remove(path) {
            Some(node) => self.name(path, |name| Naming::Gone { name, node }),
            None => self.unseen("unlink of an unknown name", path),
        }
    }

    /// A file took another name in its folder. Moves between folders, and of folders, have no word.
    pub fn moved(&mut self, from: &str, to: &str) {
        let split =
            |path: &str| path.rsplit_once('/').map(|(folder, name)| (folder.to_owned(), name.to_owned()));
        let holds_more = self.names.keys().any(|name| name.starts_with(&format!("{from}/")));
        match (split(from), split(to), self.names.remove(from)) {
            (Some((a, from)), Some((b, name)), Some(node)) if a == b && !holds_more => {
                self.names.insert(to.to_owned(), node);
                self.name(to, |_| Naming::Moved { from, to: name, node });
            }
            _ => self.unseen("rename", from),
        }
    }
}

/// The spot that `path` names in the folder `dir`, if it is recorded.
pub fn spot(dir: c_int, path: *const c_char) -> Option<Spot> {
    if RECORDED.load(Ordering::SeqCst) == 0 || path.is_null() {
        return None;
    }
    // SAFETY: the caller passes what it would pass to libc.
    let path = Path::new(OsStr::from_bytes(unsafe { CStr::from_ptr(path) }.to_bytes()));
    let full = match handle(dir) {
        _ if path.is_absolute() => path.to_path_buf(),
        Some(folder) => folder.tape.root.join(&folder.path).join(path),
        None if dir == AT_FDCWD => std::env::current_dir().ok()?.join(path),
        None => return None,
    };
    let tapes = TAPES.read().unwrap();
    let tape = tapes.iter().find(|tape| full.starts_with(&tape.root))?;
    let path = full.strip_prefix(&tape.root).ok()?.to_str()?.to_owned();
    (!path.ends_with("-shm")).then(|| Spot { tape: Arc::clone(tape), path })
}

pub fn handle(fd: c_int) -> Option<Handle> {
    if RECORDED.load(Ordering::SeqCst) == 0 { None } else { HANDLES.read().unwrap().get(&fd).cloned() }
}

pub fn hold(fd: c_int, handle: Handle) {
    HANDLES.write().unwrap().insert(fd, handle);
}

pub fn let_go(fd: c_int) {
    if HANDLES.read().unwrap().contains_key(&fd) {
        HANDLES.write().unwrap().remove(&fd);
    }
}

/// What lies below a folder.
pub fn tree(root: &Path) -> Tree {
    fn add(folder: &Path, root: &Path, all: &mut Tree) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                all.insert(name, None);
                add(&path, root, all);
            } else if !name.ends_with("-shm") {
                all.insert(name, Some(std::fs::read(&path).unwrap()));
            }
        }
    }
    let mut all = Tree::new();
    add(root, root, &mut all);
    all
}

/// Puts it into an empty folder.
pub fn put(tree: &Tree, root: &Path) {
    for (path, content) in tree {
        let path = root.join(path);
        match content {
            None => std::fs::create_dir(path).unwrap(),
            Some(bytes) => std::fs::write(path, bytes).unwrap(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File, OpenOptions};
    use std::io::{IoSlice, Seek as _, SeekFrom, Write as _};

    use super::super::model::{Disk, Loss, Moment, Rules};
    use super::super::vault_support::disk::Rng;
    use super::super::vault_support::fast_folder;
    use super::*;

    /// Whatever std offers to change a folder.
    fn change(root: &Path) -> std::io::Result<()> {
        fs::create_dir_all(root.join("a/b"))?;
        let mut file = File::create(root.join("a/one"))?;
        file.write_all(b"some bytes")?;
        file.seek(SeekFrom::Start(3))?;
        file.write_all(b"other")?;
        let mut second = file.try_clone()?;
        drop(file);
        assert!(second.write_vectored(&[IoSlice::new(b"in "), IoSlice::new(b"parts")])? > 0);
        second.set_len(7)?;
        second.sync_all()?;
        OpenOptions::new().append(true).open(root.join("a/one"))?.write_all(b"the end")?;
        fs::copy(root.join("a/one"), root.join("a/b/copy"))?;
        fs::write(root.join("a/two"), b"x")?;
        fs::rename(root.join("a/two"), root.join("a/one"))?;
        fs::write(root.join("gone"), b"y")?;
        fs::remove_file(root.join("gone"))?;
        fs::create_dir_all(root.join("c/d"))?;
        fs::write(root.join("c/d/file"), b"z")?;
        fs::remove_dir_all(root.join("c"))?;
        fs::write(root.join("there"), b"overwritten")
    }

    #[test]
    fn whatever_std_does_is_recorded() {
        let folder = fast_folder();
        fs::write(folder.path().join("there"), b"before").unwrap();
        let recording = record(folder.path());
        change(folder.path()).unwrap();
        let recorded = recording.finish();
        let mut disk = Disk::new(&recorded, Rules::FAIR, Moment::default());
        recorded.ops.iter().for_each(|op| disk.play(op));
        assert_eq!(disk.crash(Loss::Nothing, &mut Rng::new(0)), tree(folder.path()));
        let nothing_synced = disk.crash(Loss::All, &mut Rng::new(0));
        assert_eq!(nothing_synced["there"], Some(b"before".to_vec()));
        assert!(!nothing_synced.contains_key("a/one"), "a name without a sync of its folder");
    }

    #[test]
    #[should_panic(expected = "not recorded")]
    fn what_has_no_word_is_noticed() {
        let folder = fast_folder();
        let recording = record(folder.path());
        fs::write(folder.path().join("file"), b"x").unwrap();
        fs::hard_link(folder.path().join("file"), folder.path().join("link")).unwrap();
        recording.finish();
    }
}
