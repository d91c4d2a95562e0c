//! A plan in sentences.

use std::fmt::Write as _;

use crate::catalog::model::plan::{
    Audience, Layout, MessageRule, Messages, Offer, Placement, PlacementRule, Plan, Segment, Selection,
    SizeChart, Slot, SlotContent, Spending,
};

/// What a colleague reads.
pub(super) fn of(plan: &Plan) -> String {
    let mut text = String::new();
    // Writing to a text cannot fail.
    let _ = writeln!(text, "At most {} % of a shelf are pinned.", plan.pinned_percent);
    list(&mut text, "Segments", plan.segments.iter().map(segment));
    list(&mut text, "Rules", plan.rules.iter().map(rule));
    for layout in &plan.layouts {
        list(&mut text, &format!("Layout {}", layout.id), slots(layout));
    }
    list(&mut text, "Offers", plan.offers.iter().map(offer));
    if !plan.messages.rules.is_empty() {
        let rules = plan.messages.rules.iter().map(message);
        list(&mut text, "Messages", std::iter::once(limits(&plan.messages)).chain(rules));
    }
    if let Some(Spending { medium_from, high_from }) = &plan.spending {
        let [medium, high] = [medium_from, high_from].map(|from| format!("{} {}", from.minor, from.currency));
        let bands = format!("medium from {medium} a year, high from {high}, in minor units");
        list(&mut text, "Spending", std::iter::once(bands));
    }
    list(&mut text, "Size charts", plan.size_charts.iter().map(chart));
    text
}

fn list(text: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    let lines: Vec<String> = lines.collect();
    if !lines.is_empty() {
        let _ = writeln!(text, "\n{title}\n  {}", lines.join("\n  "));
    }
}

fn segment(segment: &Segment) -> String {
    let likes = segment.likes.iter().map(|liked| format!("{} {}", liked.kind, liked.name));
    let said = segment.said.iter().map(|said| format!("{} {}", said.kind, said.name));
    let mut conditions = vec![
        any("is in stage", segment.stages.clone()),
        any("likes", likes.collect()),
        any("said", said.collect()),
        any("is of tier", segment.tiers.clone()),
    ];
    conditions.push(any("spends", segment.values.clone()));
    let numbers = [
        (segment.min_orders, "orders a year, at least"),
        (segment.max_orders, "orders a year, at most"),
        (segment.min_days_away, "days away, at least"),
    ];
    conditions.extend(numbers.map(|(number, what)| number.map(|number| format!("{number} {what}"))));
    let conditions: Vec<String> = conditions.into_iter().flatten().collect();
    format!(
        "{}: {}",
        segment.id,
        if conditions.is_empty() { "everyone".into() } else { conditions.join("; ") }
    )
}

fn any(what: &str, names: Vec<String>) -> Option<String> {
    (!names.is_empty()).then(|| format!("{what} {}", names.join(" or ")))
}

fn rule(rule: &PlacementRule) -> String {
    let what = selection(&rule.what);
    let done = match rule.placement {
        Placement::Pin => format!("{what} at place {} and after", rule.at + 1),
        Placement::Boost => format!("{what} up by {} places", rule.by.unwrap_or(5)),
        Placement::Bury => format!("{what} after all others"),
        Placement::Filter => format!("only {what}"),
        Placement::Exclude => format!("never {what}"),
        Placement::Unknown => "nothing".into(),
    };
    let on = any(", on", rule.surfaces.clone()).unwrap_or_default();
    format!("{}: {done}{on}{}", rule.id, whom(&rule.only, &rule.never))
}

fn whom(only: &Audience, never: &Audience) -> String {
    let named = |audience: &Audience| {
        let Audience { stages, segments, weather, devices, celebrations, places, in_store, hours } = audience;
        let mut named = [stages, segments, weather, devices, celebrations, places].map(Vec::clone).concat();
        named.extend(
            in_store.map(|inside| if inside { "in a shop".into() } else { "outside of shops".into() }),
        );
        named.extend(hours.map(|hours| format!("{}:00 to {}:00", hours.from, hours.until)));
        named
    };
    let only = any(", only for", named(only)).unwrap_or_default();
    format!("{only}{}", any(", never for", named(never)).unwrap_or_default())
}

fn selection(selection: &Selection) -> String {
    let lists = [&selection.brands, &selection.categories, &selection.tags];
    let lists = lists.into_iter().filter(|list| !list.is_empty()).map(|list| list.join(" or "));
    let lists = lists.collect::<Vec<_>>().join(" in ");
    [selection.items.join(", "), lists]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(", ")
}

fn slots(layout: &Layout) -> impl Iterator<Item = String> {
    layout.slots.iter().map(slot)
}

fn slot(slot: &Slot) -> String {
    let variants = slot.variants.iter().map(|variant| variant.id.clone()).collect::<Vec<_>>();
    let content = match slot.kind {
        SlotContent::Shelf => {
            let kind = if slot.shelf.is_empty() { "for_you" } else { &slot.shelf };
            format!("shelf {kind} {}", selection(&slot.about))
        }
        SlotContent::Categories => format!("categories {}", slot.categories.join(", ")),
        kind => format!("{kind:?} {}", variants.join(", ")).to_lowercase(),
    };
    let pinned = if slot.pinned { ", pinned" } else { "" };
    format!("{}: {}{pinned}{}", slot.id, content.trim_end(), whom(&slot.only, &slot.never))
}

fn limits(messages: &Messages) -> String {
    format!(
        "at most {} in 24 hours and {} in seven days, none from {}:00 to {}:00",
        messages.most_a_day(),
        messages.most_a_week(),
        messages.quiet_from.unwrap_or(21),
        messages.quiet_until.unwrap_or(8),
    )
}

fn message(rule: &MessageRule) -> String {
    let about = selection(&rule.about);
    let about = if about.is_empty() { about } else { format!(" on {about}") };
    let on = format!("{:?}", rule.on).to_lowercase();
    let often = (rule.most_shown.unwrap_or(1), rule.per_days.unwrap_or(7));
    let whom = whom(&rule.only, &rule.never);
    format!("{}: {on}{about}, at most {} in {} days{whom}", rule.id, often.0, often.1)
}

fn offer(offer: &Offer) -> String {
    let gift = match (offer.percent, &offer.amount) {
        (Some(percent), _) => format!("{percent} %"),
        (None, Some(amount)) => format!("{} {} in minor units", amount.minor, amount.currency),
        (None, None) => "free delivery".into(),
    };
    let from = offer.minimum.as_ref();
    let from = from.map(|least| format!(", from {} {} in minor units", least.minor, least.currency));
    let default = if offer.default { ", for everyone else" } else { "" };
    let about = selection(&offer.about);
    let about = if about.is_empty() { about } else { format!(" on {about}") };
    format!(
        "{}: {gift}{about}{}{default}{}",
        offer.id,
        from.unwrap_or_default(),
        whom(&offer.only, &offer.never)
    )
}

fn chart(chart: &SizeChart) -> String {
    let measure = format!("{:?}", chart.measure).to_lowercase();
    let sizes = chart.sizes.iter().map(|size| {
        let [from, until] = [size.from_mm, size.until_mm].map(|mm| f64::from(mm) / 10.0);
        format!("{} for {from} to {until} cm", size.size)
    });
    let sizes = sizes.collect::<Vec<_>>().join(", ");
    format!("{}: {}, by {measure}: {sizes}", chart.id, selection(&chart.about))
}
