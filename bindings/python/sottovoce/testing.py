"""For tests of apps: an engine with a small shop, in memory and a temporary folder, whose time the test decides."""

import pathlib
import tempfile

from . import (
    Config,
    Event,
    EventItem,
    KeyStore,
    KeyStoreError,
    Purpose,
    RecommendRequest,
    TestClock,
    open_for_testing,
)

STORE_ID = "contract"
BUNDLE = pathlib.Path(__file__).with_name("shop.bundle")
SHOP_KEY = pathlib.Path(__file__).with_name("shop.pub")


class MemoryKeyStore(KeyStore):
    """A key store that forgets everything with the process. For tests only: nothing protects its keys."""

    def __init__(self):
        self._items = {}

    def load(self, alias):
        if alias not in self._items:
            raise KeyStoreError.Missing("no such item")
        return self._items[alias]

    def store(self, alias, secret):
        self._items[alias] = secret

    def remove(self, alias):
        self._items.pop(alias, None)

    def list(self, prefix):
        return [alias for alias in self._items if alias.startswith(prefix)]


class TestShop:
    """An engine with the shop of the examples: `async with TestShop() as shop`."""

    __test__ = False  # nothing for a test runner to collect

    def __init__(self, now_ms=1_780_315_200_000):
        self.clock, self.key_store, self.engine = TestClock(now_ms), MemoryKeyStore(), None
        self._folder = tempfile.TemporaryDirectory()

    async def __aenter__(self):
        await self._unlock()
        await self.engine.catalog().install(str(BUNDLE))
        return self

    async def __aexit__(self, *_):
        self.engine.shutdown()
        self._folder.cleanup()

    async def reopen(self):
        """Ends the process, as far as the engine can tell, and starts it again."""
        self.engine.shutdown()
        await self._unlock()

    async def _unlock(self):
        config = Config(STORE_ID, self._folder.name, SHOP_KEY.read_bytes())
        self.engine = await open_for_testing(config, self.key_store, self.clock)


class ScriptedUser:
    """Somebody who uses an app of a shop. Time passes between their steps, as it does for people."""

    def __init__(self, shop, pace_ms=45_000):
        self._shop, self._pace_ms = shop, pace_ms

    async def allows(self, *purposes):
        """Answers the notice."""
        return await self._shop.engine.consent().save(list(purposes), "notice", "en")

    async def allows_personal_shelves(self):
        """Allows what a personal shelf needs."""
        return await self.allows(Purpose.SESSION, Purpose.HISTORY, Purpose.INFERENCE, Purpose.RANKING)

    async def views(self, *item_ids):
        """Looks at some products, one after the other."""
        return [await self.does(Event.view_item(item_id)) for item_id in item_ids]

    async def buys(self, item_id):
        """Buys one piece of a product."""
        return await self.does(Event.purchase([EventItem(item_id)]))

    async def searches(self, term):
        """Searches for something."""
        return await self.does(Event.search(term))

    async def does(self, event):
        """Does anything else."""
        self._shop.clock.advance(self._pace_ms)
        return await self._shop.engine.events().track(event)

    def sees(self, limit=12):
        """What the home screen shows them."""
        return self._shop.engine.ranking().recommend(RecommendRequest("home", limit))
