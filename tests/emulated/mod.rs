//! Whether these tests run under an emulator, which cannot start further programs of its own kind.

/// True, and said aloud, when cargo was told to run this target's programs by another one.
pub fn emulated() -> bool {
    let runner = std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned());
    let found = runner.into_iter().any(|name| name.starts_with("CARGO_TARGET_") && name.ends_with("_RUNNER"));
    if found {
        eprintln!("skipped: child processes do not run under an emulator");
    }
    found
}
