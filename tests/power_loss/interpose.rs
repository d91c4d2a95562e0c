//! libc's calls that change files, in libc's place. On Linux the linker prefers an executable's own functions, for Rust's
//! std as for the bundled SQLite, so this test binary sees every call of the engine that it records. Syncs are noted and
//! not passed on: the model says what is durable. Variable arguments (`open`, `fcntl`, `ioctl`) come in the same
//! registers as fixed ones on the 64-bit Linux systems this runs on.

use std::ffi::{c_char, c_int, c_long, c_uint, c_ulong, c_void};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::recorder::{AT_FDCWD, Handle, Live, Op, handle, hold, let_go, spot};

unsafe extern "C" {
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
    fn lseek(fd: c_int, offset: i64, whence: c_int) -> i64;
    fn pread(fd: c_int, to: *mut c_void, n: usize, at: i64) -> isize;
}

/// `RTLD_NEXT`: whoever would have had the call without us.
const NEXT: *mut c_void = usize::MAX as *mut c_void;
const SEEK_CUR: c_int = 1;
const RENAME_NOREPLACE: c_uint = 1;
const F_DUPFD: c_int = 0;
const F_DUPFD_CLOEXEC: c_int = 1030;
const FICLONE: c_ulong = 0x4004_9409;
const FICLONERANGE: c_ulong = 0x4020_940d;
const PROT_WRITE: c_int = 2;
const MAP_SHARED: c_int = 1;

/// libc's own function of that name.
unsafe fn libc_fn<F: Copy>(known: &AtomicUsize, name: &str) -> F {
    let mut at = known.load(Ordering::Relaxed);
    if at == 0 {
        at = unsafe { dlsym(NEXT, name.as_ptr().cast()) } as usize;
        assert!(at != 0, "libc has no {name}");
        known.store(at, Ordering::Relaxed);
    }
    unsafe { std::mem::transmute_copy(&at) }
}

/// Functions that are called in the place of libc's; `$real` makes the call that was asked for.
macro_rules! interposed {
    ($($real:ident: $($name:ident),+ => $arguments:tt -> $out:ty = $body:expr;)+) => {$($(
        interposed! { @one $real $name $arguments $out, $body }
    )+)+};
    (@one $real:ident $name:ident ($($arg:ident: $type:ty),*) $out:ty, $body:expr) => {
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name($($arg: $type),*) -> $out {
            static KNOWN: AtomicUsize = AtomicUsize::new(0);
            type Function = unsafe extern "C" fn($($type),*) -> $out;
            let $real = || {
                // SAFETY: libc's function of this name has these parameters; they are the caller's.
                unsafe { libc_fn::<Function>(&KNOWN, concat!(stringify!($name), "\0"))($($arg),*) }
            };
            $body
        }
    };
}

