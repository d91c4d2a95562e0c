// The contract: the same short story as in Python and Swift, told in Kotlin.
package dev.sottovoce

import dev.sottovoce.testing.MemoryKeyStore
import dev.sottovoce.testing.ScriptedUser
import dev.sottovoce.testing.TestShop
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.test.runTest
import kotlinx.coroutines.withContext
import kotlinx.coroutines.yield
import kotlinx.coroutines.withTimeoutOrNull
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertNotEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.math.BigDecimal
import java.time.Instant
import java.util.concurrent.CopyOnWriteArrayList
import kotlin.time.Duration.Companion.days

private val fixtures = File(System.getProperty("sottovoce.fixtures"))
private val liked = File(fixtures, "liked.txt").readLines()
private val bundle = File(fixtures, "shop.bundle")

private class BuggyKeyStore : KeyStore {
    override fun load(alias: String) = error("app bug")
    override fun store(alias: String, secret: ByteArray) = error("app bug")
    override fun remove(alias: String) = error("app bug")
    override fun list(prefix: String) = error("app bug")
}

/** Calls the engine back where the engine waits for it. */
private class NosyKeyStore(private val keys: KeyStore = MemoryKeyStore()) : KeyStore by keys {
    lateinit var engine: Sottovoce
    val met = CopyOnWriteArrayList<Throwable?>()

    override fun list(prefix: String): List<String> {
        met += runCatching { runBlocking { engine.unlock() } }.exceptionOrNull()
        return keys.list(prefix)
    }

    override fun load(alias: String): ByteArray {
        met += runCatching { runBlocking { engine.unlock() } }.exceptionOrNull()
        return keys.load(alias)
    }
}

private class Recorder : Listener {
    val seen = CopyOnWriteArrayList<Change>()
    override fun changed(change: Change) { seen.add(change) }
}

private class BuggyListener : Listener {
    override fun changed(change: Change) = error("app bug")
}

private class FakeRanking(private val shelf: Ranking) : RankingApi(NoHandle) {
    override fun recommend(request: RecommendRequest) = shelf
}

private class FakeShop(private val shelf: Ranking) : Sottovoce(NoHandle) {
    override fun ranking() = FakeRanking(shelf)
}

class ContractTest {
    @TempDir
    lateinit var folder: File
    private val opened = mutableListOf<Sottovoce>()

    @AfterEach
    fun shutDown() = opened.forEach { it.close() }

    private fun config(shopKey: ByteArray? = null) = Config(
        storeId = "contract",
        directory = folder,
        shopKey = shopKey ?: File(fixtures, "shop.pub").readBytes(),
    )

    private suspend fun open(keys: KeyStore) = Sottovoce.open(config(), keys).also { opened += it }

    private suspend fun shop(keys: KeyStore = MemoryKeyStore()) = open(keys).also { it.catalog().install(bundle) }

    private fun shelf(shop: Sottovoce, limit: Int = 8) =
        shop.ranking().recommend(RecommendRequest(surface = "home", limit = limit))

    private suspend fun allow(shop: Sottovoce, vararg purposes: Purpose) =
        shop.consent().save(purposes.toList(), "notice", "en")

