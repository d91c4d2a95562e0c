//! Bytes of a column seen as numbers, without copying.

#[cfg(target_endian = "big")]
compile_error!("bundles are little-endian and are read in place: big-endian targets are not supported");

/// A plain number that every bit pattern is a value of.
pub(crate) trait Cell: sealed::Cell + Copy {}
impl<T: sealed::Cell + Copy> Cell for T {}

mod sealed {
    /// Keeps other modules from adding a number type.
    pub trait Cell {
        /// The number with these lowest bits.
        fn of(bits: u64) -> Self;
    }

    macro_rules! cells {
        ($($number:ty: $of:expr;)+) => { $(impl Cell for $number {
            fn of(bits: u64) -> Self {
                $of(bits)
            }
        })+ };
    }

    cells! {
        i8: |bits| (bits as u8).cast_signed();
        u8: |bits| bits as u8;
        u16: |bits| bits as u16;
        u32: |bits| bits as u32;
        i64: u64::cast_signed;
        f32: |bits| f32::from_bits(bits as u32);
    }
}

/// The whole of `bytes` as cells; nothing if they are not aligned or do not divide evenly, which the layout rules out.
pub(crate) fn cells<T: Cell>(bytes: &[u8]) -> &[T] {
    // SAFETY: `T` is one of the sealed number types, for which every bit pattern is valid; `align_to` sees to alignment.
    let (head, cells, tail) = unsafe { bytes.align_to::<T>() };
    if head.is_empty() && tail.is_empty() { cells } else { &[] }
}
