//! Which of a product's sizes are smaller and which larger.

use crate::catalog::{Catalog, TagKind};

/// Sizes by letter, the smallest first.
const LETTERS: [&str; 11] = ["xxxs", "xxs", "xs", "s", "m", "l", "xl", "xxl", "xxxl", "xxxxl", "xxxxxl"];

/// The other variants of the product in order of their size, each with how much larger it is than `ix`: negative where it
/// is smaller. None where sizes do not compare.
pub(super) fn compared(catalog: &Catalog, ix: u32) -> Vec<(u32, f32)> {
    let Some((own, lettered)) = measure(catalog, ix) else { return Vec::new() };
    let other = |variant: u32| {
        let (size, also) = measure(catalog, variant)?;
        (also == lettered).then_some((variant, size - own))
    };
    let mut sizes: Vec<(u32, f32)> = catalog.variants(ix).filter_map(other).collect();
    sizes.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    sizes
}

/// A size as a number, and whether it is one of letters.
pub(crate) fn measure(catalog: &Catalog, ix: u32) -> Option<(f32, bool)> {
    let name = catalog.tag(catalog.tags_of_kind(ix, TagKind::Size).next()?)?.name.to_lowercase();
    if let Some(place) = LETTERS.iter().position(|letters| *letters == name.trim()) {
        return Some((place as f32, true));
    }
    let digits = name.trim_start_matches(|c: char| !c.is_ascii_digit());
    let end = digits.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(digits.len());
    digits.get(..end)?.parse().ok().map(|size| (size, false))
}