    @Test
    fun theStory() = runTest {
        val keys = MemoryKeyStore()
        val shop = shop(keys)
        assertTrue(shop.status().opening!!.fresh)
        assertNotNull(shop.consent().pendingPrompt("en"))
        val early = shop.events().track(Event.viewItem(liked[0]))
        assertEquals(TrackOutcome.Dropped(DropReason.CONSENT_PENDING), early)
        assertEquals(RankingMode.POPULAR, shelf(shop).mode)
        assertEquals(8, shelf(shop).items.size)

        val recorder = Recorder()
        shop.setListener(recorder)
        val receipt = allow(shop, Purpose.SESSION, Purpose.HISTORY, Purpose.INFERENCE, Purpose.RANKING)
        assertEquals(1L, receipt.seq)
        assertTrue(shop.consent().isAllowed(Purpose.RANKING))
        assertFalse(shop.consent().isAllowed(Purpose.MEASUREMENT))
        for (item in liked) {
            assertInstanceOf(TrackOutcome.Stored::class.java, shop.events().track(Event.viewItem(item)))
        }
        assertTrue(Change.Consent in recorder.seen)
        assertTrue(Change.Profile in recorder.seen)

        val personal = shelf(shop)
        assertEquals(RankingMode.PERSONALIZED, personal.mode)
        assertTrue(personal.items.all { it.title.isNotEmpty() && it.price?.currency == "EUR" })
        val first = personal.items.first().itemId
        val why = shop.profile().explain(personal.rankingId, first, "de-AT")
        assertTrue(why.text.isNotEmpty() && why.factors.isNotEmpty() && why.factors.all { it.text.isNotEmpty() })

        val kept = shop.ranking().keepForWidget(RecommendRequest(surface = "widget", limit = 4))!!
        assertEquals(4 to true, kept.items.size to kept.personal)
        assertEquals(kept, widgetShelf(config(), keys))

        val halfAnEmoji = "settings \ud83d"
        val report = shop.consent().withdraw(listOf(Purpose.HISTORY), halfAnEmoji, "en")
        assertNull(widgetShelf(config(), keys))
        assertEquals(liked.size.toLong(), report.rows)
        assertTrue(report.keysDestroyed >= 1)
        assertNotEquals(RankingMode.PERSONALIZED, shelf(shop).mode)
        assertThrows(SottovoceException.InvalidArgument::class.java) {
            shop.profile().explain(personal.rankingId, first, "en")
        }
        assertNull(shop.consent().verifyLedger().brokenAt)

        shop.shutdown()
        val again = open(keys)
        assertFalse(again.status().opening!!.fresh)
        assertTrue(again.consent().isAllowed(Purpose.RANKING))
        assertFalse(again.consent().isAllowed(Purpose.HISTORY))
        assertEquals(RankingMode.POPULAR, shelf(again).mode)
    }

    @Test
    fun theStorefrontOfAPlan() = runTest {
        val shop = shop()
        val page = shop.ranking().storefront("home", "de")
        val slots = page.slots.map { it.slotId }
        assertTrue("home-story" in slots && "home-again" !in slots)
        val hero = shop.ranking().decide("home-hero", "de")
        assertEquals("shop" to "Gutes für jedes Zimmer", hero.variantId to hero.title)
        val offer = shop.ranking().decide("home-offer", "en").offer!!
        assertEquals("free-delivery-40" to 4000L, offer.offerId to offer.minimum!!.minor)
        val shelf = page.slots.first { it.kind == SlotKind.SHELF }.shelf!!
        assertEquals(12, shop.ranking().recommend(shelf).items.size)
        assertEquals(listOf("Neu hier"), shop.profile().segments("de").map { it.title })
        val again = PreviewAs(stage = Stage.REPEAT, segments = listOf("regulars"))
        val seen = shop.ranking().preview("home", again, "en")
        assertTrue(seen.slots.any { it.slotId == "home-again" })
        val gold = VisitContext(loyaltyTier = "gold")
        assertFalse(shop.events().setContext(gold))
        allow(shop, Purpose.SESSION, Purpose.RANKING, Purpose.OFFERS)
        assertTrue(shop.events().setContext(gold))
        val reward = shop.ranking().decide("home-offer", "en").offer!!
        assertEquals("gold-delivery" to true, reward.offerId to reward.freeDelivery)
    }

    @Test
    fun howMuchIsPersonal() = runTest {
        val preferences = shop().preferences()
        preferences.setIntensity(Surface.SEARCH, Intensity.OFF)
        assertEquals(Intensity.OFF, preferences.intensity(Surface.SEARCH))
        assertEquals(Intensity.FULL, preferences.intensity(Surface.OFFERS))
        val field = preferences.form("de").surfaces.single { it.surface == Surface.SEARCH }
        assertEquals("Suche" to Intensity.OFF, field.label to field.intensity)
    }

