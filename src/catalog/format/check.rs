//! What has to hold inside a bundle whose signature is good: a merchant's faulty tool must not take an app down either. Done
//! once, at install; opening relies on the hashes. No accessor relies on any of it for safety.

use crate::catalog::format::column::{RELATED, RUNS, Related};
use crate::catalog::format::variants::Variants;
use crate::catalog::format::{Column, Manifest};
use crate::catalog::{Catalog, CatalogError};

/// Every column is there and whole, every number that points at something points inside, every text is UTF-8, every order is
/// an order.
pub(crate) fn contents(catalog: &Catalog) -> Result<(), CatalogError> {
    columns(catalog)?;
    runs(catalog)?;
    let manifest: &Manifest = &catalog.manifest;
    let below = |column: Column, limit: u32, none: bool| {
        catalog.cells::<u32>(column).iter().all(|cell| *cell < limit || (none && *cell == u32::MAX))
    };
    let pointers = [
        below(Column::IdOrder, manifest.items, false),
        below(Column::TagItems, manifest.items, false),
        below(Column::ByPopularity, manifest.items, false),
        below(Column::Postings, manifest.items, false),
        below(Column::ItemTags, manifest.tags, false),
        below(Column::Brand, manifest.tags, true),
        below(Column::Category, manifest.tags, true),
        below(Column::ProductOrder, manifest.items, false),
    ];
    let related = RELATED.map(|list| below(list.items, manifest.items, false));
    let pointers = [pointers.as_slice(), &related].concat();
    if pointers.contains(&false) {
        return Err(CatalogError::damaged("a pointer out of range"));
    }
    numbers(catalog)?;
    catalog.read_plan()?;
    products(catalog)?;
    orders(catalog)
}

/// Every column is there and has as many cells as it has to. Columns that came later may be missing.
fn columns(catalog: &Catalog) -> Result<(), CatalogError> {
    let has = |column: Column| catalog.manifest.table.columns.iter().any(|(known, ..)| *known == column);
    let whole = |column: Column| {
        if !has(column) {
            return !column.required() || column.rows_of_texts();
        }
        let Some(rows) = column.rows().filter(|_| column.is_texts()) else {
            return catalog.store.is_whole(column);
        };
        let count = catalog.store.text_count(column);
        let told = rows.cells(&catalog.manifest).is_none_or(|rows| rows == count as u64 + 1);
        told && u32::try_from(count)
            .is_ok_and(|texts| (0..texts).all(|text| catalog.store.text(column, text).is_some()))
    };
    let what = "a column";
    if Column::ALL.iter().all(|column| whole(*column)) { Ok(()) } else { Err(CatalogError::damaged(what)) }
}

/// Runs are ascending and end where their column ends.
fn runs(catalog: &Catalog) -> Result<(), CatalogError> {
    let runs_of = |rows: Column, end: usize| {
        let rows = catalog.cells::<u32>(rows);
        rows.first() == Some(&0) && rows.last().map(|last| *last as usize) == Some(end) && rows.is_sorted()
    };
    let told = |(rows, cells): &(Column, Column)| {
        rows.required() || catalog.store.has(*rows) || catalog.store.has(*cells)
    };
    let mut whole = RUNS
        .into_iter()
        .filter(|(_, cells)| !cells.is_texts())
        .filter(told)
        .map(|(rows, cells)| runs_of(rows, catalog.cells::<u32>(cells).len()));
    let related = RELATED.map(|list| (list.items, list.steps));
    let mut paired = related.into_iter().chain([(Column::Postings, Column::PostingWeights)]);
    let as_many = |(ids, weights)| catalog.cells::<u32>(ids).len() == catalog.bytes(weights).len();
    if whole.all(|whole| whole) && paired.all(as_many) && RELATED.into_iter().all(all_or_none(catalog)) {
        Ok(())
    } else {
        Err(CatalogError::damaged("column rows"))
    }
}

/// A list of items without one of its columns says nothing.
fn all_or_none(catalog: &Catalog) -> impl Fn(&Related) -> bool + '_ {
    |list| {
        let columns = [list.rows, list.items, list.steps, list.scale];
        let there = columns.into_iter().filter(|column| catalog.store.has(*column)).count();
        there == 0 || there == columns.len()
    }
}

