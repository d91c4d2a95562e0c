//! Records that can be made by position and that show what they hold, texts that are not refused for half a character.

use anyhow::Result;

use super::Draft;

pub(super) fn conventions(plain: &str) -> Result<String> {
    let mut draft = Draft::new(plain);
    draft.replace(r"def __init__\(self, \*, ", "def __init__(self, ")?;
    draft.replace_with(r#"def __str__\(self\):\n(\s+return "[\w.]+\([^"\n]*"\.format)"#, |found| {
        format!("def __repr__(self):\n{}", found[1].replace("={}", "={!r}"))
    })?;
    // A text cut inside an emoji must not keep a user's no from arriving.
    draft.replace(r#"value\.encode\("utf-8"\)"#, r#"value.encode("utf-8", "replace")"#)?;
    Ok(draft.text)
}
