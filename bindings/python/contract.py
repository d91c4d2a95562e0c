"""The contract: the same short story as in Kotlin and Swift, told in Python.

    python3 contract.py FIXTURES     with the package `sottovoce` beside this file
"""

import asyncio
import itertools
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

import sottovoce as sv
from sottovoce import Choice, EventName, Purpose, SensitiveTag

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

    def list(self, prefix):
        return [alias for alias in self.items if alias.startswith(prefix)]


class BuggyKeyStore(sv.KeyStore):
    def load(self, alias):
        raise ValueError("app bug")

    def store(self, alias, secret):
        raise ValueError("app bug")

    def remove(self, alias):
        raise ValueError("app bug")

    def list(self, prefix):
        raise ValueError("app bug")


class Recorder(sv.Listener):
    def __init__(self):
        self.seen = []

    def changed(self, change):
        self.seen.append(change)


class BuggyListener(sv.Listener):
    def changed(self, change):
        raise ValueError("app bug")


class SlowLogger(sv.Logger):
    def log(self, level, room, text):
        time.sleep(0.02)


def log_slowly(folder):
    """A whole program: many lines wait for its logger when it ends."""
    sv.set_logger(SlowLogger())
    key = (FIXTURES / "shop.pub").read_bytes()
    shop = sv.Sottovoce(sv.Config(store_id="contract", directory=folder, shop_key=key), MapKeyStore())
    for _ in range(8):
        shop.unlock()
        shop.shutdown()


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
        self.assertTrue(shop.status().opening.fresh)
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
        why = shop.profile().explain(personal.ranking_id, first, "de-AT")
        self.assertTrue(why.text and why.factors and all(factor.text for factor in why.factors))

        kept = await sv.refresh_widget(shop.ranking(), sv.RecommendRequest(surface="widget", limit=4))
        self.assertEqual((len(kept.items), kept.personal), (4, True))
        self.assertEqual(await sv.read_widget_shelf(self.config(), keys), kept)

        report = await sv.withdraw(shop.consent(), Purpose.HISTORY, surface="settings", locale="en")
        self.assertIsNone(await sv.read_widget_shelf(self.config(), keys))
        self.assertEqual(report.rows, len(LIKED))
        self.assertGreaterEqual(report.keys_destroyed, 1)
        self.assertNotEqual(self.shelf(shop).mode, sv.RankingMode.PERSONALIZED)
        with self.assertRaises(sv.SottovoceError.InvalidArgument):
            shop.profile().explain(personal.ranking_id, first, "en")
        self.assertIsNone(shop.consent().verify_ledger().broken_at)

        shop.shutdown()
        again = await self.open(keys)
        self.assertFalse(again.status().opening.fresh)
        self.assertTrue(again.consent().is_allowed(Purpose.RANKING))
        self.assertFalse(again.consent().is_allowed(Purpose.HISTORY))
        self.assertEqual(self.shelf(again).mode, sv.RankingMode.POPULAR)

    async def test_a_slow_logger_does_not_abort_the_interpreter_at_its_end(self):
        for _ in range(8):
            program = [sys.executable, __file__, FIXTURES, "--slow-logger", self.folder]
            ended = await sv.background(subprocess.run, program)
            self.assertEqual(ended.returncode, 0)

    async def test_the_preference_center(self):
        shop = await self.shop()
        consent = shop.consent()
        await sv.background(consent.apply_signals, sv.ExternalSignals(region="DE"))
        place = {"surface": "center", "locale": "de-AT"}
        center = consent.center("de-AT")
        groups = [title for title, _ in itertools.groupby(p.group_title for p in center.notice.purposes)]
        self.assertEqual(len(groups), 2)
        self.assertEqual((center.notice.locale, center.notice.accept_label), ("de", "Alle annehmen"))
        self.assertTrue(all(p.reason_text and p.retention_text and p.recipients_text for p in center.notice.purposes))
        self.assertEqual(center.notice.title, "Deine Entscheidungen")
        self.assertEqual(consent.center("de-AT-x-formal").notice.title, "Ihre Entscheidungen")
        refused = sv.Word.BECAUSE(reason=sv.DecisionReason.REFUSED)
        self.assertEqual(sv.word_text(refused, "de-x-formal"), "Sie haben es abgelehnt.")

        def is_on(purpose):
            return next(p for p in consent.center("de").notice.purposes if p.purpose == purpose).is_on

        await sv.give(consent, Purpose.SESSION, **place)
        self.assertTrue(is_on(Purpose.SESSION))
        await sv.withdraw(consent, Purpose.SESSION, **place)
        self.assertFalse(is_on(Purpose.SESSION))
        yes = await sv.accept_everything(consent, **place)
        no = await sv.refuse_everything(consent, **place)
        self.assertEqual((no.seq, len(no.purposes)), (yes.seq + 1, len(yes.purposes)))
        self.assertFalse(consent.is_allowed(Purpose.RANKING))
        entry = consent.center("de").history[0]
        self.assertEqual((entry.title, entry.receipt.seq), ("Deine Antwort", no.seq))
        self.assertEqual(entry.lines[0].state_text, "Zurückgenommen")

    async def test_a_sensitive_topic_and_a_new_policy(self):
        shop = await self.shop()
        consent = shop.consent()
        await sv.background(consent.apply_signals, sv.ExternalSignals(region="DE"))
        with self.assertRaises(sv.SottovoceError.NotAskable) as caught:
            await sv.answer(consent, SensitiveTag.PREGNANCY, Choice.GIVE, surface="topic", locale="de-AT")
        self.assertEqual(caught.exception.reason, sv.DecisionReason.PROHIBITED)

        policy = (FIXTURES / "policy.signed").read_bytes()
        diff = await sv.install_policy(consent, policy)
        self.assertEqual((diff.to, diff.sensitive), ("brambly@2", [SensitiveTag.PREGNANCY]))
        with self.assertRaises(sv.SottovoceError.Rejected):
            await sv.install_policy(consent, (FIXTURES / "policy.older.signed").read_bytes())
        self.assertIn("version 2 is in use", consent.refused_policy().reason)
        self.assertEqual([s.tag for s in consent.center("de").sensitive], [SensitiveTag.PREGNANCY])
        await self.give(shop, Purpose.HISTORY)
        early = await sv.track(shop.events(), EventName.VIEW_ITEM, "CL28-M")
        self.assertEqual(early, sv.TrackOutcome.DROPPED(sv.DropReason.SENSITIVE))
        await sv.answer(consent, SensitiveTag.PREGNANCY, Choice.GIVE, surface="topic", locale="de-AT")
        outcome = await sv.track(shop.events(), EventName.VIEW_ITEM, "CL28-M")
        self.assertTrue(outcome.is_STORED(), outcome)
        self.assertEqual(json.loads(await sv.copy(shop.data()))["events"][0]["topic"], "pregnancy")
        await sv.answer(consent, SensitiveTag.PREGNANCY, Choice.REFUSE, surface="topic", locale="de-AT")
        self.assertEqual(json.loads(await sv.copy(shop.data()))["events"], [])

        check = consent.verify_ledger()
        self.assertIsNone(check.broken_at)
        self.assertEqual(consent.head().head_hash, check.head_hash)

    async def test_a_copy_and_the_end_of_it(self):
        shop = await self.shop()
        await sv.accept_everything(shop.consent(), surface="center", locale="de-AT")
        await sv.track(shop.events(), EventName.VIEW_ITEM, LIKED[0])
        brands = shop.preferences().form("de-AT").fields[0]
        self.assertEqual(brands.label, "Lieblingsmarken")
        await sv.background(shop.preferences().set, brands.key, brands.options[0].value)
        copy = json.loads(await sv.copy(shop.data()))
        self.assertEqual(copy["events"][0]["items"][0]["item_id"], LIKED[0])
        self.assertEqual(copy["preferences"][0]["value"], brands.options[0].value)

        report = await sv.erase_everything(shop.data())
        self.assertGreaterEqual(report.rows, 2)
        copy = json.loads(await sv.copy(shop.data()))
        self.assertEqual((copy["events"], copy["preferences"]), ([], []))
        self.assertEqual((await sv.erase_everything(shop.data())).receipt_id, "")
        self.assertFalse(shop.consent().is_allowed(Purpose.HISTORY))

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
    if sys.argv[1:2] == ["--slow-logger"]:
        log_slowly(sys.argv[2])
    else:
        unittest.main(verbosity=2)
