//! What the app itself says, in five languages, and how Arabic gets on the screen.
//!
//! egui lays letters out from left to right and joins none. [`visual`] therefore joins Arabic letters by their
//! presentation forms and puts each line into the order it is seen in; the accessibility tree keeps the text as it is read.

use ar_reshaper::reshape_line;
use unicode_bidi::{BidiInfo, Level};

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
        let row = crate::words::WORDS.iter().find(|row| row[0] == english);
        row.map_or(english, |row| row[self as usize])
    }
}

/// Whether a text has a letter that is written from the right.
#[must_use]
pub fn has_arabic(text: &str) -> bool {
    text.chars().any(|c| matches!(c, '\u{600}'..='\u{6ff}'))
}

/// One line as it is seen: letters joined, runs in visual order.
#[must_use]
pub fn visual(line: &str, lang: Lang) -> String {
    if !has_arabic(line) {
        return line.to_owned();
    }
    let joined = reshape_line(line);
    let level = lang.is_rtl().then(Level::rtl);
    let bidi = BidiInfo::new(&joined, level);
    bidi.paragraphs.iter().map(|p| bidi.reorder_line(p, p.range.clone()).into_owned()).collect()
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
    fn arabic_is_joined_and_reordered_and_latin_stays() {
        assert_eq!(visual("سلام", Lang::Ar), "\u{fee1}\u{fefc}\u{feb3}");
        assert_eq!(visual("Kettle 12", Lang::Ar), "Kettle 12");
        assert!(visual("سلام Kettle", Lang::Ar).starts_with("Kettle"));
    }

    #[test]
    fn lines_break_where_they_are_read() {
        let lines = broken("one two three", 7.0, |line| line.len() as f32);
        assert_eq!(lines, ["one two", "three"]);
    }

    #[test]
    fn every_text_of_the_views_is_said_in_every_language() {
        let mut known: Vec<&str> = crate::words::WORDS.iter().map(|row| row[0]).collect();
        known.sort_unstable();
        assert!(known.windows(2).all(|pair| pair[0] != pair[1]), "a text is there twice");
        for row in crate::words::WORDS {
            assert!(row.iter().all(|text| !text.is_empty()), "{row:?}");
        }
        let sources = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut said = Vec::new();
        for folder in [sources.clone(), sources.join("views")] {
            for file in std::fs::read_dir(folder).unwrap() {
                let path = file.unwrap().path();
                if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("text.rs") {
                    let source = std::fs::read_to_string(&path).unwrap();
                    said.extend(source.split("say(ui, \"").skip(1).chain(source.split("say(&ui, \"").skip(1)).filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
                }
            }
        }
        assert!(said.len() > 50, "{}", said.len());
        let missing: Vec<&String> = said.iter().filter(|text| !known.contains(&text.as_str())).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
