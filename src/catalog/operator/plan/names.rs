//! What a plan names and a catalog does not have.

use crate::base::money::Money;
use crate::catalog::model::plan::{Placement, Plan, Selection};
use crate::catalog::operator::plan::sense::with_places;
use crate::catalog::operator::plan::{Fault, charts};
use crate::catalog::{Catalog, TagKind};

const PATHS: [TagKind; 2] = [TagKind::Category, TagKind::ProductType];
const OTHERS: [TagKind; 5] =
    [TagKind::Free, TagKind::Material, TagKind::Pattern, TagKind::Gender, TagKind::AgeGroup];

/// Names that the catalog does not have, and pins of what is about a sensitive topic.
pub(super) fn faults(plan: &Plan, catalog: &Catalog, faults: &mut Vec<Fault>) {
    let mut tag = |at: String, kinds: &[TagKind], name: &str| {
        if !kinds.iter().any(|kind| catalog.find_tag(*kind, name).is_some()) {
            faults.push((
                at,
                format!("the catalog has no {} `{name}`", kinds.first().map_or("tag", |k| k.name())),
            ));
        }
    };
    for (place, segment) in plan.segments.iter().enumerate() {
        let named = |kind: &str| TagKind::parse(kind).into_iter().collect::<Vec<_>>();
        for (at, liked) in segment.likes.iter().enumerate() {
            tag(format!("/segments/{place}/likes/{at}/name"), &named(&liked.kind), &liked.name);
        }
        for (at, said) in segment.said.iter().enumerate() {
            tag(format!("/segments/{place}/said/{at}/name"), &named(&said.kind), &said.name);
        }
    }
    for (at, slot) in with_places(plan) {
        for (place, category) in slot.categories.iter().enumerate() {
            tag(format!("{at}/categories/{place}"), &PATHS, category);
        }
    }
    for (at, selection) in selections(plan) {
        of_selection(&at, selection, catalog, faults);
    }
    for (place, rule) in plan.rules.iter().enumerate().filter(|(_, rule)| rule.placement == Placement::Pin) {
        for (at, id) in rule.what.items.iter().enumerate() {
            if catalog.named(id).is_some_and(|of| !catalog.sensitive_of(of).is_empty()) {
                let fault = format!("`{id}` is about a sensitive topic: nobody is shown it unasked");
                faults.push((format!("/rules/{place}/what/items/{at}"), fault));
            }
        }
    }
    for (at, money) in amounts(plan).filter(|(_, money)| !catalog.currencies().contains(&money.currency)) {
        faults.push((format!("{at}/currency"), format!("nothing in the catalog costs {}", money.currency)));
    }
    charts::names(plan, catalog, faults);
}

fn amounts(plan: &Plan) -> impl Iterator<Item = (String, &Money)> {
    let bands = plan.spending.iter().flat_map(|bands| {
        [("/spending/medium_from", &bands.medium_from), ("/spending/high_from", &bands.high_from)]
    });
    let offers = plan.offers.iter().enumerate().flat_map(|(place, offer)| {
        let amounts = [("amount", &offer.amount), ("minimum", &offer.minimum)];
        amounts
            .into_iter()
            .filter_map(move |(field, of)| Some((format!("/offers/{place}/{field}"), of.as_ref()?)))
    });
    bands.map(|(at, money)| (at.to_owned(), money)).chain(offers)
}

fn of_selection(at: &str, selection: &Selection, catalog: &Catalog, faults: &mut Vec<Fault>) {
    for (place, id) in selection.items.iter().enumerate().filter(|(_, id)| catalog.named(id).is_none()) {
        faults.push((format!("{at}/items/{place}"), format!("the catalog has no item `{id}`")));
    }
    let lists: [(&str, &Vec<String>, &[TagKind]); 3] = [
        ("brands", &selection.brands, &[TagKind::Brand]),
        ("categories", &selection.categories, &PATHS),
        ("tags", &selection.tags, &OTHERS),
    ];
    for (list, names, kinds) in lists {
        for (place, name) in names.iter().enumerate() {
            if !kinds.iter().any(|kind| catalog.find_tag(*kind, name).is_some()) {
                faults.push((format!("{at}/{list}/{place}"), format!("the catalog has no `{name}`")));
            }
        }
    }
}

fn selections(plan: &Plan) -> Vec<(String, &Selection)> {
    let rules = plan.rules.iter().enumerate().map(|(at, rule)| (format!("/rules/{at}/what"), &rule.what));
    let offers =
        plan.offers.iter().enumerate().map(|(at, offer)| (format!("/offers/{at}/about"), &offer.about));
    let slots = with_places(plan).flat_map(|(at, slot)| {
        let own = (format!("{at}/about"), &slot.about);
        let variants = slot.variants.iter().enumerate();
        let variants = variants.map(move |(place, is)| (format!("{at}/variants/{place}/about"), &is.about));
        std::iter::once(own).chain(variants)
    });
    let messages = plan.messages.rules.iter().enumerate();
    let messages = messages.map(|(at, rule)| (format!("/messages/rules/{at}/about"), &rule.about));
    let charts = plan.size_charts.iter().enumerate();
    let charts = charts.map(|(at, chart)| (format!("/size_charts/{at}/about"), &chart.about));
    rules.chain(offers).chain(messages).chain(charts).chain(slots).collect()
}
