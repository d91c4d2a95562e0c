//! The surface that all languages share, a line for each thing that can be named, as `bindings/surface.txt` holds it.

use std::path::Path;

use uniffi_bindgen::ComponentInterface;
use uniffi_bindgen::interface::{Argument, AsType as _, Callable, Field, Type};

/// The surface of a library that was not stripped.
pub fn surface(library: &Path) -> String {
    let mut lines: Vec<String> = surfaces::interfaces(library).unwrap().iter().flat_map(of_crate).collect();
    lines.sort();
    lines.join("\n") + "\n"
}

fn of_crate(all: &ComponentInterface) -> Vec<String> {
    let mut lines = Vec::new();
    for object in all.object_definitions() {
        let name = object.name();
        lines.extend(object.constructors().into_iter().map(|c| called(name, c.name(), c)));
        lines.extend(object.methods().into_iter().map(|m| called(name, m.name(), m)));
    }
    for record in all.record_definitions() {
        let name = record.name();
        lines.extend(record.fields().iter().map(|f| format!("{name} {{ {} }}", field(f))));
        lines.extend(record.methods().iter().map(|m| called(name, m.name(), m)));
    }
    for choice in all.enum_definitions() {
        let name = choice.name();
        for variant in choice.variants() {
            let fields: Vec<String> = variant.fields().iter().map(field).collect();
            lines.push(format!("{name} = {} {}", variant.name(), fields.join(", ")).trim_end().to_owned());
        }
        lines.extend(choice.methods().iter().map(|m| called(name, m.name(), m)));
    }
    lines.extend(all.function_definitions().iter().map(|f| called("", f.name(), f)));
    lines
}

fn called(of: &str, name: &str, what: &dyn Callable) -> String {
    let arguments: Vec<String> = what.arguments().into_iter().map(argument).collect();
    let returned = what.return_type().map(|t| format!(" -> {}", named(t))).unwrap_or_default();
    let thrown = what.throws_type().map(|t| format!(" throws {}", named(t))).unwrap_or_default();
    let dot = if of.is_empty() { "" } else { "." };
    let suspends = if what.is_async() { "async " } else { "" };
    format!("{suspends}{of}{dot}{name}({}){returned}{thrown}", arguments.join(", "))
}

fn argument(argument: &Argument) -> String {
    let default = if argument.default_value().is_some() { " = default" } else { "" };
    format!("{}: {}{default}", argument.name(), named(&argument.as_type()))
}

fn field(field: &Field) -> String {
    let default = if field.default_value().is_some() { " = default" } else { "" };
    format!("{}: {}{default}", field.name(), named(&field.as_type()))
}

fn named(of: &Type) -> String {
    match of {
        Type::Optional { inner_type } => format!("{}?", named(inner_type)),
        Type::Sequence { inner_type } => format!("[{}]", named(inner_type)),
        Type::Map { key_type, value_type } => format!("{{{}: {}}}", named(key_type), named(value_type)),
        Type::Object { name, .. } | Type::Record { name, .. } | Type::Enum { name, .. } => name.clone(),
        other => format!("{other:?}"),
    }
}