    @Test
    fun aMessageAboutTheCart() = runTest {
        val shop = shop()
        val request = MessageRequest(locale = "de", utcOffsetMinutes = 60)
        assertEquals(Silence.NOT_ALLOWED, shop.messages().poll(request).silence)
        allow(shop, Purpose.SESSION, Purpose.HISTORY, Purpose.INFERENCE, Purpose.RANKING, Purpose.MESSAGING)
        assertEquals(Silence.NO_OCCASION, shop.messages().poll(request).silence)
        shop.events().track(Event.addToCart(liked[0]))
        val message = shop.messages().poll(request).message!!
        assertEquals(MessageKind.ABANDONED_CART to "Dein Warenkorb wartet", message.kind to message.title)
        assertEquals(liked[0], message.itemId)
        assertTrue(message.deliverAt > Instant.now())
        shop.messages().scheduled(message)
        shop.messages().setMuted("cart-waits", true)
        assertEquals(Silence.NO_OCCASION, shop.messages().poll(request).silence)
        shop.messages().scheduled(null)
        val rules = shop.messages().settings("de").rules
        assertEquals(listOf("Erinnerungen an den Warenkorb"), rules.filter { it.muted }.map { it.label })
        shop.messages().snooze(null)
    }

    @Test
    fun aProductAndItsVariants() = runTest {
        val shop = shop()
        val cards = shelf(shop, 50).items
        assertEquals(cards.size, cards.map { it.productId }.toSet().size)
        val card = cards.first { it.variants.size > 1 }
        val ids = card.variants.map { it.itemId }
        assertTrue(card.itemId in ids)
        assertTrue(card.variants.all { it.options.isNotEmpty() })
        val product = shop.catalog().products(listOf(card.itemId, card.productId)).single()
        assertEquals(ids, product.variants.map { it.itemId })
        assertTrue(product.options.isNotEmpty() && product.defaultItemId in ids)
        val item = shop.catalog().items(listOf(card.itemId)).single()
        assertEquals(card.productId to card.title, item.productId to item.title)
    }

    @Test
    fun aProductPageAndItsCheckout() = runTest {
        val shop = shop()
        val product = shop.product()
        assertNull(product.sizeAdvice("SH35-MU-38", "de"))
        allow(shop, Purpose.SESSION, Purpose.HISTORY, Purpose.INFERENCE, Purpose.RANKING, Purpose.PREFERENCES)
        shop.events().track(Event.purchase(listOf(EventItem("SH29-FO-41")), transactionId = "shoes"))
        val size = product.sizeAdvice("SH35-MU-38", "de")!!
        assertEquals("42" to SizeReason.ORDERED_BY_CHART, size.size to size.reason)
        assertEquals("SH29-FO-41" to "nordhem-shoes", size.comparedItemId to size.chartId)
        assertTrue(size.because.startsWith("Du hast „Tempo Running Shoes“ in Größe 41 bestellt."))
        shop.preferences().set(PreferenceKey.MATTERS, "comfort")
        val reviews = listOf(
            Review("1", listOf(ReviewAspect.LOOKS)),
            Review("2", listOf(ReviewAspect.COMFORT)),
        )
        val ranked = product.rankReviews("SH35-MU-38", reviews, "de")
        assertEquals(listOf("2", "1"), ranked.map { it.reviewId })
        val concern = ranked[0].concerns.single()
        assertEquals(ReviewAspect.COMFORT to ConcernReason.STATED, concern.aspect to concern.reason)
        assertEquals("Du hast uns gesagt, dass dir das wichtig ist.", concern.because)
        assertEquals("Comfort", wordText(Word.Reviewed(concern.aspect), "en"))
        assertEquals(CheckoutHints(null, null, null), product.checkoutHints())
        shop.events().track(Event.addShippingInfo("Next day", giftWrap = true))
        val hints = product.checkoutHints()
        assertEquals(DeliveryKind.EXPRESS to true, hints.delivery to hints.giftWrap)
        assertNull(shop.profile().predictions().value)
        for (days in listOf(60L, 30L, 2L)) {
            val bought = Event.purchase(listOf(EventItem("SH29-FO-41")), Money(5000L, "EUR"), "$days days ago")
            shop.events().track(bought.copy(timeMs = System.currentTimeMillis() - days * 86_400_000L))
        }
        val value = shop.profile().predictions().value!!
        assertEquals(ValueBand.HIGH to 4, value.band to value.evidenceCount)
        assertEquals("Hohe Ausgaben", wordText(Word.Spent(value.band), "de"))
    }

