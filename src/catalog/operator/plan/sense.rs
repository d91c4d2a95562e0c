//! What a schema cannot say: names that lead somewhere, and rules that can be meant.

use std::collections::BTreeSet;

use crate::catalog::model::plan::{
    Audience, MessageRule, Occasion, Offer, Placement, PlacementRule, Plan, Slot, SlotContent, Spending,
    is_on, is_tier,
};
use crate::catalog::operator::plan::{Fault, charts};

/// What does not fit within the plan.
pub(super) fn faults(plan: &Plan) -> Vec<Fault> {
    let mut faults: Vec<Fault> = Vec::new();
    let slots = || plan.layouts.iter().flat_map(|layout| &layout.slots);
    repeated("segments", plan.segments.iter().map(|segment| &segment.id), &mut faults);
    repeated("rules", plan.rules.iter().map(|rule| &rule.id), &mut faults);
    repeated("layouts", plan.layouts.iter().map(|layout| &layout.id), &mut faults);
    repeated("offers", plan.offers.iter().map(|offer| &offer.id), &mut faults);
    let mut seen = BTreeSet::new();
    for (at, slot) in with_places(plan) {
        if !seen.insert(&slot.id) {
            faults.push((format!("{at}/id"), format!("`{}` is the name of another slot", slot.id)));
        }
        of_slot(plan, &at, slot, &mut faults);
    }
    for (place, rule) in plan.rules.iter().enumerate() {
        of_rule(&format!("/rules/{place}"), rule, &mut faults);
    }
    for (place, offer) in plan.offers.iter().enumerate() {
        of_offer(&format!("/offers/{place}"), offer, &mut faults);
    }
    repeated("messages/rules", plan.messages.rules.iter().map(|rule| &rule.id), &mut faults);
    for (place, rule) in plan.messages.rules.iter().enumerate() {
        of_message(&format!("/messages/rules/{place}"), rule, &mut faults);
    }
    of_spending(plan, &mut faults);
    repeated("size_charts", plan.size_charts.iter().map(|chart| &chart.id), &mut faults);
    charts::faults(plan, &mut faults);
    if slots().any(|slot| slot.kind == SlotContent::Offer) && !plan.offers.iter().any(|offer| offer.default) {
        faults.push(("/offers".into(), "none is `default`: what is for everyone else".into()));
    }
    for (place, _) in
        plan.segments.iter().enumerate().filter(|(_, of)| plan.format < 3 && !of.tiers.is_empty())
    {
        let fault = "tiers need `format = 3`: an older app would let everyone in";
        faults.push((format!("/segments/{place}/tiers"), fault.into()));
    }
    for (at, tier) in tiers(plan).filter(|(_, tier)| !is_tier(tier)) {
        faults.push((at, format!("no app can tell `{tier}`: a tier is a word with 3 digits at most")));
    }
    let segments: BTreeSet<&String> = plan.segments.iter().map(|segment| &segment.id).collect();
    for (at, audience) in audiences(plan) {
        if plan.format < 2 && audience.has_surroundings() {
            faults.push((
                at.clone(),
                "surroundings need `format = 2`: an older app would show it to everyone".into(),
            ));
        }
        if audience.hours.is_some_and(|hours| hours.from == hours.until) {
            faults
                .push((format!("{at}/hours/until"), "is the hour of `from`: no time is between them".into()));
        }
        for (place, id) in audience.segments.iter().enumerate().filter(|(_, id)| !segments.contains(id)) {
            faults.push((format!("{at}/segments/{place}"), format!("there is no segment `{id}`")));
        }
    }
    faults
}

fn tiers(plan: &Plan) -> impl Iterator<Item = (String, &String)> {
    plan.segments.iter().enumerate().flat_map(|(segment, of)| {
        let tiers = of.tiers.iter().enumerate();
        tiers.map(move |(place, tier)| (format!("/segments/{segment}/tiers/{place}"), tier))
    })
}

/// Bands that can be meant, and segments that name none which are not there.
fn of_spending(plan: &Plan, faults: &mut Vec<Fault>) {
    let mut fault = |at: String, fault: &str| faults.push((at, fault.to_owned()));
    if let Some(Spending { medium_from, high_from }) = &plan.spending {
        if medium_from.currency != high_from.currency {
            fault("/spending/high_from/currency".into(), "is another one than that of `medium_from`");
        } else if high_from.minor <= medium_from.minor {
            fault("/spending/high_from/minor".into(), "is not above `medium_from`");
        }
    }
    for (place, _) in plan.segments.iter().enumerate().filter(|(_, of)| !of.values.is_empty()) {
        let at = format!("/segments/{place}/values");
        if plan.format < 3 {
            fault(
                at,
                "what users spend needs `format = 3`: for an older app everyone would be of the segment",
            );
        } else if plan.spending.is_none() {
            fault(at, "the plan has no `spending` to tell it by");
        }
    }
}

pub(super) fn with_places(plan: &Plan) -> impl Iterator<Item = (String, &Slot)> {
    plan.layouts.iter().enumerate().flat_map(|(layout, of)| {
        of.slots.iter().enumerate().map(move |(slot, is)| (format!("/layouts/{layout}/slots/{slot}"), is))
    })
}

fn repeated<'a>(list: &str, ids: impl Iterator<Item = &'a String>, faults: &mut Vec<Fault>) {
    let mut seen = BTreeSet::new();
    for (place, id) in ids.enumerate() {
        if !seen.insert(id) {
            faults.push((format!("/{list}/{place}/id"), format!("`{id}` is the name of another one")));
        }
    }
}

