//! The library that apps ship: `libsottovoce.so`, `.dylib` or `.dll`, with a heap that forgets.

sdk::uniffi_reexport_scaffolding!();

#[global_allocator]
static HEAP: sdk::WipingHeap = sdk::WipingHeap;
