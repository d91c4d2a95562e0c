//! What a thief would look for: the shopper's words in the files of the engine.

use std::error::Error;
use std::path::Path;

use sottovoce::api::Sottovoce;
use sottovoce::profile::EventName;

/// Ids, brands and titles of what the shopper touched, and what they searched for.
pub fn of_the_shopper(
    engine: &Sottovoce,
    visit: &[(EventName, &[&str])],
    search: &str,
) -> Result<Vec<String>, Box<dyn Error>> {
    let mut ids: Vec<String> =
        visit.iter().flat_map(|(_, items)| items.iter().map(|i| (*i).to_owned())).collect();
    ids.sort_unstable();
    ids.dedup();
    let items = engine.catalog().items(ids.clone())?;
    let words = items.into_iter().flat_map(|i| [Some(i.title), i.brand].into_iter().flatten());
    let mut all: Vec<String> = ids.into_iter().chain(words).chain([search.to_owned()]).collect();
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

/// Reads every file below `folder` and counts the words that occur in any of them.
pub fn search(folder: &Path, words: &[String]) -> Result<(usize, usize), Box<dyn Error>> {
    let (mut files, mut hits) = (0, 0);
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            let (f, h) = search(&path, words)?;
            (files, hits) = (files + f, hits + h);
            continue;
        }
        let bytes = std::fs::read(&path)?;
        files += 1;
        hits += words
            .iter()
            .filter(|w| bytes.windows(w.len()).any(|b| b.eq_ignore_ascii_case(w.as_bytes())))
            .count();
    }
    Ok((files, hits))
}
