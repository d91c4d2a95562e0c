//! Lists: the storefront, search, the page of a product.

use std::collections::HashMap;
use std::sync::Arc;

use sottovoce::catalog::{Availability, CatalogItem};
use sottovoce::ranking::{Filters, Intensity, ShelfKind};
use sottovoce::surfaces::{FacetKind, Ranking, RecommendRequest, SearchRequest, SlotKind, SortOrder};

use super::{Failure, Shop, asked, money};
use crate::art::Picture;
use crate::seen::{Home, ProductPage, Results, Seen, Slot, Tile};
use crate::state::{Action, Page};

const SHELF: u32 = 8;
const RESULTS: u32 = 200;

impl Shop {
    pub(super) fn read_home(&self, seen: &mut Seen) -> Result<(), Failure> {
        let page = self.engine.ranking().storefront("home".into(), self.locale())?;
        let mut home = Home { mode: page.mode, slots: Vec::new() };
        for slot in page.slots {
            let tiles = match &slot.shelf {
                Some(request) => {
                    let request = RecommendRequest {
                        intensity: asked(seen.intensity(Page::Shop)).or(request.intensity),
                        limit: request.limit.min(SHELF),
                        ..request.clone()
                    };
                    let shelf = self.engine.ranking().recommend(request)?;
                    if slot.kind == SlotKind::Shelf && home.slots.iter().all(|s| s.tiles.is_empty()) {
                        home.mode = shelf.mode;
                    }
                    self.tiles(&shelf)?
                }
                None => Vec::new(),
            };
            home.slots.push(Slot {
                id: slot.slot_id,
                kind: slot.kind,
                title: slot.title,
                because: slot.because,
                decision: slot.decision,
                categories: slot.categories,
                tiles,
            });
        }
        seen.home = home;
        Ok(())
    }

    /// The products of a list as they are shown.
    pub(super) fn tiles(&self, list: &Ranking) -> Result<Vec<Tile>, Failure> {
        let ids = list.items.iter().map(|i| i.item_id.clone()).collect();
        let items: HashMap<String, CatalogItem> =
            self.engine.catalog().items(ids)?.into_iter().map(|i| (i.item_id.clone(), i)).collect();
        let tile = |ranked: &sottovoce::surfaces::RankedProduct| {
            let item = items.get(&ranked.item_id);
            let category = item.and_then(|i| i.category.as_deref()).unwrap_or_default();
            let color = item.and_then(|i| i.color.as_deref());
            let now = ranked.sale_price.as_ref().or(ranked.price.as_ref());
            Tile {
                ranking_id: list.ranking_id.clone(),
                item_id: ranked.item_id.clone(),
                title: ranked.title.clone(),
                brand: ranked.brand.clone().unwrap_or_default(),
                price: now.map(money).unwrap_or_default(),
                before: ranked.sale_price.as_ref().and(ranked.price.as_ref()).map(money),
                reason: ranked.reasons.first().copied(),
                picture: Picture::of(category, color, &ranked.product_id),
            }
        };
        Ok(list.items.iter().map(tile).collect())
    }

    pub(super) fn search(&self, action: Action, seen: &mut Seen) -> Result<Option<String>, Failure> {
        match action {
            Action::Type(text) => {
                seen.suggestions = match text.trim() {
                    "" => Vec::new(),
                    prefix => self.engine.search().suggest(prefix.into(), 6)?,
                };
                seen.results.text = text;
                seen.results.done = false;
            }
            Action::Search => {
                let text = std::mem::take(&mut seen.results.text);
                seen.results = Results { text, sort: seen.results.sort, ..Results::default() };
                seen.suggestions.clear();
                self.find(seen, true)?;
            }
            Action::More => self.more(seen)?,
            Action::Facet(kind, value) => {
                let wish = (kind, value);
                let chosen = &mut seen.results.chosen;
                match chosen.iter().position(|c| *c == wish) {
                    Some(at) => drop(chosen.remove(at)),
                    None => chosen.push(wish),
                }
                self.find(seen, false)?;
            }
            Action::Sort(sort) => {
                seen.results.sort = sort;
                self.find(seen, false)?;
            }
            _ => {}
        }
        Ok(None)
    }

    /// The results once more, where what they are based on may have changed.
    pub(super) fn read_again(&self, seen: &mut Seen) -> Result<(), Failure> {
        if seen.results.done && seen.results.tiles.len() <= RESULTS as usize {
            self.find(seen, false)
        } else {
            Ok(())
        }
    }

