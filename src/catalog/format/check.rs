//! What has to hold inside a bundle whose signature is good: a merchant's faulty tool must not take an app down either.

use crate::catalog::format::column::RUNS;
use crate::catalog::format::view::run;
use crate::catalog::format::{Column, Manifest};
use crate::catalog::{Catalog, CatalogError};

/// Runs are ascending and end where their column ends. Cheap enough for every opening.
pub(crate) fn runs(catalog: &Catalog) -> Result<(), CatalogError> {
    for (rows, cells) in RUNS {
        let rows = catalog.cells::<u32>(rows);
        let end = catalog.bytes(cells).len() as u64 / cells.width();
        if rows.first() != Some(&0) || rows.last().copied().map(u64::from) != Some(end) || !rows.is_sorted() {
            return Err(CatalogError::damaged("column rows"));
        }
    }
    let paired = [(Column::Neighbours, Column::NeighbourWeights), (Column::Postings, Column::PostingWeights)];
    for (ids, weights) in paired {
        if catalog.cells::<u32>(ids).len() != catalog.bytes(weights).len() {
            return Err(CatalogError::damaged("column rows"));
        }
    }
    Ok(())
}

/// Every number that points at something points inside, every text is UTF-8, every order is an order. Done once, at install.
pub(crate) fn contents(catalog: &Catalog) -> Result<(), CatalogError> {
    let manifest: &Manifest = &catalog.manifest;
    let below = |column: Column, limit: u32, none: bool| {
        catalog.cells::<u32>(column).iter().all(|cell| *cell < limit || (none && *cell == u32::MAX))
    };
    let pointers = [
        below(Column::IdOrder, manifest.items, false),
        below(Column::TagItems, manifest.items, false),
        below(Column::Neighbours, manifest.items, false),
        below(Column::ByPopularity, manifest.items, false),
        below(Column::Postings, manifest.items, false),
        below(Column::ItemTags, manifest.tags, false),
        below(Column::Brand, manifest.tags, true),
        below(Column::Category, manifest.tags, true),
    ];
    if pointers.contains(&false) {
        return Err(CatalogError::damaged("a pointer out of range"));
    }
    for (rows, bytes) in RUNS.into_iter().filter(|(_, cells)| cells.width() == 1) {
        let text = std::str::from_utf8(catalog.bytes(bytes)).map_err(|_| CatalogError::damaged("text"))?;
        if catalog.cells::<u32>(rows).iter().any(|at| !text.is_char_boundary(*at as usize)) {
            return Err(CatalogError::damaged("text"));
        }
    }
    numbers(catalog)?;
    orders(catalog)
}

fn numbers(catalog: &Catalog) -> Result<(), CatalogError> {
    let columns =
        [Column::NeighbourScale, Column::Popularity, Column::RecentPopularity, Column::RepurchaseDays];
    let sound = |column: &Column| {
        catalog.cells::<f32>(*column).iter().all(|number| number.is_finite() && *number >= 0.0)
    };
    if columns.iter().all(sound) { Ok(()) } else { Err(CatalogError::damaged("a number")) }
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
    let strongest_first = (0..catalog.manifest.items).all(|item| {
        run(catalog.cells(Column::NeighbourRows), catalog.bytes(Column::NeighbourWeights), item)
            .is_sorted_by(|a, b| a >= b)
    });
    if ids_ascend && popularity_is_a_permutation && tokens_ascend && tags_ascend && strongest_first {
        Ok(())
    } else {
        Err(CatalogError::damaged("an order"))
    }
}
