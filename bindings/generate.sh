#!/usr/bin/env bash
# Generates the surface of one language from the built library.
#
#   bindings/generate.sh kotlin|swift|python [FOLDER]
#
# Default folders: bindings/kotlin/target/generated, bindings/swift/Sources, target/python.
# The generator is built in debug: its release build takes minutes and saves nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
language=$1
case $language in
    kotlin) out=bindings/kotlin/target/generated ;;
    swift) out=target/swift ;;
    python) out=target/python ;;
    *) sed -n '2,7p' "$0" >&2; exit 2 ;;
esac
out=${2:-$out}
cargo build --quiet --lib
case $(uname) in
    Darwin) library=target/debug/libsottovoce.dylib ;;
    *) library=target/debug/libsottovoce.so ;;
esac
mkdir -p "$out"
cargo run --quiet -p uniffi-bindgen -- "$library" "$language" "$out"
if [ "$language" = swift ]; then
    cp "$out/Sottovoce.swift" bindings/swift/Sources/Sottovoce/Generated.swift
    cp "$out/SottovoceFFI.h" bindings/swift/Sources/SottovoceFFI/SottovoceFFI.h
fi
echo "$language: $out"
