//! The binding generator: a package of its own, so that the SDK is built with one feature set only.
//!
//! Run it in the SDK's folder: names come from the `uniffi.toml` there.

use std::path::Path;
use std::process::ExitCode;

use surfaces::Language;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [library, language, out_dir] = arguments.as_slice() else {
        eprintln!("usage: uniffi-bindgen LIBRARY kotlin|swift|python FOLDER");
        return ExitCode::from(2);
    };
    let Some(language) = Language::named(language) else {
        eprintln!("{language}: not one of kotlin, swift, python");
        return ExitCode::from(2);
    };
    match surfaces::generate(Path::new("."), Path::new(library), language, Path::new(out_dir)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("{library}: {e:#}");
            ExitCode::FAILURE
        }
    }
}
