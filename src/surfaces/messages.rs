//! Messages: what the shop may say to a user who is not looking, and when. The occasion and the moment are worked out on the
//! device, from memory; the words and the link stand in the signed plan and are the same for everyone but for the name of a
//! product. Nothing here sends: the app hands the message to the system.
//!
//! Others see a message as well. So nothing about a sensitive topic is said, and nothing while the user shops for somebody else
//! or in private.

use ring::digest::{SHA256, digest};
use serde::Deserialize;

use crate::base::clock::DAY_MS;
use crate::base::signed::hex;
use crate::catalog::Catalog;
use crate::catalog::plan::{Hours, MessageRule, Occasion, PlanText, is_on};
use crate::profile::{
    Evidence, HOUR_MS, MOST_OFFSET, MessageChoices, Occasions, Open, Permits, Profile, ShoppingMode,
    Standing, State, Surface, Told, User,
};
use crate::surfaces::placement::Chosen;
use crate::surfaces::{SurfaceError, words};

/// Quiet hours of the day where a plan does not say.
const QUIET: (u32, u32) = (21, 8);
/// Days that a rule's messages are counted over, and per cent of a lower price.
const DAYS: u32 = 7;
const PERCENT: u32 = 5;
/// Each round moves behind quiet hours or a full day; a week of full days needs no more.
const ROUNDS: usize = 16;

/// What a message answers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// Something is in the cart and nothing more was done about it.
    AbandonedCart,
    /// One product was looked at again and again.
    Lingering,
    /// Two products of one category were looked at in turn.
    Comparison,
    /// The user is about to leave.
    ExitIntent,
    /// Something that was bought and is bought again may be used up soon.
    Replenishment,
    /// Something on the wish list can be ordered again.
    BackInStock,
    /// Something on the wish list costs less than when it was put there.
    PriceDrop,
    /// The user was not here for a while.
    WinBack,
}

impl MessageKind {
    const fn of(occasion: Occasion) -> Option<Self> {
        Some(match occasion {
            Occasion::AbandonedCart => Self::AbandonedCart,
            Occasion::Lingering => Self::Lingering,
            Occasion::Comparison => Self::Comparison,
            Occasion::ExitIntent => Self::ExitIntent,
            Occasion::Replenishment => Self::Replenishment,
            Occasion::BackInStock => Self::BackInStock,
            Occasion::PriceDrop => Self::PriceDrop,
            Occasion::WinBack => Self::WinBack,
            Occasion::Unknown => return None,
        })
    }
}

/// Where and how a message would come.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct MessageRequest {
    /// The language of its words, such as `de-AT`.
    pub locale: String,
    /// Minutes that the user's clock is ahead of UTC, -840 to 840: for quiet hours and the best hour.
    pub utc_offset_minutes: i32,
    /// Whether the system lets the app notify. A message within the app needs no leave of the system: pass `true`.
    #[uniffi(default = true)]
    pub system_allows: bool,
    /// Whether the user is about to leave. Then only what is for that is answered, and only for now.
    #[uniffi(default = false)]
    pub leaving: bool,
}

/// A message that may be shown. Its words and its link are the same for everyone, but for the name of the product in them.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Message {
    /// Names this occasion, and tells nothing of it: the identifier of the notification.
    pub message_id: String,
    /// The rule of the shop's plan.
    pub rule_id: String,
    /// What it answers to.
    pub kind: MessageKind,
    /// Its words: in the language that was asked for if the plan has them in it, else in one that it has. All texts of a
    /// message are in the same.
    pub title: String,
    /// More of them.
    pub text: String,
    /// Where it leads: nothing of the user is in it, so that an e-mail may carry it and the app fills the page.
    pub link: Option<String>,
    /// The variant that it is about.
    pub item_id: Option<String>,
    /// Its product.
    pub product_id: Option<String>,
    /// When to show it, in milliseconds since 1970: now or later.
    pub deliver_at_ms: i64,
    /// From when on it makes no sense any more, in milliseconds since 1970.
    pub expires_at_ms: Option<i64>,
    /// Why, as a sentence for the user.
    pub because: String,
    /// Number of user actions it is based on.
    pub evidence_count: u32,
}

