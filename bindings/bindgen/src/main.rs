//! The binding generator: a package of its own, so that the SDK is built with one feature set only.

fn main() {
    uniffi::uniffi_bindgen_main()
}
