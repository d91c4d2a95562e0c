// The contract: the same short story as in Python and Swift, told in Kotlin.
package dev.sottovoce

import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.test.runTest
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
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.CopyOnWriteArrayList

private val fixtures = File(System.getProperty("sottovoce.fixtures"))
private val liked = File(fixtures, "liked.txt").readLines()

private class MapKeyStore : KeyStore {
    private val items = ConcurrentHashMap<String, ByteArray>()
    override fun load(alias: String) = items[alias] ?: throw KeyStoreException.Missing("no such item")
    override fun store(alias: String, secret: ByteArray) { items[alias] = secret }
    override fun remove(alias: String) { items.remove(alias) }
    override fun list(prefix: String) = items.keys.filter { it.startsWith(prefix) }
}

private class BuggyKeyStore : KeyStore {
    override fun load(alias: String) = error("app bug")
    override fun store(alias: String, secret: ByteArray) = error("app bug")
    override fun remove(alias: String) = error("app bug")
    override fun list(prefix: String) = error("app bug")
}

private class Recorder : Listener {
    val seen = CopyOnWriteArrayList<Change>()
    override fun changed(change: Change) { seen.add(change) }
}

private class BuggyListener : Listener {
    override fun changed(change: Change) = error("app bug")
}

class ContractTest {
    @TempDir
    lateinit var folder: File
    private val opened = mutableListOf<Sottovoce>()

    @AfterEach
    fun shutDown() = opened.forEach { it.shutdown() }

    private fun config(shopKey: ByteArray? = null) = Config(
        storeId = "contract",
        directory = folder.path,
        shopKey = shopKey ?: File(fixtures, "shop.pub").readBytes(),
    )

    private suspend fun open(keys: KeyStore) = openSottovoce(config(), keys).also { opened += it }

    private suspend fun shop(keys: KeyStore = MapKeyStore()) =
        open(keys).also { it.catalog().install(File(fixtures, "shop.bundle").path) }

    private fun shelf(shop: Sottovoce, limit: UInt = 8u) =
        shop.ranking().recommend(RecommendRequest(surface = "home", limit = limit))

    private suspend fun give(shop: Sottovoce, vararg purposes: Purpose) =
        shop.consent().give(*purposes, surface = "notice", locale = "en")

