//! Which of a product's sizes are smaller and which larger.

use crate::catalog::{Catalog, OTHER_SIZE_SYSTEM, TagKind};

/// Sizes by letter, the smallest first.
const LETTERS: [&str; 11] = ["xxxs", "xxs", "xs", "s", "m", "l", "xl", "xxl", "xxxl", "xxxxl", "xxxxxl"];

/// The other variants of the product in order of their size, each with how much larger it is than `ix`: negative where it
/// is smaller. None where sizes do not compare.
pub(super) fn compared(catalog: &Catalog, ix: u32) -> Vec<(u32, f32)> {
    let Some((own, scale)) = measure(catalog, ix) else { return Vec::new() };
    let other = |variant: u32| {
        let (size, also) = measure(catalog, variant)?;
        (also == scale).then_some((variant, size - own))
    };
    let mut sizes: Vec<(u32, f32)> = catalog.variants(ix).filter_map(other).collect();
    sizes.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    sizes
}

/// What sizes have in common that compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scale {
    /// Code of the country's sizing; 0 where the feed says none.
    system: u8,
    written: Written,
}

/// How sizes are written that compare.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Written {
    /// From XXXS to XXXXXL.
    Letters,
    /// `36-40`.
    Ranges,
    /// A number between these, such as `uk 8`.
    Numbers(String, String),
    /// As it stands in the size chart of this name, for what cannot be read without.
    Chart(String),
}

impl Scale {
    /// The number of a size of this scale, by its name.
    pub(super) fn size(&self, name: &str) -> Option<f32> {
        let (size, _) = read(&name.to_lowercase()).filter(|(_, written)| *written == self.written)?;
        Some(size)
    }
}

/// A size as a number, and of what scale it is. Without a chart none of what more than one number says: `32/34` is no larger than
/// `32/30`.
pub(crate) fn measure(catalog: &Catalog, ix: u32) -> Option<(f32, Scale)> {
    let tag = catalog.tags_of_kind(ix, TagKind::Size).next()?;
    let system = catalog.size_system(ix);
    let plain = || read(&catalog.tag(tag)?.name.to_lowercase()).filter(|_| system != OTHER_SIZE_SYSTEM);
    let by_chart = || {
        let (chart, size) = catalog.size_chart(ix)?;
        Some((size?.from_mm as f32, Written::Chart(chart.id.clone())))
    };
    let (size, written) = plain().or_else(by_chart)?;
    Some((size, Scale { system, written }))
}

fn read(name: &str) -> Option<(f32, Written)> {
    let name = name.trim();
    if let Some(place) = LETTERS.iter().position(|letters| *letters == name) {
        return Some((place as f32, Written::Letters));
    }
    let start = name.find(|c: char| c.is_ascii_digit())?;
    let (before, rest) = name.split_at_checked(start)?;
    let (number, rest) = number(rest)?;
    if let Some((until, "")) =
        rest.trim_start().strip_prefix(['-', '\u{2013}']).and_then(|r| self::number(r.trim()))
    {
        return (before.is_empty() && until > number).then_some((number, Written::Ranges));
    }
    let (number, rest) = match self::number(rest.trim_start()) {
        None => (number, rest),
        // `42 2/3`
        Some((over, rest)) => {
            let (under, rest) = self::number(rest.strip_prefix('/')?)?;
            (Some(over / under).filter(|part| (0.0..1.0).contains(part)).map(|part| number + part)?, rest)
        }
    };
    let is_alone = !rest.contains(|c: char| c.is_ascii_digit());
    is_alone.then(|| (number, Written::Numbers(before.trim().to_owned(), rest.trim().to_owned())))
}

/// The number that a text begins with, whichever sign stands before its decimals, and the rest.
fn number(text: &str) -> Option<(f32, &str)> {
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let whole = digits(text);
    let decimals = text.get(whole..)?.strip_prefix(['.', ',']).map(digits).filter(|count| *count > 0);
    let (said, rest) = text.split_at_checked(decimals.map_or(whole, |count| whole + 1 + count))?;
    Some((said.replace(',', ".").parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_all_that_its_label_says() {
        let plain = |size| Some((size, Written::Numbers(String::new(), String::new())));
        let around =
            |size, before: &str, after: &str| Some((size, Written::Numbers(before.into(), after.into())));
        for (name, size) in [
            ("xl", Some((6.0, Written::Letters))),
            (" m ", Some((4.0, Written::Letters))),
            ("42", plain(42.0)),
            ("42.5", plain(42.5)),
            ("42,5", plain(42.5)),
            ("42 2/3", plain(42.0 + 2.0 / 3.0)),
            ("36-40", Some((36.0, Written::Ranges))),
            ("36 \u{2013} 40", Some((36.0, Written::Ranges))),
            ("75c", around(75.0, "", "c")),
            ("uk 8", around(8.0, "uk", "")),
            ("500 g", around(500.0, "", "g")),
            ("32/34", None),
            ("6-7 years", None),
            ("w32 l34", None),
            ("42 3/2", None),
            ("42 1/0", None),
            ("3 (54)", None),
            ("one size", None),
            ("", None),
            ("9/", around(9.0, "", "/")),
            ("1,", around(1.0, "", ",")),
        ] {
            assert_eq!(read(name), size, "{name}");
        }
    }
}