fn numbers(catalog: &Catalog) -> Result<(), CatalogError> {
    let columns = [Column::Popularity, Column::RecentPopularity, Column::RepurchaseDays];
    let scales = RELATED.map(|list| list.scale);
    let vectors = catalog.bytes(Column::Vectors).len();
    if catalog.store.has(Column::Vectors) && (vectors == 0 || !vectors.is_multiple_of(catalog.len().max(1))) {
        return Err(CatalogError::damaged("the vectors"));
    }
    let sound = |column: &Column| {
        catalog.cells::<f32>(*column).iter().all(|number| number.is_finite() && *number >= 0.0)
    };
    if columns.iter().chain(&scales).all(sound) { Ok(()) } else { Err(CatalogError::damaged("a number")) }
}

/// Every variant leads to the next one of the same product, and products are in order of their ids.
fn products(catalog: &Catalog) -> Result<(), CatalogError> {
    let told = [Column::FirstVariant, Column::NextVariant, Column::ProductOrder];
    match told.into_iter().filter(|column| catalog.store.has(*column)).count() {
        0 => return Ok(()),
        3 => {}
        _ => return Err(CatalogError::damaged("a column")),
    }
    let steps = catalog.cells::<u32>(Column::FirstVariant);
    let firsts: Option<Vec<u32>> = (0..).zip(steps).map(|(ix, step)| u32::checked_sub(ix, *step)).collect();
    let is_first = |ix: &u32| steps.get(*ix as usize) == Some(&0);
    let lead = |firsts: &Vec<u32>| {
        firsts.iter().all(is_first) && Variants::next(firsts) == catalog.cells::<u32>(Column::NextVariant)
    };
    let order = catalog.cells::<u32>(Column::ProductOrder);
    let ids: Vec<&str> = order.iter().map(|first| catalog.product_id(*first)).collect();
    let ascend = ids.is_sorted_by(|a, b| a < b) && order.iter().all(is_first);
    if firsts.as_ref().is_some_and(lead) && ascend {
        Ok(())
    } else {
        Err(CatalogError::damaged("the variants"))
    }
}

fn orders(catalog: &Catalog) -> Result<(), CatalogError> {
    let order = catalog.cells::<u32>(Column::IdOrder);
    let ids_ascend = order.windows(2).all(|pair| match pair {
        [a, b] => catalog.item_id(*a) < catalog.item_id(*b),
        _ => true,
    });
    let mut seen = vec![false; order.len()];
    let mut every =
        |item: &u32| seen.get_mut(*item as usize).is_some_and(|seen| !std::mem::replace(seen, true));
    let popularity_is_a_permutation = catalog.by_popularity().iter().all(&mut every);
    let tokens_ascend =
        (1..catalog.manifest.tokens).all(|token| catalog.token(token - 1) < catalog.token(token));
    let tags_ascend = (1..catalog.manifest.tags).all(|tag| catalog.tag_key(tag - 1) < catalog.tag_key(tag));
    let strongest_first = |list: &Related| {
        let steps = catalog.bytes(list.steps);
        (0..catalog.manifest.items).all(|item| {
            let run = steps.get(catalog.store.run(list.rows, item));
            run.is_some_and(|steps| steps.is_sorted_by(|a, b| a >= b))
        })
    };
    let strongest_first = RELATED.into_iter().all(strongest_first);
    let synonyms = u32::try_from(catalog.store.text_count(Column::SynonymBytes)).unwrap_or(u32::MAX);
    let synonym = |rule| catalog.text(Column::SynonymBytes, rule);
    let synonyms_ascend = (1..synonyms).all(|rule| synonym(rule - 1) < synonym(rule));
    if ids_ascend
        && popularity_is_a_permutation
        && tokens_ascend
        && tags_ascend
        && strongest_first
        && synonyms_ascend
    {
        Ok(())
    } else {
        Err(CatalogError::damaged("an order"))
    }
}
