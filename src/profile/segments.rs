//! Where the user stands: how near to a purchase, and in which segments of the shop's plan. Worked out on the device for
//! each call; nothing that sends takes it, and a question about it is answered at random.

use crate::base::clock::DAY_MS;
use crate::catalog::plan::{Audience, Liked, Plan, Segment};
use crate::catalog::{Catalog, TagKind};
use crate::profile::event::{EventName, ShoppingMode};
use crate::profile::evidence::find_tags;
use crate::profile::interaction::topics_of_tag;
use crate::profile::orders::{Order, recent_orders};
use crate::profile::predict::{Stage, stage};
use crate::profile::record::{Past, Stored};
use crate::profile::spending::{ValueBand, value};
use crate::profile::{Evidence, ProfileError, User, VisitContext};

/// Strength in per cent and acts that make a liking, if a plan does not say.
const LIKED_PERCENT: u32 = 30;
const LIKED_ACTS: u32 = 2;
/// Orders are counted over so many days.
const YEAR: i64 = 365;

/// A segment of the shop's plan that the user is of.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SegmentMembership {
    /// Its name in the plan.
    pub segment_id: String,
    /// What the shop calls it.
    pub title: String,
}

/// Where a user stands, as far as the permits let it be known. Who may not be known stands where a new user does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) stage: Stage,
    /// Ids of segments.
    pub(crate) segments: Vec<String>,
    /// What the app told of the surroundings.
    context: Option<VisitContext>,
    now_ms: i64,
}

impl Standing {
    /// Where the user stands by this evidence of them.
    pub(crate) fn of(catalog: &Catalog, user: Option<User<'_>>, evidence: &Evidence) -> Self {
        let state = user.map(|user| user.profile.state());
        let past = state.as_ref().map(|state| state.past.as_slice()).unwrap_or_default();
        let known: Vec<&Past> = past.iter().filter(|past| evidence.basis.take(past)).collect();
        let context = user.and_then(User::context);
        let facts = Facts {
            catalog,
            evidence,
            tier: context.as_ref().and_then(|context| context.loyalty_tier.as_deref()),
            stage: stage(known.iter().copied(), evidence.now_ms),
            orders: orders(&known, evidence.now_ms),
            last_ms: known.last().map(|past| past.event.time_ms),
            value: values(catalog, &known, evidence.now_ms),
        };
        Self {
            stage: facts.stage,
            segments: facts.segments(catalog.plan()),
            context,
            now_ms: evidence.now_ms,
        }
    }

    /// Where the user stands now.
    pub(super) fn now(catalog: &Catalog, user: Option<User<'_>>, now_ms: i64) -> Result<Self, ProfileError> {
        let user = user.map(User::discreet);
        let gathered = user.map(|user| Evidence::gather(user, catalog, now_ms)).transpose()?;
        let evidence = gathered.unwrap_or(Evidence { now_ms, ..Evidence::default() });
        Ok(Self::of(catalog, user, &evidence))
    }

    /// As if the user stood there, to look at what they would see.
    pub(crate) fn as_if(
        stage: Stage,
        segments: Vec<String>,
        context: Option<VisitContext>,
        now_ms: i64,
    ) -> Self {
        Self { stage, segments, context, now_ms }
    }

    /// Whether something for `only` and not for `never` is for this user.
    pub(crate) fn suits(&self, only: &Audience, never: &Audience) -> bool {
        (only.is_empty() || self.is_among(only)) && (never.is_empty() || !self.is_among(never))
    }

    fn is_among(&self, audience: &Audience) -> bool {
        let Audience { stages, segments, .. } = audience;
        let is_there =
            || self.context.as_ref().is_some_and(|context| context.is_among(audience, self.now_ms));
        (!audience.has_surroundings() || is_there())
            && (stages.is_empty() || stages.iter().any(|word| word == self.stage.word()))
            && (segments.is_empty() || segments.iter().any(|id| self.segments.contains(id)))
    }
}

impl User<'_> {
    /// The segments that may be told of in a randomised answer: none where nothing may be inferred, nor while the user shops
    /// for somebody else or in private.
    ///
    /// # Errors
    /// A permit is no longer valid.
    pub(crate) fn observed_segments(
        self,
        catalog: &Catalog,
        now_ms: i64,
    ) -> Result<Vec<String>, ProfileError> {
        if self.permits.inference.is_err() || self.profile.mode() != ShoppingMode::Normal {
            return Ok(Vec::new());
        }
        Ok(Standing::now(catalog, Some(self), now_ms)?.segments)
    }

    /// How often the app reported that a promotion was shown, as far as this evidence may rest on it.
    pub(crate) fn promotions_shown(self, evidence: &Evidence, promotion_id: &str, since_ms: i64) -> u32 {
        let state = self.profile.state();
        let shown = state.past.iter().rev().filter(|past| evidence.basis.take(past)).map(|past| &past.event);
        let lately = shown.take_while(|event| event.time_ms >= since_ms);
        let of_it = |event: &&Stored| {
            event.name() == EventName::ViewPromotion && event.promotion_id.as_deref() == Some(promotion_id)
        };
        lately.filter(of_it).count() as u32
    }
}

