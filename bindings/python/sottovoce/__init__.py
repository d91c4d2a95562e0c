"""Sottovoce for Python: the generated surface, and `async` for what may block.

Made for desktop tools and tests. `bindings/generate.sh python` puts the generated module and the
library beside this file.
"""

import asyncio

from .sottovoce import *  # noqa: F403
from .sottovoce import (
    Choice,
    Event,
    EventItem,
    PurposeChoice,
    Sottovoce,
)


async def open_sottovoce(config, key_store, transport=None):
    """Makes an engine and unlocks it, off the event loop."""
    engine = Sottovoce(config, key_store, transport)
    await asyncio.to_thread(engine.unlock)
    return engine


async def track(events, name, *item_ids):
    """Reports what the person did with some items, by id."""
    event = Event(name=name, items=[EventItem(item_id=i) for i in item_ids])
    return await asyncio.to_thread(events.track, event)


async def give(consent, *purposes, surface, locale):
    """Records a yes to some purposes."""
    return await _answer(consent, purposes, Choice.GIVE, surface, locale)


async def refuse(consent, *purposes, surface, locale):
    """Records a no to some purposes; what was allowed before is erased first."""
    return await _answer(consent, purposes, Choice.REFUSE, surface, locale)


async def withdraw(consent, *purposes, surface, locale):
    """Takes purposes back. When this returns, their data cannot be read any more."""
    return await asyncio.to_thread(consent.withdraw, list(purposes), surface, locale)


async def install(catalog, path):
    """Verifies and installs a signed bundle."""
    return await asyncio.to_thread(catalog.apply, str(path))


async def _answer(consent, purposes, choice, surface, locale):
    choices = [PurposeChoice(purpose=p, choice=choice) for p in purposes]
    return await asyncio.to_thread(consent.record, choices, surface, locale)
