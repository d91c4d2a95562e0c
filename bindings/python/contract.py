"""The contract: the same short story as in Kotlin and Swift, told in Python.

    python3 contract.py FIXTURES     with the package `sottovoce` on PYTHONPATH
"""

import asyncio
import pathlib
import sys
import tempfile
import unittest

import sottovoce as sv

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

    remove = load

    def store(self, alias, secret):
        raise ValueError("app bug")


class Recorder(sv.Listener):
    def __init__(self):
        self.seen = []

    def changed(self, change):
        self.seen.append(change)


class FailingListener(sv.Listener):
    def changed(self, change):
        raise ValueError("app bug")


class Contract(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def config(self, shop_key=None):
        key = shop_key or (FIXTURES / "shop.pub").read_bytes()
        return sv.Config(store_id="contract", directory=self.folder.name, shop_key=key)

    async def shop(self):
        shop = await sv.open_sottovoce(self.config(), MapKeyStore())
        await sv.install(shop.catalog(), FIXTURES / "shop.bundle")
        self.addCleanup(shop.shutdown)
        return shop

    def shelf(self, shop):
        return shop.ranking().recommend(sv.RecommendRequest(surface="home", limit=8))

    async def test_the_story(self):
        shop = await self.shop()
        self.assertTrue(shop.status().fresh)
        early = await sv.track(shop.events(), sv.EventName.VIEW_ITEM, LIKED[0])
        self.assertEqual(early.reason, sv.DropReason.CONSENT_PENDING)
        self.assertEqual(self.shelf(shop).mode, sv.RankingMode.POPULAR)
        self.assertEqual(len(self.shelf(shop).items), 8)

        recorder = Recorder()
        shop.set_listener(recorder)
        p = sv.Purpose
        receipt = await sv.give(
            shop.consent(), p.SESSION, p.HISTORY, p.INFERENCE, p.RANKING, surface="notice", locale="en"
        )
        self.assertEqual(receipt.seq, 1)
        self.assertTrue(shop.consent().is_allowed(p.RANKING))
        self.assertFalse(shop.consent().is_allowed(p.MEASUREMENT))
        for item in LIKED:
            outcome = await sv.track(shop.events(), sv.EventName.VIEW_ITEM, item)
            self.assertTrue(outcome.is_STORED(), outcome)
        self.assertTrue(any(c.is_CONSENT() for c in recorder.seen))
        self.assertTrue(any(c.is_PROFILE() for c in recorder.seen))

        personal = self.shelf(shop)
        self.assertEqual(personal.mode, sv.RankingMode.PERSONALIZED)
        why = shop.profile().explain(personal.ranking_id, personal.items[0].item_id)
        self.assertTrue(why.factors)

        report = await sv.withdraw(shop.consent(), p.HISTORY, surface="settings", locale="en")
        self.assertEqual(report.rows, len(LIKED))
        self.assertGreaterEqual(report.keys_destroyed, 1)
        self.assertEqual(len(self.shelf(shop).items), 8)
        self.assertIsNone(shop.consent().verify_ledger().broken_at)

    async def test_an_error_reads_well(self):
        with self.assertRaises(sv.SottovoceError.InvalidArgument) as caught:
            sv.Sottovoce(self.config(shop_key=b"123"), MapKeyStore(), None)
        self.assertEqual(
            str(caught.exception), "shop_key cannot be used: it must be the 32 bytes of an Ed25519 public key"
        )

    async def test_a_bug_in_the_key_store_is_a_typed_error(self):
        shop = sv.Sottovoce(self.config(), BuggyKeyStore(), None)
        with self.assertRaises(sv.SottovoceError.KeyStoreUnavailable) as caught:
            shop.unlock()
        self.assertIn("app bug", caught.exception.reason)
        self.assertFalse(shop.status().unlocked)

    async def test_a_bug_in_the_listener_stays_in_the_app(self):
        shop = await self.shop()
        shop.set_listener(FailingListener())
        await sv.give(shop.consent(), sv.Purpose.SESSION, surface="notice", locale="en")
        self.assertTrue(shop.consent().is_allowed(sv.Purpose.SESSION))

    async def test_fifty_calls_at_once(self):
        shop = await self.shop()
        await sv.give(shop.consent(), sv.Purpose.SESSION, sv.Purpose.HISTORY, surface="notice", locale="en")
        names = [LIKED[i % len(LIKED)] for i in range(50)]
        outcomes = await asyncio.gather(*(sv.track(shop.events(), sv.EventName.ADD_TO_CART, n) for n in names))
        self.assertEqual(len(outcomes), 50)
        self.assertTrue(any(o.is_STORED() for o in outcomes))


if __name__ == "__main__":
    unittest.main(verbosity=2)