    @Test
    fun aPatchChangesAPrice() = runTest {
        val shop = shop()
        assertNull(shop.status().catalogPatch)
        val report = shop.catalog().install(File(fixtures, "prices.patch"))
        val patch = report.patch as CatalogPatch.InForce
        assertEquals(1L to 1L, report.version to patch.number)
        assertEquals(patch, shop.status().catalogPatch)
        val item = shop.catalog().items(liked.take(1)).single()
        assertEquals(123L, item.price!!.minor)
        // Without a transport.
        assertThrows(SottovoceException.InvalidArgument::class.java) {
            runBlocking { shop.catalog().sync("https://shop.example/catalog") }
        }
    }

    @Test
    fun aSelectionIsAskedForOnce() = runTest {
        val keys = MemoryKeyStore()
        val shop = shop(keys)
        val notice = shop.consent().pendingPrompt("en")!!
        val receipt = allow(shop, Purpose.SESSION)
        val asked = notice.purposes.filter { it.canRefuse }.map { it.purpose }
        assertEquals(asked.toSet(), receipt.purposes.map { it.purpose }.toSet())
        assertTrue(shop.consent().isAllowed(Purpose.SESSION))
        assertFalse(shop.consent().isAllowed(Purpose.HISTORY))
        assertNull(shop.consent().pendingPrompt("en"))
        shop.close()
        assertNull(open(keys).consent().pendingPrompt("en"))
    }

    @Test
    fun thePreferenceCenter() = runTest {
        val shop = shop()
        val consent = shop.consent()
        consent.applySignals(ExternalSignals(region = "DE"))
        val center = consent.center("de-AT")
        val groups = center.notice.purposes.groupBy { it.groupTitle }
        assertEquals(2, groups.size)
        assertEquals("de" to "Alle akzeptieren", center.notice.locale to center.notice.acceptLabel)
        center.notice.purposes.forEach {
            assertTrue(it.reasonText.isNotEmpty() && it.retentionText.isNotEmpty() && it.recipientsText.isNotEmpty())
        }
        assertEquals("Deine Entscheidungen", center.notice.title)
        assertEquals("Ihre Entscheidungen", consent.center("de-AT-x-formal").notice.title)
        assertEquals("Sie haben es abgelehnt.", wordText(Word.Because(DecisionReason.REFUSED), "de-x-formal"))
        fun isOn(purpose: Purpose) = consent.center("de").notice.purposes.single { it.purpose == purpose }.isOn

        consent.save(allowed = listOf(Purpose.SESSION), surface = "center", locale = "de-AT")
        assertTrue(isOn(Purpose.SESSION))
        consent.withdraw(listOf(Purpose.SESSION), surface = "center", locale = "de-AT")
        assertFalse(isOn(Purpose.SESSION))
        val yes =
            consent.acceptAll(surface = "center", locale = "de-AT")
        val no =
            consent.refuseAll(surface = "center", locale = "de-AT")
        assertEquals(yes.seq + 1 to yes.purposes.size, no.seq to no.purposes.size)
        assertFalse(consent.isAllowed(Purpose.RANKING))
        val entry = consent.center("de").history.first()
        assertEquals("Deine Antwort" to no.seq, entry.title to entry.receipt.seq)
        assertEquals("Zurückgenommen", entry.lines.first().stateText)
    }

