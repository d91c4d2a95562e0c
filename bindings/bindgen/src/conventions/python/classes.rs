//! Records and kinds are dataclasses, and errors have their fields: what `match`, `replace` and type checkers know.

use anyhow::{Result, ensure};
use heck::{ToShoutySnakeCase as _, ToSnakeCase as _, ToUpperCamelCase as _};
use regex::Regex;
use uniffi_bindgen::ComponentInterface;
use uniffi_bindgen::interface::{AsType as _, Enum, Field, Record, Variant};

use super::super::times::{Time, times};
use super::text::{annotation, default, docstring};
use super::{BASES, Draft};

/// What the generator says of Swift's records: those that an app fills in, field by field.
const MUTABLE: &str = include_str!("../../../../../uniffi.toml");

/// Fields that are words of the language.
const KEYWORDS: [&str; 1] = ["from"];

/// Fields that are folders or files.
pub(super) const PATHS: [&str; 2] = ["directory", "widget_directory"];

/// Puts every class of values in the place of the generated one.
pub(super) fn declare(draft: &mut Draft, api: &ComponentInterface) -> Result<()> {
    let times = times(api);
    for of in api.record_definitions() {
        let views = times.iter().filter(|time| time.record == of.name()).map(view);
        put(draft, of.name(), &(record(of)? + &views.collect::<String>()))?;
    }
    for of in api.enum_definitions() {
        if api.is_name_used_as_error(of.name()) {
            put(draft, of.name(), &error(of)?)?;
        } else if !of.is_flat() {
            put(draft, of.name(), &kinds(of)?)?;
        }
    }
    for name in KEYWORDS {
        draft.replace(&format!(r"\b_{name}\b"), &own_name(name))?;
    }
    // Each kind is asked for by one name.
    draft.replace_with(r"\bvalue\.is_([A-Z][A-Z0-9_]*)\(\)", |found| {
        format!("value.is_{}()", found[1].to_lowercase())
    })
}

/// All from the class to its converter is replaced.
fn put(draft: &mut Draft, name: &str, by: &str) -> Result<()> {
    let class = Regex::new(&format!(
        r"(?ms)^(?:@dataclass\n)?class {name}(?:\(Exception\))?:\n.*?^class _UniffiFfiConverterType{name}\("
    ))?;
    ensure!(class.find_iter(&draft.text).count() == 1, "there is no one class {name} in the generated text");
    let by = format!("{by}\n\nclass _UniffiFfiConverterType{name}(");
    draft.text = class.replace(&draft.text, regex::NoExpand(&by)).into_owned();
    Ok(())
}

fn base(name: &str) -> Option<String> {
    BASES.iter().find(|(class, _)| *class == name).map(|(_, base)| format!("_values.{base}"))
}

fn record(of: &Record) -> Result<String> {
    let name = of.name();
    let list = MUTABLE.lines().find(|line| line.starts_with("mutable_records = ")).unwrap_or_default();
    let frozen = if list.contains(&format!("\"{name}\"")) { "" } else { "frozen=True, " };
    let base = base(name).map(|base| format!("({base})")).unwrap_or_default();
    Ok(format!(
        "@dataclasses.dataclass({frozen}slots=True)\nclass {name}{base}:\n{}{}",
        docstring(of.docstring(), "    ")?,
        fields(of.fields())?
    ))
}

fn own_name(field: &str) -> String {
    if KEYWORDS.contains(&field) { format!("{field}_") } else { field.to_owned() }
}

/// A time in Python's own type.
fn view(time: &Time) -> String {
    let (field, view) = (time.field.to_snake_case(), time.view.to_snake_case());
    // `from` is a word of the language.
    let view = if view == "from" || view == "to" { format!("{view}_time") } else { view };
    let or_none = if time.optional { " | None" } else { "" };
    format!(
        "
    @property
    def {view}(self) -> datetime.datetime{or_none}:
        \"\"\"`{field}` as a time in UTC.\"\"\"
        return _values.moment(self.{field})
"
    )
}

