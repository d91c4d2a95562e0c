//! A wrong argument is a `TypeError` that names it and says what it must be: `_fit.py` has the words.

use anyhow::Result;
use uniffi_bindgen::ComponentInterface;
use uniffi_bindgen::interface::{AsType as _, Callable as _, Object};

use super::Draft;
use super::classes::PATHS;
use super::text::annotation;

/// Arguments that are folders or files.
const PATH_ARGUMENTS: [(&str, &str); 2] = [("path", "path: str"), ("keep", "keep: typing.List[str]")];

pub(super) fn name(draft: &mut Draft, api: &ComponentInterface) -> Result<()> {
    numbers(draft)?;
    values(draft, api)?;
    answers(draft)?;
    for object in api.object_definitions().iter().filter(|object| object.has_callback_interface()) {
        part_of_app(draft, object)?;
    }
    draft.replace(r"(\w+)\.check_lower\((\w+)\.(\w+)\)", "_fit.part($1, \".$3\", $2.$3)")?;
    // What is left are the arguments of functions and methods.
    draft.replace(
        r"(?m)^( {4}| {8})(_UniffiFfiConverterSequence\w+)\.check_lower\((\w+)\)$",
        "$1$3 = _fit.many($2, \"$3\", $3)",
    )?;
    draft.replace(
        r"(?m)^( {4}| {8})(_UniffiFfiConverter\w+)\.check_lower\((\w+)\)$",
        "${1}_fit.argument($2, \"$3\", $3)",
    )?;
    paths(draft)
}

/// A whole number that its place cannot hold becomes one that the engine refuses, as in Swift.
fn numbers(draft: &mut Draft) -> Result<()> {
    draft.replace(
        r"(?s)(class _UniffiConverterPrimitiveInt\(_UniffiConverterPrimitive\):\n).*?(\nclass )",
        "$1    @classmethod
    def check_lower(cls, value):
        _fit.whole(cls, value)

    @classmethod
    def lower(cls, value):
        return _fit.nearest(cls, value)
$2",
    )?;
    draft.replace(
        r"(?s)(class _UniffiConverterPrimitiveFloat\(_UniffiConverterPrimitive\):\n).*?(\n# Helper class)",
        "$1    @classmethod
    def check_lower(cls, value):
        _fit.real(value)
$2",
    )?;
    draft.replace(
        r"(?s)(class (_UniffiFfiConverterU?Int\d+)\(.*?buf\.write_[ui]\d+\()value\)",
        "$1$2.lower(value))",
    )?;
    draft.replace(r"buf\.write_float\(value\)", "buf.write_float(_fit.single(value))")?;
    draft.replace(r"return not not value", "_fit.kind(bool, value)")?;
    draft.replace(
        r"(?s)        try:\n            memoryview\(value\)\n.*?\n\n",
        "        _fit.binary(value)\n\n",
    )?;
    draft.replace(
        r"(class _UniffiFfiConverterBytes\((?s:.*?)def write\(value, buf\):\n)",
        "$1        value = _fit.octets(value)\n",
    )?;
    draft.replace(r"buf\.write_double\(value\)", "buf.write_double(_fit.double(value))")
}

/// The class of a value, and what a container holds. A container of the app's own may say that it is longer than it is.
fn values(draft: &mut Draft, api: &ComponentInterface) -> Result<()> {
    draft.replace(
        r"(?m)^        items = len\(value\)$",
        "        value = _fit.plain(value)\n        items = len(value)",
    )?;
    draft.replace(
        r"(?m)^        buf\.write_i32\(len\(items\)\)\n        for \(key, value\) in items\.items\(\):$",
        "        items = _fit.plain(items.items())\n        buf.write_i32(len(items))\n        for (key, value) in items:",
    )?;
    let records = api.record_definitions().iter().map(|record| record.name());
    for name in records.chain(api.enum_definitions().iter().map(|kinds| kinds.name())) {
        draft.replace(
            &format!(r"(?s)(class _UniffiFfiConverterType{name}\(.*?def check_lower\(value\):\n)"),
            &format!("$1        _fit.kind({name}, value)\n"),
        )?;
    }
    draft.replace(
        r"(?m)^        for item in value:\n +(\w+)\.check_lower\(item\)",
        "        _fit.each($1, value)",
    )?;
    draft.replace(
        r"(?m)^        for \(key, value\) in items\.items\(\):\n +(\w+)\.check_lower\(key\)\n +(\w+)\.check_lower\(value\)",
        "        _fit.entries($1, $2, items)",
    )?;
    draft.replace(
        r"(?m)^        if not isinstance\(value, (\w+)\):\n +raise TypeError\([^\n]*",
        "        _fit.kind($1, value)",
    )
}

/// What the app's own objects return.
fn answers(draft: &mut Draft) -> Result<()> {
    draft.replace(
        r"(?s)(uniffi_method = uniffi_obj\.(\w+)\n.{0,200}?def write_return_value\(v\):\n)( +)(uniffi_out_return\[0\] = (\w+)\.lower\(v\))",
        "$1${3}_fit.argument($5, \"what `$2` returns\", v)\n$3$4",
    )
}

/// The app implements all methods. Where there is one, a function will do.
fn part_of_app(draft: &mut Draft, object: &Object) -> Result<()> {
    let name = object.name();
    draft.replace_with(&format!(r"(?s)\nclass {name}\(\):\n.*?\nclass {name}Impl\("), |found| {
        found[0]
            .replace(&format!("class {name}():"), &format!("class {name}(abc.ABC):"))
            .replace("\n    def ", "\n    @abc.abstractmethod\n    def ")
    })?;
    let methods = object.methods();
    let [only] = methods.as_slice() else { return Ok(()) };
    let call = only.name();
    let taken = only.arguments().into_iter().map(|argument| annotation(&argument.as_type()));
    let taken = taken.collect::<Result<Vec<_>>>()?.join(", ");
    let given = only.return_type().map_or(Ok("None".into()), annotation)?;
    draft.replace(
        &format!(r"uniffi_obj\.{call}\n"),
        &format!("getattr(uniffi_obj, \"{call}\", uniffi_obj)\n"),
    )?;
    draft.replace(
        &format!(r"(?s)(class _UniffiFfiConverterType{name}:.*?_fit\.kind\({name}, value)\)"),
        "$1, callable)",
    )?;
    draft.replace(
        &format!(r"(\w: (?:typing\.Optional\[)?){name}\b"),
        &format!("${{1}}{name} | collections.abc.Callable[[{taken}], {given}]"),
    )
}

/// Folders and files may be of `pathlib`.
fn paths(draft: &mut Draft) -> Result<()> {
    for field in PATHS {
        draft.replace(&format!(r"(value\.{field})(\)|, buf\))"), "_fit.spelt($1)$2")?;
    }
    for (name, typed) in PATH_ARGUMENTS {
        draft.replace(
            &format!(r"\b{}", regex::escape(typed)),
            &typed.replace("str", "str | os.PathLike[str]"),
        )?;
        draft.replace(
            &format!(r#"(?m)^( +)(?:{name} = )?(_fit\.\w+\(\w+, "{name}", ){name}\)"#),
            &format!("${{1}}{name} = ${{2}}_fit.spelt({name}))"),
        )?;
    }
    Ok(())
}
