//! The surface of each language: what UniFFI generates from the library, turned to the habits of that language.

mod conventions;
pub mod listing;

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use uniffi_bindgen::bindings::{GenerateOptions, TargetLanguage, generate as generate_plain};
use uniffi_bindgen::{BindgenLoader, BindgenPaths, ComponentInterface, GlobalConfig};

/// A language that apps are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// For Android and the JVM.
    Kotlin,
    /// For Apple's platforms.
    Swift,
    /// For tools and tests on a desktop.
    Python,
}

impl Language {
    /// The language of that name, in small letters.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "kotlin" => Some(Self::Kotlin),
            "swift" => Some(Self::Swift),
            "python" => Some(Self::Python),
            _ => None,
        }
    }
}

/// What a library that was not stripped says about its API.
///
/// # Errors
/// If there is no such library, or nothing in it.
pub fn interfaces(library: &Path) -> Result<Vec<ComponentInterface>> {
    let loader = BindgenLoader::new(BindgenPaths::default(), GlobalConfig::default());
    loader.load_cis(loader.load_metadata(utf8(library)?.into())?)
}

/// Generates the surface of a language into a folder. `root` is the SDK's folder, and the working directory must be
/// inside of it.
///
/// # Errors
/// If the library cannot be read, the folder not be written, or the generated text is not what the conventions expect.
pub fn generate(root: &Path, library: &Path, language: Language, out_dir: &Path) -> Result<()> {
    let (target, file) = match language {
        Language::Kotlin => (TargetLanguage::Kotlin, "dev/sottovoce/sottovoce.kt"),
        Language::Swift => (TargetLanguage::Swift, "Sottovoce.swift"),
        Language::Python => (TargetLanguage::Python, "sottovoce.py"),
    };
    generate_plain(GenerateOptions {
        languages: vec![target],
        source: utf8(library)?.into(),
        out_dir: utf8(out_dir)?.into(),
        config_override: Some(utf8(&root.join("bindings/bindgen/uniffi.toml"))?.into()),
        ..GenerateOptions::default()
    })?;
    let path = out_dir.join(file);
    let plain = fs::read_to_string(&path)?;
    let apis = interfaces(library)?;
    let api = apis.iter().find(|ci| ci.namespace() == "sottovoce").context("the library has no such API")?;
    fs::write(&path, conventions::of(language, &plain, api)?)?;
    Ok(())
}

fn utf8(path: &Path) -> Result<&str> {
    path.to_str().context("a path that is not UTF-8")
}
