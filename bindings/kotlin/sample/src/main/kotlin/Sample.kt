// From nothing to a shelf with titles.
import dev.sottovoce.*
import dev.sottovoce.testing.ExampleShop
import dev.sottovoce.testing.MemoryKeyStore
import kotlinx.coroutines.runBlocking
import kotlin.io.path.createTempDirectory

/** The app's own screen: what the user switched on. */
fun show(notice: ConsentPrompt): List<Purpose> {
    notice.purposes.forEach { println("[x] ${it.title}: ${it.benefit}") }
    return notice.purposes.filter { it.canGive }.map { it.purpose }
}

fun main() = runBlocking {
    val folder = createTempDirectory("shop").toFile()
    val (bundle, shopKey) = ExampleShop.bundle(folder) to ExampleShop.shopKey
    val keyStore = MemoryKeyStore() // a phone has AndroidKeyStore(context)

    // Five minutes
    val shop = Sottovoce.open(Config("contract", folder.resolve("engine"), shopKey), keyStore)
    shop.catalog().install(bundle)
    shop.consent().pendingPrompt("en")?.let { notice ->
        shop.consent().save(allowed = show(notice), surface = "notice", locale = notice.locale)
    }
    shop.events().track(Event.viewItem("CL1-BL-S"))
    val shelf = shop.ranking().recommend(RecommendRequest(surface = "home", limit = 12))
    shelf.items.forEach { println("${it.title}, ${it.price?.amount} ${it.price?.currency}") }
    // And then
    val found = shop.search().query(SearchRequest("kofee beans"))
    found.page.items.forEach { println(it.title) }
    println(shop.profile().explain(shelf.rankingId, shelf.items[0].itemId, "en").text)
    shop.consent().withdraw(listOf(Purpose.HISTORY), surface = "settings", locale = "en")
    // That is all
    check(shelf.items.size == 12 && found.page.items.isNotEmpty())
    shop.close()
}
