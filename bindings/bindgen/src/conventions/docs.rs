//! Documentation names the calls of its own language: Rust's `keep_for_widget` is `keepForWidget` in a comment, too.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToLowerCamelCase as _;
use regex::Regex;
use uniffi_bindgen::ComponentInterface;
use uniffi_bindgen::interface::Callable;

/// Every name of the API that Rust spells with an underscore.
fn names(api: &ComponentInterface) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut call = |name: &str, callable: &dyn Callable| {
        names.insert(name.to_owned());
        names.extend(callable.arguments().into_iter().map(|a| a.name().to_owned()));
    };
    for object in api.object_definitions() {
        object.constructors().into_iter().for_each(|c| call(c.name(), c));
        object.methods().into_iter().for_each(|m| call(m.name(), m));
    }
    api.function_definitions().iter().for_each(|f| call(f.name(), f));
    for record in api.record_definitions() {
        names.extend(record.fields().iter().map(|f| f.name().to_owned()));
    }
    for choice in api.enum_definitions() {
        let fields = choice.variants().iter().flat_map(|v| v.fields());
        names.extend(fields.map(|f| f.name().to_owned()));
    }
    names.retain(|name| name.contains('_'));
    names
}

/// Which enums a language writes in a way of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cases {
    All,
    /// Those whose values have no fields and that are no errors.
    Flat,
}

/// Values of enums by Rust's name. A name that also stands for something else, such as a type, stays as it is.
fn values(
    api: &ComponentInterface,
    cases: Cases,
    spell: &impl Fn(&str) -> String,
) -> BTreeMap<String, String> {
    let (mut values, mut others) = (BTreeMap::new(), BTreeSet::new());
    others.extend(api.object_definitions().iter().map(|o| o.name().to_owned()));
    others.extend(api.record_definitions().iter().map(|r| r.name().to_owned()));
    for choice in api.enum_definitions() {
        others.insert(choice.name().to_owned());
        let has_fields = choice.variants().iter().any(|value| !value.fields().is_empty());
        let is_flat = !has_fields && !api.is_name_used_as_error(choice.name());
        for value in choice.variants() {
            if cases == Cases::All || is_flat {
                values.insert(value.name().to_owned(), spell(value.name()));
            } else {
                others.insert(value.name().to_owned());
            }
        }
    }
    values.retain(|name, _| !others.contains(name));
    values
}

/// The text with the names in its comments spelled as `spell` spells them, given in lower camel case, and values of enums
/// in backquotes as `value` does.
pub(super) fn respell(
    text: &str,
    api: &ComponentInterface,
    spell: impl Fn(&str) -> String,
    (cases, value): (Cases, impl Fn(&str) -> String),
) -> String {
    let (names, values) = (names(api), values(api, cases, &value));
    let quoted = Regex::new(r"`([A-Z][A-Za-z0-9]*)`").expect("a pattern");
    let word = Regex::new(r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b").expect("a pattern");
    let mut respelled = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let start = line.trim_start();
        if start.starts_with("* ") || start.starts_with("/**") {
            let by = |found: &regex::Captures<'_>| match names.get(&found[0]) {
                Some(name) => spell(&name.to_lower_camel_case()),
                None => found[0].to_owned(),
            };
            let line = word.replace_all(line, by);
            let by = |found: &regex::Captures<'_>| match values.get(&found[1]) {
                Some(value) => format!("`{value}`"),
                None => found[0].to_owned(),
            };
            respelled.push_str(&quoted.replace_all(&line, by));
        } else {
            respelled.push_str(line);
        }
    }
    respelled
}
