//! Types, values and documentation as Python spells them.

use anyhow::{Context as _, Result, bail};
use uniffi_bindgen::interface::{DefaultValue, Literal, Type};

/// The annotation of a type.
pub(super) fn annotation(of: &Type) -> Result<String> {
    Ok(match of {
        Type::UInt8 | Type::UInt16 | Type::UInt32 | Type::UInt64 => "int".into(),
        Type::Int8 | Type::Int16 | Type::Int32 | Type::Int64 => "int".into(),
        Type::Float32 | Type::Float64 => "float".into(),
        Type::Boolean => "bool".into(),
        Type::String => "str".into(),
        Type::Bytes => "bytes".into(),
        Type::Optional { inner_type } => format!("{} | None", annotation(inner_type)?),
        Type::Sequence { inner_type } => format!("list[{}]", annotation(inner_type)?),
        Type::Map { key_type, value_type } => {
            format!("dict[{}, {}]", annotation(key_type)?, annotation(value_type)?)
        }
        Type::Box { inner_type } => annotation(inner_type)?,
        Type::Object { name, .. } | Type::Record { name, .. } | Type::Enum { name, .. } => name.clone(),
        other => bail!("{other:?} has no annotation yet"),
    })
}

/// What follows a field's annotation.
pub(super) fn default(of: &Type, default: &DefaultValue) -> Result<String> {
    let made = |by: &str| format!("dataclasses.field(default_factory={by})");
    Ok(match default {
        DefaultValue::Literal(Literal::Boolean(true)) => "True".into(),
        DefaultValue::Literal(Literal::Boolean(false)) => "False".into(),
        DefaultValue::Literal(Literal::UInt(number, ..)) => number.to_string(),
        DefaultValue::Literal(Literal::Int(number, ..)) => number.to_string(),
        DefaultValue::Literal(Literal::Float(number, ..)) => number.clone(),
        DefaultValue::Literal(Literal::None) => "None".into(),
        DefaultValue::Literal(Literal::EmptySequence) => made("list"),
        DefaultValue::Literal(Literal::EmptyMap) => made("dict"),
        DefaultValue::Default => match of {
            Type::Optional { .. } => "None".into(),
            Type::Sequence { .. } => made("list"),
            Type::Map { .. } => made("dict"),
            Type::Boolean => "False".into(),
            other => bail!("{other:?} has no default yet"),
        },
        DefaultValue::Literal(other) => bail!("{other:?} is no default yet"),
    })
}

/// A docstring with its line break.
pub(super) fn docstring(text: Option<&str>, indent: &str) -> Result<String> {
    let text = text.context("something public has no documentation")?.trim().replace('\\', "\\\\");
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    Ok(match lines.as_slice() {
        [line] if !line.ends_with('"') => format!("{indent}\"\"\"{line}\"\"\"\n"),
        [first, rest @ ..] => {
            let told = |line: &&str| if line.is_empty() { "\n".into() } else { format!("{indent}{line}\n") };
            format!("{indent}\"\"\"{first}\n{}{indent}\"\"\"\n", rest.iter().map(told).collect::<String>())
        }
        [] => bail!("something public has no documentation"),
    })
}
