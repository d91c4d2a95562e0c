"""The contract: the same short story as in Kotlin and Swift, told in Python.

    python3 contract.py FIXTURES     with the package `sottovoce` beside this file
"""

import asyncio
import dataclasses
import datetime
import gc
import itertools
import json
import pathlib
import pickle
import subprocess
import sys
import tempfile
import time
import unittest
from decimal import Decimal

import sottovoce as sv
from sottovoce import Choice, DropReason, Event, EventItem, EventName, Money, Purpose, SensitiveTag, TrackOutcome
from sottovoce.testing import MemoryKeyStore, ScriptedUser, TestShop

FIXTURES = pathlib.Path(sys.argv.pop(1))
LIKED = (FIXTURES / "liked.txt").read_text().split()


class BuggyKeyStore(sv.KeyStore):
    def load(self, alias):
        raise ValueError("app bug")

    def store(self, alias, secret):
        raise ValueError("app bug")

    def remove(self, alias):
        raise ValueError("app bug")

    def list(self, prefix):
        raise ValueError("app bug")


class NosyKeyStore(MemoryKeyStore):
    """Calls the engine back where the engine waits for it."""

    def __init__(self):
        super().__init__()
        self.engine, self.met = None, []

    def load(self, alias):
        self._call()
        return super().load(alias)

    def list(self, prefix):
        self._call()
        return super().list(prefix)

    def _call(self):
        try:
            self.met.append(asyncio.run(self.engine.unlock()))
        except sv.SottovoceError as error:
            self.met.append(error)


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
    shop = sv.Sottovoce(sv.Config("contract", folder, key), MemoryKeyStore())
    for _ in range(8):
        asyncio.run(shop.unlock())
        shop.shutdown()


