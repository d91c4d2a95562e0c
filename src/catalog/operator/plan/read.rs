//! From TOML to a plan, through the published schema.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jsonschema::Validator;
use jsonschema::error::{ValidationError, ValidationErrorKind};
use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::catalog::Plan;
use crate::catalog::operator::import::dates::moment;
use crate::catalog::operator::plan::{Fault, PlanFault};

/// What is published in `docs/`.
const SCHEMA: &str = include_str!("../../../../docs/merchandising.schema.json");
/// Whole numbers below it are told apart by a float: 2^53.
const LARGEST_WHOLE: f64 = 9_007_199_254_740_992.0;
/// How much of a shelf may be pinned if a plan does not say.
const PINNED_PERCENT: u32 = 25;

static VALIDATOR: LazyLock<Option<Validator>> = LazyLock::new(|| {
    let schema: Value = serde_json::from_str(SCHEMA).ok()?;
    jsonschema::validator_for(&schema).ok()
});

/// The lines of a plan's fields, by JSON pointer.
#[derive(Debug, Clone, Default)]
pub(super) struct Source(BTreeMap<String, usize>);

impl Source {
    /// Reads the TOML.
    pub(super) fn parse(toml: &str) -> Result<(Self, Value), Vec<PlanFault>> {
        let (table, errors) = DeTable::parse_recoverable(toml);
        let line = |at: usize| 1 + toml.bytes().take(at).filter(|byte| *byte == b'\n').count();
        let unread = errors.iter().map(|error| PlanFault {
            line: line(error.span().map_or(0, |span| span.start)),
            field: String::new(),
            fault: error.message().to_owned(),
        });
        let unread: Vec<PlanFault> = unread.collect();
        if !unread.is_empty() {
            return Err(unread);
        }
        let mut source = Self::default();
        let json = source.table(table.get_ref(), String::new(), &line);
        Ok((source, json))
    }

    /// A fault of the field at a JSON pointer; its line is that of the nearest field around it that is there.
    pub(super) fn fault(&self, pointer: &str, fault: impl Into<String>) -> PlanFault {
        let mut around = pointer;
        let line = loop {
            match (self.0.get(around), around.rfind('/')) {
                (Some(line), _) => break *line,
                (None, Some(end)) => around = around.get(..end).unwrap_or_default(),
                (None, None) => break 1,
            }
        };
        PlanFault { line, field: field(pointer), fault: fault.into() }
    }

    fn table(&mut self, table: &DeTable<'_>, at: String, line: &dyn Fn(usize) -> usize) -> Value {
        let entries = table.iter().map(|(key, value)| {
            let at = format!("{at}/{}", key.get_ref());
            self.0.insert(at.clone(), line(key.span().start));
            (key.get_ref().to_string(), self.value(value, at, line))
        });
        Value::Object(entries.collect())
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>, at: String, line: &dyn Fn(usize) -> usize) -> Value {
        match value.get_ref() {
            DeValue::String(text) => Value::from(&**text),
            DeValue::Integer(number) => {
                let read = i64::from_str_radix(number.as_str(), number.radix());
                // What is no number of ours is named as it stands there.
                read.map_or_else(|_| Value::from(number.as_str()), Value::from)
            }
            DeValue::Float(number) => match number.as_str().parse::<f64>() {
                // For a schema 2.0 is a whole number.
                Ok(whole) if whole.fract() == 0.0 && whole.abs() < LARGEST_WHOLE => Value::from(whole as i64),
                Ok(other) => Value::from(other),
                Err(_) => Value::from(number.as_str()),
            },
            DeValue::Boolean(truth) => (*truth).into(),
            DeValue::Datetime(time) => time.to_string().into(),
            DeValue::Array(list) => {
                let values = list.iter().enumerate().map(|(place, value)| {
                    let at = format!("{at}/{place}");
                    self.0.insert(at.clone(), line(value.span().start));
                    self.value(value, at, line)
                });
                Value::Array(values.collect())
            }
            DeValue::Table(table) => self.table(table, at, line),
        }
    }
}

/// The plan as far as it can be read, and what the schema refuses.
pub(super) fn plan(mut json: Value) -> (Option<Plan>, Vec<Fault>) {
    let mut faults = against_schema(&json);
    examine(&mut json, String::new(), &mut faults);
    if let Some(table) = json.as_object_mut() {
        table.entry("pinned_percent").or_insert_with(|| PINNED_PERCENT.into());
    }
    let read = serde_json::from_value(json.clone()).or_else(|_| {
        faults.iter().for_each(|(at, _)| take_out(&mut json, at));
        serde_json::from_value(json)
    });
    if let (Err(error), true) = (&read, faults.is_empty()) {
        faults.push((String::new(), error.to_string()));
    }
    (read.ok(), faults)
}

fn against_schema(json: &Value) -> Vec<Fault> {
    let Some(validator) = &*VALIDATOR else {
        return vec![(String::new(), "the schema cannot be read".into())];
    };
    validator.iter_errors(json).flat_map(|error| told(&error)).collect()
}

fn told(error: &ValidationError<'_>) -> Vec<Fault> {
    let at = error.instance_path.to_string();
    match &error.kind {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            unexpected.iter().map(|name| (format!("{at}/{name}"), "is unknown".into())).collect()
        }
        ValidationErrorKind::Required { property } => {
            vec![(format!("{at}/{}", property.as_str().unwrap_or_default()), "is missing".into())]
        }
        _ => vec![(at, error.to_string())],
    }
}

/// Turns dates into milliseconds since 1970, and refuses control characters in texts.
fn examine(json: &mut Value, at: String, faults: &mut Vec<Fault>) {
    match json {
        Value::Object(table) => {
            for (key, value) in table {
                let at = format!("{at}/{key}");
                match value {
                    Value::String(text) if matches!(key.as_str(), "from" | "until") => match moment(text) {
                        Some((ms, _)) => *value = ms.into(),
                        None => faults.push((at, "is no date such as 2026-11-27".into())),
                    },
                    other => examine(other, at, faults),
                }
            }
        }
        Value::Array(list) => {
            for (place, value) in list.iter_mut().enumerate() {
                examine(value, format!("{at}/{place}"), faults);
            }
        }
        Value::String(text) if text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\t')) => {
            faults.push((at, "has a control character".into()));
        }
        _ => {}
    }
}

/// Takes the field at a JSON pointer out, with the whole list if it is in one.
fn take_out(json: &mut Value, at: &str) {
    let Some((around, name)) = at.rsplit_once('/') else { return };
    match json.pointer_mut(around) {
        Some(Value::Object(table)) => {
            table.remove(name);
        }
        Some(Value::Array(_)) => take_out(json, around),
        _ => {}
    }
}

/// `rules[2].what` of `/rules/2/what`.
fn field(pointer: &str) -> String {
    pointer.split('/').skip(1).fold(String::new(), |mut field, step| {
        match step.parse::<usize>() {
            Ok(place) => field.push_str(&format!("[{place}]")),
            Err(_) if field.is_empty() => field.push_str(step),
            Err(_) => field.push_str(&format!(".{step}")),
        }
        field
    })
}
