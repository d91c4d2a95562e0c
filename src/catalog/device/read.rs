//! Reading items, tags and artefacts. Every accessor answers any number, with nothing for what does not exist.

use std::borrow::Cow;

use crate::base::money::Money;
use crate::catalog::device::overlay::Changed;
use crate::catalog::format::Column;
use crate::catalog::format::column::{ALWAYS, COMPLEMENTS, MINUTE_MS, NEIGHBOURS, RIDGE, Related, TOGETHER};
use crate::catalog::{
    Availability, Catalog, CatalogItem, EMBEDDING_WIDTH, EffectivePeriod, SensitiveTags, Tag, TagKind,
};

impl Catalog {
    /// The item's number, by its id.
    #[must_use]
    pub fn index_of(&self, item_id: &str) -> Option<u32> {
        let order = self.cells::<u32>(Column::IdOrder);
        let at = order.binary_search_by(|item| self.item_id(*item).cmp(item_id)).ok()?;
        order.get(at).copied()
    }

    /// The item's id.
    #[must_use]
    pub fn item_id(&self, ix: u32) -> &str {
        self.text(Column::IdBytes, ix)
    }

    /// The item's title.
    #[must_use]
    pub fn title(&self, ix: u32) -> &str {
        self.text(Column::TitleBytes, ix)
    }

    /// What the variants of one product share; empty when the item stands alone.
    #[must_use]
    pub fn item_group(&self, ix: u32) -> &str {
        self.text(Column::GroupBytes, ix)
    }

    /// The price that held when the bundle was built, or the patch that changed the item: the reduced one if it was lower
    /// and its period had begun.
    #[must_use]
    pub fn price(&self, ix: u32) -> Option<Money> {
        let patched = self.overlay.as_ref().filter(|overlay| overlay.get(ix).is_some());
        self.price_at(ix, patched.map_or(self.created_ms(), |overlay| overlay.head.created_ms))
    }

    /// The price that holds at `now_ms`.
    #[must_use]
    pub fn price_at(&self, ix: u32, now_ms: i64) -> Option<Money> {
        let (currency, minor) = self.minor_at(ix, now_ms)?;
        Some(Money { minor, currency: self.manifest.currencies.get(currency)?.clone() })
    }

    /// The same as the place of its currency and minor units.
    pub(crate) fn minor_at(&self, ix: u32, now_ms: i64) -> Option<(usize, i64)> {
        let (price, sale) = (self.regular_minor(ix)?, self.sale_minor(ix).unwrap_or(i64::MIN));
        let minor = price_now(price, sale, self.sale_minutes(ix)?, now_ms);
        Some((usize::from(self.cell::<u8>(Column::Currency, ix)?), minor))
    }

    /// The price without any reduction.
    #[must_use]
    pub fn regular_price(&self, ix: u32) -> Option<Money> {
        self.money(ix, self.regular_minor(ix)?)
    }

    /// The reduced price, whether or not it holds now.
    pub(crate) fn sale_price(&self, ix: u32) -> Option<Money> {
        self.money(ix, self.sale_minor(ix)?)
    }

    /// Natural logarithm of [`Catalog::price`] in major units.
    #[must_use]
    pub fn log_price(&self, ix: u32) -> Option<f32> {
        let log = self
            .changed(ix)
            .map_or_else(|| self.cell(Column::LogPrice, ix), |changed| Some(changed.log_price));
        log.filter(|log| log.is_finite())
    }

    /// Whether it can be bought. Unknown items are out of stock.
    #[must_use]
    pub fn availability(&self, ix: u32) -> Availability {
        let changed = self.changed(ix).map(|changed| changed.availability);
        let code = changed.or_else(|| self.cell(Column::Availability, ix));
        code.map_or(Availability::OutOfStock, Availability::from_code)
    }

    /// Why the item is sensitive, by the merchant's tags and the bundle's taxonomy.
    #[must_use]
    pub fn sensitive(&self, ix: u32) -> SensitiveTags {
        SensitiveTags::from_bits(self.cell(Column::Sensitive, ix).unwrap_or_default())
    }

    /// Everything an app needs to show the item.
    #[must_use]
    pub fn item(&self, ix: u32) -> Option<CatalogItem> {
        if ix >= self.manifest.items {
            return None;
        }
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let tag_name = |tag: Option<u32>| tag.and_then(|tag| self.tag(tag)).map(|tag| tag.name.to_owned());
        let first = |kind: TagKind| self.first_tag(ix, kind).map(|tag| tag.name.to_owned());
        let sale_price = self.sale_price(ix);
        Some(CatalogItem {
            item_id: self.item_id(ix).to_owned(),
            item_group_id: some(self.item_group(ix)),
            product_id: self.product_id(ix).to_owned(),
            title: self.title(ix).to_owned(),
            brand: tag_name(self.brand(ix)),
            category: tag_name(self.category(ix)),
            price: self.regular_price(ix),
            sale_price_effective_date: sale_price.as_ref().and_then(|_| self.sale_period(ix)),
            sale_price,
            availability: self.availability(ix),
            color: first(TagKind::Color),
            size: first(TagKind::Size),
            options: self.options(ix),
            link: self.address(&self.manifest.link_prefix, Column::LinkBytes, ix),
            image_link: self.image_link(ix),
            sensitive_tags: self.sensitive(ix).iter().collect(),
        })
    }

