"""For tests of apps: an engine with a small shop, in memory and a temporary folder, whose time the test decides."""

from __future__ import annotations

import pathlib
import tempfile

from . import (
    Config,
    Event,
    EventItem,
    KeyStore,
    KeyStoreError,
    Purpose,
    Ranking,
    Receipt,
    RecommendRequest,
    Sottovoce,
    TestClock,
    TrackOutcome,
    WidgetShelf,
    open_for_testing,
    widget_shelf_for_testing,
)

STORE_ID = "contract"
BUNDLE = pathlib.Path(__file__).with_name("shop.bundle")
SHOP_KEY = pathlib.Path(__file__).with_name("shop.pub")


class MemoryKeyStore(KeyStore):
    """A key store that forgets everything with the process. For tests only: nothing protects its keys."""

    def __init__(self) -> None:
        self._items: dict[str, bytes] = {}

    def load(self, alias: str) -> bytes:
        if alias not in self._items:
            raise KeyStoreError.Missing("no such item")
        return self._items[alias]

    def store(self, alias: str, secret: bytes) -> None:
        self._items[alias] = secret

    def remove(self, alias: str) -> None:
        self._items.pop(alias, None)

    def list(self, prefix: str) -> list[str]:
        return [alias for alias in self._items if alias.startswith(prefix)]


class TestShop:
    """An engine with the shop of the examples: `async with TestShop() as shop`."""

    __test__ = False  # nothing for a test runner to collect

    engine: Sottovoce

    def __init__(self, now_ms: int = 1_780_315_200_000) -> None:
        self.clock, self.key_store = TestClock(now_ms), MemoryKeyStore()
        self._folder = tempfile.TemporaryDirectory()

    async def __aenter__(self) -> TestShop:
        await self._unlock()
        await self.engine.catalog().install(BUNDLE)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.engine.aclose()
        self._folder.cleanup()

    async def reopen(self) -> None:
        """Ends the process, as far as the engine can tell, and starts it again."""
        await self.engine.aclose()
        await self._unlock()

    async def widget_shelf(self) -> WidgetShelf | None:
        """What `widget_shelf` gives the widget at the time of `clock`."""
        return await widget_shelf_for_testing(self._config(), self.key_store, self.clock)

    def _config(self) -> Config:
        return Config(STORE_ID, self._folder.name, SHOP_KEY.read_bytes())

    async def _unlock(self) -> None:
        self.engine = await open_for_testing(self._config(), self.key_store, self.clock)


class ScriptedUser:
    """Somebody who uses an app of a shop. Time passes between their steps, as it does for people."""

    def __init__(self, shop: TestShop, pace_ms: int = 45_000) -> None:
        self._shop, self._pace_ms = shop, pace_ms

    async def allows(self, *purposes: Purpose) -> Receipt:
        """Answers the notice."""
        return await self._shop.engine.consent().save(list(purposes), "notice", "en")

    async def allows_personal_shelves(self) -> Receipt:
        """Allows what a personal shelf needs."""
        return await self.allows(Purpose.SESSION, Purpose.HISTORY, Purpose.INFERENCE, Purpose.RANKING)

    async def views(self, *item_ids: str) -> list[TrackOutcome]:
        """Looks at some products, one after the other."""
        return [await self.does(Event.view_item(item_id)) for item_id in item_ids]

    async def buys(self, item_id: str) -> TrackOutcome:
        """Buys one piece of a product."""
        return await self.does(Event.purchase([EventItem(item_id)]))

    async def searches(self, term: str) -> TrackOutcome:
        """Searches for something."""
        return await self.does(Event.search(term))

    async def does(self, event: Event) -> TrackOutcome:
        """Does anything else."""
        self._shop.clock.advance(self._pace_ms)
        return await self._shop.engine.events().track(event)

    def sees(self, limit: int = 12) -> Ranking:
        """What the home screen shows them."""
        return self._shop.engine.ranking().recommend(RecommendRequest("home", limit))
