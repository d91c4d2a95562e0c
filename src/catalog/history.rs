//! What visitors did, as the merchant's server knows it: the trainer's input.

/// What a visitor did with an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// Looked at it.
    View,
    /// Put it into the cart.
    Cart,
    /// Bought it.
    Purchase,
}

/// One event.
#[derive(Debug, Clone, PartialEq)]
pub struct VisitorEvent {
    /// The item's position in the list of items.
    pub item: u32,
    /// When, in the feed's own unit: a day number or the position in the sequence. Never falls within a visitor.
    pub time: i64,
    /// What happened.
    pub kind: EventKind,
    /// Pieces; 1 if the feed does not say.
    pub quantity: u32,
    /// Price of one piece in major units, if the feed says.
    pub unit_price: Option<f64>,
}

/// One visitor: all known events, oldest first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Visitor {
    /// The feed's pseudonym.
    pub id: String,
    /// The events.
    pub events: Vec<VisitorEvent>,
    /// Evaluation cases `(a, b)`: given `events[..a]`, the targets are the items of `events[a..b]`.
    pub cases: Vec<(usize, usize)>,
}
