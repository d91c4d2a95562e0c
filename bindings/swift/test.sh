#!/usr/bin/env bash
# Builds the Swift package against the library of this tree, warnings being errors, and runs the
# contract.
#
#   bindings/swift/test.sh [PREFIX...]
#
# PREFIX runs a command where Swift is, such as in a container that sees this folder at the same
# path; it takes -C FOLDER, -e NAME=VALUE and, after --, the command.
set -euo pipefail
cd "$(dirname "$0")/../.."
bindings/generate.sh swift
root=$PWD
library=$root/target/debug
test=(swift test --disable-xctest -Xswiftc -warnings-as-errors
    -Xlinker "-L$library" -Xlinker -rpath -Xlinker "$library")
if [ $# -gt 0 ]; then
    exec "$@" -C "$root/bindings/swift" -e "SOTTOVOCE_FIXTURES=$root/target/contract" -- "${test[@]}"
fi
cd bindings/swift
SOTTOVOCE_FIXTURES=$root/target/contract exec "${test[@]}"
