//! What the trainer learns about items, and the shop's ranking weights.

use serde::{Deserialize, Serialize};

/// Numbers in an item's embedding.
pub const EMBEDDING_WIDTH: usize = 64;
/// Neighbours kept for an item; truncation at 20 costs one to three per cent of NDCG (measured).
pub const MAX_NEIGHBOURS: usize = 20;
/// Items kept that occur in the same baskets or sessions.
pub const MAX_TOGETHER: usize = 40;
/// Items kept that an item makes likely by itself.
pub const MAX_RIDGE: usize = 16;

/// Everything the trainer makes. Index = the item's position in the list it was trained on, which is its position in the bundle.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Artefacts {
    /// For each item the items that follow or go with it and how strongly, strongest first, at most [`MAX_NEIGHBOURS`]. A
    /// variant without neighbours has those of the first variant of its product.
    pub neighbours: Vec<Vec<(u32, f32)>>,
    /// For the first variant of each product the items of other kinds that are bought with it, the surest first. An item
    /// without any goes with nothing that is known.
    pub complements: Vec<Vec<(u32, f32)>>,
    /// For each item what occurs in the same baskets or sessions and how strongly, strongest first, at most [`MAX_TOGETHER`].
    pub together: Vec<Vec<(u32, f32)>>,
    /// For each item what it makes likely beside everything else in the basket or session, strongest first, at most
    /// [`MAX_RIDGE`].
    pub ridge: Vec<Vec<(u32, f32)>>,
    /// For each item a direction in taste space, `embedding_scale` × the integer.
    pub embeddings: Vec<[i8; EMBEDDING_WIDTH]>,
    /// What one step of the embedding's integers is worth.
    pub embedding_scale: f32,
    /// Items nobody touched yet: their embedding comes from items with the same tags.
    pub cold: Vec<bool>,
    /// How often the item was bought or viewed.
    pub popularity: Vec<f32>,
    /// The same over the last 45 days of the history.
    pub recent_popularity: Vec<f32>,
    /// Mean days until the same buyer buys it again; 0 = not known.
    pub repurchase_days: Vec<f32>,
    /// The shop's global ranking weights.
    pub weights: Weights,
}

impl Artefacts {
    /// Artefacts of a shop without any history: no neighbours, every item cold.
    #[must_use]
    pub fn untrained(items: usize) -> Self {
        Self {
            neighbours: vec![Vec::new(); items],
            complements: vec![Vec::new(); items],
            together: vec![Vec::new(); items],
            ridge: vec![Vec::new(); items],
            embeddings: vec![[0; EMBEDDING_WIDTH]; items],
            embedding_scale: 0.0,
            cold: vec![true; items],
            popularity: vec![0.0; items],
            recent_popularity: vec![0.0; items],
            repurchase_days: vec![0.0; items],
            weights: Weights::default(),
        }
    }
}

/// Ranking weights of a shop, in the order of the ranking room's features. Empty or of another length: the defaults are used.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Weights {
    /// Which set of features they belong to.
    pub version: u32,
    /// The features' names, for reading; may be empty.
    pub names: Vec<String>,
    /// One weight per feature.
    pub values: Vec<f32>,
    /// Whether people buy the same thing again here.
    pub repeats: bool,
}
