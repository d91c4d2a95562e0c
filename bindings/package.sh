#!/usr/bin/env bash
# Packages what an app on this machine's platform depends on: the library that ships and the surface of one language.
#
#   bindings/package.sh kotlin    target/packages/sottovoce-VERSION.jar, also put into the local Maven repository
#   bindings/package.sh python    target/packages/sottovoce-VERSION-py3-none-PLATFORM.whl
#
# Python's packages are made with setuptools, which pip fetches.
set -euo pipefail
cd "$(dirname "$0")/.."
language=${1:-}
packages=$PWD/target/packages
version=$(sed -n '0,/^version = /s/^version = "\(.*\)"/\1/p' Cargo.toml)
case $(uname) in
    Darwin) library=libsottovoce.dylib ;;
    *) library=libsottovoce.so ;;
esac

case $language in
    kotlin)
        bindings/generate.sh kotlin
        cargo build --locked --quiet --profile device --package sottovoce-device
        mvn --batch-mode --quiet -f bindings/kotlin/pom.xml install \
            -DskipTests -Dsottovoce.library="$PWD/target/device"
        mkdir -p "$packages"
        cp "bindings/kotlin/target/sottovoce-$version.jar" "$packages"
        ;;
    python)
        stage=target/wheel
        rm -rf "$stage"
        mkdir -p "$stage/sottovoce" "$packages"
        # The contract lays out the whole package.
        if [ ! -d target/contract/python ]; then cargo test --locked --quiet --package uniffi-bindgen; fi
        cargo build --locked --quiet --profile device --package sottovoce-device
        cp bindings/python/pyproject.toml LICENSE-* "$stage"
        cp target/contract/python/sottovoce/{*.py,py.typed,shop.*} "target/device/$library" "$stage/sottovoce"
        echo "$version" >"$stage/VERSION"
        platform=$(python3 -c 'import sysconfig; print(sysconfig.get_platform())')
        python3 -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir "$packages" \
            --config-settings="--build-option=--plat-name=$platform" "$stage"
        ;;
    *)
        sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
        exit 2
        ;;
esac
ls -l "$packages"
