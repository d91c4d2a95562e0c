//! Messages: what may be said to users who are not looking.

use serde::{Deserialize, Serialize};

use super::{Audience, PlanText, Selection};

/// What may be said to users who are not looking, and how much of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Messages {
    /// The hour of the user's day, 0 to 23, from which on nothing is said; 21 if not given.
    pub quiet_from: Option<u32>,
    /// The hour from which on something may be said again; 8 if not given. The same hour as `quiet_from` for no quiet hours.
    pub quiet_until: Option<u32>,
    /// Messages in 24 hours, at most; 1 if not given.
    pub per_day: Option<u32>,
    /// Messages in seven days, at most; 3 if not given.
    pub per_week: Option<u32>,
    /// What is said on which occasion; of several that are due at the same time the first.
    pub rules: Vec<MessageRule>,
}

impl Messages {
    /// Messages in 24 hours, at most.
    #[must_use]
    pub fn most_a_day(&self) -> u32 {
        self.per_day.unwrap_or(1).max(1)
    }

    /// Messages in seven days, at most.
    #[must_use]
    pub fn most_a_week(&self) -> u32 {
        self.per_week.unwrap_or(3).max(1)
    }
}

/// What a message answers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// Something is in the cart and nothing more was done about it.
    AbandonedCart,
    /// One product was looked at again and again.
    Lingering,
    /// Two products of one category were looked at in turn.
    Comparison,
    /// The user is about to leave, as the app sees it.
    ExitIntent,
    /// Something that was bought and is bought again may be used up soon.
    Replenishment,
    /// Something on the wish list can be ordered again.
    BackInStock,
    /// Something on the wish list costs less than when it was put there.
    PriceDrop,
    /// The user was not here for a while.
    WinBack,
    /// Something of a later version. Nothing is said.
    #[default]
    #[serde(other)]
    Unknown,
}

/// A message with pre-made words, the same for everyone but for the name of the product.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MessageRule {
    /// Its name in the plan.
    pub id: String,
    /// What it answers to.
    pub on: Occasion,
    /// Its words. `{item}` is the title of the product.
    pub title: PlanText,
    /// More of them.
    pub text: PlanText,
    /// Where it leads: the same for everyone.
    pub link: Option<String>,
    /// Products that it is about; all if empty.
    pub about: Selection,
    /// Hours after the occasion, at least; what suits the occasion if not given.
    pub after_hours: Option<u32>,
    /// Hours after the occasion, at most; what suits the occasion if not given.
    pub within_hours: Option<u32>,
    /// Per cent that a price has to be lower by; 5 if not given.
    pub percent: Option<u32>,
    /// How often it may be shown within `per_days`; once if not given.
    pub most_shown: Option<u32>,
    /// The days of `most_shown`; 7 if not given.
    pub per_days: Option<u32>,
    /// Whom it is for; everyone if empty.
    pub only: Audience,
    /// Whom it is not for.
    pub never: Audience,
    /// From when, in milliseconds since 1970.
    pub from: Option<i64>,
    /// Until when, in milliseconds since 1970.
    pub until: Option<i64>,
}