    /// Address of the item's main picture.
    pub(crate) fn image_link(&self, ix: u32) -> Option<String> {
        self.address(&self.manifest.image_prefix, Column::ImageBytes, ix)
    }

    fn address(&self, prefix: &str, column: Column, ix: u32) -> Option<String> {
        let rest = Some(self.text(column, ix)).filter(|rest| !rest.is_empty())?;
        Some(format!("{prefix}{rest}"))
    }

    /// Items that follow or go with this one, or with the first variant of its product, and how strongly, strongest first,
    /// at most 20.
    pub fn neighbours(&self, ix: u32) -> impl Iterator<Item = (u32, f32)> + '_ {
        let own = !self.store.run(NEIGHBOURS.rows, ix).is_empty();
        self.related(&NEIGHBOURS, if own { ix } else { self.product_of(ix) })
    }

    /// Items of other kinds that are bought with this one's product, and how surely, the surest first; none where the bundle
    /// does not tell.
    pub fn complements(&self, ix: u32) -> impl Iterator<Item = (u32, f32)> + '_ {
        self.related(&COMPLEMENTS, self.product_of(ix))
    }

    /// Items of the same baskets or sessions as this one's product, and how strongly, strongest first.
    pub fn together(&self, ix: u32) -> impl Iterator<Item = (u32, f32)> + '_ {
        self.related(&TOGETHER, self.product_of(ix))
    }

    /// Items that this one's product makes likely by itself, and how strongly, strongest first.
    pub fn ridge(&self, ix: u32) -> impl Iterator<Item = (u32, f32)> + '_ {
        self.related(&RIDGE, self.product_of(ix))
    }

    /// The item's list of this kind and how strongly each belongs to it, strongest first.
    pub(crate) fn related(&self, list: &Related, ix: u32) -> impl Iterator<Item = (u32, f32)> + '_ {
        let run = self.store.run(list.rows, ix);
        let steps: Vec<u8> = self.store.some(list.steps, run.clone()).into_owned();
        let items: Vec<u32> = self.store.some(list.items, run).into_owned();
        let scale: Option<f32> = self.cell(list.scale, ix);
        let strength = move |(item, steps)| Some((item, f32::from(steps) * scale?));
        items.into_iter().zip(steps).filter_map(strength)
    }

    /// All embeddings, `len() * 64` integers, item after item.
    #[must_use]
    pub fn embeddings(&self) -> &[i8] {
        self.cells(Column::Embeddings)
    }

    /// The item's embedding: 64 integers, or nothing.
    #[must_use]
    pub fn embedding(&self, ix: u32) -> &[i8] {
        let start = (ix as usize).saturating_mul(EMBEDDING_WIDTH);
        self.embeddings().get(start..start.saturating_add(EMBEDDING_WIDTH)).unwrap_or_default()
    }

    /// What one step of an embedding's integers is worth.
    #[must_use]
    pub fn embedding_scale(&self) -> f32 {
        self.manifest.embedding_scale
    }

    /// Whether nobody had touched the item when the bundle was trained.
    #[must_use]
    pub fn is_cold(&self, ix: u32) -> bool {
        self.cell::<u8>(Column::Flags, ix).is_none_or(|flags| flags & 1 == 1)
    }

    /// All items, most popular first; ties by recent popularity, then by number.
    #[must_use]
    pub fn by_popularity(&self) -> &[u32] {
        self.cells(Column::ByPopularity)
    }

    /// The item's tags, ascending.
    #[must_use]
    pub fn tags(&self, ix: u32) -> &[u32] {
        self.cells(Column::ItemTags).get(self.store.run(Column::ItemTagRows, ix)).unwrap_or_default()
    }

    /// The tags of all items, for who asks about many.
    pub(crate) fn all_tags(&self) -> AllTags<'_> {
        AllTags { rows: self.cells(Column::ItemTagRows), tags: self.cells(Column::ItemTags) }
    }

    /// Number of tags.
    #[must_use]
    pub fn tag_count(&self) -> usize {
        self.manifest.tags as usize
    }

    /// The tag of this number.
    #[must_use]
    pub fn tag(&self, tag: u32) -> Option<Tag<'_>> {
        let kind = TagKind::from_code(self.cell::<u8>(Column::TagKinds, tag)?);
        Some(Tag { kind, name: self.text(Column::TagBytes, tag) })
    }

    /// The item's tags of one kind, ascending.
    pub(crate) fn tags_of_kind(&self, ix: u32, kind: TagKind) -> impl Iterator<Item = u32> {
        self.tags(ix).iter().copied().filter(move |tag| self.tag_kind(*tag) == Some(kind))
    }

    /// The kind of a tag.
    pub(crate) fn tag_kind(&self, tag: u32) -> Option<TagKind> {
        self.cell::<u8>(Column::TagKinds, tag).map(TagKind::from_code)
    }

    /// The number of a tag, by kind and name; case does not matter.
    #[must_use]
    pub fn find_tag(&self, kind: TagKind, name: &str) -> Option<u32> {
        let wanted = (kind as u8, name.to_lowercase());
        let (mut low, mut high) = (0, self.manifest.tags);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.tag_key(middle)?.cmp(&wanted) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(middle),
            }
        }
        None
    }

    /// The items that carry a tag, ascending.
    #[must_use]
    pub fn items_with_tag(&self, tag: u32) -> &[u32] {
        self.cells(Column::TagItems).get(self.store.run(Column::TagItemRows, tag)).unwrap_or_default()
    }

    /// The tag of the item's brand.
    #[must_use]
    pub fn brand(&self, ix: u32) -> Option<u32> {
        self.cell(Column::Brand, ix).filter(|tag| *tag < self.manifest.tags)
    }

    /// The tag of the item's most specific category: Google's where the feed gives it, the shop's own otherwise.
    #[must_use]
    pub fn category(&self, ix: u32) -> Option<u32> {
        self.cell(Column::Category, ix).filter(|tag| *tag < self.manifest.tags)
    }

    /// The first tag of a kind that the item carries.
    #[must_use]
    pub fn first_tag(&self, ix: u32, kind: TagKind) -> Option<Tag<'_>> {
        self.few_tags(ix).iter().filter_map(|tag| self.tag(*tag)).find(|tag| tag.kind == kind)
    }

    /// The item's tags, without those of all others.
    pub(super) fn few_tags(&self, ix: u32) -> Cow<'_, [u32]> {
        self.store.some(Column::ItemTags, self.store.run(Column::ItemTagRows, ix))
    }

    pub(crate) fn tag_key(&self, tag: u32) -> Option<(u8, String)> {
        let code = self.cell::<u8>(Column::TagKinds, tag)?;
        Some((code, self.text(Column::TagBytes, tag).to_lowercase()))
    }

    /// One of the column's texts; empty if there is none.
    pub(crate) fn text(&self, column: Column, index: u32) -> &str {
        self.store.text(column, index).unwrap_or_default()
    }

    /// The currencies of all prices.
    pub(crate) fn currencies(&self) -> &[String] {
        &self.manifest.currencies
    }

    /// What the patch says of an item.
    fn changed(&self, ix: u32) -> Option<&Changed> {
        self.overlay.as_ref()?.get(ix)
    }

    pub(crate) fn regular_minor(&self, ix: u32) -> Option<i64> {
        let changed = self.changed(ix).map(|changed| changed.price);
        changed.or_else(|| self.cell(Column::Price, ix)).filter(|minor| *minor != i64::MIN)
    }

    fn sale_minor(&self, ix: u32) -> Option<i64> {
        let changed = self.changed(ix).map(|changed| changed.sale);
        changed.or_else(|| self.cell(Column::SalePrice, ix)).filter(|minor| *minor != i64::MIN)
    }

    fn sale_minutes(&self, ix: u32) -> Option<(u32, u32)> {
        match self.changed(ix) {
            Some(changed) => Some(changed.period),
            None => self.cell(Column::SaleFrom, ix).zip(self.cell(Column::SaleUntil, ix)),
        }
    }

    /// The currency of the item's prices.
    fn currency(&self, ix: u32) -> Option<&str> {
        let place = self.cell::<u8>(Column::Currency, ix)?;
        self.manifest.currencies.get(usize::from(place)).map(String::as_str)
    }

    fn money(&self, ix: u32, minor: i64) -> Option<Money> {
        Some(Money { minor, currency: self.currency(ix)?.to_owned() })
    }

    /// When the reduced price holds, unless it always does.
    pub(crate) fn sale_period(&self, ix: u32) -> Option<EffectivePeriod> {
        let (from, until) = self.sale_minutes(ix).filter(|minutes| *minutes != ALWAYS)?;
        Some(EffectivePeriod { from_ms: i64::from(from) * MINUTE_MS, until_ms: i64::from(until) * MINUTE_MS })
    }
}

/// The tags of all items.
#[derive(Clone, Copy)]
pub(crate) struct AllTags<'a> {
    rows: &'a [u32],
    tags: &'a [u32],
}

impl<'a> AllTags<'a> {
    /// The item's tags, ascending.
    pub(crate) fn of(self, ix: u32) -> &'a [u32] {
        let row = |ix: usize| self.rows.get(ix).map(|row| *row as usize);
        let run = row(ix as usize).zip(row((ix as usize).saturating_add(1)));
        run.and_then(|(start, end)| self.tags.get(start..end)).unwrap_or_default()
    }
}

/// The price that holds at `now_ms`; `i64::MIN` = none.
pub(super) fn price_now(price: i64, sale: i64, minutes: (u32, u32), now_ms: i64) -> i64 {
    let minute = |minute: u32| i64::from(minute) * MINUTE_MS;
    let holds = minutes == ALWAYS || (minute(minutes.0)..minute(minutes.1)).contains(&now_ms);
    if sale != i64::MIN && sale < price && holds { sale } else { price }
}
