//! This device's true answer to a question: one small function for each measurement. It is randomised before it goes
//! anywhere, and nothing about a sensitive topic is in it.
//!
//! What happened is asked about the window before the one in which the device answers, because that one is over. Where
//! one of several is asked about, which one depends on their number and the window alone, so that the preview shows the
//! answer that was given.

use std::collections::BTreeSet;

use crate::base::clock::DAY_MS;
use crate::base::signed::sha256;
use crate::catalog::{Catalog, TagKind};
use crate::experiments::Exposure;
use crate::profile::{EventName, Evidence, Observed, ReturnReason, User};
use crate::signals::{Answer, Asked, Measurement, Task, Window};

const CATEGORIES: [TagKind; 2] = [TagKind::Category, TagKind::ProductType];

/// Whom and what a question is about.
pub(crate) struct Subject<'a> {
    pub(crate) user: Option<User<'a>>,
    pub(crate) catalog: &'a Catalog,
    /// What this device saw of experiments, as far as it may be used.
    pub(crate) exposures: &'a [Exposure],
    pub(crate) now_ms: i64,
}

/// The answer of this device; none where nothing may be worked out, or there is nothing to say.
pub(crate) fn answer(asked: Asked<'_>, subject: &Subject<'_>) -> Option<Answer> {
    let about = About { task: asked.task, window: asked.window, subject, user: subject.user?.discreet() };
    let bucket = match &asked.task.measures {
        Measurement::CategoryInterest => about.liked(&CATEGORIES, 1)?.first().copied(),
        Measurement::BrandInterest => about.liked(&[TagKind::Brand], 1)?.first().copied(),
        Measurement::CategoriesOfInterest { most } => {
            return about.liked(&CATEGORIES, *most).map(Answer::Buckets);
        }
        Measurement::BrandsOfInterest { most } => {
            return about.liked(&[TagKind::Brand], *most).map(Answer::Buckets);
        }
        Measurement::Revenue { currency, .. } => return about.spent(currency).map(Answer::Amount),
        Measurement::OrderValue { currency, .. } => {
            Some(asked.task.bucket_of(i64::try_from(about.spent(currency)?).unwrap_or(i64::MAX)))
        }
        Measurement::PriceInterest { currency, .. } => about.middle_price(currency),
        Measurement::PurchaseStep => about.purchase_step(),
        Measurement::SearchesWithoutResult { .. } => about.searches_without_result(),
        Measurement::ReturnReason => about.return_reason(),
        Measurement::Satisfaction => about.satisfaction(),
        Measurement::SlotOutcome => about.slot_outcome(),
        Measurement::ExperimentOutcome { experiment } => about.experiment_outcome(experiment),
        Measurement::CategoryConversion => about.category_conversion(),
        Measurement::RecommendationConversion => about.recommendation_conversion(),
        Measurement::CategoryDemand => about.category_demand(),
        Measurement::ChosenPlace { .. } => about.chosen_place(),
        Measurement::SegmentStep => about.segment_step(),
    };
    bucket.map(Answer::Bucket)
}

/// Whether a device with this catalog has what a question is about: the segments of another plan are asked of nobody. It looks
/// at nothing of the user, so that being asked tells nothing either.
pub(crate) fn is_about(task: &Task, catalog: Option<&Catalog>) -> bool {
    let segments = || catalog.into_iter().flat_map(|catalog| &catalog.plan().segments);
    task.measures != Measurement::SegmentStep
        || task.table().is_some_and(|(rows, _)| segments().any(|segment| rows.contains(&&*segment.id)))
}

/// One question about one user.
struct About<'a> {
    task: &'a Task,
    window: Window,
    subject: &'a Subject<'a>,
    user: User<'a>,
}

