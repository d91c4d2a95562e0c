//! How the library that ships is linked. A debug build is left whole: the languages' surfaces are generated from it.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=without_metadata.ld");
    let told = |name| std::env::var(name).unwrap_or_default();
    if told("OPT_LEVEL") != "z" {
        return;
    }
    let relocations = match told("CARGO_CFG_TARGET_OS").as_str() {
        "android" => "--pack-dyn-relocs=android", // `relr` is smaller and needs Android 9
        "linux" => "-z,pack-relative-relocs",     // glibc 2.36
        _ => return,
    };
    let folder = told("CARGO_MANIFEST_DIR");
    println!("cargo:rustc-cdylib-link-arg=-Wl,{relocations}");
    println!("cargo:rustc-cdylib-link-arg=-Wl,-T,{folder}/without_metadata.ld");
}
