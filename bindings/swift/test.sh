#!/usr/bin/env bash
# Builds the Swift package against the library of this tree and runs the contract.
#
#   bindings/swift/test.sh [PREFIX...]     PREFIX: a command that runs Swift elsewhere
set -euo pipefail
cd "$(dirname "$0")/../.."
bindings/generate.sh swift
library=$PWD/target/debug
prefix=("$@")
if [ ${#prefix[@]} -gt 0 ]; then
    prefix+=(-C "$PWD/bindings/swift" -e "SOTTOVOCE_FIXTURES=$PWD/target/contract" --)
else
    cd bindings/swift
    export SOTTOVOCE_FIXTURES=$PWD/../../target/contract
fi
"${prefix[@]}" swift test -Xlinker "-L$library" -Xlinker -rpath -Xlinker "$library"
