//! A set of items, one bit each: it is read in order of the numbers, and two are compared 64 items at a time.

/// Items of a group.
const GROUP: u32 = u64::BITS;

/// A set of items.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Items(Vec<u64>);

impl Items {
    /// No items, of a catalog with so many.
    pub(crate) fn new(of: usize) -> Self {
        Self(vec![0; of.div_ceil(GROUP as usize)])
    }

    /// Adds an item, and tells whether it is new; never for what does not exist.
    pub(crate) fn insert(&mut self, ix: u32) -> bool {
        let bit = 1 << (ix % GROUP);
        self.0.get_mut((ix / GROUP) as usize).is_some_and(|group| {
            let new = *group & bit == 0;
            *group |= bit;
            new
        })
    }

    pub(crate) fn contains(&self, ix: u32) -> bool {
        self.0.get((ix / GROUP) as usize).is_some_and(|group| group >> (ix % GROUP) & 1 == 1)
    }

    /// Adds the others.
    pub(crate) fn add(&mut self, others: &Self) {
        self.0.iter_mut().zip(&others.0).for_each(|(group, others)| *group |= others);
    }

    /// Keeps those that are among the others.
    pub(crate) fn keep(&mut self, others: &Self) {
        self.0.iter_mut().zip(&others.0).for_each(|(group, others)| *group &= others);
    }

    /// Number of items.
    pub(crate) fn count(&self) -> usize {
        self.0.iter().map(|group| group.count_ones() as usize).sum()
    }

    /// The items, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        (0..).zip(&self.0).flat_map(|(place, group)| bits(place, *group))
    }

    /// Empties it: takes the items out one after another, ascending.
    pub(crate) fn drain(&mut self, mut take: impl FnMut(u32)) {
        for (place, group) in (0..).zip(&mut self.0) {
            let mut left = std::mem::take(group);
            while left != 0 {
                take(place * GROUP + left.trailing_zeros());
                left &= left - 1;
            }
        }
    }
}

/// The items of a group.
fn bits(place: u32, mut left: u64) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let bit = left.trailing_zeros();
        left &= left.wrapping_sub(1);
        (bit < GROUP).then(|| place * GROUP + bit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in_and_nothing_that_does_not_exist() {
        let set = |items: &[u32]| {
            let mut set = Items::new(130);
            items.iter().for_each(|ix| _ = set.insert(*ix));
            set
        };
        let mut items = set(&[129, 0, 63, 64, 0]);
        assert_eq!((items.iter().collect::<Vec<_>>(), items.count()), (vec![0, 63, 64, 129], 4));
        assert_eq!((items.insert(64), items.insert(65), items.insert(1_000)), (false, true, false));
        assert_eq!([64, 66, 1_000].map(|ix| items.contains(ix)), [true, false, false]);
        items.keep(&set(&[0, 65, 100]));
        items.add(&set(&[7]));
        let mut drained = Vec::new();
        items.drain(|ix| drained.push(ix));
        assert_eq!(drained, [0, 7, 65]);
        assert_eq!(items, Items::new(130));
    }
}
