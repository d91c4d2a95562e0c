//! The bytes of an open catalog, where nobody can reach them: truncating a mapped file kills its readers by SIGBUS. Where the
//! file system clones files (Btrfs, XFS and bcachefs on Linux, APFS) a copy-on-write clone without a name is mapped; its pages
//! are not the app's memory, and it is not kept open. Elsewhere bytes are read into memory: on Unix (ext4, Android) as they are
//! needed, on Windows, where an open file cannot always be replaced, all at once. Only a disk that cannot be read any more is
//! left as a danger to a clone: one that fails, or locks its files with iOS's screen, which is why the Swift package gives the
//! folder a protection class that does not.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Deref;
use std::path::Path;

use memmap2::{Mmap, MmapMut};

/// Bytes that never change, from the start of a page.
#[derive(Debug)]
pub(crate) struct Bytes(Mmap);

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl Bytes {
    /// A copy of `bytes`, or a zero where there are none.
    pub(crate) fn copy(bytes: &[u8]) -> io::Result<Self> {
        Self::filled(bytes.len(), |into| {
            into.copy_from_slice(bytes);
            Ok(())
        })
    }

    /// `length` bytes, or a zero where there are none, which `fill` writes.
    pub(crate) fn filled(length: usize, fill: impl FnOnce(&mut [u8]) -> io::Result<()>) -> io::Result<Self> {
        let mut memory = MmapMut::map_anon(length.max(1))?;
        #[cfg(target_os = "linux")]
        let _ = memory.advise(memmap2::Advice::HugePage); // Only faster: a fault for 2 MiB instead of 4 KiB.
        fill(memory.get_mut(..length).unwrap_or_default())?;
        memory.make_read_only().map(Self)
    }

    /// Reads `length` bytes of `file` from `start` on. A shorter file is [`io::ErrorKind::UnexpectedEof`].
    pub(crate) fn read(mut file: &File, start: u64, length: usize) -> io::Result<Self> {
        file.seek(SeekFrom::Start(start))?;
        Self::filled(length, |into| file.read_exact(into))
    }

    /// A nameless clone of `file`, made in `folder`, which has to lie on the same file system.
    pub(crate) fn clone_of(file: &File, folder: &Path) -> io::Result<Self> {
        let clone = nameless_clone(file, folder)?;
        // SAFETY: the mapped file must not be changed or shortened. No path leads to the clone, and its only descriptor is closed
        // on return, unwritten. Pages that it shares with the installed file are copied before that file is written to.
        unsafe { Mmap::map(&clone) }.map(Self)
    }
}

/// Made without a name, so that a crash leaves nothing behind.
#[cfg(target_os = "linux")]
fn nameless_clone(file: &File, folder: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags, ioctl_ficlone, open};
    let nameless = OFlags::TMPFILE | OFlags::EXCL | OFlags::RDWR | OFlags::CLOEXEC;
    let clone = open(folder, nameless, Mode::RUSR | Mode::WUSR)?;
    ioctl_ficlone(&clone, file)?;
    Ok(clone.into())
}

/// Made under a name that nobody can guess, which is taken away at once; a crash in between leaves it to the next opening.
#[cfg(target_vendor = "apple")]
fn nameless_clone(file: &File, folder: &Path) -> io::Result<File> {
    use rustix::fs::{CWD, CloneFlags, fclonefileat};
    let draft = crate::catalog::device::draft::Draft::new(folder)?;
    fclonefileat(file, CWD, &draft.path, CloneFlags::NOFOLLOW)?;
    let clone = crate::base::files::open_file(&draft.path)?;
    std::fs::remove_file(&draft.path)?;
    Ok(clone)
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn nameless_clone(_: &File, _: &Path) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}
