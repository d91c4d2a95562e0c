//! What a language expects and UniFFI does not know. Each step is a small change of the generated text; one that finds
//! nothing to change fails, so that a new version of the generator cannot undo it in silence.

mod docs;
mod kotlin;
mod python;
mod swift;
mod times;

use anyhow::{Result, ensure};
use regex::{Captures, Regex};
use uniffi_bindgen::ComponentInterface;

use crate::Language;

/// The generated text as the language expects it.
pub(crate) fn of(language: Language, plain: &str, api: &ComponentInterface) -> Result<String> {
    match language {
        Language::Kotlin => kotlin::conventions(plain, api),
        Language::Swift => swift::conventions(plain, api),
        Language::Python => python::conventions(plain, api),
    }
}

/// A text on its way to what a language expects.
struct Draft {
    text: String,
}

impl Draft {
    fn new(plain: &str) -> Self {
        Self { text: plain.into() }
    }

    /// Replaces all matches of a pattern. There must be one.
    fn replace(&mut self, pattern: &str, by: &str) -> Result<()> {
        self.replace_with(pattern, |found| {
            let mut expanded = String::new();
            found.expand(by, &mut expanded);
            expanded
        })
    }

    /// As `replace`, by what a function makes of each match.
    fn replace_with(&mut self, pattern: &str, by: impl Fn(&Captures<'_>) -> String) -> Result<()> {
        let pattern = Regex::new(pattern)?;
        ensure!(pattern.is_match(&self.text), "nothing in the generated text matches {pattern}");
        self.text = pattern.replace_all(&self.text, by).into_owned();
        Ok(())
    }

    fn append(&mut self, more: &str) {
        self.text.push_str(more);
    }
}
