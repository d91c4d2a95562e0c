"""Sottovoce for Python: the generated surface, and what Python expects of it.

Made for desktop tools and tests. The generated module and the library lie beside this file.
"""

import atexit
import ctypes

from .sottovoce import *  # noqa: F403
from .sottovoce import _UniffiLib

# A thread of the library that is in Python when the interpreter ends aborts the process.
_PATIENCE_MS = 5000


@atexit.register
def _end() -> None:
    """Waits for the calls that have begun."""
    end = _UniffiLib.sottovoce_end
    end.argtypes, end.restype = [ctypes.c_uint64], ctypes.c_bool
    end(_PATIENCE_MS)
