"""Sottovoce for Python: the generated surface, and what Python expects of it.

Made for desktop tools and tests. The generated module and the library lie beside this file.
"""

import atexit
import time
import weakref

from . import _values  # noqa: F401
from .sottovoce import *  # noqa: F403
from .sottovoce import Logger, Sottovoce
from .sottovoce import set_logger as _set_logger


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
    _set_logger(_lines(logger))


def _lines(logger):
    if logger is None:
        return None
    lines = _Lines(logger)
    _loggers.add(lines)
    return lines


_open = Sottovoce.open


async def _open_with(config, key_store, transport=None, logger=None):
    """Creates an engine and unlocks it. Keep one engine for each folder.

    Without a transport no report leaves the device; a logger is registered for all engines of this process.
    """
    return await _open(config, key_store, transport, _lines(logger))


Sottovoce.open = staticmethod(_open_with)


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