/// Why nothing is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum Silence {
    /// The user did not allow messages, or nothing may be chosen for them.
    NotAllowed,
    /// The system does not let the app notify.
    SystemDenied,
    /// The user chose that nothing is said.
    SwitchedOff,
    /// The user shops for somebody else, or in private.
    OtherMode,
    /// There is no occasion, or none whose moment comes while it lasts.
    NoOccasion,
}

/// The next message, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct MessagePoll {
    /// The one whose moment comes first.
    pub message: Option<Message>,
    /// Why there is none.
    pub silence: Option<Silence>,
}

/// A rule of the shop's messages, for a screen of settings.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct MessageSetting {
    /// Its name in the plan.
    pub rule_id: String,
    /// What it answers to.
    pub kind: MessageKind,
    /// The same in words, such as "Reminders of what is in the cart".
    pub label: String,
    /// Whether the user does not want it.
    pub muted: bool,
}

/// What the user wants to be told.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct MessageSettings {
    /// Nothing is said before this moment, in milliseconds since 1970.
    pub snoozed_until_ms: Option<i64>,
    /// The rules of the plan, in its order.
    pub rules: Vec<MessageSetting>,
}

/// What the shop may tell, and what of it the user does not want.
#[must_use]
pub fn message_settings(catalog: &Catalog, choices: &MessageChoices, locale: &str) -> MessageSettings {
    let setting = |rule: &MessageRule| {
        let kind = MessageKind::of(rule.on)?;
        let muted = choices.muted_rules.contains(&rule.id);
        Some(MessageSetting {
            rule_id: rule.id.clone(),
            kind,
            label: words::of_messages(kind, locale),
            muted,
        })
    };
    let rules = catalog.plan().messages.rules.iter().filter_map(setting).collect();
    MessageSettings { snoozed_until_ms: choices.snoozed_until_ms, rules }
}

/// The message whose moment comes first. The same state at the same time gives the same answer.
///
/// # Errors
/// [`SurfaceError::Argument`] for an offset that no clock has; consent changed meanwhile.
pub fn next_message(
    catalog: &Catalog,
    known: Option<(&Profile, &Permits)>,
    request: &MessageRequest,
    now_ms: i64,
) -> Result<MessagePoll, SurfaceError> {
    if request.utc_offset_minutes.unsigned_abs() > MOST_OFFSET {
        let detail = "it must be from -840 to 840";
        return Err(SurfaceError::Argument { field: "utc_offset_minutes", detail });
    }
    Ok(match addressed(known, request) {
        Ok(user) => {
            let message = Speaking::to(catalog, user, request, now_ms)?.next();
            let silence = message.is_none().then_some(Silence::NoOccasion);
            MessagePoll { message, silence }
        }
        Err(silence) => MessagePoll { message: None, silence: Some(silence) },
    })
}

/// Whom to speak to.
fn addressed<'a>(
    known: Option<(&'a Profile, &'a Permits)>,
    request: &MessageRequest,
) -> Result<User<'a>, Silence> {
    let (profile, permits) = known.ok_or(Silence::NotAllowed)?;
    let user = User::known(profile, permits).filter(|_| permits.messaging.is_ok());
    let user = user.ok_or(Silence::NotAllowed)?;
    if !request.system_allows {
        return Err(Silence::SystemDenied);
    }
    if profile.mode() != ShoppingMode::Normal {
        return Err(Silence::OtherMode);
    }
    Ok(user.on(Surface::Messages).ok_or(Silence::SwitchedOff)?.discreet())
}

/// What is known at the moment at which a message is looked for.
struct Speaking<'a> {
    catalog: &'a Catalog,
    request: &'a MessageRequest,
    state: std::sync::Arc<State>,
    standing: Standing,
    occasions: Occasions,
    offset_ms: i64,
    now_ms: i64,
}

impl<'a> Speaking<'a> {
    fn to(
        catalog: &'a Catalog,
        user: User<'a>,
        request: &'a MessageRequest,
        now_ms: i64,
    ) -> Result<Self, SurfaceError> {
        let evidence = Evidence::gather(user, catalog, now_ms)?;
        Ok(Self {
            catalog,
            request,
            state: user.profile.state(),
            standing: Standing::of(catalog, Some(user), &evidence),
            occasions: Occasions::of(catalog, user, &evidence, request.leaving),
            offset_ms: i64::from(request.utc_offset_minutes) * 60_000,
            now_ms,
        })
    }

