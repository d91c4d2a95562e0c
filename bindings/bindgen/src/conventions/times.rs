//! Times are milliseconds since 1970 in the engine. Each has a view beside it in the language's own type.

use heck::ToLowerCamelCase as _;
use uniffi_bindgen::ComponentInterface;
use uniffi_bindgen::interface::{AsType as _, Type};

/// One time in a record.
pub(super) struct Time {
    /// The record, as Rust names it.
    pub record: String,
    /// The field in lower camel case.
    pub field: String,
    /// The same without its unit.
    pub view: String,
    pub optional: bool,
}

/// The times of all records.
pub(super) fn times(api: &ComponentInterface) -> Vec<Time> {
    let mut times = Vec::new();
    for record in api.record_definitions() {
        for field in record.fields() {
            let Some(stem) = field.name().strip_suffix("_ms") else { continue };
            let optional = match field.as_type() {
                Type::Int64 => false,
                Type::Optional { inner_type } if *inner_type == Type::Int64 => true,
                _ => continue,
            };
            let view = if stem == "device" { "device_time" } else { stem };
            times.push(Time {
                record: record.name().into(),
                field: field.name().to_lower_camel_case(),
                view: view.to_lower_camel_case(),
                optional,
            });
        }
    }
    times.sort_by(|a, b| (&a.record, &a.field).cmp(&(&b.record, &b.field)));
    times
}
