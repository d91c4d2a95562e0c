//! A SQLite file system that passes everything on to the real one, writes down what changes, and fails on demand.
//!
//! It becomes the process's default, so the vault under test is exactly the shipped one. Only folders that have a
//! [`Tape`] are recorded. Syncs are never passed on: the tests decide what "durable" means.

use std::collections::BTreeMap;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, Once};

use rusqlite::ffi;

/// What happened to the disk, in order. Files are told apart by what follows the folder.
#[derive(Debug, Clone)]
pub enum Op {
    Write {
        file: String,
        offset: u64,
        bytes: Vec<u8>,
    },
    Truncate {
        file: String,
        size: u64,
    },
    Sync {
        file: String,
    },
    Delete {
        file: String,
    },
    /// What the key store holds from now on.
    Keys(BTreeMap<String, Vec<u8>>),
    /// Transaction `n` may be on disk from now on.
    Begun(usize),
    /// The caller was told that transaction `n` is done; `durable` if it was promised to survive power loss.
    Acked {
        n: usize,
        durable: bool,
    },
}

/// A call into the file system that can be made to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    Open,
    Read,
    Write,
    Truncate,
    Sync,
    Delete,
    Size,
    Lock,
    Shm,
}

/// Which calls fail and with which code, and whether one did.
type Fault = (Arc<dyn Fn(Call) -> Option<c_int> + Send + Sync>, bool);

/// The record of one folder, and what shall go wrong in it.
#[derive(Default)]
pub struct Tape {
    ops: Mutex<Vec<Op>>,
    /// Syncs that are asked for but do not happen: `synchronous = OFF`.
    pub ignores_sync: AtomicBool,
    fired: AtomicBool,
    /// Which call fails, counted down; negative for none.
    countdown: AtomicI64,
    fault: Mutex<Option<Fault>>,
}

impl Tape {
    pub fn note(&self, op: Op) {
        self.ops.lock().unwrap().push(op);
    }

    pub fn take(&self) -> Vec<Op> {
        std::mem::take(&mut self.ops.lock().unwrap())
    }

    /// The `n`-th call (from 0) that `kind` gives a code for fails with it; and all later ones, if it `lasts`.
    pub fn fail_at(&self, n: i64, kind: impl Fn(Call) -> Option<c_int> + Send + Sync + 'static, lasts: bool) {
        *self.fault.lock().unwrap() = Some((Arc::new(kind), lasts));
        self.countdown.store(n, Ordering::SeqCst);
        self.fired.store(false, Ordering::SeqCst);
    }

    /// Ends the faults; tells whether there was one.
    pub fn heal(&self) -> bool {
        *self.fault.lock().unwrap() = None;
        self.fired.load(Ordering::SeqCst)
    }

    fn fault(&self, call: Call) -> Option<c_int> {
        let (kind, lasts) = self.fault.lock().unwrap().clone()?;
        let code = kind(call)?;
        let left = self.countdown.fetch_sub(1, Ordering::SeqCst);
        let now = left == 0 || (lasts && left < 0);
        self.fired.fetch_or(now, Ordering::SeqCst);
        now.then_some(code)
    }
}

static TAPES: Mutex<BTreeMap<PathBuf, Arc<Tape>>> = Mutex::new(BTreeMap::new());
static INSTALL: Once = Once::new();
static mut REAL: *mut ffi::sqlite3_vfs = ptr::null_mut();

/// Makes this file system the default of the process.
pub fn install() {
    INSTALL.call_once(|| unsafe {
        ffi::sqlite3_initialize();
        let real = ffi::sqlite3_vfs_find(ptr::null());
        REAL = real;
        let mut vfs = ptr::read(real);
        vfs.pNext = ptr::null_mut();
        vfs.zName = c"recording".as_ptr();
        vfs.szOsFile = HEADER as c_int + (*real).szOsFile;
        vfs.xOpen = Some(open);
        vfs.xDelete = Some(delete);
        vfs.xSleep = Some(no_sleep);
        assert_eq!(ffi::sqlite3_vfs_register(Box::into_raw(Box::new(vfs)), 1), ffi::SQLITE_OK);
    });
}

/// Records what happens in `folder` from now on.
pub fn record(folder: &Path) -> Arc<Tape> {
    install();
    let tape = Arc::new(Tape { countdown: AtomicI64::new(-1), ..Tape::default() });
    TAPES.lock().unwrap().insert(folder.canonicalize().unwrap(), Arc::clone(&tape));
    tape
}

/// Stops recording.
pub fn forget(folder: &Path) {
    TAPES.lock().unwrap().remove(&folder.canonicalize().unwrap());
}

fn tape_of(path: *const c_char) -> Option<(Arc<Tape>, String)> {
    if path.is_null() {
        return None;
    }
    let path = Path::new(unsafe { CStr::from_ptr(path) }.to_str().ok()?);
    let tape = Arc::clone(TAPES.lock().unwrap().get(path.parent()?)?);
    Some((tape, path.file_name()?.to_str()?.to_owned()))
}

#[repr(C)]
struct Open {
    base: ffi::sqlite3_file,
    tape: *mut (Arc<Tape>, String),
}

/// The real file's own structure follows ours.
const HEADER: usize = size_of::<Open>();

unsafe fn real(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    unsafe { file.cast::<u8>().add(HEADER).cast() }
}

unsafe fn tape<'a>(file: *mut ffi::sqlite3_file) -> Option<&'a (Arc<Tape>, String)> {
    unsafe { (*file.cast::<Open>()).tape.as_ref() }
}

