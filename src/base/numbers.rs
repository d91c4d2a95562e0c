//! Numbers and words that are stored, held against what was released: `tests/fixtures/numbers.txt`.

const RELEASED: &str = include_str!("../../tests/fixtures/numbers.txt");

/// The released ones of a kind; under the name `-` those that were given up.
fn released(kind: &str) -> Vec<(&'static str, u32)> {
    let words = RELEASED.lines().filter(|line| !line.starts_with('#')).map(|line| line.split(' '));
    let lines =
        words.filter_map(|mut line| Some((line.next()?, line.next()?, line.next()?.parse().unwrap())));
    lines.filter(|(of, ..)| *of == kind).map(|(_, name, number)| (name, number)).collect()
}

/// Whether every released number of this kind means what it meant, and every number is among them.
pub(crate) fn hold(kind: &str, present: impl IntoIterator<Item = (String, u32)>) {
    let (released, present) = (released(kind), present.into_iter().collect::<Vec<_>>());
    assert!(!released.is_empty() && !present.is_empty(), "{kind}: nothing to hold");
    for (at, (name, number)) in released.iter().enumerate() {
        let before = released.iter().take(at);
        assert!(before.clone().all(|(_, other)| other != number), "{kind} {number} is released twice");
        let now = present.iter().find(|(_, other)| other == number).map(|(name, _)| name.as_str());
        let kept = if *name == "-" { now.is_none() } else { now == Some(name) };
        assert!(
            kept,
            "{kind} {number} was released as {name} and is {now:?} now: never reuse, renumber or drop a number that is \
             stored; to give one up, leave its number in tests/fixtures/numbers.txt under the name -"
        );
    }
    for (name, number) in &present {
        let known = released.iter().any(|(other, n)| other == name && n == number);
        assert!(known, "add `{kind} {name} {number}` to tests/fixtures/numbers.txt, for good");
    }
}

/// As [`hold`], for what is stored by its place in an enum: postcard writes that first.
pub(crate) fn hold_places<T: serde::Serialize + std::fmt::Debug>(
    kind: &str,
    all: impl IntoIterator<Item = T>,
) {
    let place = |value: &T| u32::from(postcard::to_allocvec(value).unwrap()[0]);
    let name = |value: &T| format!("{value:?}").split([' ', '{', '(']).next().unwrap().to_owned();
    hold(kind, all.into_iter().map(|value| (name(&value), place(&value))));
}

/// As [`hold`], for words: they have no number but their own line.
pub(crate) fn hold_words<T: serde::Serialize>(kind: &str, all: impl IntoIterator<Item = T>) {
    let word = |value: T| serde_json::to_value(value).unwrap().as_str().unwrap().to_owned();
    hold(kind, (0..).zip(all).map(|(at, value)| (word(value), at)));
}

#[test]
#[should_panic(expected = "never reuse")]
fn a_number_that_means_something_else_is_noticed() {
    hold("table", [("EVENTS".to_owned(), 1)]);
}