/// The segments that a user is of, in the order of the plan.
///
/// # Errors
/// A permit is no longer valid.
pub fn segments(
    catalog: &Catalog,
    user: Option<User<'_>>,
    locale: &str,
    now_ms: i64,
) -> Result<Vec<SegmentMembership>, ProfileError> {
    let standing = Standing::now(catalog, user, now_ms)?;
    let of = |segment: &&Segment| standing.segments.contains(&segment.id);
    let told = |segment: &Segment| SegmentMembership {
        segment_id: segment.id.clone(),
        title: segment.title.of(locale),
    };
    Ok(catalog.plan().segments.iter().filter(of).map(told).collect())
}

/// What segments are told apart by.
struct Facts<'a> {
    catalog: &'a Catalog,
    evidence: &'a Evidence,
    tier: Option<&'a str>,
    stage: Stage,
    orders: u32,
    last_ms: Option<i64>,
    value: Option<ValueBand>,
}

impl Facts<'_> {
    fn segments(&self, plan: &Plan) -> Vec<String> {
        plan.segments.iter().filter(|segment| self.meet(segment)).map(|segment| segment.id.clone()).collect()
    }

    fn meet(&self, segment: &Segment) -> bool {
        let days_away = self.last_ms.map(|last| self.evidence.now_ms.saturating_sub(last) / DAY_MS);
        let is_away = |least: u32| days_away.is_some_and(|days| days >= i64::from(least));
        (segment.stages.is_empty() || segment.stages.iter().any(|word| word == self.stage.word()))
            && (segment.likes.is_empty() || segment.likes.iter().any(|liked| self.likes(liked)))
            && (segment.said.is_empty()
                || segment
                    .said
                    .iter()
                    .any(|said| self.tags(&said.kind, &said.name).any(|tag| self.said(tag))))
            && (segment.tiers.is_empty()
                || self.tier.is_some_and(|tier| segment.tiers.iter().any(|of| of == tier)))
            && segment.min_orders.is_none_or(|least| self.orders >= least)
            && segment.max_orders.is_none_or(|most| self.orders <= most)
            && segment.min_days_away.is_none_or(is_away)
            && (segment.values.is_empty()
                || self.value.is_some_and(|band| segment.values.iter().any(|word| word == band.word())))
    }

    fn likes(&self, liked: &Liked) -> bool {
        let (percent, acts) = (liked.percent.unwrap_or(LIKED_PERCENT), liked.acts.unwrap_or(LIKED_ACTS));
        let derived = &self.evidence.derived;
        self.tags(&liked.kind, &liked.name).any(|tag| {
            derived.may_name_tag(tag)
                && derived.evidence_count(tag) >= acts
                && derived.strength(tag) * 100.0 >= percent as f32
        })
    }

    fn said(&self, tag: u32) -> bool {
        self.evidence.stated.iter().any(|(stated, _)| *stated == tag)
    }

    /// The tags of a name. What is about a sensitive topic puts nobody into a segment: others see what a segment shows.
    fn tags(&self, kind: &str, name: &str) -> impl Iterator<Item = u32> {
        let tags = TagKind::parse(kind).into_iter().flat_map(|kind| find_tags(self.catalog, kind, name));
        let tags: Vec<u32> = tags.filter(|tag| topics_of_tag(self.catalog, *tag).is_empty()).collect();
        tags.into_iter()
    }
}

/// The band of what the user may spend, where a segment asks for it.
fn values(catalog: &Catalog, past: &[&Past], now_ms: i64) -> Option<ValueBand> {
    let is_asked = catalog.plan().segments.iter().any(|segment| !segment.values.is_empty());
    let value = is_asked.then(|| value(catalog, past.iter().copied(), now_ms)).flatten();
    value.map(|value| value.band)
}

/// Orders of the last year.
fn orders(past: &[&Past], now_ms: i64) -> u32 {
    let orders = recent_orders(past.iter().copied(), now_ms);
    let of_year = orders.iter().filter(|order| now_ms.saturating_sub(order.time_ms) < YEAR * DAY_MS);
    of_year.map(Order::numbers).sum::<usize>() as u32
}