    @Test
    fun aSensitiveTopicAndANewPolicy() = runTest {
        val shop = shop()
        val consent = shop.consent()
        consent.applySignals(ExternalSignals(region = "DE"))
        val refused = runCatching {
            consent.answerSensitive(SensitiveTag.PREGNANCY, Choice.GIVE, surface = "topic", locale = "de-AT")
        }.exceptionOrNull()
        assertEquals(DecisionReason.PROHIBITED, (refused as SottovoceException.NotAskable).reason)

        val policy = File(fixtures, "policy.signed").readBytes()
        val diff = consent.applyPolicy(policy)
        assertEquals("brambly@2" to listOf(SensitiveTag.PREGNANCY), diff.to to diff.sensitive)
        val older = File(fixtures, "policy.older.signed").readBytes()
        val downgrade = runCatching { consent.applyPolicy(older) }.exceptionOrNull()
        assertInstanceOf(SottovoceException.Rejected::class.java, downgrade)
        assertTrue("version 2 is in use" in consent.refusedPolicy()!!.reason)
        assertEquals(listOf(SensitiveTag.PREGNANCY), consent.center("de").sensitive.map { it.tag })
        allow(shop, Purpose.HISTORY)
        val early = shop.events().track(Event.viewItem("CL28-M"))
        assertEquals(TrackOutcome.Dropped(DropReason.SENSITIVE), early)
        consent.answerSensitive(SensitiveTag.PREGNANCY, Choice.GIVE, surface = "topic", locale = "de-AT")
        assertInstanceOf(TrackOutcome.Stored::class.java, shop.events().track(Event.viewItem("CL28-M")))
        assertTrue("\"topic\": \"pregnancy\"" in shop.data().export())
        consent.answerSensitive(SensitiveTag.PREGNANCY, Choice.REFUSE, "topic", "de-AT")
        assertTrue("CL28-M" !in shop.data().export())

        val check = consent.verifyLedger()
        assertNull(check.brokenAt)
        assertEquals(check.headHash, consent.head().headHash)
    }

    @Test
    fun aCopyAndTheEndOfIt() = runTest {
        val shop = shop()
        shop.consent().acceptAll("center", "de-AT")
        shop.events().track(Event.viewItem(liked[0]))
        val brands = shop.preferences().form("de-AT").fields.first()
        assertEquals("Lieblingsmarken", brands.label)
        shop.preferences().set(brands.key, brands.options.first().value)
        val copy = shop.data().export()
        assertTrue("\"item_id\": \"${liked[0]}\"" in copy)
        assertTrue("\"value\": \"${brands.options.first().value}\"" in copy)

        val report = shop.data().erase(EraseScope.Everything)
        assertTrue(report.rows >= 2)
        val rest = shop.data().export()
        assertTrue("\"events\": []" in rest && "\"preferences\": []" in rest)
        assertEquals("", shop.data().erase(EraseScope.Everything).receiptId)
        assertFalse(shop.consent().isAllowed(Purpose.HISTORY))
    }

    @Test
    fun aSearchIsCountedPagedAndMarked() = runTest {
        val shop = shop()
        val find = shop.search()::query
        val request = SearchRequest("kofee beans", 3, facets = true)
        val first = find(request)
        assertEquals("coffee beans", first.searchedInstead)
        assertTrue(first.total > 3)
        val brands = first.facets.single { it.kind == FacetKind.BRAND }
        assertTrue(brands.values.all { it.count in 1..first.total })
        val product = first.page.items[0]
        assertEquals(listOf("Coffee", "Beans"), product.highlights.map { product.title.substring(it.start, it.end) })

        val next = request.copy(cursor = first.nextCursor)
        val second = find(next)
        assertEquals(listOf(3, 4, 5).take(first.total - 3), second.page.items.map { it.index })
        val products = (first.page.items + second.page.items).map { it.productId }
        assertEquals(products.size, products.toSet().size)
        assertThrows(SottovoceException.InvalidArgument::class.java) { find(next.copy(sort = SortOrder.PRICE_UP)) }
        assertThrows(SottovoceException.CursorExpired::class.java) { find(next.copy(cursor = "0.3")) }

        val inStock = listOf(Availability.IN_STOCK)
        val cheap = find(SearchRequest("coffee", 50, sort = SortOrder.PRICE_UP, availability = inStock))
        val prices = cheap.page.items.take(cheap.whole).map { (it.salePrice ?: it.price!!).minor }
        assertEquals(prices.sorted(), prices)
        val without = Filters(brands = listOf(brands.values[0].value))
        val others = find(SearchRequest("kofee beans", 50, exclude = without))
        assertEquals(first.total - brands.values[0].count, others.total)
        assertEquals(listOf("zeppelin"), find(SearchRequest("coffee zeppelin", 3)).unmatchedWords)
    }

