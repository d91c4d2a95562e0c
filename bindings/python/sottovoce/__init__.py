"""Sottovoce for Python: the generated surface, and what Python expects of it.

Made for desktop tools and tests. The generated module and the library lie beside this file.
"""

import atexit
import time
import weakref

from .sottovoce import *  # noqa: F403
from .sottovoce import Logger, SottovoceError, error_text
from .sottovoce import set_logger as _set_logger

# What went wrong and what to do about it; the generated variants only list their fields.
SottovoceError.__str__ = error_text


class _Lines(Logger):
    """The app's logger, until the interpreter ends."""

    ended = False

    def __init__(self, logger):
        self._logger = logger

    def log(self, level, room, text):
        if not _Lines.ended:
            self._logger.log(level, room, text)


_loggers = weakref.WeakSet()


def set_logger(logger=None):
    """Registers a logger for all engines of this process; none removes it. Lines arrive on a thread of their own."""
    lines = _Lines(logger) if logger is not None else None
    if lines is not None:
        _loggers.add(lines)
    _set_logger(lines)


@atexit.register
def _let_go_of_loggers():
    """Waits until no thread of the library is in Python any more: one that is when the interpreter ends aborts it."""
    _Lines.ended = True
    waited = bool(_loggers)
    _set_logger(None)
    latest = time.monotonic() + 5
    while _loggers and time.monotonic() < latest:
        time.sleep(0.01)
    if waited:
        time.sleep(0.01)
