"""Sottovoce for Python: the generated surface, and `async` for blocking calls.

Made for desktop tools and tests. The generated module and the library lie beside this file.
"""

import asyncio
import atexit
import time
import weakref

from .sottovoce import *  # noqa: F403
from .sottovoce import (
    Choice,
    EraseScope,
    Event,
    EventItem,
    Logger,
    PurposeChoice,
    Sottovoce,
    SottovoceError,
    error_text,
    widget_shelf,
)
from .sottovoce import set_logger as _set_logger

# What went wrong and what to do about it; the generated variants only list their fields.
SottovoceError.__str__ = error_text


async def open_sottovoce(config, key_store, transport=None):
    """Creates an engine and unlocks it: one call of the key store and some disk access, off the event loop.

    Keep one engine for each folder and `shutdown` it before opening another.
    """
    engine = Sottovoce(config, key_store, transport)
    await background(engine.unlock)
    return engine


async def background(work, *arguments):
    """Runs anything else that may block, off the event loop."""
    return await asyncio.to_thread(work, *arguments)


async def track(events, name, *item_ids):
    """Reports what the user did with some items, by id."""
    event = Event(name=name, items=[EventItem(item_id=i) for i in item_ids])
    return await background(events.track, event)


async def refresh_widget(ranking, request):
    """Makes a shelf and stores it for the widget; none if personal ranking is not allowed."""
    return await background(ranking.keep_for_widget, request)


async def read_widget_shelf(config, key_store):
    """The shelf stored for the widget, in any process that reaches the key store; none if there is no valid one."""
    return await background(widget_shelf, config, key_store)


async def give(consent, *purposes, surface, locale):
    """Gives consent to some purposes."""
    return await _answer(consent, purposes, Choice.GIVE, surface, locale)


async def refuse(consent, *purposes, surface, locale):
    """Denies some purposes. First erases the data of what was allowed."""
    return await _answer(consent, purposes, Choice.REFUSE, surface, locale)


async def accept_everything(consent, *, surface, locale):
    """Gives consent to every purpose of the notice."""
    return await background(consent.accept_all, surface, locale)


async def refuse_everything(consent, *, surface, locale):
    """Denies every purpose of the notice. First erases the data of what was allowed."""
    return await background(consent.refuse_all, surface, locale)


async def answer(consent, tag, choice, *, surface, locale):
    """Records the answer about one sensitive topic, from its own screen."""
    return await background(consent.answer_sensitive, tag, choice, surface, locale)


async def withdraw(consent, *purposes, surface, locale):
    """Withdraws consent. When this returns, the data of these purposes cannot be read any more."""
    return await background(consent.withdraw, list(purposes), surface, locale)


async def install_policy(consent, signed):
    """Verifies a signed policy and installs it if it is newer than the one in use."""
    return await background(consent.apply_policy, signed)


async def take_over(consent, answers):
    """Imports answers of another device: a denial counts, consent is only offered."""
    return await background(consent.import_answers, list(answers))


async def copy(data):
    """All stored data about the user as one JSON document. Authenticate the user before you hand it out."""
    return await background(data.export)


async def erase_everything(data):
    """Erases all data and all answers. A second call removes the receipt of the erasure."""
    return await background(data.erase, EraseScope.EVERYTHING())


async def erase(data, *, purpose=None, tag=None):
    """Erases the data of one purpose or about one sensitive topic; the answer stays."""
    scope = EraseScope.DATA_ABOUT(tag) if tag is not None else EraseScope.DATA_OF(purpose)
    return await background(data.erase, scope)


async def install(catalog, path):
    """Verifies and installs a signed bundle that has been downloaded to `path`."""
    return await background(catalog.apply, str(path))


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


async def _answer(consent, purposes, choice, surface, locale):
    choices = [PurposeChoice(purpose=p, choice=choice) for p in purposes]
    return await background(consent.record, choices, surface, locale)
