// The contract: the same short story as in Python and Swift, told in Kotlin.
package dev.sottovoce

import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.CopyOnWriteArrayList

private val fixtures = File(System.getProperty("sottovoce.fixtures"))

private class MapKeyStore : KeyStore {
    private val items = ConcurrentHashMap<String, ByteArray>()
    override fun load(alias: String) = items[alias] ?: throw KeyStoreException.Missing("no such item")
    override fun store(alias: String, secret: ByteArray) { items[alias] = secret }
    override fun remove(alias: String) { items.remove(alias) }
}

private class BuggyKeyStore : KeyStore {
    override fun load(alias: String): ByteArray = error("app bug")
    override fun store(alias: String, secret: ByteArray): Unit = error("app bug")
    override fun remove(alias: String): Unit = error("app bug")
}

private class Recorder : Listener {
    val seen = CopyOnWriteArrayList<Change>()
    override fun changed(change: Change) { seen.add(change) }
}

class ContractTest {
    @TempDir
    lateinit var folder: File

    private fun config() = Config(
        storeId = "contract",
        directory = folder.path,
        shopKey = File(fixtures, "shop.pub").readBytes(),
    )

    private fun shelf(shop: Sottovoce) =
        shop.ranking().recommend(RecommendRequest(surface = "home", limit = 8u))

    @Test
    fun theStory() = runTest {
        val shop = openSottovoce(config(), MapKeyStore())
        assertTrue(shop.status().fresh)
        shop.catalog().install(File(fixtures, "shop.bundle").path)
        val liked = File(fixtures, "liked.txt").readLines()

        val early = shop.events().track(EventName.VIEW_ITEM, liked[0])
        assertEquals(TrackOutcome.Dropped(DropReason.CONSENT_PENDING), early)
        assertEquals(RankingMode.POPULAR, shelf(shop).mode)
        assertEquals(8, shelf(shop).items.size)

        val recorder = Recorder()
        shop.setListener(recorder)
        val receipt = shop.consent().give(
            Purpose.SESSION, Purpose.HISTORY, Purpose.INFERENCE, Purpose.RANKING, surface = "notice", locale = "en",
        )
        assertEquals(1uL, receipt.seq)
        assertTrue(shop.consent().isAllowed(Purpose.RANKING))
        assertFalse(shop.consent().isAllowed(Purpose.MEASUREMENT))
        for (item in liked) {
            assertTrue(shop.events().track(EventName.VIEW_ITEM, item) is TrackOutcome.Stored)
        }
        assertTrue(Change.Consent in recorder.seen)
        assertTrue(Change.Profile in recorder.seen)

        val personal = shelf(shop)
        assertEquals(RankingMode.PERSONALIZED, personal.mode)
        val first = personal.items.first()
        val why = shop.profile().explain(personal.rankingId, first.itemId)
        assertTrue(why.factors.isNotEmpty())

        val report = shop.consent().withdraw(Purpose.HISTORY, surface = "settings", locale = "en")
        assertEquals(liked.size.toULong(), report.rows)
        assertTrue(report.keysDestroyed >= 1u)
        assertEquals(8, shelf(shop).items.size)
        assertEquals(null, shop.consent().verifyLedger().brokenAt)
        shop.shutdown()
    }

    @Test
    fun anErrorReadsWell() {
        val short = config().copy(shopKey = byteArrayOf(1, 2, 3))
        val error = assertThrows(SottovoceException.InvalidArgument::class.java) { Sottovoce(short, MapKeyStore(), null) }
        assertEquals(
            "shop_key cannot be used: it must be the 32 bytes of an Ed25519 public key",
            error.explanation,
        )
    }

    @Test
    fun aBugInTheKeyStoreIsATypedError() = runTest {
        val shop = Sottovoce(config(), BuggyKeyStore(), null)
        val error = assertThrows(SottovoceException.KeyStoreUnavailable::class.java) { shop.unlock() }
        assertEquals("java.lang.IllegalStateException: app bug", error.reason)
        assertFalse(shop.status().unlocked)
    }

    @Test
    fun fiftyCallsAtOnce() = runTest {
        val shop = openSottovoce(config(), MapKeyStore())
        shop.catalog().install(File(fixtures, "shop.bundle").path)
        shop.consent().give(Purpose.SESSION, Purpose.HISTORY, surface = "notice", locale = "en")
        val liked = File(fixtures, "liked.txt").readLines()
        val outcomes = (0 until 50).map { i ->
            async { shop.events().track(EventName.ADD_TO_CART, liked[i % liked.size]) }
        }.awaitAll()
        assertEquals(50, outcomes.size)
        assertTrue(outcomes.any { it is TrackOutcome.Stored })
        shop.shutdown()
    }
}
