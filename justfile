# The tasks of this repository. What CI does stands in `.ci/run` and is called from here.

_tasks:
    @just --list

# Formats everything.
fmt:
    cargo fmt --all

# Format, spelling, scripts, lints, documentation.
lint:
    .ci/run fmt spelling scripts lint docs

# The tests.
test:
    .ci/run test

# The long proofs, one after another: a day or more. docs/vault.md says what each shows.
proofs:
    cargo test --locked --release --test power_loss -- --ignored a_million_states
    cargo test --locked --release --test vault_power_loss -- --ignored
    cargo test --locked --release --test vault_kill -- --ignored ten_thousand_kills
    SOTTOVOCE_MODEL_SEEDS=0..50 cargo test --locked --release --test model -- --ignored long_run --nocapture
    cargo test --locked --release --lib damage -- --ignored
    cargo test --locked --release --test damage -- --ignored
    tests/mutants/run.py

# Fuzzes one target for some seconds; needs cargo-fuzz and a nightly compiler.
fuzz target seconds="600":
    cargo +nightly fuzz run {{target}} -- -max_total_time={{seconds}}

# All benches, or those named.
bench *names:
    cargo bench --locked {{ if names == "" { "--benches" } else { "--bench " + names } }}

# The contract in Kotlin and Swift; Python's is among the tests.
bindings:
    .ci/run kotlin swift

# The library that ships, and whether it has grown.
size:
    .ci/run device

# Everything that must hold before a release, every slow check included.
release:
    .ci/run --all