    @Test
    fun moneyAndADroppedEvent() = runTest {
        val price = Money(BigDecimal("12.99"), "EUR")
        assertEquals(Money(1299, "EUR"), price)
        assertEquals(BigDecimal("12.99"), price.amount)
        assertEquals(BigDecimal("1299"), Money(1299, "JPY").amount)
        assertEquals(Money(700, "EUR"), Money(BigDecimal("7.000"), "EUR"))
        for ((amount, currency, why) in listOf(
            Triple("0.005", "EUR", "0.005 has more decimals than EUR, which has 2"),
            Triple("1.5", "JPY", "1.5 has more decimals than JPY, which has 0"),
            Triple("1", "euro", "\"euro\" is no currency: it must be an ISO 4217 code in capitals, such as EUR"),
            Triple("9".repeat(30), "EUR", "9".repeat(30) + " is too large"),
        )) {
            val refused = assertThrows(IllegalArgumentException::class.java) { Money(BigDecimal(amount), currency) }
            assertEquals(why, refused.message)
        }

        val shop = shop()
        allow(shop, Purpose.SESSION, Purpose.HISTORY)
        val owed = Event.purchase(listOf(EventItem(liked[0])), value = Money(-1, "EUR"), transactionId = "1")
        assertEquals(TrackOutcome.Dropped(DropReason.INVALID, "value"), shop.events().track(owed))
        val long = Event.search("x".repeat(500))
        assertEquals(TrackOutcome.Dropped(DropReason.INVALID, "searchTerm"), shop.events().track(long))
        val bought = Event.purchase(listOf(EventItem(liked[0], 1, price)), price, "1")
        assertInstanceOf(TrackOutcome.Stored::class.java, shop.events().track(bought))
        assertEquals(TrackOutcome.Dropped(DropReason.DUPLICATE), shop.events().track(bought))
    }

    @Test
    fun eachEventHasItsCall() {
        val items = listOf(EventItem("a"))
        val events = listOf(
            Event.viewItemList(listOf("a")), Event.selectItem("a"), Event.viewItem("a"), Event.addToWishlist("a"),
            Event.addToCart("a"), Event.removeFromCart("a"), Event.viewCart(items), Event.beginCheckout(items),
            Event.addShippingInfo("express"), Event.addPaymentInfo("invoice"), Event.purchase(items),
            Event.refund(items), Event.viewPromotion("spring"), Event.selectPromotion("spring"), Event.search("coat"),
            Event.dismissItem("a"), Event.rateItem("a", 5), Event.returnItem("a"), Event.impressionEnd(listOf("a")),
            Event.removeFromWishlist("a"),
        )
        assertEquals(EventName.entries, events.map { it.name })
    }

    @Test
    fun timesAndAddressesHaveTheirTypes() = runTest {
        val shop = shop()
        val noon = Instant.parse("2026-06-01T12:00:00Z")
        assertEquals(noon, Event.viewItem("a").at(noon).time)
        assertTrue(allow(shop, Purpose.HISTORY).time.isAfter(noon.minusSeconds(86_400)))
        assertNotNull(shop.consent().snapshot().decisions.single { it.purpose == Purpose.HISTORY }.decidedAt)
        val gift = Correction.gift(noon, noon.plusSeconds(1))
        assertEquals(Correction.Gift(noon.toEpochMilli(), noon.toEpochMilli() + 1000), gift)
    }

    @Test
    fun anErrorReadsWell() = runTest {
        val error = assertThrows(SottovoceException.InvalidArgument::class.java) {
            Sottovoce(config(shopKey = byteArrayOf(1, 2, 3)), MemoryKeyStore())
        }
        assertEquals("shopKey", error.field)
        assertEquals("shopKey cannot be used: it must be the 32 bytes of an Ed25519 public key", error.message)
        val locked = runCatching { Sottovoce(config(), MemoryKeyStore()).use { it.data().export() } }.exceptionOrNull()
        assertEquals("the engine is locked; call unlock first", locked!!.message)
    }