interposed! {
    real: open, open64 => (path: *const c_char, flags: c_int, mode: c_uint) -> c_int =
        opened(AT_FDCWD, path, flags, real);
    real: openat, openat64 => (dir: c_int, path: *const c_char, flags: c_int, mode: c_uint) -> c_int =
        opened(dir, path, flags, real);
    real: creat, creat64 => (path: *const c_char, mode: c_uint) -> c_int = opened(AT_FDCWD, path, 0o1100, real);
    real: close => (fd: c_int) -> c_int = { let_go(fd); real() };
    real: dup => (fd: c_int) -> c_int = doubled(fd, real());
    real: dup2 => (fd: c_int, to: c_int) -> c_int = { let_go(to); doubled(fd, real()) };
    real: dup3 => (fd: c_int, to: c_int, flags: c_int) -> c_int = { let_go(to); doubled(fd, real()) };
    real: fcntl, fcntl64 => (fd: c_int, command: c_int, argument: usize) -> c_int = match command {
        F_DUPFD | F_DUPFD_CLOEXEC => doubled(fd, real()),
        _ => real(),
    };

    real: write => (fd: c_int, from: *const c_void, n: usize) -> isize =
        with(fd, real, |live, file, done| wrote(live, file, from, done, end_of(fd) - done));
    real: pwrite, pwrite64 => (fd: c_int, from: *const c_void, n: usize, at: i64) -> isize =
        with(fd, real, |live, file, done| wrote(live, file, from, done, at as isize));
    real: writev => (fd: c_int, parts: *const Part, count: c_int) -> isize =
        with(fd, real, |live, file, done| gathered(live, file, parts, count, done, end_of(fd) - done));
    real: pwritev, pwritev64 => (fd: c_int, parts: *const Part, count: c_int, at: i64) -> isize =
        with(fd, real, |live, file, done| gathered(live, file, parts, count, done, at as isize));
    real: copy_file_range => (from: c_int, from_at: *mut i64, to: c_int, to_at: *mut i64, n: usize, flags: c_uint)
        -> isize = with(to, real, |live, file, done| copied(live, file, from, to, done, from_at.is_null() && to_at.is_null()));
    real: sendfile, sendfile64 => (to: c_int, from: c_int, from_at: *mut i64, n: usize) -> isize =
        with(to, real, |live, file, done| copied(live, file, from, to, done, from_at.is_null()));
    real: ftruncate, ftruncate64 => (fd: c_int, size: i64) -> c_int =
        with(fd, real, |live, file, _| live.note(Op::Truncate { node: file.node, size: size as usize }));

    real: fsync, fdatasync => (fd: c_int) -> c_int = match handle(fd) {
        Some(Handle { tape, node, path }) => { tape.live().note(Op::Sync { node, path }); 0 }
        None => real(),
    };

    real: mkdir => (path: *const c_char, mode: c_uint) -> c_int =
        named(AT_FDCWD, path, real, Live::made_folder);
    real: mkdirat => (dir: c_int, path: *const c_char, mode: c_uint) -> c_int =
        named(dir, path, real, Live::made_folder);
    real: unlink, rmdir => (path: *const c_char) -> c_int = named(AT_FDCWD, path, real, Live::gone);
    real: unlinkat => (dir: c_int, path: *const c_char, flags: c_int) -> c_int = named(dir, path, real, Live::gone);
    real: rename => (from: *const c_char, to: *const c_char) -> c_int =
        moved(AT_FDCWD, from, AT_FDCWD, to, real);
    real: renameat => (a: c_int, from: *const c_char, b: c_int, to: *const c_char) -> c_int =
        moved(a, from, b, to, real);
    real: renameat2 => (a: c_int, from: *const c_char, b: c_int, to: *const c_char, flags: c_uint) -> c_int =
        if flags & !RENAME_NOREPLACE == 0 { moved(a, from, b, to, real) } else {
            named(a, from, real, |live, path| live.unseen("renameat2", path))
        };

    // What the engine does not do, and the record has no word for.
    real: link, symlink => (from: *const c_char, to: *const c_char) -> c_int =
        named(AT_FDCWD, to, real, |live, path| live.unseen("link", path));
    real: linkat => (a: c_int, from: *const c_char, b: c_int, to: *const c_char, flags: c_int) -> c_int =
        named(b, to, real, |live, path| live.unseen("linkat", path));
    real: truncate, truncate64 => (path: *const c_char, size: i64) -> c_int =
        named(AT_FDCWD, path, real, |live, path| live.unseen("truncate", path));
    real: fallocate, fallocate64 => (fd: c_int, mode: c_int, at: i64, n: i64) -> c_int =
        with(fd, real, |live, file, _| live.unseen("fallocate", &file.path));
    real: posix_fallocate, posix_fallocate64 => (fd: c_int, at: i64, n: i64) -> c_int =
        with(fd, real, |live, file, _| live.unseen("posix_fallocate", &file.path));
    real: ioctl => (fd: c_int, request: c_ulong, argument: usize) -> c_int = with(fd, real, |live, file, _| {
        if matches!(request, FICLONE | FICLONERANGE) { live.unseen("clone", &file.path); }
    });
    real: mmap, mmap64 => (near: *mut c_void, n: usize, access: c_int, flags: c_int, fd: c_int, at: c_long)
        -> *mut c_void = {
        if access & PROT_WRITE != 0 && flags & MAP_SHARED != 0 && let Some(file) = handle(fd) {
            file.tape.live().unseen("writable mmap", &file.path);
        }
        real()
    };
}

