#!/usr/bin/env bash
# Generates the surface of one language from the library that devices get, built in debug, and
# makes the shop that the contract is told about, if there is none yet.
#
#   bindings/generate.sh kotlin|swift|python [FOLDER]
#
# Default folders: bindings/kotlin/target/generated, target/swift, target/python.
# The generator is built in debug, too: its release build takes minutes and saves nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
language=${1:-}
case $language in
    kotlin) out=bindings/kotlin/target/generated ;;
    swift) out=target/swift ;;
    python) out=target/python ;;
    *)
        sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
        exit 2
        ;;
esac
out=${2:-$out}
if [ ! -e target/contract/shop.bundle ] || [ docs/consent.md -nt target/contract/policy.signed ]; then
    cargo test --locked --quiet --test contract the_shop
fi
cargo build --locked --quiet --package sottovoce-device --package uniffi-bindgen
case $(uname) in
    Darwin) library=target/debug/libsottovoce.dylib ;;
    *) library=target/debug/libsottovoce.so ;;
esac
mkdir -p "$out"
target/debug/uniffi-bindgen "$library" "$language" "$out"

put() { # only if it differs, so that nothing is compiled anew for nothing
    cmp -s "$1" "$2" || cp "$1" "$2"
}
if [ "$language" = swift ]; then
    put "$out/Sottovoce.swift" bindings/swift/Sources/Sottovoce/Generated.swift
    put "$out/SottovoceFFI.h" bindings/swift/Sources/SottovoceFFI/SottovoceFFI.h
    mkdir -p bindings/swift/Sources/SottovoceTesting/Resources
    for part in shop.bundle shop.pub; do
        put "target/contract/$part" "bindings/swift/Sources/SottovoceTesting/Resources/$part"
    done
fi
echo "$language: $out"
