//! The app's own texts: English, German, French, Spanish, Arabic. What is about consent comes from the engine.

pub(crate) const WORDS: &[[&str; 5]] = &[];
