"""Sottovoce for Python: the generated surface, and `async` for what may block.

Made for desktop tools and tests. The generated module and the library lie beside this file.
"""

import asyncio

from .sottovoce import *  # noqa: F403
from .sottovoce import (
    Choice,
    Event,
    EventItem,
    PurposeChoice,
    Sottovoce,
    SottovoceError,
    error_text,
)

# What went wrong and what to do about it; the generated variants only list their fields.
SottovoceError.__str__ = error_text


async def open_sottovoce(config, key_store, transport=None):
    """Makes an engine and unlocks it: one call of the key store and some disk, off the event loop.

    Keep one engine for each folder and `shutdown` it before opening another.
    """
    engine = Sottovoce(config, key_store, transport)
    await background(engine.unlock)
    return engine


async def background(work, *arguments):
    """Runs anything else that may block, off the event loop."""
    return await asyncio.to_thread(work, *arguments)


async def track(events, name, *item_ids):
    """Reports what the person did with some items, by id."""
    event = Event(name=name, items=[EventItem(item_id=i) for i in item_ids])
    return await background(events.track, event)


async def give(consent, *purposes, surface, locale):
    """Records a yes to some purposes."""
    return await _answer(consent, purposes, Choice.GIVE, surface, locale)


async def refuse(consent, *purposes, surface, locale):
    """Records a no to some purposes; what was allowed before is erased first."""
    return await _answer(consent, purposes, Choice.REFUSE, surface, locale)


async def withdraw(consent, *purposes, surface, locale):
    """Takes purposes back. When this returns, their data cannot be read any more."""
    return await background(consent.withdraw, list(purposes), surface, locale)


async def install(catalog, path):
    """Verifies and installs a signed bundle that has been downloaded to `path`."""
    return await background(catalog.apply, str(path))


async def _answer(consent, purposes, choice, surface, locale):
    choices = [PurposeChoice(purpose=p, choice=choice) for p in purposes]
    return await background(consent.record, choices, surface, locale)
