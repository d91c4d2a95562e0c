//! One item as its feed says it: texts by attribute, in whatever format they came.

use std::borrow::Cow;

use crate::catalog::operator::import::names::Attribute;
use crate::catalog::operator::import::reason::Reason;
use crate::catalog::operator::import::report::Fault;

/// What a feed says of one attribute.
#[derive(Debug, Clone)]
pub(crate) struct Value<'a> {
    pub(crate) attribute: Attribute,
    /// What the feed calls it.
    pub(crate) label: Cow<'a, str>,
    pub(crate) text: Cow<'a, str>,
}

impl Value<'_> {
    pub(crate) fn fault(&self, reason: Reason) -> Fault {
        Fault::of(reason).at(&self.label).value(&self.text)
    }

    /// The same fault, said of this value.
    pub(crate) fn blame(&self, fault: Fault) -> Fault {
        fault.at(&self.label).value(&self.text)
    }
}

/// All that a feed says of one item, in its order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Raw<'a>(Vec<Value<'a>>);

impl<'a> Raw<'a> {
    pub(crate) fn add(
        &mut self,
        attribute: Attribute,
        label: impl Into<Cow<'a, str>>,
        text: impl Into<Cow<'a, str>>,
    ) {
        self.0.push(Value { attribute, label: label.into(), text: text.into() });
    }

    /// Whether the attribute is there, even if it is empty.
    pub(crate) fn has(&self, attribute: Attribute) -> bool {
        self.0.iter().any(|value| value.attribute == attribute)
    }

    /// All values that are not empty.
    pub(crate) fn all(&self, attribute: Attribute) -> impl Iterator<Item = &Value<'a>> {
        self.0.iter().filter(move |value| value.attribute == attribute && !value.text.trim().is_empty())
    }

    /// The first value that is not empty.
    pub(crate) fn get(&self, attribute: Attribute) -> Option<&Value<'a>> {
        self.all(attribute).next()
    }

    /// The first value that is not empty, as a text; empty if there is none.
    pub(crate) fn text(&self, attribute: Attribute) -> &str {
        self.get(attribute).map(|value| value.text.trim()).unwrap_or_default()
    }

    /// What the feed calls an attribute.
    pub(crate) fn label(&self, attribute: Attribute) -> Option<&str> {
        self.0.iter().find(|value| value.attribute == attribute).map(|value| value.label.as_ref())
    }

    /// Puts what the feed calls so before the rest.
    pub(crate) fn prefer(&mut self, is_better: impl Fn(&str) -> bool) {
        self.0.sort_by_key(|value| !is_better(&value.label));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
