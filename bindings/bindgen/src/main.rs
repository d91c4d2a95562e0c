//! The binding generator: a package of its own, so that the SDK is built with one feature set only.
//!
//! Run it in the SDK's folder: names come from the `uniffi.toml` there.

use std::process::ExitCode;

use uniffi_bindgen::bindings::{GenerateOptions, TargetLanguage, generate};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [library, language, out_dir] = arguments.as_slice() else {
        eprintln!("usage: uniffi-bindgen LIBRARY kotlin|swift|python FOLDER");
        return ExitCode::from(2);
    };
    let language = match language.as_str() {
        "kotlin" => TargetLanguage::Kotlin,
        "swift" => TargetLanguage::Swift,
        "python" => TargetLanguage::Python,
        other => {
            eprintln!("{other}: not one of kotlin, swift, python");
            return ExitCode::from(2);
        }
    };
    let options = GenerateOptions {
        languages: vec![language],
        source: library.into(),
        out_dir: out_dir.into(),
        config_override: Some("bindings/bindgen/uniffi.toml".into()),
        ..GenerateOptions::default()
    };
    match generate(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("{library}: {e:#}");
            ExitCode::FAILURE
        }
    }
}
