//! What distinguishes the kinds of lists: which items they start from and how they weigh.

use crate::catalog::{Catalog, Weights};
use crate::profile::{Evidence, Intensity, Recent};
use crate::ranking::candidates::Draw;
use crate::ranking::features::{
    About, BRAND, CATEGORY, COLD, CONTENT, COUNT, DEFAULTS, DUE, EMBEDDING, EMBEDDING_LONG, LAST,
    LOG_POPULARITY, NEIGHBOURS, NEIGHBOURS_LONG, RECENT_POPULARITY, TABLE, TASTE, VERSION,
};
use crate::ranking::request::{RankRequest, Seen, ShelfKind};

/// How much of what is known of the user counts in a list of what everyone buys: enough to choose among that. A convention.
const OWN_IN_TRENDING: f32 = 0.3;

impl ShelfKind {
    /// Whether the list is about its seeds.
    pub(crate) fn is_about_seeds(self) -> bool {
        matches!(self, Self::Similar | Self::BoughtTogether | Self::CompleteTheLook | Self::Cart)
    }

    /// Whether the list cannot be meant without a seed. A cart may be empty.
    pub(crate) fn needs_seeds(self) -> bool {
        self.is_about_seeds() && self != Self::Cart
    }

    /// Whether variety by brand and category is wanted.
    pub(crate) fn wants_caps(self) -> bool {
        matches!(self, Self::ForYou | Self::NextUp | Self::Trending | Self::CompleteTheLook | Self::Cart)
    }

    /// Whether its products go with the seeds, and so are of other kinds.
    pub(crate) fn goes_with(self) -> bool {
        matches!(self, Self::BoughtTogether | Self::CompleteTheLook | Self::Cart)
    }

    /// Whether a list without enough of its own is filled with best sellers: not where they would pose as an answer.
    pub(crate) fn fills_up(self) -> bool {
        matches!(self, Self::ForYou | Self::NextUp | Self::Trending)
    }

    pub(crate) fn draw(self) -> Draw {
        match self {
            Self::ForYou => Draw { popular: true, own: true },
            Self::Trending => Draw { popular: true, own: false },
            Self::NextUp | Self::BuyAgain => Draw { popular: false, own: true },
            Self::Similar | Self::BoughtTogether | Self::CompleteTheLook | Self::Cart => {
                Draw { popular: false, own: false }
            }
        }
    }

    /// How much more or less a feature says in this list. Conventions.
    fn emphasis(self) -> &'static [(usize, f32)] {
        match self {
            Self::ForYou => &[],
            Self::NextUp => &[
                (DUE, 4.0),
                (NEIGHBOURS, 2.0),
                (LAST, 3.0),
                (NEIGHBOURS_LONG, 0.3),
                (EMBEDDING_LONG, 0.3),
                (CONTENT, 0.3),
                (TASTE, 0.3),
                (BRAND, 0.3),
                (CATEGORY, 0.3),
                (LOG_POPULARITY, 0.2),
                (RECENT_POPULARITY, 0.2),
            ],
            Self::BuyAgain => &[(DUE, 3.0), (LOG_POPULARITY, 0.0), (RECENT_POPULARITY, 0.0)],
            Self::Trending => &[(RECENT_POPULARITY, 4.0), (LOG_POPULARITY, 1.5)],
            Self::Similar => &[
                (NEIGHBOURS, 0.6),
                (NEIGHBOURS_LONG, 0.0),
                (EMBEDDING_LONG, 0.0),
                (LAST, 0.0),
                (EMBEDDING, 1.5),
                (CONTENT, 2.0),
                (TASTE, 0.3),
                (LOG_POPULARITY, 0.3),
                (RECENT_POPULARITY, 0.3),
                (BRAND, 0.5),
                (CATEGORY, 0.5),
            ],
            Self::BoughtTogether | Self::Cart | Self::CompleteTheLook => &[
                (NEIGHBOURS, 2.5),
                (NEIGHBOURS_LONG, 0.0),
                (EMBEDDING_LONG, 0.0),
                (LAST, 1.0),
                (EMBEDDING, 0.7),
                (CONTENT, 0.3),
                (TASTE, 0.3),
                (LOG_POPULARITY, 0.5),
                (RECENT_POPULARITY, 0.5),
            ],
        }
    }
}

/// The shop's weights, bent to the kind of list and to how much of the user goes in. Without items
/// to start from, popularity counts as it does by default: a shop's own weight for it, which may be
/// negative, was learnt beside them.
pub(crate) fn weights(catalog: &Catalog, request: &RankRequest, anchored: bool) -> [f32; COUNT] {
    let shop = catalog.weights();
    let mut weights = trained(shop, request.seen).unwrap_or(DEFAULTS);
    if !anchored {
        let all = weights.iter_mut().zip(DEFAULTS).zip(&TABLE).enumerate();
        for (feature, ((weight, usual), _)) in all.filter(|(_, (_, f))| f.about == About::Everyone) {
            *weight = if feature == COLD { 0.0 } else { usual };
        }
    }
    for &(feature, factor) in request.kind.emphasis() {
        if let Some(weight) = weights.get_mut(feature) {
            *weight = weight.abs() * factor;
        }
    }
    if request.kind == ShelfKind::Trending {
        let own =
            weights.iter_mut().zip(&TABLE).filter(|(_, f)| matches!(f.about, About::User | About::Said));
        own.for_each(|(weight, _)| *weight *= OWN_IN_TRENDING);
    }
    if request.intensity == Intensity::Light {
        for (weight, feature) in weights.iter_mut().zip(&TABLE) {
            *weight *= match feature.about {
                About::Everyone | About::Said => 1.0,
                About::Start if request.kind.is_about_seeds() => 1.0,
                About::Start | About::User => 0.5,
            };
        }
    }
    weights
}

/// What the shop's training gave. A shop where people buy again has a second set, for lists without
/// what they had before.
fn trained(shop: &Weights, seen: Seen) -> Option<[f32; COUNT]> {
    let (first, second) = shop.values.split_at_checked(COUNT)?;
    let set = if seen == Seen::Exclude && second.len() == COUNT { second } else { first };
    let fits = shop.version == VERSION && [0, COUNT].contains(&second.len());
    <[f32; COUNT]>::try_from(set).ok().filter(|v| fits && v.iter().all(|x| x.is_finite()))
}

/// The items a list starts from, newest first.
pub(crate) fn anchors(catalog: &Catalog, evidence: &Evidence, request: &RankRequest) -> Vec<Recent> {
    if request.kind.is_about_seeds() {
        let bought = request.kind != ShelfKind::Similar;
        let seed = |&ix| Recent { ix, product: catalog.product_of(ix), step: 0, weight: 1.0, bought };
        return request.seeds.iter().map(seed).collect();
    }
    match request.kind {
        ShelfKind::Trending => Vec::new(),
        _ => evidence.recent.clone(),
    }
}
