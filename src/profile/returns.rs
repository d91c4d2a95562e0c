//! How the user comes back to what they had, kept up act by act.

/// Acts of interest, by moments.
#[derive(Debug, Clone, Default)]
pub(crate) struct Returns {
    /// The products, in order.
    pub(crate) acts: Vec<u32>,
    /// How many different ones.
    pub(crate) products: u32,
    pub(crate) moments: u32,
    /// Acts after the first moment, and those of them on what was had before.
    pub(crate) late: u32,
    pub(crate) again: u32,
    /// The same of the latest moment.
    pub(crate) latest: u32,
    pub(crate) latest_again: u32,
    time_ms: i64,
}

impl Returns {
    /// Takes in an act, not older than those before it. `since` is the moment at which its product was first had, 0 before.
    pub(super) fn note(&mut self, product: u32, time_ms: i64, since: &mut u32) {
        if self.moments == 0 || self.time_ms != time_ms {
            self.moments += 1;
            (self.time_ms, self.latest, self.latest_again) = (time_ms, 0, 0);
        }
        if *since == 0 {
            *since = self.moments;
            self.products += 1;
        }
        let again = u32::from(*since < self.moments);
        self.latest += 1;
        self.latest_again += again;
        if self.moments > 1 {
            self.late += 1;
            self.again += again;
        }
        self.acts.push(product);
    }
}
