//! The storefront: which slots of a page a user sees, in which order, and which of the pre-made fillings of each. The taste
//! in it is one list of the ranking: what stands first in that is shown first here.

use crate::base::limits::{ID, SEGMENTS};
use crate::base::random::SecureRandom;
use crate::catalog::Catalog;
use crate::catalog::plan::{Audience, Layout, Selection, Slot, SlotContent, Variant};
use crate::profile::{Evidence, Standing, Surface, User, VisitContext};
use crate::ranking::{RankRequest, RankedItem, RankingMode, ShelfKind, rank};
use crate::surfaces::SurfaceError;
use crate::surfaces::offers::{Visitor, choose};
use crate::surfaces::page::{PreviewAs, SlotDecision, SlotKind, SlotReason, Storefront, StorefrontSlot};
use crate::surfaces::placement::{Chosen, filters};
use crate::surfaces::shelf::RecommendRequest;
use crate::surfaces::shown::ShownLog;
use crate::surfaces::words;

/// Products of the list that taste is read from.
const TASTE: usize = 24;
/// Products of a shelf, if a plan does not say.
const SHELF: u32 = 12;

/// The page of a layout for a visitor.
///
/// # Errors
/// [`SurfaceError::OutOfBounds`] for a name that is too long, [`SurfaceError::Argument`] for one that is empty; consent changed
/// meanwhile.
pub fn storefront(
    catalog: &Catalog,
    visitor: &Visitor<'_>,
    layout_id: &str,
    locale: &str,
    shown: &ShownLog,
    random: &dyn SecureRandom,
    now_ms: i64,
) -> Result<Storefront, SurfaceError> {
    named("layout_id", layout_id)?;
    shown.begin(layout_id);
    Seen::by(catalog, visitor, locale, random, now_ms)?.storefront(layout_id)
}

/// The same as somebody of a stage and of segments would see it of whom nothing else is known. For the shop's own people.
///
/// # Errors
/// As [`storefront`], and [`SurfaceError::Argument`] for a segment that the plan does not have.
pub fn preview(
    catalog: &Catalog,
    layout_id: &str,
    whom: &PreviewAs,
    locale: &str,
    now_ms: i64,
) -> Result<Storefront, SurfaceError> {
    named("layout_id", layout_id)?;
    SEGMENTS.texts(ID, "segments", &whom.segments)?;
    let known = |id: &String| catalog.plan().segments.iter().any(|segment| segment.id == *id);
    if !whom.segments.iter().all(known) {
        return Err(SurfaceError::Argument { field: "segments", detail: "the plan has no such segment" });
    }
    if let Some((field, detail)) = whom.context.as_ref().and_then(VisitContext::unfit) {
        return Err(SurfaceError::Argument { field, detail });
    }
    let visitor = Visitor { user: None, region: None };
    let evidence = Evidence { now_ms, ..Evidence::default() };
    let standing = Standing::as_if(whom.stage, whom.segments.clone(), whom.context.clone(), now_ms);
    let seen = Seen {
        catalog,
        visitor: &visitor,
        for_offers: (evidence, standing.clone()),
        standing,
        taste: Taste::default(),
        locale,
        preview: true,
    };
    seen.storefront(layout_id)
}

/// What fills a slot, whichever layout it is of.
///
/// # Errors
/// As [`storefront`].
pub fn decide(
    catalog: &Catalog,
    visitor: &Visitor<'_>,
    slot_id: &str,
    locale: &str,
    random: &dyn SecureRandom,
    now_ms: i64,
) -> Result<SlotDecision, SurfaceError> {
    named("slot_id", slot_id)?;
    let seen = Seen::by(catalog, visitor, locale, random, now_ms)?;
    match catalog.plan().slot(slot_id).filter(|slot| seen.standing.suits(&slot.only, &slot.never)) {
        Some(slot) => seen.decide(slot),
        None => Ok(seen.nothing(slot_id)),
    }
}

/// Nothing of a plan is named by nothing.
fn named(field: &'static str, name: &str) -> Result<(), SurfaceError> {
    ID.text(field, name)?;
    if name.is_empty() { Err(SurfaceError::Argument { field, detail: "it is empty" }) } else { Ok(()) }
}

/// What the ranking puts first for this user; nothing while too little is known to change a page for.
#[derive(Default)]
struct Taste {
    /// Items, first to last.
    items: Vec<u32>,
    mode: RankingMode,
}

impl Taste {
    /// The place of the first product of a selection, where there is another: one alone is there by chance, unless no other is
    /// meant.
    fn place(&self, catalog: &Catalog, selection: &Selection) -> Option<usize> {
        if self.items.is_empty() || selection.is_empty() {
            return None;
        }
        let chosen = Chosen::of(catalog, selection);
        let mut places = (0..).zip(&self.items).filter(|(_, ix)| chosen.has(**ix)).map(|(place, _)| place);
        let is_one = selection.items.len() == 1 && !selection.has_lists();
        let first = places.next()?;
        (is_one || places.next().is_some()).then_some(first)
    }
}

