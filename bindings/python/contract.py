"""The contract: the same short story as in Kotlin and Swift, told in Python.

    python3 contract.py FIXTURES     with the package `sottovoce` beside this file
"""

import asyncio
import pathlib
import sys
import tempfile
import unittest

import sottovoce as sv
from sottovoce import EventName, Purpose

FIXTURES = pathlib.Path(sys.argv.pop(1))
LIKED = (FIXTURES / "liked.txt").read_text().split()


class MapKeyStore(sv.KeyStore):
    def __init__(self):
        self.items = {}

    def load(self, alias):
        if alias not in self.items:
            raise sv.KeyStoreError.Missing("no such item")
        return self.items[alias]

    def store(self, alias, secret):
        self.items[alias] = secret

    def remove(self, alias):
        self.items.pop(alias, None)


class BuggyKeyStore(sv.KeyStore):
    def load(self, alias):
        raise ValueError("app bug")

    def store(self, alias, secret):
        raise ValueError("app bug")

    def remove(self, alias):
        raise ValueError("app bug")


class Recorder(sv.Listener):
    def __init__(self):
        self.seen = []

    def changed(self, change):
        self.seen.append(change)


class BuggyListener(sv.Listener):
    def changed(self, change):
        raise ValueError("app bug")


class Contract(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def config(self, shop_key=None):
        key = shop_key or (FIXTURES / "shop.pub").read_bytes()
        return sv.Config(store_id="contract", directory=self.folder, shop_key=key)

    async def open(self, keys):
        shop = await sv.open_sottovoce(self.config(), keys)
        self.addCleanup(shop.shutdown)
        return shop

    async def shop(self, keys=None):
        shop = await self.open(keys or MapKeyStore())
        await sv.install(shop.catalog(), FIXTURES / "shop.bundle")
        return shop

    def shelf(self, shop, limit=8):
        return shop.ranking().recommend(sv.RecommendRequest(surface="home", limit=limit))

    async def give(self, shop, *purposes):
        return await sv.give(shop.consent(), *purposes, surface="notice", locale="en")

    async def test_the_story(self):
        keys = MapKeyStore()
        shop = await self.shop(keys)
        self.assertTrue(shop.status().fresh)
        self.assertIsNotNone(shop.consent().pending_prompt("en"))
        early = await sv.track(shop.events(), EventName.VIEW_ITEM, LIKED[0])
        self.assertEqual(early, sv.TrackOutcome.DROPPED(sv.DropReason.CONSENT_PENDING))
        self.assertEqual(self.shelf(shop).mode, sv.RankingMode.POPULAR)
        self.assertEqual(len(self.shelf(shop).items), 8)

        recorder = Recorder()
        shop.set_listener(recorder)
        receipt = await self.give(shop, Purpose.SESSION, Purpose.HISTORY, Purpose.INFERENCE, Purpose.RANKING)
        self.assertEqual(receipt.seq, 1)
        self.assertTrue(shop.consent().is_allowed(Purpose.RANKING))
        self.assertFalse(shop.consent().is_allowed(Purpose.MEASUREMENT))
        for item in LIKED:
            outcome = await sv.track(shop.events(), EventName.VIEW_ITEM, item)
            self.assertTrue(outcome.is_STORED(), outcome)
        self.assertIn(sv.Change.CONSENT(), recorder.seen)
        self.assertIn(sv.Change.PROFILE(), recorder.seen)

        personal = self.shelf(shop)
        self.assertEqual(personal.mode, sv.RankingMode.PERSONALIZED)
        first = personal.items[0].item_id
        self.assertTrue(shop.profile().explain(personal.ranking_id, first).factors)

        report = await sv.withdraw(shop.consent(), Purpose.HISTORY, surface="settings", locale="en")
        self.assertEqual(report.rows, len(LIKED))
        self.assertGreaterEqual(report.keys_destroyed, 1)
        self.assertNotEqual(self.shelf(shop).mode, sv.RankingMode.PERSONALIZED)
        with self.assertRaises(sv.SottovoceError.InvalidArgument):
            shop.profile().explain(personal.ranking_id, first)
        self.assertIsNone(shop.consent().verify_ledger().broken_at)

        shop.shutdown()
        again = await self.open(keys)
        self.assertFalse(again.status().fresh)
        self.assertTrue(again.consent().is_allowed(Purpose.RANKING))
        self.assertFalse(again.consent().is_allowed(Purpose.HISTORY))
        self.assertEqual(self.shelf(again).mode, sv.RankingMode.POPULAR)

    async def test_an_error_reads_well(self):
        with self.assertRaises(sv.SottovoceError.InvalidArgument) as caught:
            sv.Sottovoce(self.config(shop_key=b"123"), MapKeyStore())
        text = "shop_key cannot be used: it must be the 32 bytes of an Ed25519 public key"
        self.assertEqual(str(caught.exception), text)

    async def test_a_bug_in_the_key_store_is_a_typed_error(self):
        shop = sv.Sottovoce(self.config(), BuggyKeyStore())
        with self.assertRaises(sv.SottovoceError.KeyStoreUnavailable) as caught:
            await sv.background(shop.unlock)
        self.assertIn("app bug", caught.exception.reason)
        self.assertFalse(shop.status().unlocked)

    async def test_a_bug_in_the_listener_stays_in_the_app(self):
        shop = await self.shop()
        shop.set_listener(BuggyListener())
        await self.give(shop, Purpose.SESSION)
        self.assertTrue(shop.consent().is_allowed(Purpose.SESSION))

    async def test_fifty_calls_at_once(self):
        shop = await self.shop()
        await self.give(shop, Purpose.SESSION, Purpose.HISTORY)
        products = [product.item_id for product in self.shelf(shop, 25).items]
        writing = [sv.track(shop.events(), EventName.ADD_TO_CART, product) for product in products]
        reading = [sv.background(self.shelf, shop) for _ in products]
        answers = await asyncio.gather(*writing, *reading)
        self.assertEqual(len(answers), 50)
        for outcome in answers[:25]:
            self.assertTrue(outcome.is_STORED(), outcome)
        for shelf in answers[25:]:
            self.assertEqual(len(shelf.items), 8)


if __name__ == "__main__":
    unittest.main(verbosity=2)