    fn next(&self) -> Option<Message> {
        let rules = self.catalog.plan().messages.rules.iter();
        let meant = rules.filter(|rule| self.standing.suits(&rule.only, &rule.never));
        let messages = meant.flat_map(|rule| self.of_rule(rule));
        messages.min_by_key(|message| message.deliver_at_ms)
    }

    /// What a rule has to say, soonest first of equals.
    fn of_rule(&self, rule: &'a MessageRule) -> Vec<Message> {
        let Some(kind) = MessageKind::of(rule.on) else { return Vec::new() };
        let chosen = (!rule.about.is_empty()).then(|| Chosen::of(self.catalog, &rule.about));
        let is_about = |open: &&Open| {
            chosen.as_ref().is_none_or(|chosen| open.item.is_some_and(|item| chosen.has(item)))
        };
        let is_enough = |open: &&Open| {
            open.occasion != Occasion::PriceDrop || open.lower_percent >= rule.percent.unwrap_or(PERCENT)
        };
        let open = self.occasions.open.iter().filter(|open| open.occasion == rule.on);
        open.filter(is_about).filter(is_enough).filter_map(|open| self.message(rule, kind, open)).collect()
    }

    fn message(&self, rule: &MessageRule, kind: MessageKind, open: &Open) -> Option<Message> {
        let message_id = self.message_id(rule, open);
        if self.state.told.shown(self.now_ms).any(|told| told.message_id == message_id) {
            return None;
        }
        let (deliver_at_ms, last_ms) = self.moment(rule, open)?;
        let name = open.item.map(|ix| self.catalog.title(ix).to_owned()).unwrap_or_default();
        let locale = PlanText::shared(&[&rule.title, &rule.text], &self.request.locale);
        let locale = locale.unwrap_or(&self.request.locale);
        let filled = |text: &PlanText| words::with_item(&text.of(locale), &name, locale);
        Some(Message {
            message_id,
            rule_id: rule.id.clone(),
            kind,
            title: filled(&rule.title),
            text: filled(&rule.text),
            link: rule.link.clone(),
            item_id: open.item.map(|ix| self.catalog.item_id(ix).to_owned()),
            product_id: open.item.map(|ix| self.catalog.product_id(ix).to_owned()),
            deliver_at_ms,
            expires_at_ms: (last_ms < i64::MAX).then_some(last_ms),
            because: words::of_message(kind, &name, locale),
            evidence_count: open.evidence_count,
        })
    }

    /// Names an occasion without telling of it: a system's log may keep it. A price that falls further is another occasion.
    fn message_id(&self, rule: &MessageRule, open: &Open) -> String {
        let item = open.item.map(|ix| self.catalog.item_id(ix)).unwrap_or_default();
        // Who is leaving is asked once a day.
        let since = if open.occasion == Occasion::ExitIntent { self.day(self.now_ms) } else { open.since_ms };
        let text = format!("{}\0{item}\0{since}\0{}", rule.id, open.lower_percent);
        let hash = digest(&SHA256, text.as_bytes());
        hex(hash.as_ref().get(..16).unwrap_or_default())
    }

    /// When to say it, and until when it makes sense. None if there is no such moment.
    fn moment(&self, rule: &MessageRule, open: &Open) -> Option<(i64, i64)> {
        let allowed_ms = self.state.muted.allows(&rule.id)?;
        let (after, within) = hours(rule.on);
        let after = rule.after_hours.unwrap_or(after);
        let within = rule.within_hours.or(within);
        let since = |hours: u32| open.since_ms.saturating_add(i64::from(hours) * HOUR_MS);
        let first_ms = [since(after), self.now_ms, allowed_ms, rule.from.unwrap_or(i64::MIN)];
        let first_ms = first_ms.into_iter().fold(i64::MIN, i64::max);
        let last_ms = within.map_or(i64::MAX, since).min(rule.until.unwrap_or(i64::MAX));
        let at_ms = self.free(rule, first_ms)?;
        let fits = |at_ms: &i64| *at_ms < last_ms && is_on(rule.from, rule.until, *at_ms);
        if self.request.leaving {
            return (at_ms == self.now_ms).then_some((at_ms, last_ms));
        }
        let usual = self.occasions.usual_hour(self.offset_ms).map(|hour| self.next_at(hour, at_ms));
        let usual = usual.filter(|at_ms| self.free(rule, *at_ms) == Some(*at_ms)).filter(fits);
        usual.or_else(|| Some(at_ms).filter(fits)).map(|at_ms| (at_ms, last_ms))
    }

