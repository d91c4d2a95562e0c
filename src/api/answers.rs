//! This device's true answer to a question. It is randomised before it goes anywhere, and nothing about a sensitive topic
//! is in it.

use crate::catalog::{Catalog, TagKind};
use crate::profile::User;
use crate::signals::{Answerable, Task};

/// The bucket this device is in; none where nothing may be worked out, or there is nothing to say.
pub(super) fn answer(task: &Task, user: Option<User<'_>>, catalog: &Catalog, now_ms: i64) -> Option<u32> {
    match task.measures.answerable()? {
        Answerable::CategoryInterest => category_interest(task, user?, catalog, now_ms),
    }
}

/// The best-liked category that the task names, or the named category above it.
fn category_interest(task: &Task, user: User<'_>, catalog: &Catalog, now_ms: i64) -> Option<u32> {
    let liked = user.discreet().likings(catalog, now_ms).ok()?;
    let liked = liked.iter().filter(|a| matches!(a.kind, TagKind::Category | TagKind::ProductType));
    let mut liked: Vec<_> = liked.filter(|a| a.strength > 0.0).collect();
    liked.sort_by(|a, b| b.strength.total_cmp(&a.strength));
    liked.iter().find_map(|affinity| {
        let path = affinity.name.as_str();
        let ends = path.match_indices(" > ").map(|(at, _)| at).chain([path.len()]);
        let mut above: Vec<usize> = ends.collect();
        above.reverse();
        above.into_iter().find_map(|end| {
            let bucket = task.bucket_named(path.get(..end)?);
            (bucket > 0).then_some(bucket)
        })
    })
}