impl About<'_> {
    /// What happened in the window before.
    fn before(&self) -> Option<Vec<Observed>> {
        let (start, length) = (self.window.start_ms(), i64::from(self.window.days()) * DAY_MS);
        self.user.observed(self.subject.catalog, start - length..start).ok()
    }

    /// The bucket of this name, if the task has it beside the first.
    fn named(&self, name: &str) -> Option<u32> {
        Some(self.task.bucket_named(name)).filter(|bucket| *bucket > 0)
    }

    /// The bucket that is named by a path such as `Clothing > Shoes`, or by what lies above it.
    fn above(&self, path: &str) -> Option<u32> {
        let ends = path.match_indices(" > ").map(|(at, _)| at).chain([path.len()]);
        let mut above: Vec<usize> = ends.collect();
        above.reverse();
        above.into_iter().find_map(|end| self.named(path.get(..end)?))
    }

    /// The buckets of what is liked best of these kinds, the best first.
    fn liked(&self, kinds: &[TagKind], most: u32) -> Option<Vec<u32>> {
        let liked = self.user.likings(self.subject.catalog, self.subject.now_ms).ok()?;
        let mut liked: Vec<_> =
            liked.iter().filter(|a| kinds.contains(&a.kind) && a.strength > 0.0).collect();
        liked.sort_by(|a, b| b.strength.total_cmp(&a.strength));
        let mut seen = BTreeSet::new();
        let buckets = liked.iter().filter_map(|affinity| self.above(&affinity.name));
        Some(buckets.filter(|bucket| seen.insert(*bucket)).take(most as usize).collect())
    }

    /// What was spent, in minor units of a currency.
    fn spent(&self, currency: &str) -> Option<u64> {
        let before = self.before()?;
        let bought = before.iter().filter(|event| event.name == EventName::Purchase);
        let values = bought.filter_map(|event| event.value.as_ref()).filter(|value| value.0 == currency);
        Some(values.fold(0, |sum, (_, minor)| sum.saturating_add(u64::try_from(*minor).unwrap_or(0))))
    }

    /// The middle of the prices that were looked at.
    fn middle_price(&self, currency: &str) -> Option<u32> {
        let before = self.before()?;
        let seen =
            before.iter().filter(|event| event.name == EventName::ViewItem).flat_map(|event| &event.items);
        let prices = seen.filter_map(|ix| self.subject.catalog.price(*ix)).filter(|p| p.currency == currency);
        let mut prices: Vec<i64> = prices.map(|price| price.minor).collect();
        prices.sort_unstable();
        prices.get(prices.len() / 2).map(|middle| self.task.bucket_of(*middle))
    }

    fn purchase_step(&self) -> Option<u32> {
        self.steps()?.into_iter().find_map(|step| self.named(step))
    }

    /// The steps to a purchase that were taken, the furthest first.
    fn steps(&self) -> Option<Vec<&'static str>> {
        let before = self.before()?;
        let did = |name: EventName| before.iter().any(|event| event.name == name);
        let steps = [
            ("bought", did(EventName::Purchase)),
            ("checkout", did(EventName::BeginCheckout)),
            ("carted", did(EventName::AddToCart)),
            ("viewed", did(EventName::ViewItem)),
            ("none", true),
        ];
        // Who bought has taken the steps before, whether or not the app reported them.
        Some(steps.into_iter().skip_while(|(_, did)| !did).map(|(step, _)| step).collect())
    }

    fn segment_step(&self) -> Option<u32> {
        let Subject { catalog, now_ms, .. } = *self.subject;
        let (rows, _) = self.task.table()?;
        let mut segments = self.user.observed_segments(catalog, now_ms).ok()?;
        segments.retain(|segment| rows.contains(&segment.as_str()));
        let one = self.pick(&segments)?;
        self.steps()?.into_iter().find_map(|step| self.named(&format!("{one}/{step}")))
    }

    fn searches_without_result(&self) -> Option<u32> {
        let before = self.before()?;
        let is_in_vain =
            |event: &&Observed| event.name == EventName::Search && !event.searched && event.items.is_empty();
        let in_vain = before.iter().filter(is_in_vain).count();
        Some(self.task.bucket_of(i64::try_from(in_vain).ok()?))
    }

    fn return_reason(&self) -> Option<u32> {
        let before = self.before()?;
        let mut returns = before.iter().rev().filter(|event| event.name == EventName::ReturnItem);
        self.named(match returns.next()?.return_reason {
            Some(ReturnReason::TooSmall) => "too_small",
            Some(ReturnReason::TooLarge) => "too_large",
            Some(ReturnReason::Other) | None => "other",
        })
    }

    fn satisfaction(&self) -> Option<u32> {
        let rating = self.before()?.iter().rev().find_map(|event| event.rating)?;
        self.named(&rating.to_string())
    }

    fn slot_outcome(&self) -> Option<u32> {
        let before = self.before()?;
        let is_asked = |list: &str| self.named(&format!("{list}/shown")).is_some();
        let shown = before.iter().filter(|event| event.name == EventName::ViewItemList);
        let shown: Vec<_> = shown.filter(|event| event.list.as_deref().is_some_and(is_asked)).collect();
        let one = *self.pick(&shown)?;
        let same = |event: &&Observed| event.list == one.list && event.time_ms >= one.time_ms;
        // A click counts for the list that was shown last before it.
        let mut since = before.iter().filter(same).skip_while(|event| !std::ptr::eq(*event, one)).skip(1);
        let next = since.find(|event| matches!(event.name, EventName::SelectItem | EventName::ViewItemList));
        let clicked = next.is_some_and(|event| event.name == EventName::SelectItem);
        let list = one.list.as_deref()?;
        let shown = || self.named(&format!("{list}/shown"));
        if clicked { self.named(&format!("{list}/clicked")).or_else(shown) } else { shown() }
    }

    fn experiment_outcome(&self, experiment: &str) -> Option<u32> {
        let seen = self.subject.exposures.iter().find(|exposure| exposure.experiment == experiment)?;
        if seen.first_seen_ms >= self.window.start_ms() {
            return None; // the next window asks about it
        }
        let bought =
            |event: &Observed| event.name == EventName::Purchase && event.time_ms >= seen.first_seen_ms;
        let outcome = if self.before()?.iter().any(bought) { "converted" } else { "shown" };
        self.named(&format!("{}/{outcome}", seen.variant))
    }

    fn category_conversion(&self) -> Option<u32> {
        self.conversion(|event, outcome| self.placed(*event.items.first()?, outcome))
    }

    /// The bucket that is named by the closest of an item's categories, with `behind` after it.
    fn placed(&self, ix: u32, behind: &str) -> Option<u32> {
        let catalog = self.subject.catalog;
        let tags = catalog.tags(ix).iter().filter_map(|tag| catalog.tag(*tag));
        let mut paths: Vec<&str> =
            tags.filter(|tag| CATEGORIES.contains(&tag.kind)).map(|tag| tag.name).collect();
        paths.sort_by_key(|path| std::cmp::Reverse(path.len()));
        paths.into_iter().find_map(|path| self.named(&format!("{path}{behind}")))
    }

    fn recommendation_conversion(&self) -> Option<u32> {
        let source = |event: &Observed| if event.ranking.is_some() { "recommended" } else { "other" };
        self.conversion(|event, outcome| self.named(&format!("{}{outcome}", source(event))))
    }

    /// One product that was looked at and that `bucket` has a place for, and whether it was bought then.
    fn conversion(&self, bucket: impl Fn(&Observed, &str) -> Option<u32>) -> Option<u32> {
        let before = self.before()?;
        let looked = before.iter().filter(|event| event.name == EventName::ViewItem);
        let looked: Vec<_> = looked.filter(|event| bucket(event, "/viewed").is_some()).collect();
        let one = *self.pick(&looked)?;
        let product = one.items.first()?;
        let bought = before.iter().any(|event| {
            let is_later_order = event.name == EventName::Purchase && event.time_ms >= one.time_ms;
            is_later_order && event.items.iter().any(|item| self.is_same_product(*item, *product))
        });
        bucket(one, if bought { "/bought" } else { "/viewed" })
    }

    fn is_same_product(&self, one: u32, other: u32) -> bool {
        self.subject.catalog.product_of(one) == self.subject.catalog.product_of(other)
    }

    fn category_demand(&self) -> Option<u32> {
        let (catalog, now_ms) = (self.subject.catalog, self.subject.now_ms);
        let evidence = Evidence::gather(self.user, catalog, now_ms).ok()?;
        let until_ms = now_ms.saturating_add(i64::from(self.window.days()) * DAY_MS);
        let due = evidence.replenishments(catalog).into_iter().find(|due| due.due_ms >= now_ms)?;
        let ix = catalog.index_of(&due.item_id).filter(|_| due.due_ms < until_ms)?;
        self.placed(ix, "")
    }

    fn chosen_place(&self) -> Option<u32> {
        let before = self.before()?;
        let place = |chosen: &Observed| {
            let (ranking, product) = (chosen.ranking.as_ref()?, chosen.items.first()?);
            let list = before.iter().find(|event| {
                event.name == EventName::ViewItemList && event.ranking.as_ref() == Some(ranking)
            })?;
            list.items.iter().position(|item| self.is_same_product(*item, *product))
        };
        let chosen = before.iter().filter(|event| event.name == EventName::SelectItem);
        let places: Vec<usize> = chosen.filter_map(place).collect();
        Some(self.task.bucket_of(i64::try_from(*self.pick(&places)?).ok()? + 1))
    }

    /// One of several, each as often as the others over the windows.
    fn pick<'i, T>(&self, items: &'i [T]) -> Option<&'i T> {
        let count = u64::try_from(items.len()).ok().filter(|count| *count > 0)?;
        let seed = [&b"sottovoce pick"[..], &self.window.start.to_be_bytes(), &count.to_be_bytes()].concat();
        let number = sha256(&seed).first_chunk().map(|bytes| u64::from_be_bytes(*bytes))?;
        items.get(usize::try_from(number % count).ok()?)
    }
}