    /// The first moment from `at_ms` on that is not quiet and at which not too much was said.
    fn free(&self, rule: &MessageRule, at_ms: i64) -> Option<i64> {
        let messages = &self.catalog.plan().messages;
        let shown = || self.state.told.shown(self.now_ms);
        let of_rule: Vec<&Told> = shown().filter(|told| told.rule_id == rule.id).collect();
        let all: Vec<&Told> = shown().collect();
        let days = rule.per_days.unwrap_or(DAYS);
        let caps = [
            (&all, messages.most_a_day(), 1),
            (&all, messages.most_a_week(), 7),
            (&of_rule, rule.most_shown.unwrap_or(1), days),
        ];
        let mut free_ms = at_ms;
        for _ in 0..ROUNDS {
            let before_ms = free_ms;
            free_ms = self.after_quiet(free_ms);
            for (told, most, days) in &caps {
                free_ms = after_cap(told, *most, i64::from(*days) * DAY_MS, free_ms);
            }
            if free_ms == before_ms {
                return Some(free_ms);
            }
        }
        None
    }

    fn after_quiet(&self, at_ms: i64) -> i64 {
        let messages = &self.catalog.plan().messages;
        let from = messages.quiet_from.unwrap_or(QUIET.0);
        let until = messages.quiet_until.unwrap_or(QUIET.1);
        let hour = at_ms.saturating_add(self.offset_ms).rem_euclid(DAY_MS) / HOUR_MS;
        let hour = u32::try_from(hour).unwrap_or_default();
        let quiet = Hours { from, until };
        if quiet.has(hour) { self.next_at(i64::from(until), at_ms) } else { at_ms }
    }

    /// The next time from `at_ms` on that lies in an hour of the user's day: its beginning, or `at_ms` itself.
    fn next_at(&self, hour: i64, at_ms: i64) -> i64 {
        let of_day = at_ms.saturating_add(self.offset_ms).rem_euclid(DAY_MS);
        if of_day / HOUR_MS == hour {
            return at_ms;
        }
        at_ms.saturating_add((hour * HOUR_MS - of_day).rem_euclid(DAY_MS))
    }

    fn day(&self, at_ms: i64) -> i64 {
        at_ms.saturating_add(self.offset_ms).div_euclid(DAY_MS)
    }
}

/// Hours after an occasion at which something is said about it, if its rule does not say: at least, and less than. Wishes
/// wait for as long as they are wishes.
const fn hours(occasion: Occasion) -> (u32, Option<u32>) {
    match occasion {
        Occasion::AbandonedCart => (4, Some(72)),
        Occasion::Lingering | Occasion::Comparison => (24, Some(96)),
        Occasion::ExitIntent => (0, Some(1)),
        Occasion::Replenishment => (0, Some(14 * 24)),
        Occasion::WinBack => (30 * 24, Some(60 * 24)),
        Occasion::BackInStock | Occasion::PriceDrop | Occasion::Unknown => (0, None),
    }
}

/// The first moment from `at_ms` on with fewer than `most` of these in the time before it. They are in order of time.
fn after_cap(told: &[&Told], most: u32, within_ms: i64, at_ms: i64) -> i64 {
    let since_ms = at_ms.saturating_sub(within_ms);
    let inside: Vec<i64> = told.iter().map(|told| told.at_ms).filter(|time| *time > since_ms).collect();
    let most = usize::try_from(most.max(1)).unwrap_or(usize::MAX);
    let over = inside.len().checked_sub(most).and_then(|place| inside.get(place));
    over.map_or(at_ms, |time| time.saturating_add(within_ms).max(at_ms))
}
