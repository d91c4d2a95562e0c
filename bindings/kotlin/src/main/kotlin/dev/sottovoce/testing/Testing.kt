// For tests of apps: an engine with a small shop, in memory and a temporary folder, whose time the test decides.
package dev.sottovoce.testing

import dev.sottovoce.*
import java.io.File
import java.time.Instant
import java.util.concurrent.ConcurrentHashMap
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds

/** A key store that forgets everything with the process. For tests only: nothing protects its keys. */
class MemoryKeyStore : KeyStore {
    private val items = ConcurrentHashMap<String, ByteArray>()

    override fun load(alias: String) = items[alias] ?: throw KeyStoreException.Missing("no such item")

    override fun store(alias: String, secret: ByteArray) {
        items[alias] = secret
    }

    override fun remove(alias: String) {
        items.remove(alias)
    }

    override fun list(prefix: String) = items.keys.filter { it.startsWith(prefix) }
}

/** The signed catalog of the shop in the examples: 100 products or so, and the key that it is signed with. */
object ExampleShop {
    const val STORE_ID = "contract"

    val shopKey: ByteArray by lazy { resource("shop.pub") }

    /** Writes the bundle into a folder, as a download would. */
    fun bundle(folder: File): File = File(folder, "shop.bundle").apply { writeBytes(resource(name)) }

    private fun resource(name: String): ByteArray =
        checkNotNull(javaClass.getResourceAsStream(name)) { "$name is not in this build" }.use { it.readBytes() }
}

/** An engine with [ExampleShop], in a folder that [close] removes. */
class TestShop private constructor(val folder: File, val clock: TestClock, val keyStore: KeyStore) : AutoCloseable {
    /** The engine in use; another one after [reopen]. */
    lateinit var engine: Sottovoce
        private set

    /** Ends the process, as far as the engine can tell, and starts it again. */
    suspend fun reopen() {
        engine.close()
        unlock()
    }

    override fun close() {
        engine.close()
        folder.deleteRecursively()
    }

    /** What [dev.sottovoce.widgetShelf] gives the widget at the time of [clock]. */
    suspend fun widgetShelf(): WidgetShelf? = widgetShelfForTesting(config(), keyStore, clock)

    private fun config() = Config(ExampleShop.STORE_ID, File(folder, "engine"), ExampleShop.shopKey)

    private suspend fun unlock() {
        engine = openForTesting(config(), keyStore, clock)
    }

    companion object {
        /** Makes one whose clock shows [now]. Nobody was asked for anything yet. */
        suspend fun open(now: Instant = Instant.parse("2026-06-01T12:00:00Z")): TestShop {
            val folder = kotlin.io.path.createTempDirectory("sottovoce").toFile()
            val shop = TestShop(folder, TestClock(now), MemoryKeyStore())
            shop.unlock()
            shop.engine.catalog().install(ExampleShop.bundle(folder))
            return shop
        }
    }
}

/** Somebody who uses an app of [shop]. Time passes between their steps, as it does for people. */
class ScriptedUser(private val shop: TestShop, private val pace: Duration = 45.seconds) {
    /** Answers the notice. */
    suspend fun allows(vararg purposes: Purpose): Receipt =
        shop.engine.consent().save(purposes.toList(), "notice", "en")

    /** Allows what a personal shelf needs. */
    suspend fun allowsPersonalShelves(): Receipt =
        allows(Purpose.SESSION, Purpose.HISTORY, Purpose.INFERENCE, Purpose.RANKING)

    /** Looks at some products, one after the other. */
    suspend fun views(vararg itemIds: String): List<TrackOutcome> = itemIds.map { does(Event.viewItem(it)) }

    /** Buys one piece of a product. */
    suspend fun buys(itemId: String): TrackOutcome = does(Event.purchase(listOf(EventItem(itemId))))

    /** Searches for something. */
    suspend fun searches(term: String): TrackOutcome = does(Event.search(term))

    /** Does anything else. */
    suspend fun does(event: Event): TrackOutcome {
        shop.clock.advance(pace)
        return shop.engine.events().track(event)
    }

    /** What the home screen shows them. */
    fun sees(limit: Int = 12): Ranking = shop.engine.ranking().recommend(RecommendRequest("home", limit))
}