/// A page as somebody sees it.
struct Seen<'a> {
    catalog: &'a Catalog,
    visitor: &'a Visitor<'a>,
    standing: Standing,
    /// The same for offers, which may be more or less for the user than pages are.
    for_offers: (Evidence, Standing),
    taste: Taste,
    locale: &'a str,
    preview: bool,
}

impl<'a> Seen<'a> {
    fn by(
        catalog: &'a Catalog,
        visitor: &'a Visitor<'a>,
        locale: &'a str,
        random: &dyn SecureRandom,
        now_ms: i64,
    ) -> Result<Self, SurfaceError> {
        // A page is seen by whoever looks on.
        let on = |surface| visitor.user.and_then(|user| user.on(surface)).map(User::discreet);
        let (user, offered) = (on(Surface::Storefront), on(Surface::Offers));
        let nobody = Evidence { now_ms, ..Evidence::default() };
        let gather =
            |user: Option<User<'_>>| user.map(|user| Evidence::gather(user, catalog, now_ms)).transpose();
        let evidence = gather(user)?.unwrap_or_else(|| nobody.clone());
        let standing = Standing::of(catalog, user, &evidence);
        let for_offers = match (user, offered) {
            (Some(_), Some(_)) | (None, None) => (evidence.clone(), standing.clone()),
            _ => {
                let evidence = gather(offered)?.unwrap_or(nobody);
                let standing = Standing::of(catalog, offered, &evidence);
                (evidence, standing)
            }
        };
        let taste = match user {
            Some(user) if !evidence.is_empty() && !evidence.is_thin() => {
                let wanted = RankRequest::new(ShelfKind::ForYou, TASTE);
                let wanted = RankRequest { intensity: user.intensity(), guarded: true, ..wanted };
                let list = rank(catalog, user.ranking(), &evidence, &wanted, random)?;
                // A best seller that fills the list up says nothing about the user.
                let is_own = |item: &&RankedItem| item.reasons.iter().any(|code| !code.is_of_everyone());
                let items = list.items.iter().filter(is_own).map(|item| item.ix).collect();
                Taste { items, mode: list.mode }
            }
            _ => Taste::default(),
        };
        Ok(Self { catalog, visitor, standing, for_offers, taste, locale, preview: false })
    }

    fn storefront(&self, layout_id: &str) -> Result<Storefront, SurfaceError> {
        let found = self.catalog.plan().layouts.iter().find(|layout| layout.id == layout_id);
        // A page is not empty because its plan has not come yet.
        let one = Slot { id: layout_id.to_owned(), kind: SlotContent::Shelf, ..Slot::default() };
        let slots = match found {
            Some(layout) => self.ordered(layout),
            None => vec![(&one, SlotReason::Everyone)],
        };
        let slots =
            slots.into_iter().filter_map(|(slot, reason)| self.slot(layout_id, slot, reason).transpose());
        let slots = slots.collect::<Result<Vec<_>, SurfaceError>>()?;
        Ok(Storefront {
            layout_id: layout_id.to_owned(),
            slots,
            mode: self.taste.mode,
            is_default: found.is_none(),
        })
    }

