#!/usr/bin/env python3
"""Breaks the code on purpose, one fault at a time, and sees that the test named for it falls.

    tests/mutants/run.py                 every mutant
    tests/mutants/run.py --ninth         a ninth of them, another one with every commit
    tests/mutants/run.py NAME...         those whose name contains a word
    tests/mutants/run.py --find NAME...  which tests of the room fall; `--in=story,widget` adds programs of `tests/`

A mutant is a piece of a source file and what stands there instead: an expression, statements, or any text with `ON` in it,
which is true while the mutant lives. `*.toml` in this folder has them by room. All are compiled at once, into a copy of the
sources, each behind a switch: one build serves all.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).absolute()
COPY = TARGET / "mutants"
SWITCH = "SOTTOVOCE_MUTANT"
SECONDS = 120
COPIED = ["src", "tests", "bindings", "benches", "collector", "examples", "docs", "Cargo.toml", "Cargo.lock", "README.md", "uniffi.toml"]
HOOK = f"""
#[doc(hidden)]
#[allow(missing_docs)]
pub fn mutant(number: u32) -> bool {{
    static ON: std::sync::OnceLock<u32> = std::sync::OnceLock::new();
    *ON.get_or_init(|| std::env::var("{SWITCH}").map_or(0, |n| n.parse().unwrap_or(0))) == number
}}
"""


def mutants():
    found = []
    for table in sorted(Path(__file__).parent.glob("*.toml")):
        for mutant in tomllib.loads(table.read_text())["mutant"]:
            found.append(mutant | {"number": len(found) + 1, "room": table.stem})
    names = [m["name"] for m in found]
    assert len(set(names)) == len(names), "a name stands twice"
    return found


def switched(mutant):
    """What stands in the source afterwards: either piece, as the switch says."""
    was, now, on = mutant["was"].strip(), mutant["now"].strip(), f"crate::mutant({mutant['number']})"
    if re.search(r"\bON\b", now):
        return re.sub(r"\bON\b", on, now)
    if was.endswith(";"):
        return f"if {on} {{ {now} }} else {{ {was} }}"
    return f"(if {on} {{ {now} }} else {{ {was} }})"


def break_copy(every):
    """The sources with every mutant in them, written only where something changed."""
    texts = {}
    for mutant in every:
        name = mutant["file"]
        text = texts.get(name) or (ROOT / name).read_text()
        piece = mutant["was"].strip()
        times = text.count(piece)
        if times != 1:
            sys.exit(f"{mutant['name']}: stands {times} times in {name}: {piece}")
        texts[name] = text.replace(piece, switched(mutant))
    texts["src/lib.rs"] = (texts.get("src/lib.rs") or (ROOT / "src/lib.rs").read_text()) + HOOK
    for left in [p for part in COPIED for p in (COPY / part).rglob("*.rs")]:
        if not (ROOT / left.relative_to(COPY)).exists():
            left.unlink()  # a module that moved would stand in two places
    for part in COPIED:
        for source in [ROOT / part] if (ROOT / part).is_file() else sorted((ROOT / part).rglob("*")):
            place = source.relative_to(ROOT)
            if source.is_dir() or "target" in place.parts:
                continue
            bytes = texts[str(place)].encode() if str(place) in texts else source.read_bytes()
            target = COPY / place
            if not target.exists() or target.read_bytes() != bytes:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(bytes)


def build(targets):
    """The test programs, by target: `lib`, or the name of one in `tests`."""
    which = [w for t in sorted(targets) for w in (["--lib"] if t == "lib" else ["--test", t])]
    # Under a name of their own: else cargo would take them for the programs of these sources.
    own = ["--config", "profile.dev.package.sottovoce.codegen-units=255", "--config", "profile.test.package.sottovoce.opt-level=0"]
    command = ["cargo", "test", "--locked", "--no-run", "--message-format", "json", "--package", "sottovoce", *own, *which]
    env = os.environ | {"CARGO_TARGET_DIR": str(TARGET)} # what the crates are built on is there already
    built = subprocess.run(command, cwd=COPY, env=env, stdout=subprocess.PIPE, text=True)
    messages = [json.loads(line) for line in built.stdout.splitlines() if line.startswith("{")]
    for message in messages:
        if message["reason"] == "compiler-message" and message["message"]["level"] == "error":
            print(message["message"]["rendered"])
    if built.returncode:
        sys.exit("does not compile")
    made = [m for m in messages if m["reason"] == "compiler-artifact" and m.get("executable")]
    return {("lib" if "lib" in m["target"]["kind"] else m["target"]["name"]): m["executable"] for m in made}


def falls(program, number, arguments):
    """Which tests fail; nothing that runs for too long has passed."""
    env = os.environ | {SWITCH: str(number), "RUST_BACKTRACE": "0"}
    try:
        run = subprocess.run([program, *arguments], cwd=COPY, env=env, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return ["(does not end)"]
    failed = re.findall(r"^test (\S+)(?: - should panic)? \.\.\. FAILED", run.stdout, re.M)
    if run.returncode and not failed:
        return [f"(ends with {run.returncode})"]
    if not run.returncode and not re.search(r"test result: ok\. [1-9]", run.stdout):
        sys.exit(f"no such test: {arguments}")
    return failed


def target_and_test(mutant):
    target, _, test = mutant["test"].rpartition(" ")
    return target or "lib", test


def main(words):
    every = mutants()
    find, ninth = "--find" in words, "--ninth" in words
    programs_named = [p for w in words if w.startswith("--in=") for p in w[5:].split(",")]
    words = [w for w in words if not w.startswith("--")]
    chosen = [m for m in every if not words or any(w in m["name"] for w in words)]
    if ninth:
        commits = subprocess.run(["git", "rev-list", "--count", "HEAD"], cwd=ROOT, capture_output=True, text=True)
        part = int(commits.stdout or 0) % 9  # every one has its turn where every fourth commit is looked at
        chosen = [m for m in chosen if m["number"] % 9 == part]
        print(f"ninth {part} of {len(every)} mutants")
    break_copy(every)
    if find:
        programs = build(["lib", *programs_named])
        for mutant in chosen:
            for target, program in programs.items():
                filters = [mutant["room"] + "::"] if target == "lib" else []
                for test in falls(program, mutant["number"], filters):
                    print(f"{mutant['name']}: {target} {test}", flush=True)
        return
    programs = build({target_and_test(m)[0] for m in chosen})
    for target, test in sorted({target_and_test(m) for m in chosen}):
        if falls(programs[target], 0, ["--exact", test]):
            sys.exit(f"{test} falls without a mutant")
    survived = []
    for mutant in chosen:
        target, test = target_and_test(mutant)
        killed = falls(programs[target], mutant["number"], ["--exact", test])
        print(f"{'killed  ' if killed else 'SURVIVED'}  {mutant['room']}: {mutant['name']} · {test}", flush=True)
        if not killed:
            survived.append(mutant["name"])
    print(f"{len(chosen) - len(survived)} of {len(chosen)} killed")
    sys.exit(bool(survived))


if __name__ == "__main__":
    main(sys.argv[1:])
