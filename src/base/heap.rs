//! A heap that forgets. What is on it for a moment (an opened record, a search term on its way from the app, text of an
//! export) lies in many buffers that move when they grow. Instead of each of them being wiped, all are.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr;

/// The system's heap, except that memory is overwritten with zeroes before it is given back.
///
/// The library that apps ship uses it. An app in Rust chooses it:
///
/// ```
/// #[global_allocator]
/// static HEAP: sottovoce::WipingHeap = sottovoce::WipingHeap;
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct WipingHeap;

// SAFETY: allocation is the system's. What is overwritten belongs to the caller until it is given back.
#[expect(clippy::undocumented_unsafe_blocks, reason = "each hands on what its caller vouches for")]
unsafe impl GlobalAlloc for WipingHeap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        unsafe {
            wipe(at, layout.size());
            System.dealloc(at, layout);
        }
    }

    /// Always a move: the system would leave the old bytes where they were.
    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        unsafe {
            let to = System.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !to.is_null() {
                ptr::copy_nonoverlapping(at, to, layout.size().min(size));
                self.dealloc(at, layout);
            }
            to
        }
    }
}

/// # Safety
/// `at` is valid for writes of `length` bytes, of which there is at least one.
#[inline]
unsafe fn wipe(at: *mut u8, length: usize) {
    // SAFETY: as the caller vouches.
    unsafe { ptr::write_bytes(at, 0, length) };
    // SAFETY: the first byte was just written.
    zeroize::optimization_barrier(unsafe { &*at }); // a write before the end of an allocation is dead to the compiler
}