    /// The slots for this user. Those that are about something and not pinned change places among each other.
    fn ordered<'s>(&self, layout: &'s Layout) -> Vec<(&'s Slot, SlotReason)> {
        let suits = |slot: &&Slot| self.standing.suits(&slot.only, &slot.never);
        let mut slots: Vec<(&Slot, SlotReason)> =
            layout.slots.iter().filter(suits).map(|slot| (slot, SlotReason::of(&slot.only))).collect();
        let may_move = |slot: &Slot| !slot.pinned && !slot.about.is_empty();
        let places: Vec<usize> =
            (0..).zip(&slots).filter(|(_, (slot, _))| may_move(slot)).map(|(at, _)| at).collect();
        let mut movable: Vec<(usize, usize, &Slot, SlotReason)> = places
            .iter()
            .filter_map(|at| Some((*at, slots.get(*at)?)))
            .map(|(at, (slot, reason))| {
                let place = self.taste.place(self.catalog, &slot.about);
                (place.unwrap_or(usize::MAX), at, *slot, *reason)
            })
            .collect();
        movable.sort_by_key(|(place, at, ..)| (*place, *at));
        for (at, (place, was, slot, reason)) in places.into_iter().zip(movable) {
            let is_liked = place != usize::MAX && at < was;
            if let Some(here) = slots.get_mut(at) {
                *here = (slot, if is_liked { SlotReason::Taste } else { reason });
            }
        }
        slots
    }

    fn slot(
        &self,
        page: &str,
        slot: &Slot,
        reason: SlotReason,
    ) -> Result<Option<StorefrontSlot>, SurfaceError> {
        let kind = match slot.kind {
            SlotContent::Shelf => SlotKind::Shelf,
            SlotContent::Banner => SlotKind::Banner,
            SlotContent::Categories => SlotKind::Categories,
            SlotContent::Story => SlotKind::Story,
            SlotContent::Offer => SlotKind::Offer,
            SlotContent::Unknown => return Ok(None),
        };
        let shelf = match kind {
            SlotKind::Shelf => match shelf(page, slot) {
                Some(request) => Some(request),
                None => return Ok(None), // of a kind that a later version knows
            },
            _ => None,
        };
        let decision = match kind {
            SlotKind::Banner | SlotKind::Story | SlotKind::Offer => Some(self.decide(slot)?),
            SlotKind::Shelf | SlotKind::Categories => None,
        };
        let (categories, moved) = self.categories(&slot.categories);
        let reason = if moved { SlotReason::Taste } else { reason };
        let because = words::of_slot(reason, &self.names(&slot.only), self.locale);
        let (slot_id, title) = (slot.id.clone(), slot.title.of(self.locale));
        Ok(Some(StorefrontSlot { slot_id, kind, title, shelf, categories, decision, reason, because }))
    }

    /// Categories in the order in which the ranking comes to them, the others as the shop has them; and whether that is another
    /// order.
    fn categories(&self, shop: &[String]) -> (Vec<String>, bool) {
        let place = |category: &String| {
            let about = Selection { categories: vec![category.clone()], ..Selection::default() };
            self.taste.place(self.catalog, &about).unwrap_or(usize::MAX)
        };
        let mut categories: Vec<(usize, &String)> =
            shop.iter().map(|category| (place(category), category)).collect();
        categories.sort_by_key(|(place, _)| *place);
        let categories: Vec<String> = categories.into_iter().map(|(_, category)| category.clone()).collect();
        let moved = categories != shop;
        (categories, moved)
    }

    fn decide(&self, slot: &Slot) -> Result<SlotDecision, SurfaceError> {
        if slot.kind == SlotContent::Offer {
            let offer =
                choose(self.catalog, self.visitor, &self.for_offers, slot, self.locale, self.preview)?;
            let (reason, because) = match &offer {
                Some(offer) => (offer.reason, offer.because.clone()),
                None => (SlotReason::Everyone, words::of_slot(SlotReason::Everyone, "", self.locale)),
            };
            return Ok(SlotDecision { offer, reason, because, ..self.nothing(&slot.id) });
        }
        let Some((variant, reason)) = self.variant(slot) else { return Ok(self.nothing(&slot.id)) };
        let (reason, only) = match reason {
            SlotReason::Everyone => (SlotReason::of(&slot.only), &slot.only),
            reason => (reason, &variant.only),
        };
        Ok(SlotDecision {
            slot_id: slot.id.clone(),
            variant_id: Some(variant.id.clone()),
            title: variant.title.of(self.locale),
            text: variant.text.of(self.locale),
            image_link: variant.image_link.clone(),
            link: variant.link.clone(),
            offer: None,
            reason,
            because: words::of_slot(reason, &self.names(only), self.locale),
        })
    }

    /// The variant that is meant for this user, or else suits their taste most, or else the first.
    fn variant<'s>(&self, slot: &'s Slot) -> Option<(&'s Variant, SlotReason)> {
        let nobody = Audience::default();
        let suiting = || slot.variants.iter().filter(|variant| self.standing.suits(&variant.only, &nobody));
        let place = |variant: &&Variant| self.taste.place(self.catalog, &variant.about);
        let meant = suiting().find(|variant| {
            !variant.only.is_empty() && (variant.about.is_empty() || place(variant).is_some())
        });
        let liked = || {
            let placed = suiting().filter(|variant| variant.only.is_empty());
            let placed = placed.filter_map(|variant| Some((place(&variant)?, variant)));
            placed.min_by_key(|(place, _)| *place).map(|(_, variant)| (variant, SlotReason::Taste))
        };
        let first = || slot.variants.first().map(|variant| (variant, SlotReason::Everyone));
        meant.map(|variant| (variant, SlotReason::of(&variant.only))).or_else(liked).or_else(first)
    }

    fn nothing(&self, slot_id: &str) -> SlotDecision {
        SlotDecision {
            slot_id: slot_id.to_owned(),
            variant_id: None,
            title: String::new(),
            text: String::new(),
            image_link: None,
            link: None,
            offer: None,
            reason: SlotReason::Everyone,
            because: words::of_slot(SlotReason::Everyone, "", self.locale),
        }
    }

    /// Why the user is of an audience, as the shop calls it.
    fn names(&self, only: &Audience) -> String {
        words::of_audience(self.catalog, only, &self.standing, self.locale)
    }
}

/// What is asked of the ranking for a shelf; nothing for a kind that is not known here.
fn shelf(page: &str, slot: &Slot) -> Option<RecommendRequest> {
    let kind = ShelfKind::of_word(&slot.shelf)?;
    let request = RecommendRequest::new(&slot.id, slot.limit.unwrap_or(SHELF));
    let about = slot.about.has_lists().then(|| filters(&slot.about));
    Some(RecommendRequest { kind: Some(kind), filters: about, page: Some(page.to_owned()), ..request })
}