unsafe fn fault(file: *mut ffi::sqlite3_file, call: Call) -> Option<c_int> {
    unsafe { tape(file) }.and_then(|(tape, _)| tape.fault(call))
}

macro_rules! pass {
    ($file:expr, $method:ident $(, $arg:expr)*) => {{
        let inner = unsafe { real($file) };
        let method = unsafe { (*(*inner).pMethods).$method }.unwrap();
        unsafe { method(inner $(, $arg)*) }
    }};
}

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    unsafe {
        (*file).pMethods = ptr::null();
        let tape = tape_of(name);
        if let Some(code) = tape.as_ref().and_then(|(tape, _)| tape.fault(Call::Open)) {
            return code;
        }
        ptr::write_bytes(real(file).cast::<u8>(), 0, (*REAL).szOsFile as usize);
        let code = (*REAL).xOpen.unwrap()(REAL, name, real(file), flags, out);
        if code == ffi::SQLITE_OK {
            let tape = tape.map_or(ptr::null_mut(), |tape| Box::into_raw(Box::new(tape)));
            ptr::write(file.cast::<Open>(), Open { base: ffi::sqlite3_file { pMethods: &METHODS }, tape });
        }
        code
    }
}

unsafe extern "C" fn delete(_: *mut ffi::sqlite3_vfs, name: *const c_char, sync: c_int) -> c_int {
    if let Some((tape, file)) = tape_of(name) {
        if let Some(code) = tape.fault(Call::Delete) {
            return code;
        }
        tape.note(Op::Delete { file });
    }
    unsafe { (*REAL).xDelete.unwrap()(REAL, name, sync) }
}

/// Waiting for a lock counts its tries, not the time.
unsafe extern "C" fn no_sleep(_: *mut ffi::sqlite3_vfs, microseconds: c_int) -> c_int {
    microseconds
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    let code = pass!(file, xClose);
    unsafe {
        let tape = (*file.cast::<Open>()).tape;
        if !tape.is_null() {
            drop(Box::from_raw(tape));
        }
    }
    code
}

unsafe extern "C" fn read(file: *mut ffi::sqlite3_file, to: *mut c_void, n: c_int, at: i64) -> c_int {
    match unsafe { fault(file, Call::Read) } {
        Some(code) => code,
        None => pass!(file, xRead, to, n, at),
    }
}

unsafe extern "C" fn write(file: *mut ffi::sqlite3_file, from: *const c_void, n: c_int, at: i64) -> c_int {
    if let Some((tape, name)) = unsafe { tape(file) } {
        if let Some(code) = tape.fault(Call::Write) {
            return code;
        }
        let bytes = unsafe { std::slice::from_raw_parts(from.cast::<u8>(), n as usize) }.to_vec();
        tape.note(Op::Write { file: name.clone(), offset: at as u64, bytes });
    }
    pass!(file, xWrite, from, n, at)
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: i64) -> c_int {
    if let Some((tape, name)) = unsafe { tape(file) } {
        if let Some(code) = tape.fault(Call::Truncate) {
            return code;
        }
        tape.note(Op::Truncate { file: name.clone(), size: size as u64 });
    }
    pass!(file, xTruncate, size)
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    if let Some((tape, name)) = unsafe { tape(file) } {
        if let Some(code) = tape.fault(Call::Sync) {
            return code;
        }
        if !tape.ignores_sync.load(Ordering::SeqCst) {
            tape.note(Op::Sync { file: name.clone() });
        }
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn size(file: *mut ffi::sqlite3_file, out: *mut i64) -> c_int {
    match unsafe { fault(file, Call::Size) } {
        Some(code) => code,
        None => pass!(file, xFileSize, out),
    }
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    match unsafe { fault(file, Call::Lock) } {
        Some(code) => code,
        None => pass!(file, xLock, level),
    }
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    pass!(file, xUnlock, level)
}

unsafe extern "C" fn check_reserved(file: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    pass!(file, xCheckReservedLock, out)
}

unsafe extern "C" fn control(file: *mut ffi::sqlite3_file, op: c_int, arg: *mut c_void) -> c_int {
    pass!(file, xFileControl, op, arg)
}

unsafe extern "C" fn sector(file: *mut ffi::sqlite3_file) -> c_int {
    pass!(file, xSectorSize)
}

unsafe extern "C" fn device(file: *mut ffi::sqlite3_file) -> c_int {
    pass!(file, xDeviceCharacteristics)
}

unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    page: c_int,
    size: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    match unsafe { fault(file, Call::Shm) } {
        Some(code) => code,
        None => pass!(file, xShmMap, page, size, extend, out),
    }
}

unsafe extern "C" fn shm_lock(file: *mut ffi::sqlite3_file, offset: c_int, n: c_int, flags: c_int) -> c_int {
    // Letting go of a lock cannot fail.
    match unsafe { fault(file, Call::Lock) }.filter(|_| flags & ffi::SQLITE_SHM_LOCK != 0) {
        Some(code) => code,
        None => pass!(file, xShmLock, offset, n, flags),
    }
}

unsafe extern "C" fn shm_barrier(file: *mut ffi::sqlite3_file) {
    pass!(file, xShmBarrier);
}

unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, delete: c_int) -> c_int {
    pass!(file, xShmUnmap, delete)
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved),
    xFileControl: Some(control),
    xSectorSize: Some(sector),
    xDeviceCharacteristics: Some(device),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};