    @Test
    fun theStory() = runTest {
        val keys = MapKeyStore()
        val shop = shop(keys)
        assertTrue(shop.status().opening!!.fresh)
        assertNotNull(shop.consent().pendingPrompt("en"))
        val early = shop.events().track(EventName.VIEW_ITEM, liked[0])
        assertEquals(TrackOutcome.Dropped(DropReason.CONSENT_PENDING), early)
        assertEquals(RankingMode.POPULAR, shelf(shop).mode)
        assertEquals(8, shelf(shop).items.size)

        val recorder = Recorder()
        shop.setListener(recorder)
        val receipt = give(shop, Purpose.SESSION, Purpose.HISTORY, Purpose.INFERENCE, Purpose.RANKING)
        assertEquals(1uL, receipt.seq)
        assertTrue(shop.consent().isAllowed(Purpose.RANKING))
        assertFalse(shop.consent().isAllowed(Purpose.MEASUREMENT))
        for (item in liked) {
            assertInstanceOf(TrackOutcome.Stored::class.java, shop.events().track(EventName.VIEW_ITEM, item))
        }
        assertTrue(Change.Consent in recorder.seen)
        assertTrue(Change.Profile in recorder.seen)

        val personal = shelf(shop)
        assertEquals(RankingMode.PERSONALIZED, personal.mode)
        val first = personal.items.first().itemId
        val why = shop.profile().explain(personal.rankingId, first, "de-AT")
        assertTrue(why.text.isNotEmpty() && why.factors.isNotEmpty() && why.factors.all { it.text.isNotEmpty() })

        val kept = shop.ranking().refreshWidget(RecommendRequest(surface = "widget", limit = 4u))!!
        assertEquals(4 to true, kept.items.size to kept.personal)
        assertEquals(kept, config().readWidgetShelf(keys))

        val report = shop.consent().withdraw(Purpose.HISTORY, surface = "settings", locale = "en")
        assertNull(config().readWidgetShelf(keys))
        assertEquals(liked.size.toULong(), report.rows)
        assertTrue(report.keysDestroyed >= 1u)
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
    fun thePreferenceCenter() = runTest {
        val shop = shop()
        val consent = shop.consent()
        shop.background { consent().applySignals(ExternalSignals(region = "DE")) }
        val center = consent.center("de-AT")
        val groups = center.notice.purposes.groupBy { it.groupTitle }
        assertEquals(2, groups.size)
        assertEquals("de" to "Alle annehmen", center.notice.locale to center.notice.acceptLabel)
        center.notice.purposes.forEach {
            assertTrue(it.reasonText.isNotEmpty() && it.retentionText.isNotEmpty() && it.recipientsText.isNotEmpty())
        }
        assertEquals("Deine Entscheidungen", center.notice.title)
        assertEquals("Ihre Entscheidungen", consent.center("de-AT-x-formal").notice.title)
        assertEquals("Sie haben es abgelehnt.", wordText(Word.Because(DecisionReason.REFUSED), "de-x-formal"))
        fun isOn(purpose: Purpose) = consent.center("de").notice.purposes.single { it.purpose == purpose }.isOn

        consent.give(Purpose.SESSION, surface = "center", locale = "de-AT")
        assertTrue(isOn(Purpose.SESSION))
        consent.withdraw(Purpose.SESSION, surface = "center", locale = "de-AT")
        assertFalse(isOn(Purpose.SESSION))
        val yes =
            consent.acceptEverything(surface = "center", locale = "de-AT")
        val no =
            consent.refuseEverything(surface = "center", locale = "de-AT")
        assertEquals(yes.seq + 1u to yes.purposes.size, no.seq to no.purposes.size)
        assertFalse(consent.isAllowed(Purpose.RANKING))
        val entry = consent.center("de").history.first()
        assertEquals("Deine Antwort" to no.seq, entry.title to entry.receipt.seq)
        assertEquals("Zurückgenommen", entry.lines.first().stateText)
    }

    @Test
    fun aSensitiveTopicAndANewPolicy() = runTest {
        val shop = shop()
        val consent = shop.consent()
        shop.background { consent().applySignals(ExternalSignals(region = "DE")) }
        val refused = runCatching {
            consent.answer(SensitiveTag.PREGNANCY, Choice.GIVE, surface = "topic", locale = "de-AT")
        }.exceptionOrNull()
        assertEquals(DecisionReason.PROHIBITED, (refused as SottovoceException.NotAskable).reason)

        val policy = File(fixtures, "policy.signed").readBytes()
        val diff = consent.installPolicy(policy)
        assertEquals("brambly@2" to listOf(SensitiveTag.PREGNANCY), diff.to to diff.sensitive)
        val older = File(fixtures, "policy.older.signed").readBytes()
        val downgrade = runCatching { consent.installPolicy(older) }.exceptionOrNull()
        assertInstanceOf(SottovoceException.Rejected::class.java, downgrade)
        assertTrue("version 2 is in use" in consent.refusedPolicy()!!.reason)
        assertEquals(listOf(SensitiveTag.PREGNANCY), consent.center("de").sensitive.map { it.tag })
        consent.give(Purpose.HISTORY, surface = "center", locale = "de-AT")
        val early = shop.events().track(EventName.VIEW_ITEM, "CL28-M")
        assertEquals(TrackOutcome.Dropped(DropReason.SENSITIVE), early)
        consent.answer(SensitiveTag.PREGNANCY, Choice.GIVE, surface = "topic", locale = "de-AT")
        assertInstanceOf(TrackOutcome.Stored::class.java, shop.events().track(EventName.VIEW_ITEM, "CL28-M"))
        assertTrue("\"topic\": \"pregnancy\"" in shop.data().copy())
        consent.answer(SensitiveTag.PREGNANCY, Choice.REFUSE, surface = "topic", locale = "de-AT")
        assertTrue("CL28-M" !in shop.data().copy())

        val check = consent.verifyLedger()
        assertNull(check.brokenAt)
        assertEquals(check.headHash, consent.head().headHash)
    }

    @Test
    fun aCopyAndTheEndOfIt() = runTest {
        val shop = shop()
        shop.consent().acceptEverything(surface = "center", locale = "de-AT")
        shop.events().track(EventName.VIEW_ITEM, liked[0])
        val brands = shop.background { preferences().form("de-AT") }.fields.first()
        assertEquals("Lieblingsmarken", brands.label)
        shop.background { preferences().set(brands.key, brands.options.first().value) }
        val copy = shop.data().copy()
        assertTrue("\"item_id\": \"${liked[0]}\"" in copy)
        assertTrue("\"value\": \"${brands.options.first().value}\"" in copy)

        val report = shop.data().eraseEverything()
        assertTrue(report.rows >= 2uL)
        val rest = shop.data().copy()
        assertTrue("\"events\": []" in rest && "\"preferences\": []" in rest)
        assertEquals("", shop.data().eraseEverything().receiptId)
        assertFalse(shop.consent().isAllowed(Purpose.HISTORY))
    }

    @Test
    fun anErrorReadsWell() {
        val error = assertThrows(SottovoceException.InvalidArgument::class.java) {
            Sottovoce(config(shopKey = byteArrayOf(1, 2, 3)), MapKeyStore())
        }
        val text = "shop_key cannot be used: it must be the 32 bytes of an Ed25519 public key"
        assertEquals(text, error.explanation)
        assertEquals(text, error.toString())
    }

    @Test
    fun aBugInTheKeyStoreIsATypedError() = runTest {
        val shop = Sottovoce(config(), BuggyKeyStore()).also { opened += it }
        val error = runCatching { shop.background { unlock() } }.exceptionOrNull()
        assertInstanceOf(SottovoceException.KeyStoreUnavailable::class.java, error)
        assertTrue("app bug" in (error as SottovoceException.KeyStoreUnavailable).reason)
        assertFalse(shop.status().unlocked)
    }

    @Test
    fun aBugInTheListenerStaysInTheApp() = runTest {
        val shop = shop()
        shop.setListener(BuggyListener())
        give(shop, Purpose.SESSION)
        assertTrue(shop.consent().isAllowed(Purpose.SESSION))
    }

    @Test
    fun fiftyCallsAtOnce() = runTest {
        val shop = shop()
        give(shop, Purpose.SESSION, Purpose.HISTORY)
        val products = shelf(shop, 25u).items.map { it.itemId }
        val writing = products.map { async { shop.events().track(EventName.ADD_TO_CART, it) } }
        val reading = products.map { async { shop.background { shelf(this) } } }
        val outcomes = writing.awaitAll()
        val shelves = reading.awaitAll()
        assertEquals(50, outcomes.size + shelves.size)
        outcomes.forEach { assertInstanceOf(TrackOutcome.Stored::class.java, it) }
        shelves.forEach { assertEquals(8, it.items.size) }
    }
}
