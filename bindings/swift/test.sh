#!/usr/bin/env bash
# Builds the Swift package against the library of this tree, warnings being errors, and runs the
# contract and the sample.
#
#   bindings/swift/test.sh [PREFIX...]
#
# PREFIX runs a command where Swift is, such as in a container that sees this folder at the same
# path; it takes -C FOLDER, -e NAME=VALUE and, after --, the command.
set -euo pipefail
cd "$(dirname "$0")/../.."
prefix=("$@")
bindings/generate.sh swift
root=$PWD
library=$root/target/debug
link=(-Xlinker "-L$library" -Xlinker -rpath -Xlinker "$library")
inside() { # a folder, a command
    if [ ${#prefix[@]} -gt 0 ]; then
        "${prefix[@]}" -C "$1" -e "SOTTOVOCE_FIXTURES=$root/target/contract" -- "${@:2}"
    else
        (cd "$1" && SOTTOVOCE_FIXTURES=$root/target/contract "${@:2}")
    fi
}
inside "$root/bindings/swift" swift test --disable-xctest -Xswiftc -warnings-as-errors "${link[@]}"
inside "$root/bindings/swift/Sample" swift run "${link[@]}"