fn of_slot(plan: &Plan, at: &str, slot: &Slot, faults: &mut Vec<Fault>) {
    let mut fault = |field: &str, fault: &str| faults.push((format!("{at}/{field}"), fault.to_owned()));
    match slot.kind {
        SlotContent::Banner | SlotContent::Story if slot.variants.is_empty() => {
            fault("variants", "is missing: what is shown to everyone else");
        }
        SlotContent::Categories if slot.categories.is_empty() => fault("categories", "is missing"),
        SlotContent::Shelf if !slot.about.items.is_empty() => {
            fault("about/items", "a shelf is about brands, categories or tags; pin items by a rule");
        }
        _ => {}
    }
    if slot.variants.first().is_some_and(|first| !first.only.is_empty()) {
        fault("variants/0/only", "the first variant is for everyone else, so it names nobody");
    }
    let mut seen = BTreeSet::new();
    for (place, variant) in slot.variants.iter().enumerate() {
        if !seen.insert(&variant.id) {
            fault(&format!("variants/{place}/id"), "another variant of the slot has this name");
        }
    }
    for (place, id) in slot.offers.iter().enumerate() {
        if !plan.offers.iter().any(|offer| offer.id == *id) {
            fault(&format!("offers/{place}"), &format!("there is no offer `{id}`"));
        }
    }
}

fn of_rule(at: &str, rule: &PlacementRule, faults: &mut Vec<Fault>) {
    let mut fault = |field: &str, fault: &str| faults.push((format!("{at}/{field}"), fault.to_owned()));
    if rule.what.is_empty() {
        fault("what", "selects nothing");
    }
    match rule.placement {
        Placement::Pin if rule.what.has_lists() => fault("what", "only single items can be pinned"),
        Placement::Filter if !rule.what.items.is_empty() => {
            fault("what/items", "a filter is about brands, categories or tags");
        }
        _ => {}
    }
    if !can_be_on(rule.from, rule.until) {
        fault("until", "is not after `from`");
    }
}

fn of_offer(at: &str, offer: &Offer, faults: &mut Vec<Fault>) {
    let mut fault = |field: &str, fault: &str| faults.push((format!("{at}/{field}"), fault.to_owned()));
    if offer.percent.is_none() && offer.amount.is_none() && !offer.free_delivery {
        fault("kind", "gives nothing: say percent, amount or free_delivery");
    }
    if offer.percent.is_some() && offer.amount.is_some() {
        fault("amount", "is beside percent: an offer has one of them");
    }
    if offer.default && !(offer.only.is_empty() && offer.never.is_empty()) {
        fault("default", "is for everyone, so it names nobody");
    }
    if offer.default && offer.most_shown.is_some() {
        fault("most_shown", "a default is for everyone, also for whom nothing is counted");
    }
    if !can_be_on(offer.from, offer.until) {
        fault("until", "is not after `from`");
    }
}

fn of_message(at: &str, rule: &MessageRule, faults: &mut Vec<Fault>) {
    let mut fault = |field: &str, fault: String| faults.push((format!("{at}/{field}"), fault));
    let is_wish = matches!(rule.on, Occasion::BackInStock | Occasion::PriceDrop);
    if rule.on == Occasion::WinBack && !rule.about.is_empty() {
        fault("about", "being away is about no product".into());
    }
    if rule.percent.is_some() && rule.on != Occasion::PriceDrop {
        fault("percent", "is for `price_drop`".into());
    }
    if is_wish && rule.within_hours.is_some() {
        fault("within_hours", "a wish waits for as long as it is one".into());
    }
    if rule.within_hours.is_some_and(|within| rule.after_hours.is_some_and(|after| after >= within)) {
        fault("within_hours", "is not after `after_hours`".into());
    }
    for (field, texts) in [("title", &rule.title), ("text", &rule.text)] {
        for (language, text) in &texts.0 {
            let known = if rule.on == Occasion::WinBack { "" } else { "{item}" };
            let rest = if known.is_empty() { text.clone() } else { text.replace(known, "") };
            if rest.contains(['{', '}']) {
                let only = if known.is_empty() {
                    "nothing can be filled in"
                } else {
                    "only {item} can be filled in"
                };
                fault(&format!("{field}/{language}"), format!("{only}, without other braces"));
            }
        }
    }
    if !can_be_on(rule.from, rule.until) {
        fault("until", "is not after `from`".into());
    }
}

fn can_be_on(from: Option<i64>, until: Option<i64>) -> bool {
    from.is_none_or(|from| is_on(Some(from), until, from))
}

fn audiences(plan: &Plan) -> Vec<(String, &Audience)> {
    let mut all = Vec::new();
    for (place, rule) in plan.rules.iter().enumerate() {
        all.push((format!("/rules/{place}/only"), &rule.only));
        all.push((format!("/rules/{place}/never"), &rule.never));
    }
    for (place, offer) in plan.offers.iter().enumerate() {
        all.push((format!("/offers/{place}/only"), &offer.only));
        all.push((format!("/offers/{place}/never"), &offer.never));
    }
    for (place, rule) in plan.messages.rules.iter().enumerate() {
        all.push((format!("/messages/rules/{place}/only"), &rule.only));
        all.push((format!("/messages/rules/{place}/never"), &rule.never));
    }
    for (at, slot) in with_places(plan) {
        all.push((format!("{at}/only"), &slot.only));
        all.push((format!("{at}/never"), &slot.never));
        let variants = slot.variants.iter().enumerate();
        all.extend(variants.map(|(place, variant)| (format!("{at}/variants/{place}/only"), &variant.only)));
    }
    all
}