/// One piece of a `writev`.
#[repr(C)]
struct Part {
    from: *const c_void,
    n: usize,
}

fn opened(dir: c_int, path: *const c_char, flags: c_int, real: impl FnOnce() -> c_int) -> c_int {
    let Some(spot) = spot(dir, path) else { return real() };
    let mut live = spot.tape.live();
    let fd = real();
    if fd >= 0 {
        let node = live.opened(&spot.path, flags);
        drop(live);
        hold(fd, Handle { tape: spot.tape, node, path: spot.path });
    }
    fd
}

fn doubled(fd: c_int, second: c_int) -> c_int {
    if second >= 0
        && let Some(file) = handle(fd)
    {
        hold(second, file);
    }
    second
}

/// What a call returns: negative if it failed.
trait Outcome: Copy {
    fn succeeded(self) -> bool;
}

impl Outcome for c_int {
    fn succeeded(self) -> bool {
        self >= 0
    }
}

impl Outcome for isize {
    fn succeeded(self) -> bool {
        self >= 0
    }
}

/// Makes a call on an open file and notes what it did, if it did anything.
fn with<T: Outcome>(fd: c_int, real: impl FnOnce() -> T, note: impl FnOnce(&mut Live, &Handle, T)) -> T {
    let Some(file) = handle(fd) else { return real() };
    let mut live = file.tape.live();
    let done = real();
    if done.succeeded() {
        note(&mut live, &file, done);
    }
    done
}

/// Makes a call on a path and notes what it did, if it succeeded.
fn named(
    dir: c_int,
    path: *const c_char,
    real: impl FnOnce() -> c_int,
    note: impl FnOnce(&mut Live, &str),
) -> c_int {
    let Some(spot) = spot(dir, path) else { return real() };
    let mut live = spot.tape.live();
    let done = real();
    if done == 0 {
        note(&mut live, &spot.path);
    }
    done
}

fn moved(a: c_int, from: *const c_char, b: c_int, to: *const c_char, real: impl FnOnce() -> c_int) -> c_int {
    let to = spot(b, to);
    named(a, from, real, |live, from| match to {
        Some(to) => live.moved(from, &to.path),
        None => live.unseen("rename to elsewhere", from),
    })
}

fn end_of(fd: c_int) -> isize {
    // SAFETY: asks for the position of an open file.
    unsafe { lseek(fd, 0, SEEK_CUR) as isize }
}

fn wrote(live: &mut Live, file: &Handle, from: *const c_void, n: isize, offset: isize) {
    // SAFETY: the call has just read these bytes.
    let bytes = unsafe { std::slice::from_raw_parts(from.cast::<u8>(), n as usize) }.to_vec();
    live.note(Op::Write { node: file.node, offset: offset as usize, bytes });
}

fn gathered(
    live: &mut Live,
    file: &Handle,
    parts: *const Part,
    count: c_int,
    done: isize,
    mut offset: isize,
) {
    let mut left = done;
    // SAFETY: the call has just read these parts.
    for part in unsafe { std::slice::from_raw_parts(parts, count as usize) } {
        let n = left.min(part.n as isize);
        if n > 0 {
            wrote(live, file, part.from, n, offset);
        }
        (left, offset) = (left - n, offset + n);
    }
}

/// The system copied from the one file's position to the other's: what it copied is read once more.
fn copied(live: &mut Live, file: &Handle, from: c_int, to: c_int, n: isize, in_order: bool) {
    let mut bytes = vec![0_u8; n as usize];
    // SAFETY: reads into a buffer of that length.
    let read = unsafe { pread(from, bytes.as_mut_ptr().cast(), bytes.len(), (end_of(from) - n) as i64) };
    if in_order && read == n {
        live.note(Op::Write { node: file.node, offset: (end_of(to) - n) as usize, bytes });
    } else {
        live.unseen("copy", &file.path);
    }
}
