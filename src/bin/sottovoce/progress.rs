//! What shows how far something long has come, on a screen; what is no screen sees nothing.

use std::borrow::Cow;
use std::fmt::Debug;

use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};

/// A bar for so many steps, which goes when it is dropped.
pub fn bar(steps: u64, what: impl Into<Cow<'static, str>>) -> ProgressBar {
    let style = ProgressStyle::with_template("  {msg:<30} {bar:30} {percent:>3} %  {eta}");
    let style = style.unwrap_or(ProgressStyle::default_bar());
    ProgressBar::new(steps).with_style(style).with_message(what).with_finish(ProgressFinish::AndClear)
}

/// What training tells of its stages.
pub fn training<S: Debug>() -> impl FnMut(S, f32) {
    let bar = bar(100, "training");
    move |stage, part| {
        bar.set_message(format!("training: {}", format!("{stage:?}").to_lowercase()));
        bar.set_position((part * 100.0) as u64);
    }
}