    @Test
    fun aCancelledCallLosesNothing() = runTest {
        val shop = shop()
        allow(shop, Purpose.SESSION, Purpose.HISTORY)
        withContext(Dispatchers.Default) {
            val call = launch(start = CoroutineStart.UNDISPATCHED) { shop.events().track(Event.viewItem(liked[0])) }
            call.cancel()
            call.join()
            repeat(500) { if (shop.events().quality().stored == 0L) delay(10) }
        }
        assertEquals(1L, shop.events().quality().stored)
        assertTrue(liked[0] in shop.data().export())
    }

    @Test
    fun changesAreAStream() = runTest {
        val shop = shop()
        val first = async(Dispatchers.Default, CoroutineStart.UNDISPATCHED) { shop.changes.first() }
        val second = async(Dispatchers.Default, CoroutineStart.UNDISPATCHED) { shop.changes.first { it == Change.Profile } }
        yield()
        allow(shop, Purpose.SESSION)
        assertEquals(Change.Consent, first.await())
        shop.events().track(Event.viewItem(liked[0]))
        assertEquals(Change.Profile, second.await())
    }

    @Test
    fun whatCannotBeMeantIsSaidInWords() = runTest {
        val shop = shop()
        suspend fun refused(text: String, call: suspend () -> Any?) {
            val error = runCatching { call() }.exceptionOrNull()
            assertInstanceOf(SottovoceException.InvalidArgument::class.java, error)
            assertEquals(text, error!!.message)
        }
        refused("region cannot be used: it must be a code of ISO 3166 such as DE or US-CA") {
            shop.consent().applySignals(ExternalSignals(region = "Germany"))
        }
        refused("locale cannot be used: it must begin with the code of a language, such as de or de-AT") {
            shop.consent().notice("german")
        }
        for ((limit, taken) in listOf(-1 to -1, 0 to 0, 201 to 201, Int.MAX_VALUE to Int.MAX_VALUE)) {
            refused("limit cannot be used: it must be between 1 and 200, not $taken") { shelf(shop, limit) }
        }
        allow(shop, Purpose.SESSION, Purpose.HISTORY)
        val wrong = listOf(
            Event.viewItem(liked[0]).copy(dwellBucket = -1) to "dwellBucket",
            Event.rateItem(liked[0], 261) to "rating",
            Event.addToCart(liked[0], -1) to "quantity",
            Event.addToCart(liked[0], price = Money(100, "XYZ")) to "price",
        )
        for ((event, field) in wrong) {
            assertEquals(TrackOutcome.Dropped(DropReason.INVALID, field), shop.events().track(event))
        }
        for (told in listOf("4111 1111 1111 1111", "DE89370400440532013000", "jane@shop.example")) {
            val (card, home) = TrackOutcome.Dropped(DropReason.INVALID, "paymentType") to
                TrackOutcome.Dropped(DropReason.INVALID, "shippingTier")
            assertEquals(card, shop.events().track(Event.addPaymentInfo(told)))
            assertEquals(home, shop.events().track(Event.addShippingInfo(told)))
            assertFalse(shop.data().export().contains(told))
        }
        assertInstanceOf(TrackOutcome.Stored::class.java, shop.events().track(Event.addPaymentInfo("invoice")))
    }

    @Test
    fun aSubscriptionLastsUntilItIsCancelled() = runTest {
        val shop = shop()
        val (seen, kept) = mutableListOf<Change>() to mutableListOf<Change>()
        shop.subscribe { seen.add(it) } // nobody keeps what it returns
        shop.subscribe { kept.add(it) }.use {
            System.gc()
            System.runFinalization()
            allow(shop, Purpose.SESSION)
        }
        shop.consent().refuseAll("notice", "en")
        assertEquals(listOf(Change.Consent, Change.Consent), seen)
        assertEquals(listOf(Change.Consent), kept)
    }

