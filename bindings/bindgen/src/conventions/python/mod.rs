//! Records that are dataclasses, kinds that type checkers know, arguments that are checked by name.

mod checks;
mod classes;
mod text;

use anyhow::Result;
use uniffi_bindgen::ComponentInterface;

use super::Draft;

/// Classes with a hand-written base in `_values.py`.
const BASES: [(&str, &str); 5] = [
    ("Event", "EventCalls"),
    ("Money", "MoneyCalls"),
    ("Sottovoce", "EngineCalls"),
    ("SottovoceError", "ErrorText"),
    ("Subscription", "SubscriptionCalls"),
];

pub(super) fn conventions(plain: &str, api: &ComponentInterface) -> Result<String> {
    let mut draft = Draft::new(plain);
    draft.text.insert_str(0, "# mypy: ignore-errors\n");
    draft.replace(
        r"(?m)^from dataclasses import dataclass$",
        "import abc\nimport collections.abc\nimport dataclasses",
    )?;
    draft.replace(r"(?m)^import platform$", "import platform\n\nfrom . import _fit, _values")?;
    classes::declare(&mut draft, api)?;
    for (name, base) in BASES.into_iter().filter(|(name, _)| api.get_object_definition(name).is_some()) {
        draft.replace(
            &format!(r"class {name}\({name}Protocol\):"),
            &format!("class {name}({name}Protocol, _values.{base}):"),
        )?;
    }
    // What may be left out is nothing then, and has its own type.
    draft.replace(r"typing\.Union\[object, (typing\.Optional\[\w+\])\] = _DEFAULT", "$1 = None")?;
    draft.replace(r"\n +if \w+ is _DEFAULT:\n +\w+ = None", "")?;
    checks::name(&mut draft, api)?;
    // A text cut inside an emoji must not keep a user's no from arriving.
    draft.replace(r#"value\.encode\("utf-8"\)"#, r#"str.encode(value, "utf-8", "replace")"#)?;
    Ok(draft.text)
}
