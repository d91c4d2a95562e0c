//! File operations that are done when they return: a lost power supply undoes none of them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// How the name of a file ends whose content is not complete yet.
pub(crate) const DRAFT: &str = "-new";
/// How the name of a folder ends that stood in the place of a file; a number follows.
const STRAY: &str = "-stray";

/// Makes renames and removals inside `folder` durable, where the platform can.
#[allow(clippy::disallowed_methods, reason = "a folder")]
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Opens a file to read it. A pipe, which nobody may ever write to, or a device is none.
#[allow(clippy::disallowed_methods, reason = "what it is was looked at")]
pub(crate) fn open_file(path: &Path) -> io::Result<File> {
    if fs::metadata(path)?.is_file() { File::open(path) } else { Err(ErrorKind::InvalidInput.into()) }
}

/// The bytes of a file, and at most `most` of them.
pub(crate) fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_file(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Creates a folder with those above it, for its owner only. Their names are durable.
pub(crate) fn create_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let above = folder.parent().filter(|p| !p.as_os_str().is_empty());
    if let Some(above) = above {
        create_folder(above)?;
    }
    own_folder(folder)?;
    sync_folder(above.unwrap_or(Path::new(".")))
}

/// Creates a folder for its owner only, if it is not there. Its name is not durable yet.
pub(crate) fn own_folder(folder: &Path) -> io::Result<()> {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "there is no mode to set"))]
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(folder) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Replaces a file in one step: it has its old content or the new one, never a part. The draft lies beside it.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let draft = draft_of(path);
    // A link in its place would lead to any other file.
    remove_name(&draft)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    remove_folder(path)?;
    fs::rename(&draft, path)?;
    sync_folder(folder_of(path))
}

/// Removes a file and what a replacement of it that was cut short has left. It need not be there.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    let draft = remove_name(&draft_of(path))?;
    let file = remove_name(path)?;
    if draft || file {
        return sync_folder(folder_of(path));
    }
    // An earlier removal may not have become durable.
    match sync_folder(folder_of(path)) {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Removes a name, whatever it stands for; tells whether it was there. Durable only with the next sync of the folder.
pub(crate) fn remove_name(path: &Path) -> io::Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(false),
        Err(e) => {
            if remove_folder(path)? {
                Ok(true)
            } else {
                Err(e)
            }
        }
    }
}

/// Makes way where a folder stands in the place of a file; tells whether there was one. What is in it is not ours: it is kept,
/// under another name.
pub(crate) fn remove_folder(path: &Path) -> io::Result<bool> {
    if !fs::symlink_metadata(path).is_ok_and(|found| found.is_dir()) {
        return Ok(false);
    }
    if fs::remove_dir(path).is_err() {
        let mut names = (1..100).map(|n| named(path, &format!("{STRAY}{n}")));
        let free = names.find(|name| fs::symlink_metadata(name).is_err());
        fs::rename(path, free.ok_or(ErrorKind::AlreadyExists)?)?;
    }
    Ok(true)
}

/// Removes what stands in the place of a file and is none: a folder, a link, a pipe.
pub(crate) fn remove_stranger(path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path).is_ok_and(|found| !found.is_file()) {
        remove_name(path)?;
    }
    Ok(())
}

/// As [`remove_stranger`], but a link to a file stays: the app may keep it elsewhere.
pub(crate) fn remove_no_file(path: &Path) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        remove_name(path)?;
    }
    Ok(())
}

/// Where the new content of a file lies until it is complete.
fn draft_of(path: &Path) -> PathBuf {
    named(path, DRAFT)
}

fn named(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(suffix);
    path.with_file_name(name)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_and_removed_with_its_draft() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("a").join("b");
        create_folder(&folder).unwrap();
        create_folder(&folder).unwrap();
        let path = folder.join("x.key");
        remove(&path).unwrap();
        replace(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        fs::write(draft_of(&path), b"half").unwrap();
        remove(&path).unwrap();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
        remove(&dir.path().join("nowhere").join("x")).unwrap();
    }

    #[test]
    #[cfg(unix)]
    fn a_device_is_not_read_and_a_link_to_a_file_stays() {
        let dir = tempfile::tempdir().unwrap();
        let (path, file) = (dir.path().join("x"), dir.path().join("file"));
        fs::write(&file, b"all of it").unwrap();
        for (to, stays) in [(Path::new("/dev/zero"), false), (dir.path(), false), (&file, true)] {
            std::os::unix::fs::symlink(to, &path).unwrap();
            let read = read(&path, 3);
            assert_eq!(read.is_ok_and(|bytes| bytes == b"all"), stays);
            remove_no_file(&path).unwrap();
            assert_eq!(fs::symlink_metadata(&path).is_ok(), stays);
        }
        assert_eq!(fs::read(&file).unwrap(), b"all of it");
    }

    #[test]
    fn what_stands_in_the_place_of_a_file_gives_way() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.key");
        for place in [path.clone(), draft_of(&path)] {
            fs::create_dir(&place).unwrap();
            replace(&path, b"one").unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"one");
            remove(&path).unwrap();
            assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        }
        for n in 1..3 {
            fs::create_dir_all(path.join("full")).unwrap();
            remove(&path).unwrap();
            assert!(dir.path().join(format!("x.key-stray{n}/full")).is_dir(), "what is not ours is kept");
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_link_in_the_place_of_a_draft_leads_nowhere() {
        let dir = tempfile::tempdir().unwrap();
        let (path, other) = (dir.path().join("x.key"), dir.path().join("other"));
        fs::write(&other, b"precious").unwrap();
        std::os::unix::fs::symlink(&other, draft_of(&path)).unwrap();
        replace(&path, b"one").unwrap();
        assert_eq!(fs::read(&other).unwrap(), b"precious");
        assert!(fs::symlink_metadata(&path).unwrap().is_file());
    }
}