class Contract(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def config(self, shop_key=None):
        key = shop_key or (FIXTURES / "shop.pub").read_bytes()
        return sv.Config("contract", self.folder, key)

    async def open(self, keys):
        shop = await sv.Sottovoce.open(self.config(), keys)
        self.addCleanup(shop.shutdown)
        return shop

    async def shop(self, keys=None):
        shop = await self.open(keys or MemoryKeyStore())
        await shop.catalog().install(str(FIXTURES / "shop.bundle"))
        return shop

    def shelf(self, shop, limit=8):
        return shop.ranking().recommend(sv.RecommendRequest("home", limit))

    async def allow(self, shop, *purposes):
        return await shop.consent().save(list(purposes), "notice", "en")

    async def test_the_story(self):
        keys = MemoryKeyStore()
        shop = await self.shop(keys)
        self.assertTrue(shop.status().opening.fresh)
        self.assertIsNotNone(shop.consent().pending_prompt("en"))
        early = await shop.events().track(Event.view_item(LIKED[0]))
        self.assertEqual(early, TrackOutcome.DROPPED(DropReason.CONSENT_PENDING))
        self.assertEqual(self.shelf(shop).mode, sv.RankingMode.POPULAR)
        self.assertEqual(len(self.shelf(shop).items), 8)

        recorder = Recorder()
        shop.set_listener(recorder)
        receipt = await self.allow(shop, Purpose.SESSION, Purpose.HISTORY, Purpose.INFERENCE, Purpose.RANKING)
        self.assertEqual(receipt.seq, 1)
        self.assertTrue(shop.consent().is_allowed(Purpose.RANKING))
        self.assertFalse(shop.consent().is_allowed(Purpose.MEASUREMENT))
        for item in LIKED:
            outcome = await shop.events().track(Event.view_item(item))
            self.assertTrue(outcome.is_stored(), outcome)
        self.assertIn(sv.Change.CONSENT(), recorder.seen)
        self.assertIn(sv.Change.PROFILE(), recorder.seen)

        personal = self.shelf(shop)
        self.assertEqual(personal.mode, sv.RankingMode.PERSONALIZED)
        self.assertTrue(all(p.title and p.price.currency == "EUR" for p in personal.items))
        first = personal.items[0].item_id
        why = shop.profile().explain(personal.ranking_id, first, "de-AT")
        self.assertTrue(why.text and why.factors and all(factor.text for factor in why.factors))

        kept = await shop.ranking().keep_for_widget(sv.RecommendRequest("widget", 4))
        self.assertEqual((len(kept.items), kept.personal), (4, True))
        self.assertEqual(await sv.widget_shelf(self.config(), keys), kept)

        half_an_emoji = "settings \ud83d"
        report = await shop.consent().withdraw([Purpose.HISTORY], half_an_emoji, "en")
        self.assertIsNone(await sv.widget_shelf(self.config(), keys))
        self.assertEqual(report.rows, len(LIKED))
        self.assertGreaterEqual(report.keys_destroyed, 1)
        self.assertNotEqual(self.shelf(shop).mode, sv.RankingMode.PERSONALIZED)
        with self.assertRaises(sv.SottovoceError.InvalidArgument):
            shop.profile().explain(personal.ranking_id, first, "en")
        self.assertIsNone((await shop.consent().verify_ledger()).broken_at)

        shop.shutdown()
        again = await self.open(keys)
        self.assertFalse(again.status().opening.fresh)
        self.assertTrue(again.consent().is_allowed(Purpose.RANKING))
        self.assertFalse(again.consent().is_allowed(Purpose.HISTORY))
        self.assertEqual(self.shelf(again).mode, sv.RankingMode.POPULAR)

    async def test_the_storefront_of_a_plan(self):
        shop = await self.shop()
        page = shop.ranking().storefront("home", "de")
        slots = [slot.slot_id for slot in page.slots]
        self.assertTrue("home-story" in slots and "home-again" not in slots)
        hero = shop.ranking().decide("home-hero", "de")
        self.assertEqual((hero.variant_id, hero.title), ("shop", "Gutes für jedes Zimmer"))
        offer = shop.ranking().decide("home-offer", "en").offer
        self.assertEqual((offer.offer_id, offer.minimum.minor), ("free-delivery-40", 4000))
        shelf = next(slot.shelf for slot in page.slots if slot.kind == sv.SlotKind.SHELF)
        self.assertEqual(len(shop.ranking().recommend(shelf).items), 12)
        self.assertEqual([segment.title for segment in shop.profile().segments("de")], ["Neu hier"])
        again = sv.PreviewAs(sv.Stage.REPEAT, ["regulars"])
        seen = shop.ranking().preview("home", again, "en")
        self.assertIn("home-again", [slot.slot_id for slot in seen.slots])
        gold = sv.VisitContext(loyalty_tier="gold")
        self.assertFalse(shop.events().set_context(gold))
        await self.allow(shop, Purpose.SESSION, Purpose.RANKING, Purpose.OFFERS)
        self.assertTrue(shop.events().set_context(gold))
        offer = shop.ranking().decide("home-offer", "en").offer
        self.assertEqual((offer.offer_id, offer.free_delivery), ("gold-delivery", True))

    async def test_how_much_is_personal(self):
        shop = await self.shop()
        preferences = shop.preferences()
        await preferences.set_intensity(sv.Surface.SEARCH, sv.Intensity.OFF)
        self.assertEqual(preferences.intensity(sv.Surface.SEARCH), sv.Intensity.OFF)
        self.assertEqual(preferences.intensity(sv.Surface.OFFERS), sv.Intensity.FULL)
        [field] = [field for field in preferences.form("de").surfaces if field.surface == sv.Surface.SEARCH]
        self.assertEqual((field.label, field.intensity), ("Suche", sv.Intensity.OFF))

    async def test_a_message_about_the_cart(self):
        shop = await self.shop()
        request = sv.MessageRequest("de", 60)
        self.assertEqual(shop.messages().poll(request).silence, sv.Silence.NOT_ALLOWED)
        p = sv.Purpose
        await self.allow(shop, p.SESSION, p.HISTORY, p.INFERENCE, p.RANKING, p.MESSAGING)
        self.assertEqual(shop.messages().poll(request).silence, sv.Silence.NO_OCCASION)
        await shop.events().track(Event.add_to_cart(LIKED[0]))
        message = shop.messages().poll(request).message
        self.assertEqual((message.kind, message.title), (sv.MessageKind.ABANDONED_CART, "Dein Warenkorb wartet"))
        self.assertEqual(message.item_id, LIKED[0])
        self.assertGreater(message.deliver_at, datetime.datetime.now(datetime.timezone.utc))
        await shop.messages().scheduled(message)
        await shop.messages().set_muted("cart-waits", True)
        self.assertEqual(shop.messages().poll(request).silence, sv.Silence.NO_OCCASION)
        await shop.messages().scheduled(None)
        rules = shop.messages().settings("de").rules
        self.assertEqual([rule.label for rule in rules if rule.muted], ["Erinnerungen an den Warenkorb"])
        await shop.messages().snooze(None)

    async def test_a_product_and_its_variants(self):
        shop = await self.shop()
        cards = self.shelf(shop, 50).items
        self.assertEqual(len({card.product_id for card in cards}), len(cards))
        card = next(card for card in cards if len(card.variants) > 1)
        ids = [variant.item_id for variant in card.variants]
        self.assertIn(card.item_id, ids)
        self.assertTrue(all(variant.options for variant in card.variants))
        [product] = shop.catalog().products([card.item_id, card.product_id])
        self.assertEqual([variant.item_id for variant in product.variants], ids)
        self.assertTrue(product.options and product.default_item_id in ids)
        [item] = shop.catalog().items([card.item_id])
        self.assertEqual((item.product_id, item.title), (card.product_id, card.title))

    async def test_a_product_page_and_its_checkout(self):
        shop = await self.shop()
        product = shop.product()
        self.assertIsNone(product.size_advice("SH35-MU-38", "de"))
        p = sv.Purpose
        await self.allow(shop, p.SESSION, p.HISTORY, p.INFERENCE, p.RANKING, p.PREFERENCES)
        await shop.events().track(Event.purchase([EventItem("SH29-FO-41")], None, "shoes"))
        size = product.size_advice("SH35-MU-38", "de")
        self.assertEqual((size.size, size.reason), ("42", sv.SizeReason.ORDERED_BY_CHART))
        self.assertEqual((size.compared_item_id, size.chart_id), ("SH29-FO-41", "nordhem-shoes"))
        self.assertTrue(size.because.startswith("Du hast „Tempo Running Shoes“ in Größe 41 bestellt."))
        await shop.preferences().set(sv.PreferenceKey.MATTERS, "comfort")
        looks, comfort = (sv.Review(name, [aspect]) for name, aspect in
            (("1", sv.ReviewAspect.LOOKS), ("2", sv.ReviewAspect.COMFORT)))  # fmt: skip
        ranked = product.rank_reviews("SH35-MU-38", [looks, comfort], "de")
        self.assertEqual([review.review_id for review in ranked], ["2", "1"])
        [concern] = ranked[0].concerns
        self.assertEqual((concern.aspect, concern.reason), (sv.ReviewAspect.COMFORT, sv.ConcernReason.STATED))
        self.assertEqual(concern.because, "Du hast uns gesagt, dass dir das wichtig ist.")
        self.assertEqual(sv.word_text(sv.Word.REVIEWED(concern.aspect), "en"), "Comfort")
        self.assertEqual(product.checkout_hints(), sv.CheckoutHints(None, None, None))
        await shop.events().track(Event.add_shipping_info("Next day", gift_wrap=True))
        hints = product.checkout_hints()
        self.assertEqual((hints.delivery, hints.gift_wrap), (sv.DeliveryKind.EXPRESS, True))
        self.assertIsNone(shop.profile().predictions().value)
        now_ms = int(datetime.datetime.now(datetime.timezone.utc).timestamp() * 1000)
        for days in (60, 30, 2):
            bought = Event.purchase([EventItem("SH29-FO-41")], sv.Money(5000, "EUR"), f"{days} days ago")
            await shop.events().track(dataclasses.replace(bought, time_ms=now_ms - days * 86_400_000))
        value = shop.profile().predictions().value
        self.assertEqual((value.band, value.evidence_count), (sv.ValueBand.HIGH, 4))
        self.assertEqual(sv.word_text(sv.Word.SPENT(value.band), "de"), "Hohe Ausgaben")

    async def test_a_patch_changes_a_price(self):
        shop = await self.shop()
        self.assertIsNone(shop.status().catalog_patch)
        report = await shop.catalog().install(str(FIXTURES / "prices.patch"))
        self.assertTrue(report.patch.is_in_force())
        self.assertEqual((report.version, report.patch.number), (1, 1))
        self.assertEqual(shop.status().catalog_patch, report.patch)
        [item] = shop.catalog().items(LIKED[:1])
        self.assertEqual(item.price.minor, 123)
        with self.assertRaises(sv.SottovoceError.InvalidArgument):
            await shop.catalog().sync("https://shop.example/catalog")  # without a transport

    async def test_a_selection_is_asked_for_once(self):
        keys = MemoryKeyStore()
        shop = await self.shop(keys)
        notice = shop.consent().pending_prompt("en")
        receipt = await self.allow(shop, Purpose.SESSION)
        self.assertEqual({p.purpose for p in receipt.purposes}, {p.purpose for p in notice.purposes if p.can_refuse})
        self.assertTrue(shop.consent().is_allowed(Purpose.SESSION))
        self.assertFalse(shop.consent().is_allowed(Purpose.HISTORY))
        self.assertIsNone(shop.consent().pending_prompt("en"))
        shop.shutdown()
        self.assertIsNone((await self.open(keys)).consent().pending_prompt("en"))

    async def test_a_slow_logger_does_not_abort_the_interpreter_at_its_end(self):
        for _ in range(8):
            program = [sys.executable, __file__, FIXTURES, "--slow-logger", self.folder]
            ended = await asyncio.to_thread(subprocess.run, program)
            self.assertEqual(ended.returncode, 0)

    async def test_calls_under_way_do_not_abort_the_interpreter_at_its_end(self):
        for pause in ("0.0", "0.01", "0.03", "0.1"):
            folder = tempfile.mkdtemp(dir=self.folder)
            program = [sys.executable, __file__, FIXTURES, "--slow-key-store", folder, pause]
            ended = await asyncio.to_thread(subprocess.run, program, stderr=subprocess.PIPE)
            self.assertEqual(ended.returncode, 0, ended.stderr)

    async def test_the_preference_center(self):
        shop = await self.shop()
        consent = shop.consent()
        await consent.apply_signals(sv.ExternalSignals(region="DE"))
        place = ("center", "de-AT")
        center = consent.center("de-AT")
        groups = [title for title, _ in itertools.groupby(p.group_title for p in center.notice.purposes)]
        self.assertEqual(len(groups), 2)
        self.assertEqual((center.notice.locale, center.notice.accept_label), ("de", "Alle akzeptieren"))
        self.assertTrue(all(p.reason_text and p.retention_text and p.recipients_text for p in center.notice.purposes))
        self.assertEqual(center.notice.title, "Deine Entscheidungen")
        self.assertEqual(consent.center("de-AT-x-formal").notice.title, "Ihre Entscheidungen")
        refused = sv.Word.BECAUSE(reason=sv.DecisionReason.REFUSED)
        self.assertEqual(sv.word_text(refused, "de-x-formal"), "Sie haben es abgelehnt.")

        def is_on(purpose):
            return next(p for p in consent.center("de").notice.purposes if p.purpose == purpose).is_on

        await consent.record([sv.PurposeChoice(Purpose.SESSION, Choice.GIVE)], *place)
        self.assertTrue(is_on(Purpose.SESSION))
        await consent.withdraw([Purpose.SESSION], *place)
        self.assertFalse(is_on(Purpose.SESSION))
        yes = await consent.accept_all(*place)
        no = await consent.refuse_all(*place)
        self.assertEqual((no.seq, len(no.purposes)), (yes.seq + 1, len(yes.purposes)))
        self.assertFalse(consent.is_allowed(Purpose.RANKING))
        entry = consent.center("de").history[0]
        self.assertEqual((entry.title, entry.receipt.seq), ("Deine Antwort", no.seq))
        self.assertEqual(entry.lines[0].state_text, "Zurückgenommen")

    async def test_a_sensitive_topic_and_a_new_policy(self):
        shop = await self.shop()
        consent = shop.consent()
        await consent.apply_signals(sv.ExternalSignals(region="DE"))
        with self.assertRaises(sv.SottovoceError.NotAskable) as caught:
            await consent.answer_sensitive(SensitiveTag.PREGNANCY, Choice.GIVE, "topic", "de-AT")
        self.assertEqual(caught.exception.reason, sv.DecisionReason.PROHIBITED)

        policy = (FIXTURES / "policy.signed").read_bytes()
        diff = await consent.apply_policy(policy)
        self.assertEqual((diff.to, diff.sensitive), ("brambly@2", [SensitiveTag.PREGNANCY]))
        with self.assertRaises(sv.SottovoceError.Rejected):
            await consent.apply_policy((FIXTURES / "policy.older.signed").read_bytes())
        self.assertIn("version 2 is in use", consent.refused_policy().reason)
        self.assertEqual([s.tag for s in consent.center("de").sensitive], [SensitiveTag.PREGNANCY])
        await self.allow(shop, Purpose.HISTORY)
        early = await shop.events().track(Event.view_item("CL28-M"))
        self.assertEqual(early, TrackOutcome.DROPPED(DropReason.SENSITIVE))
        await consent.answer_sensitive(SensitiveTag.PREGNANCY, Choice.GIVE, "topic", "de-AT")
        outcome = await shop.events().track(Event.view_item("CL28-M"))
        self.assertTrue(outcome.is_stored(), outcome)
        self.assertEqual(json.loads(await shop.data().export())["events"][0]["topic"], "pregnancy")
        await consent.answer_sensitive(SensitiveTag.PREGNANCY, Choice.REFUSE, "topic", "de-AT")
        self.assertEqual(json.loads(await shop.data().export())["events"], [])

        check = await consent.verify_ledger()
        self.assertIsNone(check.broken_at)
        self.assertEqual((await consent.head()).head_hash, check.head_hash)

    async def test_a_copy_and_the_end_of_it(self):
        shop = await self.shop()
        await shop.consent().accept_all("center", "de-AT")
        await shop.events().track(Event.view_item(LIKED[0]))
        brands = shop.preferences().form("de-AT").fields[0]
        self.assertEqual(brands.label, "Lieblingsmarken")
        await shop.preferences().set(brands.key, brands.options[0].value)
        copy = json.loads(await shop.data().export())
        self.assertEqual(copy["events"][0]["items"][0]["item_id"], LIKED[0])
        self.assertEqual(copy["preferences"][0]["value"], brands.options[0].value)

        report = await shop.data().erase(sv.EraseScope.EVERYTHING())
        self.assertGreaterEqual(report.rows, 2)
        copy = json.loads(await shop.data().export())
        self.assertEqual((copy["events"], copy["preferences"]), ([], []))
        self.assertEqual((await shop.data().erase(sv.EraseScope.EVERYTHING())).receipt_id, "")
        self.assertFalse(shop.consent().is_allowed(Purpose.HISTORY))

    async def test_a_search_is_counted_paged_and_marked(self):
        shop = await self.shop()
        find = shop.search().query
        request = sv.SearchRequest("kofee beans", 3, facets=True)
        first = find(request)
        self.assertEqual(first.searched_instead, "coffee beans")
        self.assertGreater(first.total, 3)
        brands = next(facet for facet in first.facets if facet.kind == sv.FacetKind.BRAND)
        self.assertTrue(all(0 < value.count <= first.total for value in brands.values))
        product = first.page.items[0]
        units = product.title.encode("utf-16-le")
        marked = [units[2 * part.start : 2 * part.end].decode("utf-16-le") for part in product.highlights]
        self.assertEqual(marked, ["Coffee", "Beans"])

        request.cursor = first.next_cursor
        second = find(request)
        self.assertEqual([item.index for item in second.page.items], [3, 4, 5][: first.total - 3])
        shown = {item.product_id for page in (first, second) for item in page.page.items}
        self.assertEqual(len(shown), len(first.page.items) + len(second.page.items))
        request.sort = sv.SortOrder.PRICE_UP
        with self.assertRaises(sv.SottovoceError.InvalidArgument):
            find(request)
        request.cursor = "0.3"
        with self.assertRaises(sv.SottovoceError.CursorExpired):
            find(request)

        cheap = find(sv.SearchRequest("coffee", 50, sort=sv.SortOrder.PRICE_UP, availability=[sv.Availability.IN_STOCK]))
        prices = [(item.sale_price or item.price).minor for item in cheap.page.items[: cheap.whole]]
        self.assertEqual(prices, sorted(prices))
        without = sv.Filters(brands=[brands.values[0].value])
        others = find(sv.SearchRequest("kofee beans", 50, exclude=without))
        self.assertEqual(others.total, first.total - brands.values[0].count)
        self.assertEqual(find(sv.SearchRequest("coffee zeppelin", 3)).unmatched_words, ["zeppelin"])

    async def test_money_and_a_dropped_event(self):
        price = Money.of(Decimal("12.99"), "EUR")
        self.assertEqual((price, price.amount), (Money(1299, "EUR"), Decimal("12.99")))
        self.assertEqual(Money(1299, "JPY").amount, 1299)
        self.assertEqual((Money.of("-3", "JPY"), Money.of(7, "KWD").minor), (Money(-3, "JPY"), 7000))
        for amount, currency, why in [
            ("0.005", "EUR", "0.005 has more decimals than EUR, which has 2"),
            ("1.5", "JPY", "1.5 has more decimals than JPY, which has 0"),
            ("1", "euro", "'euro' is no currency: it must be an ISO 4217 code in capitals, such as EUR"),
            ("12,50", "EUR", "'12,50' is no amount: write digits and a decimal point, such as 1299.95"),
            ("1e3", "EUR", "'1e3' is no amount: write digits and a decimal point, such as 1299.95"),
            (Decimal("NaN"), "EUR", "NaN is no amount"),
            ("9" * 30, "EUR", f"{'9' * 30} is too large"),
        ]:
            with self.assertRaises(ValueError) as caught:
                Money.of(amount, currency)
            self.assertEqual(str(caught.exception), why)
        for amount, currency in [(12.99, "EUR"), (None, "EUR"), (True, "EUR"), ("1", None)]:
            with self.assertRaisesRegex(TypeError, "must be a"):
                Money.of(amount, currency)

        shop = await self.shop()
        await self.allow(shop, Purpose.SESSION, Purpose.HISTORY)
        track = shop.events().track
        owed = Event.purchase([EventItem(LIKED[0])], Money(-1, "EUR"), "1")
        self.assertEqual(await track(owed), TrackOutcome.DROPPED(DropReason.INVALID, "value"))
        long = Event.search("x" * 500)
        self.assertEqual(await track(long), TrackOutcome.DROPPED(DropReason.INVALID, "search_term"))
        bought = Event.purchase([EventItem(LIKED[0], 1, price)], price, "1")
        self.assertTrue((await track(bought)).is_stored())
        self.assertEqual(await track(bought), TrackOutcome.DROPPED(DropReason.DUPLICATE))

    async def test_each_event_has_its_call(self):
        items = [EventItem("a")]
        events = [
            Event.view_item_list(["a"]), Event.select_item("a"), Event.view_item("a"), Event.add_to_wishlist("a"),
            Event.add_to_cart("a"), Event.remove_from_cart("a"), Event.view_cart(items), Event.begin_checkout(items),
            Event.add_shipping_info("express"), Event.add_payment_info("invoice"), Event.purchase(items),
            Event.refund(items), Event.view_promotion("spring"), Event.select_promotion("spring"),
            Event.search("coat"), Event.dismiss_item("a"), Event.rate_item("a", 5), Event.return_item("a"),
            Event.impression_end(["a"]), Event.remove_from_wishlist("a"),
        ]  # fmt: skip
        self.assertEqual([event.name for event in events], list(EventName))

    async def test_what_cannot_be_meant_is_said_in_words(self):
        shop = await self.shop()

        async def refused(text, call, *arguments):
            with self.assertRaises(sv.SottovoceError.InvalidArgument) as caught:
                answer = call(*arguments)
                await answer
            self.assertEqual(str(caught.exception), text)

        region = "region cannot be used: it must be a code of ISO 3166 such as DE or US-CA"
        await refused(region, shop.consent().apply_signals, sv.ExternalSignals("Germany"))
        locale = "locale cannot be used: it must begin with the code of a language, such as de or de-AT"
        await refused(locale, shop.consent().notice, "german")
        limit = "limit cannot be used: it must be between 1 and 200, not"
        for n, taken in ((-1, -1), (0, 0), (201, 201), (2**70, 2**31 - 1)):
            await refused(f"{limit} {taken}", self.shelf, shop, n)
        for wrong, field in (
            (dataclasses.replace(Event.view_item(LIKED[0]), dwell_bucket=-1), "dwell_bucket"),
            (Event.rate_item(LIKED[0], -1), "rating"),
            (Event.add_to_cart(LIKED[0], -1), "quantity"),
            (Event.add_to_cart(LIKED[0], price=sv.Money(100, "XYZ")), "price"),
        ):
            await self.allow(shop, Purpose.SESSION)
            self.assertEqual(await shop.events().track(wrong), TrackOutcome.DROPPED(DropReason.INVALID, field))
        await self.allow(shop, Purpose.SESSION, Purpose.HISTORY)
        for told in ("4111 1111 1111 1111", "DE89370400440532013000", "jane@shop.example"):
            card = TrackOutcome.DROPPED(DropReason.INVALID, "payment_type")
            self.assertEqual(await shop.events().track(Event.add_payment_info(told)), card)
            home = TrackOutcome.DROPPED(DropReason.INVALID, "shipping_tier")
            self.assertEqual(await shop.events().track(Event.add_shipping_info(told)), home)
            self.assertNotIn(told, await shop.data().export())
        self.assertTrue((await shop.events().track(Event.add_payment_info("invoice"))).is_stored())

    async def test_a_subscription_lasts_until_it_is_cancelled(self):
        shop = await self.shop()
        seen, kept = [], []
        shop.subscribe(seen.append)  # nobody keeps what it returns
        with shop.subscribe(kept.append):
            gc.collect()
            await self.allow(shop, Purpose.SESSION)
        await shop.consent().refuse_all("notice", "en")
        self.assertEqual((seen, kept), ([sv.Change.CONSENT()] * 2, [sv.Change.CONSENT()]))

    async def test_a_wrong_argument_is_named(self):
        shop = await self.shop()
        consent, catalog, events = shop.consent(), shop.catalog(), shop.events()
        half = Event(EventName.VIEW_ITEM, items=[EventItem("a"), EventItem(None)])
        for text, call in [
            ("item_ids must be a list, not a str", lambda: catalog.items("SKU-1")),
            ("item_ids must be a list, not a bytes", lambda: catalog.items(b"SKU-1")),
            ("item_ids must be a list, not a dict", lambda: catalog.items({"SKU-1": 1})),
            ("item_ids must be a list, not None", lambda: catalog.items(None)),
            ("item_ids[1] must be a str, not an int", lambda: catalog.items(["SKU-1", 2])),
            ("item_ids must be a list of str, not a str", lambda: Event.view_item_list("SKU-1")),
            ("items must be a list of EventItem, not an EventItem", lambda: Event.purchase(EventItem("a"))),
            ("event.items[1].item_id must be a str, not None", lambda: events.track(half)),
            ("event must be an Event, not a str", lambda: events.track("view_item")),
            ("event.items[0].quantity must be an int, not a float", lambda: events.track(Event.add_to_cart("a", 1.5))),
            ("event.items[0].quantity must be an int, not a bool", lambda: events.track(Event.add_to_cart("a", True))),
            ("event.time_ms must be a number of 64 bits, not an int", lambda: events.track(Event.search("a", time_ms=2**70))),
            ("mode must be a ShoppingMode (ShoppingMode.NORMAL, ShoppingMode.GIFT, ShoppingMode.PRIVATE), not a str",
             lambda: events.set_mode("gift")),
            ("scope must be an EraseScope: write EraseScope.EVERYTHING(…), not the class EraseScope.EVERYTHING",
             lambda: shop.data().erase(sv.EraseScope.EVERYTHING)),
            ("allow_network must be a bool, not an int", lambda: shop.privacy().run_maintenance(1)),
            ("policy must be bytes, not a str", lambda: consent.apply_policy("policy")),
            ("vector[1] must be a number, not a str", lambda: shop.search().by_vector([1.0, "2"], 3)),
            ("signals.consent_platform['a'] must be a str, not an int",
             lambda: consent.apply_signals(sv.ExternalSignals(consent_platform={"a": 1}))),
        ]:  # fmt: skip
            with self.assertRaises(TypeError if "64 bits" not in text else ValueError) as caught:
                await call()
            self.assertEqual(str(caught.exception), text)
        with self.assertRaisesRegex(TypeError, "key_store must be a KeyStore .*MemoryKeyStore.*, not None"):
            await sv.Sottovoce.open(self.config(), None)
        with self.assertRaisesRegex(TypeError, "write one of these"):
            sv.Change()
        # What can be meant is taken.
        self.assertEqual([i.item_id for i in catalog.items(item for item in LIKED[:2])], LIKED[:2])
        self.assertEqual(len(catalog.items((*LIKED[:2],))), 2)
        with self.assertRaises(sv.SottovoceError.InvalidArgument):
            await shop.search().by_vector([1e300, 1], 3)

    async def test_an_argument_that_goes_wrong_is_named_and_costs_nothing(self):
        class Wrong:
            def __float__(self):
                raise RuntimeError("app bug")

            def __index__(self):
                raise RuntimeError("app bug")

            def __fspath__(self):
                raise RuntimeError("app bug")

        class Unreadable(list):
            def __iter__(self):
                raise RuntimeError("app bug")

        class UnreadableDict(dict):
            def items(self):
                raise RuntimeError("app bug")

        shop = await self.shop()
        await self.allow(shop, Purpose.SESSION, Purpose.HISTORY)
        catalog, consent, events = shop.catalog(), shop.consent(), shop.events()
        signals = sv.ExternalSignals(consent_platform=UnreadableDict({"a": "b"}))
        for text, call in [
            ("vector[1] must be a number, not a ", lambda: shop.search().by_vector([1, Wrong()], 3)),
            ("limit must be an int, not a ", lambda: shop.search().by_vector([1], Wrong())),
            ("event.items[0].quantity must be an int", lambda: events.track(Event.add_to_cart(LIKED[0], Wrong()))),
            ("event.time_ms must be an int", lambda: events.track(Event.view_item(LIKED[0], time_ms=Wrong()))),
            ("item_ids must be a list that can be read", lambda: catalog.items(Unreadable(LIKED))),
            ("event.items must be a list that can be read",
             lambda: events.track(Event(EventName.VIEW_ITEM, items=Unreadable([EventItem(LIKED[0])])))),
            ("signals.consent_platform must be a dict that can be read", lambda: consent.apply_signals(signals)),
            ("path must be a str, not a ", lambda: catalog.install(Wrong())),
        ]:  # fmt: skip
            with self.assertRaises(TypeError) as caught:
                await call()
            self.assertIn(text, str(caught.exception))

        class Lying(list):
            def __len__(self):
                return 99

        class LyingBytes(bytearray):
            def __len__(self):
                return 99

        # How long something says that it is does not count.
        self.assertEqual([i.item_id for i in catalog.items(Lying(LIKED[:2]))], LIKED[:2])
        stored = await events.track(Event(EventName.VIEW_ITEM, items=Lying([EventItem(LIKED[0])])))
        self.assertTrue(stored.is_stored(), stored)
        with self.assertRaises(sv.SottovoceError.Rejected):
            await consent.apply_policy(LyingBytes(b"no policy"))
        await consent.withdraw(Lying([Purpose.HISTORY]), "notice", "en")
        self.assertFalse(consent.is_allowed(Purpose.HISTORY))
        self.assertTrue(consent.is_allowed(Purpose.SESSION))

    async def test_keys_may_come_as_a_bytearray(self):
        class Wiping(MemoryKeyStore):
            def load(self, alias):
                return bytearray(super().load(alias))

        keys = Wiping()
        shop = await self.shop(keys)
        await self.allow(shop, Purpose.SESSION)
        shop.shutdown()
        opened = await shop.unlock()
        self.assertFalse(opened.opening.fresh)
        self.assertTrue(shop.consent().is_allowed(Purpose.SESSION))
        config = dataclasses.replace(self.config(), shop_key=bytearray(self.config().shop_key))
        sv.Sottovoce(config, keys)

    async def test_a_key_store_of_another_kind_is_a_typed_error(self):
        class Forgetful(MemoryKeyStore):
            def load(self, alias):
                return None

        class Listless(MemoryKeyStore):
            def list(self, prefix):
                return "".join(super().list(prefix))

        with self.assertRaisesRegex(sv.SottovoceError.KeyStoreUnavailable, "what `load` returns must be bytes, not None"):
            await sv.Sottovoce.open(self.config(), Forgetful())
        with self.assertRaisesRegex(sv.SottovoceError.KeyStoreUnavailable, "what `list` returns must be a list, not a str"):
            await sv.remove_other_keys(Listless(), [self.folder])

        class Half(sv.KeyStore):
            def load(self, alias):
                return b""

        with self.assertRaisesRegex(TypeError, "abstract"):
            Half()

    async def test_records_are_dataclasses(self):
        price = Money(1299, "EUR")
        self.assertEqual(dataclasses.asdict(price), {"minor": 1299, "currency": "EUR"})
        self.assertEqual(dataclasses.replace(price, minor=5), Money(5, "EUR"))
        self.assertEqual([field.name for field in dataclasses.fields(EventItem)], ["item_id", "quantity", "price"])
        self.assertEqual(len({price, Money(1299, "EUR"), TrackOutcome.DROPPED(DropReason.BOT)}), 2)
        with self.assertRaises(dataclasses.FrozenInstanceError):
            price.minor = 5
        with self.assertRaises(AttributeError):
            sv.RecommendRequest("home", 3).limits = 5
        self.assertIsNot(Event(EventName.SEARCH).items, Event(EventName.SEARCH).items)
        self.assertNotEqual(price, (1299, "EUR"))
        match TrackOutcome.DROPPED(DropReason.INVALID, "value"):
            case TrackOutcome.DROPPED(reason, field):
                self.assertEqual((reason, field), (DropReason.INVALID, "value"))
        match price:
            case Money(minor, "EUR"):
                self.assertEqual(minor, 1299)
        error = sv.SottovoceError.InvalidArgument("limit", "it must be between 1 and 200")
        for value in (price, Event.view_item("a"), TrackOutcome.DROPPED(DropReason.BOT), error):
            copied = pickle.loads(pickle.dumps(value))
            self.assertEqual((type(copied), str(copied)), (type(value), str(value)))

    async def test_closing_keeps_no_event_loop(self):
        keys = MemoryKeyStore()
        config = dataclasses.replace(self.config(), directory=pathlib.Path(self.folder))
        async with await sv.Sottovoce.open(config, keys) as shop:
            await shop.catalog().install(FIXTURES / "shop.bundle")
            self.assertTrue(shop.status().unlocked)
        self.assertFalse(shop.status().unlocked)
        await shop.aclose()
        shop.shutdown()
        with sv.Sottovoce(self.config(), keys) as shop:
            await shop.unlock()
        self.assertFalse(shop.status().unlocked)
        self.assertEqual(await sv.remove_other_keys(keys, [pathlib.Path(self.folder)]), 0)
        slow = await sv.Sottovoce.open(self.config(), SlowKeyStore())
        saving = asyncio.create_task(slow.consent().accept_all("notice", "en"))
        await asyncio.sleep(0)
        closing, ticks = asyncio.create_task(slow.aclose()), 0
        while not closing.done():
            await asyncio.sleep(0.001)
            ticks += 1
        self.assertGreater(ticks, 1)
        await saving

    async def test_values_show_what_they_hold(self):
        self.assertEqual(repr(Money(1299, "EUR")), "Money(minor=1299, currency='EUR')")
        self.assertEqual(str(Money(1299, "EUR")), "12.99 EUR")
        noon = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.timezone.utc)
        self.assertEqual(Event.view_item("a").at(noon).time, noon)
        self.assertIsNone(Event.view_item("a").time)
        self.assertEqual(
            repr(TrackOutcome.DROPPED(DropReason.BOT)),
            "TrackOutcome.DROPPED(reason=<DropReason.BOT: 6>, field=None)",
        )
        self.assertIn("EventItem(item_id='a', quantity=1, price=None)", str(Event.view_item("a", time_ms=5)))

    async def test_an_error_reads_well(self):
        with self.assertRaises(sv.SottovoceError.InvalidArgument) as caught:
            sv.Sottovoce(self.config(shop_key=b"123"), MemoryKeyStore())
        text = "shop_key cannot be used: it must be the 32 bytes of an Ed25519 public key"
        self.assertEqual((str(caught.exception), caught.exception.field), (text, "shop_key"))

    async def test_a_cancelled_call_loses_nothing(self):
        shop = await self.shop()
        await self.allow(shop, Purpose.SESSION, Purpose.HISTORY)
        call = asyncio.create_task(shop.events().track(Event.view_item(LIKED[0])))
        await asyncio.sleep(0)
        call.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await call
        for _ in range(500):
            if shop.events().quality().stored:
                break
            await asyncio.sleep(0.01)
        self.assertEqual(shop.events().quality().stored, 1)
        self.assertIn(LIKED[0], await shop.data().export())

    async def test_changes_are_a_stream(self):
        shop = await self.shop()
        first, second = shop.changes(), shop.changes()
        await self.allow(shop, Purpose.SESSION)
        await shop.events().track(Event.view_item(LIKED[0]))
        self.assertEqual(await anext(first), sv.Change.CONSENT())
        self.assertEqual([await anext(second), await anext(second)], [sv.Change.CONSENT(), sv.Change.PROFILE()])
        first.close()
        second.close()
        self.assertEqual([change async for change in first], [sv.Change.PROFILE()])

    async def test_a_closed_engine_lets_go(self):
        keys = MemoryKeyStore()
        shop = await self.shop(keys)
        await self.allow(shop, Purpose.SESSION)
        consent, events, seen = shop.consent(), shop.events(), []
        shop.subscribe(seen.append)
        shop.shutdown()
        await shop.unlock()
        shop.shutdown()
        self.assertEqual(seen, [sv.Change.PROFILE()] * 3)
        self.assertFalse(consent.is_allowed(Purpose.SESSION))
        dropped = await events.track(Event.view_item(LIKED[0]))
        self.assertEqual(dropped, TrackOutcome.DROPPED(DropReason.LOCKED))
        with self.assertRaises(sv.SottovoceError.Locked):
            consent.snapshot()
        self.assertTrue((await self.open(keys)).consent().is_allowed(Purpose.SESSION))

    async def test_a_bug_in_the_key_store_is_a_typed_error(self):
        shop = sv.Sottovoce(self.config(), BuggyKeyStore())
        with self.assertRaises(sv.SottovoceError.KeyStoreUnavailable) as caught:
            await shop.unlock()
        self.assertIn("app bug", caught.exception.reason)
        self.assertFalse(shop.status().unlocked)

    async def test_a_key_store_that_calls_the_engine_gets_an_error(self):
        keys = NosyKeyStore()
        shop = sv.Sottovoce(self.config(), keys)
        self.addCleanup(shop.shutdown)
        keys.engine = shop
        await shop.unlock()
        self.assertTrue(keys.met)
        self.assertTrue(all(isinstance(met, sv.SottovoceError.Reentrant) for met in keys.met), keys.met)

    async def test_a_bug_in_the_listener_stays_in_the_app(self):
        shop = await self.shop()
        shop.set_listener(BuggyListener())
        await self.allow(shop, Purpose.SESSION)
        self.assertTrue(shop.consent().is_allowed(Purpose.SESSION))

    async def test_fifty_calls_at_once(self):
        shop = await self.shop()
        await self.allow(shop, Purpose.SESSION, Purpose.HISTORY)
        products = [product.item_id for product in self.shelf(shop, 25).items]
        writing = [shop.events().track(Event.add_to_cart(product)) for product in products]
        reading = [asyncio.to_thread(self.shelf, shop) for _ in products]
        answers = await asyncio.gather(*writing, *reading)
        self.assertEqual(len(answers), 50)
        for outcome in answers[:25]:
            self.assertTrue(outcome.is_stored(), outcome)
        for shelf in answers[25:]:
            self.assertEqual(len(shelf.items), 8)

    async def test_an_app_tests_with_its_own_time(self):
        async with TestShop() as shop:
            user = ScriptedUser(shop)
            await user.allows_personal_shelves()
            self.assertTrue(all(outcome.is_stored() for outcome in await user.views(*LIKED)))
            self.assertEqual(user.sees().mode, sv.RankingMode.PERSONALIZED)
            await shop.reopen()
            self.assertEqual(user.sees().mode, sv.RankingMode.PERSONALIZED)
            kept = await shop.engine.ranking().keep_for_widget(sv.RecommendRequest("widget"))
            self.assertEqual(len(kept.items), 12)
            self.assertEqual(await shop.widget_shelf(), kept)
            shop.clock.advance(86_400_000)
            self.assertIsNone(await shop.widget_shelf())
            shop.clock.advance(364 * 86_400_000)
            await shop.engine.privacy().run_maintenance(False)
            self.assertFalse(shop.engine.consent().is_allowed(Purpose.RANKING))
            self.assertIsNotNone(shop.engine.consent().pending_prompt("en"))
            self.assertEqual(user.sees().mode, sv.RankingMode.POPULAR)

    async def test_a_fake_takes_the_place_of_an_object(self):
        class FakeRanking:
            def recommend(self, request):
                return sv.Ranking("r", [], sv.RankingMode.POPULAR, 0.0, 1, 1)

        class FakeShop:
            def ranking(self):
                return FakeRanking()

        shelf = FakeShop().ranking().recommend(sv.RecommendRequest("home", 3))
        self.assertEqual(shelf.items, [])


class SlowKeyStore(MemoryKeyStore):
    def store(self, alias, secret):
        time.sleep(0.005)
        super().store(alias, secret)


async def end_with_calls_under_way(folder, pause):
    """What waits when `asyncio.run` comes to its end is cancelled; the calls go on."""
    config = sv.Config("contract", folder, (FIXTURES / "shop.pub").read_bytes())
    shop = await sv.Sottovoce.open(config, SlowKeyStore())
    for n in range(20):
        asyncio.ensure_future(shop.consent().accept_all("notice", "en"))
        asyncio.ensure_future(shop.events().track(Event.search(f"coat {n}")))
        asyncio.ensure_future(shop.consent().refuse_all("notice", "en"))
    await asyncio.sleep(float(pause))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--slow-key-store"]:
        asyncio.run(end_with_calls_under_way(*sys.argv[2:]))
    elif sys.argv[1:2] == ["--slow-logger"]:
        log_slowly(sys.argv[2])
    else:
        unittest.main(verbosity=2)