fn fields(of: &[Field]) -> Result<String> {
    of.iter()
        .map(|field| {
            let kind = field.as_type();
            let mut line = format!("\n    {}: {}", own_name(field.name()), annotation(&kind)?);
            if PATHS.contains(&field.name()) {
                line = line.replace("str", "str | os.PathLike[str]");
            }
            if let Some(value) = field.default_value() {
                line = format!("{line} = {}", default(&kind, value)?);
            }
            Ok(format!("{line}\n{}", docstring(field.docstring(), "    ")?))
        })
        .collect()
}

/// A class with a subclass for each kind.
fn kinds(of: &Enum) -> Result<String> {
    let name = of.name();
    let own = |variant: &Variant| format!("_{name}{}", variant.name().to_upper_camel_case());
    let shouted = |variant: &Variant| variant.name().to_shouty_snake_case();
    let mut text = format!("class {name}:\n{}\n    __slots__ = ()\n", docstring(of.docstring(), "    ")?);
    for variant in of.variants() {
        text += &format!("    {}: typing.TypeAlias = \"{}\"\n", shouted(variant), own(variant));
    }
    text += "\n    def __init__(self) -> None:\n        raise TypeError(_fit.one_of(type(self)))\n";
    for variant in of.variants() {
        text += &format!(
            "\n    def is_{}(self) -> bool:\n        return isinstance(self, {})\n",
            variant.name().to_snake_case(),
            own(variant)
        );
    }
    for variant in of.variants() {
        ensure!(!variant.has_nameless_fields(), "{name}.{} has fields without names", variant.name());
        text += &format!(
            "\n\n@dataclasses.dataclass(frozen=True, slots=True)\nclass {}({name}):\n{}{}",
            own(variant),
            docstring(variant.docstring(), "    ")?,
            fields(variant.fields())?
        );
    }
    Ok(text + &named(name, of.variants().iter().map(|v| (shouted(v), own(v)))))
}

/// An exception with a subclass for each kind.
fn error(of: &Enum) -> Result<String> {
    let name = of.name();
    let own = |variant: &Variant| format!("_{name}{}", variant.name());
    let base = base(name).map(|base| format!("{base}, ")).unwrap_or_default();
    let mut text = format!("class {name}({base}Exception):\n{}\n", docstring(of.docstring(), "    ")?);
    for variant in of.variants() {
        text += &format!("    {}: typing.TypeAlias = \"{}\"\n", variant.name(), own(variant));
    }
    for variant in of.variants() {
        text += &format!(
            "\n\nclass {}({name}):\n{}{}",
            own(variant),
            docstring(variant.docstring(), "    ")?,
            fields_of_an_error(variant.fields())?
        );
    }
    Ok(text + &named(name, of.variants().iter().map(|v| (v.name().to_owned(), own(v)))))
}

/// They are its `args`, so that it can be copied and sent to another process.
fn fields_of_an_error(of: &[Field]) -> Result<String> {
    let names: Vec<_> = of.iter().map(Field::name).collect();
    let typed = |field: &Field| Ok(format!(", {}: {}", field.name(), annotation(&field.as_type())?));
    let parameters = of.iter().map(typed).collect::<Result<String>>()?;
    let quoted: String = names.iter().map(|name| format!("\"{name}\", ")).collect();
    let mut text = format!("\n    __match_args__ = ({})\n", quoted.trim_end());
    text += &format!(
        "\n    def __init__(self{parameters}) -> None:\n        super().__init__({})\n",
        names.join(", ")
    );
    for field in of {
        let name = field.name();
        text += &format!("        self.{name} = {name}\n{}", docstring(field.docstring(), "        ")?);
    }
    Ok(text)
}

/// Gives each subclass its place and name in its class.
fn named(name: &str, kinds: impl Iterator<Item = (String, String)>) -> String {
    let places: Vec<_> = kinds.map(|(place, own)| format!("{place}={own}")).collect();
    format!("\n\n_values.place({name}, {})\n", places.join(", "))
}
