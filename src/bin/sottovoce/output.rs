//! How numbers and reports are shown.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write};
use std::sync::OnceLock;

use serde_json::Value;

static AS_JSON: OnceLock<bool> = OnceLock::new();

/// Settles, once, whether standard output has JSON and nothing else.
pub fn choose(as_json: bool) {
    let _ = AS_JSON.set(as_json);
}

/// Whether standard output has JSON and nothing else.
pub fn as_json() -> bool {
    AS_JSON.get().copied().unwrap_or_default()
}

/// A line of JSON on standard output, if JSON is asked for.
pub fn json(make: impl FnOnce() -> Value) {
    if as_json() {
        write(format_args!("{}\n", make()));
    }
}

/// `1 234 567`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// Bytes for reading.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} B"),
        10_000..10_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// Writes to standard output, and ends quietly when nobody reads it any more, as in `| head`.
pub fn write(text: Arguments<'_>) {
    ended(std::io::stdout().lock().write_fmt(text));
}

/// Ends the command if what it says cannot be said.
pub fn ended(result: std::io::Result<()>) {
    match result {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => {
            eprintln!("error: cannot write: {error}");
            std::process::exit(1);
        }
    }
}

/// A line on standard output, for people.
macro_rules! say {
    ($($text:tt)*) => { crate::output::say_on!("{}\n", format_args!($($text)*)) };
}

/// A piece of a line on standard output, for people.
macro_rules! say_on {
    ($($text:tt)*) => { if !crate::output::as_json() { crate::output::write(format_args!($($text)*)) } };
}

pub(crate) use {say, say_on};