    @Test
    fun aClosedEngineLetsGo() = runTest {
        val keys = MemoryKeyStore()
        val shop = shop(keys)
        allow(shop, Purpose.SESSION)
        val (consent, events) = shop.consent() to shop.events()
        shop.close()
        assertFalse(consent.isAllowed(Purpose.SESSION))
        assertEquals(TrackOutcome.Dropped(DropReason.LOCKED), events.track(Event.viewItem(liked[0])))
        assertThrows(SottovoceException.Locked::class.java) { consent.snapshot() }
        assertThrows(SottovoceException.Locked::class.java) { shop.consent().snapshot() }
        open(keys).use { assertTrue(it.consent().isAllowed(Purpose.SESSION)) }
        assertTrue(open(keys).consent().isAllowed(Purpose.SESSION)) // `use` closes
    }

    @Test
    fun aBugInTheKeyStoreIsATypedError() = runTest {
        val shop = Sottovoce(config(), BuggyKeyStore()).also { opened += it }
        val error = runCatching { shop.unlock() }.exceptionOrNull()
        assertInstanceOf(SottovoceException.KeyStoreUnavailable::class.java, error)
        assertTrue("app bug" in (error as SottovoceException.KeyStoreUnavailable).reason)
        assertFalse(shop.status().unlocked)
    }

    @Test
    fun aKeyStoreThatCallsTheEngineGetsAnError() = runTest {
        val keys = NosyKeyStore()
        val shop = Sottovoce(config(), keys).also { opened += it }
        keys.engine = shop
        shop.unlock()
        assertTrue(keys.met.isNotEmpty())
        keys.met.forEach { assertInstanceOf(SottovoceException.Reentrant::class.java, it) }
    }

    @Test
    fun aBugInTheListenerStaysInTheApp() = runTest {
        val shop = shop()
        shop.setListener(BuggyListener())
        allow(shop, Purpose.SESSION)
        assertTrue(shop.consent().isAllowed(Purpose.SESSION))
    }

    @Test
    fun fiftyCallsAtOnce() = runTest {
        val shop = shop()
        allow(shop, Purpose.SESSION, Purpose.HISTORY)
        val products = shelf(shop, 25).items.map { it.itemId }
        val writing = products.map { async { shop.events().track(Event.addToCart(it)) } }
        val reading = products.map { async(Dispatchers.Default) { shelf(shop) } }
        val outcomes = writing.awaitAll()
        val shelves = reading.awaitAll()
        assertEquals(50, outcomes.size + shelves.size)
        outcomes.forEach { assertInstanceOf(TrackOutcome.Stored::class.java, it) }
        shelves.forEach { assertEquals(8, it.items.size) }
    }

    @Test
    fun anAppTestsWithItsOwnTime() = runTest {
        TestShop.open().use { shop ->
            val user = ScriptedUser(shop)
            user.allowsPersonalShelves()
            user.views(*liked.toTypedArray()).forEach { assertInstanceOf(TrackOutcome.Stored::class.java, it) }
            assertEquals(RankingMode.PERSONALIZED, user.sees().mode)
            shop.reopen()
            assertEquals(RankingMode.PERSONALIZED, user.sees().mode)
            val kept = shop.engine.ranking().keepForWidget(RecommendRequest("widget"))
            assertEquals(12, kept!!.items.size)
            assertEquals(kept, shop.widgetShelf())
            shop.clock.advance(1.days)
            assertNull(shop.widgetShelf())
            shop.clock.advance(364.days)
            shop.engine.privacy().runMaintenance(false)
            assertFalse(shop.engine.consent().isAllowed(Purpose.RANKING))
            assertNotNull(shop.engine.consent().pendingPrompt("en"))
            assertEquals(RankingMode.POPULAR, user.sees().mode)
        }
    }

    @Test
    fun aFakeTakesThePlaceOfAnObject() = runTest {
        val empty = Ranking("r", emptyList(), RankingMode.POPULAR, 0f, 1, 1)
        val app: (Sottovoce) -> Int = { it.ranking().recommend(RecommendRequest("home", 3)).items.size }
        assertEquals(0, app(FakeShop(empty)))
        assertNull(withTimeoutOrNull(50) { FakeShop(empty).changes.first() })
        val asked = assertThrows(IllegalStateException::class.java) { FakeShop(empty).status() }
        assertTrue("fake" in asked.message!!)
    }
}
