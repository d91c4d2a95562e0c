#!/usr/bin/env python3
"""Weighs the device library against its ledger: `size.py LIBRARY`.

Fails when the library has grown by more than 2 % over the newest entry of `size.toml`. Whoever brings more writes down what.
"""

import gzip
import sys
import tomllib
from pathlib import Path

LEDGER = Path(__file__).with_name("size.toml")
ALLOWED = 1.02

library = Path(sys.argv[1]).read_bytes()
packed = len(gzip.compress(library, 9))
newest = tomllib.loads(LEDGER.read_text())["size"][0]
ratio = len(library) / newest["bytes"]
print(f"device library: {len(library):,} bytes, {packed:,} gzipped, {ratio - 1:+.2%} over the ledger's {newest['bytes']:,}")
if ratio > ALLOWED:
    entry = f'[[size]]\nbytes = {len(library)}\ngzip = {packed}\nbrought = "…"'
    sys.exit(f"too big. Make it smaller, or put this first in bindings/device/size.toml, with what brought it:\n{entry}")
if ratio < 2 - ALLOWED:
    print("smaller than the ledger says: write it down, so that the next growth is seen")
