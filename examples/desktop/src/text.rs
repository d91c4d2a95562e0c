//! What the app itself says, in five languages, and how Arabic gets on the screen.
//!
//! egui shapes a run of letters of one font and knows no order of runs. [`visual`] therefore puts the runs of a line into the
//! order they are seen in, and leaves the letters of an Arabic word as they are read: shaping turns those around itself. The
//! accessibility tree keeps the text as it is read.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_bidi::{BidiInfo, Level};

/// The app's own texts, by their English. What is about consent comes from the engine.
static WORDS: LazyLock<HashMap<&str, [&str; 5]>> = LazyLock::new(|| {
    let rows = include_str!("../assets/words.tsv").lines().map(|line| line.split('\t').collect::<Vec<_>>());
    rows.filter_map(|row| Some((*row.first()?, row.try_into().ok()?))).collect()
});

/// A language of the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// German.
    De,
    /// French.
    Fr,
    /// Spanish.
    Es,
    /// Arabic.
    Ar,
}

impl Lang {
    /// Every language, in the order of the switch.
    pub const ALL: [Self; 5] = [Self::En, Self::De, Self::Fr, Self::Es, Self::Ar];

    /// The locale that the engine is asked in.
    #[must_use]
    pub const fn locale(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Fr => "fr",
            Self::Es => "es",
            Self::Ar => "ar",
        }
    }

    /// Its own name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::De => "Deutsch",
            Self::Fr => "Français",
            Self::Es => "Español",
            Self::Ar => "العربية",
        }
    }

    /// Whether it is read from the right.
    #[must_use]
    pub const fn is_rtl(self) -> bool {
        matches!(self, Self::Ar)
    }

    /// A text of the app, named by its English; English where there is no other.
    #[must_use]
    pub fn say(self, english: &'static str) -> &'static str {
        if self == Self::En {
            return english;
        }
        WORDS.get(english).map_or(english, |row| row[self as usize])
    }
}

/// Whether a text has a letter that is written from the right.
#[must_use]
pub fn has_arabic(text: &str) -> bool {
    text.chars().any(is_arabic)
}

/// One line as it is seen. Arabic digits beside Arabic letters are not told apart from them; the engine writes 0 to 9.
#[must_use]
pub fn visual(line: &str, lang: Lang) -> String {
    // A shop's text in another script keeps its own direction.
    if !has_arabic(line) {
        return line.to_owned();
    }
    let bidi = BidiInfo::new(line, Some(if lang.is_rtl() { Level::rtl() } else { Level::ltr() }));
    let mut seen = String::new();
    for paragraph in &bidi.paragraphs {
        let (levels, runs) = bidi.visual_runs(paragraph, paragraph.range.clone());
        for run in runs {
            let is_rtl = levels.get(run.start).is_some_and(|level| level.is_rtl());
            let text = line.get(run).unwrap_or_default();
            if is_rtl { seen.push_str(&turned(text)) } else { seen.push_str(text) }
        }
    }
    seen
}

/// A run from the right: its words in the order they are seen in, the letters of each as they are read.
fn turned(run: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut in_word = false;
    for c in run.chars() {
        let letter = is_arabic(c);
        match parts.last_mut() {
            Some(word) if letter && in_word => word.push(c),
            _ => parts.push(mirrored(c).to_string()),
        }
        in_word = letter;
    }
    parts.into_iter().rev().collect()
}

/// What opens in one direction closes in the other.
const fn mirrored(c: char) -> char {
    match c {
        '(' => ')',
        ')' => '(',
        '[' => ']',
        ']' => '[',
        '«' => '»',
        '»' => '«',
        '“' => '”',
        '”' => '“',
        other => other,
    }
}

const fn is_arabic(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{6ff}')
}

/// Breaks a text into lines of at most `width`, before any of them is put into visual order.
#[must_use]
pub fn broken(text: &str, width: f32, mut measure: impl FnMut(&str) -> f32) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if !line.is_empty() && measure(&longer) > width {
                lines.push(std::mem::replace(&mut line, word.to_owned()));
            } else {
                line = longer;
            }
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_put_in_order_and_their_letters_stay() {
        assert_eq!(visual("سلام عليكم", Lang::Ar), "عليكم سلام");
        assert_eq!(visual("Kettle 12", Lang::Ar), "Kettle 12");
        assert_eq!(visual("سعر Kettle 12 (جديد)", Lang::Ar), "(جديد) Kettle 12 سعر");
        assert_eq!(visual("Kettle (new)", Lang::De), "Kettle (new)");
    }

    #[test]
    fn lines_break_where_they_are_read() {
        let lines = broken("one two three", 7.0, |line| line.len() as f32);
        assert_eq!(lines, ["one two", "three"]);
    }

    #[test]
    fn every_text_of_the_views_is_said_in_every_language() {
        let lines: Vec<&str> = include_str!("../assets/words.tsv").lines().collect();
        assert_eq!(lines.len(), WORDS.len(), "a text is there twice, or not in every language");
        assert!(WORDS.values().all(|row| row.iter().all(|text| !text.trim().is_empty())));
        let sources = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut said = Vec::new();
        for folder in [sources.clone(), sources.join("views")] {
            for file in std::fs::read_dir(folder).unwrap() {
                let path = file.unwrap().path();
                if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("text.rs") {
                    let source = std::fs::read_to_string(&path).unwrap();
                    said.extend(
                        source
                            .split("say(ui, \"")
                            .skip(1)
                            .chain(source.split("say(&ui, \"").skip(1))
                            .filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())),
                    );
                }
            }
        }
        assert!(said.len() > 50, "{}", said.len());
        let missing: Vec<&String> = said.iter().filter(|text| !WORDS.contains_key(text.as_str())).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