    fn request(seen: &Seen) -> SearchRequest {
        let results = &seen.results;
        let of = |kind: FacetKind| -> Vec<String> {
            results.chosen.iter().filter(|c| c.0 == kind).map(|c| c.1.clone()).collect()
        };
        let availability =
            if of(FacetKind::Availability).is_empty() { vec![] } else { vec![Availability::InStock] };
        SearchRequest {
            filters: Some(Filters {
                brands: of(FacetKind::Brand),
                categories: of(FacetKind::Category),
                colors: of(FacetKind::Color),
                sizes: of(FacetKind::Size),
                ..Filters::default()
            }),
            availability,
            intensity: asked(seen.intensity(Page::Search)),
            sort: Some(results.sort),
            facets: true,
            ..SearchRequest::new(&results.text, RESULTS)
        }
    }

    fn find(&self, seen: &mut Seen, track: bool) -> Result<(), Failure> {
        let text = seen.results.text.clone();
        let found = self.engine.search().query(Self::request(seen))?;
        if track && !text.trim().is_empty() {
            self.tracked_search(&text)?;
        }
        let results = &mut seen.results;
        results.tiles = Arc::new(self.tiles(&found.page)?);
        results.total = found.total;
        results.instead = found.searched_instead;
        results.unmatched = found.unmatched_words;
        results.facets = found.facets;
        results.cursor = found.next_cursor;
        results.done = true;
        Ok(())
    }

    fn more(&self, seen: &mut Seen) -> Result<(), Failure> {
        let Some(cursor) = seen.results.cursor.take() else { return Ok(()) };
        let found = self.engine.search().query(Self::request(seen).after(&cursor))?;
        let more = self.tiles(&found.page)?;
        Arc::make_mut(&mut seen.results.tiles).extend(more);
        seen.results.cursor = found.next_cursor;
        Ok(())
    }

    pub(super) fn read_product(&self, seen: &mut Seen) -> Result<(), Failure> {
        let Some(id) = seen.product.as_ref().map(|p| p.product.default_item_id.clone()) else {
            return Ok(());
        };
        self.open_product(&id, seen)
    }

    pub(super) fn open_product(&self, id: &str, seen: &mut Seen) -> Result<(), Failure> {
        let product = self.engine.catalog().products(vec![id.into()])?.into_iter().next();
        let product = product.ok_or("the catalog has no such product")?;
        let item = product
            .variants
            .iter()
            .find(|v| v.item_id == product.default_item_id)
            .or(product.variants.first());
        let price =
            item.and_then(|i| i.sale_price.as_ref().or(i.price.as_ref())).map(money).unwrap_or_default();
        let color = item.and_then(|i| i.color.as_deref());
        let picture =
            Picture::of(product.category.as_deref().unwrap_or_default(), color, &product.product_id);
        let rated = seen
            .product
            .as_ref()
            .filter(|p| p.product.product_id == product.product_id)
            .and_then(|p| p.rated);
        seen.product = Some(ProductPage {
            size: self.engine.product().size_advice(id.into(), self.locale())?,
            similar: self.beside(id, ShelfKind::Similar, 4, seen.intensity(Page::Product))?,
            together: self.beside(id, ShelfKind::BoughtTogether, 4, seen.intensity(Page::Product))?,
            product,
            price,
            picture,
            rated,
        });
        Ok(())
    }

    /// Products beside one that is open.
    pub(super) fn beside(
        &self,
        id: &str,
        kind: ShelfKind,
        limit: u32,
        how: Intensity,
    ) -> Result<Vec<Tile>, Failure> {
        let request = RecommendRequest {
            kind: Some(kind),
            seed_item_ids: vec![id.into()],
            intensity: asked(how),
            ..RecommendRequest::new("product", limit)
        };
        self.tiles(&self.engine.ranking().recommend(request)?)
    }

    /// What goes with the cart.
    pub(super) fn with_cart(&self, how: Intensity) -> Result<Vec<Tile>, Failure> {
        if self.cart.is_empty() {
            return Ok(Vec::new());
        }
        let request = RecommendRequest {
            kind: Some(ShelfKind::Cart),
            seed_item_ids: self.cart.clone(),
            intensity: asked(how),
            ..RecommendRequest::new("cart", 4)
        };
        self.tiles(&self.engine.ranking().recommend(request)?)
    }
}

/// The orders of results, with their names.
pub const ORDERS: [(SortOrder, &str); 4] = [
    (SortOrder::Relevance, "Best match"),
    (SortOrder::Popular, "Popular"),
    (SortOrder::PriceUp, "Price, rising"),
    (SortOrder::PriceDown, "Price, falling"),
];
