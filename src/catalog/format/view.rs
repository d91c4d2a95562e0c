//! Bytes of a column seen as numbers, without copying.

#[cfg(target_endian = "big")]
compile_error!("bundles are little-endian and are read in place: big-endian targets are not supported");

/// A plain number that every bit pattern is a value of.
pub(crate) trait Cell: sealed::Cell + Copy {}
impl<T: sealed::Cell + Copy> Cell for T {}

mod sealed {
    /// Keeps other modules from adding a number type.
    pub trait Cell {}
    impl Cell for i8 {}
    impl Cell for u16 {}
    impl Cell for u32 {}
    impl Cell for i64 {}
    impl Cell for f32 {}
}

/// The whole of `bytes` as cells; nothing if they are not aligned or do not divide evenly, which the layout rules out.
pub(crate) fn cells<T: Cell>(bytes: &[u8]) -> &[T] {
    // SAFETY: `T` is one of the sealed number types, for which every bit pattern is valid; `align_to` sees to alignment.
    let (head, cells, tail) = unsafe { bytes.align_to::<T>() };
    if head.is_empty() && tail.is_empty() { cells } else { &[] }
}

/// The run of `cells` that belongs to row `index`: `rows[index]..rows[index + 1]`. Empty for what is out of range.
pub(crate) fn run<'a, T>(rows: &[u32], cells: &'a [T], index: u32) -> &'a [T] {
    let index = index as usize;
    let (Some(start), Some(end)) = (rows.get(index), rows.get(index.saturating_add(1))) else {
        return &[];
    };
    cells.get(*start as usize..*end as usize).unwrap_or_default()
}
