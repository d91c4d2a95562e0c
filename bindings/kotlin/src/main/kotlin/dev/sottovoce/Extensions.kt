// The hand-written part of the Kotlin surface: blocking calls are `suspend`, and an error says what to do.
package dev.sottovoce

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

/**
 * What went wrong and what to do about it, in words. Logs and crash reports show it too, for it is
 * what `toString` gives; [Throwable.message] only lists the fields.
 */
val SottovoceException.explanation: String
    get() = toString()

/**
 * Creates an engine and unlocks it: one call of the key store and some disk access, off the main thread.
 * Keep one engine for each folder and [Sottovoce.shutdown] it before opening another.
 */
suspend fun openSottovoce(config: Config, keyStore: KeyStore, transport: Transport? = null): Sottovoce =
    withContext(Dispatchers.IO) {
        Sottovoce(config, keyStore, transport).also { it.unlock() }
    }

/** Runs anything else that may block off the main thread: `shop.background { privacy().runMaintenance(true) }`. */
suspend fun <T> Sottovoce.background(work: Sottovoce.() -> T): T = withContext(Dispatchers.IO) { work() }

/** Reports what the user did with some items, by id. */
suspend fun EventsApi.track(name: EventName, vararg itemIds: String): TrackOutcome =
    withContext(Dispatchers.IO) {
        track(Event(name = name, items = itemIds.map { EventItem(itemId = it) }))
    }

/**
 * Makes a shelf and stores it for the widget, in place of the previous one; none if personal ranking is not
 * allowed. Update the widget afterwards.
 */
suspend fun RankingApi.refreshWidget(request: RecommendRequest): WidgetShelf? =
    withContext(Dispatchers.IO) { keepForWidget(request) }

/**
 * The shelf that the app stored for its widget, from any of its components: opens no database, takes no lock, loads
 * one key. None if there is no valid one.
 */
suspend fun Config.readWidgetShelf(keyStore: KeyStore): WidgetShelf? =
    withContext(Dispatchers.IO) { widgetShelf(this@readWidgetShelf, keyStore) }

/** Verifies and installs a signed bundle that the app has downloaded to [path]. */
suspend fun CatalogApi.install(path: String): CatalogReport =
    withContext(Dispatchers.IO) { apply(path) }
