// Money, times, files and changes in the types that Kotlin has for them.
package dev.sottovoce

import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.channels.awaitClose
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.callbackFlow
import java.io.File
import java.math.BigDecimal
import java.time.Instant
import java.time.ZoneId
import kotlin.time.Duration

/** The amount in whole units, with the decimals of its currency: 12.99 for 1299 minor units of EUR. */
val Money.amount: BigDecimal
    get() = BigDecimal.valueOf(minor, currencyDecimals(currency) ?: 0)

/**
 * An amount in whole units of a currency: `Money(BigDecimal("12.99"), "EUR")`. Throws [IllegalArgumentException] with the
 * reason if the currency is none, or has no unit that small, or the amount is too large.
 */
fun Money(amount: BigDecimal, currency: String): Money {
    val decimals = requireNotNull(currencyDecimals(currency)) {
        "\"$currency\" is no currency: it must be an ISO 4217 code in capitals, such as EUR"
    }
    val minor = amount.movePointRight(decimals).stripTrailingZeros()
    require(minor.scale() <= 0) { "$amount has more decimals than $currency, which has $decimals" }
    require(minor.toBigInteger().bitLength() < Long.SIZE_BITS) { "$amount is too large" }
    return Money(minor.longValueExact(), currency)
}

/** A configuration for an engine in a folder that only this engine uses. */
fun Config(
    storeId: String,
    directory: File,
    shopKey: ByteArray,
    policy: ByteArray? = null,
    taskSet: ByteArray? = null,
    widgetDirectory: File? = null,
    recoveryKey: ByteArray? = null,
): Config = Config(storeId, directory.path, shopKey, policy, taskSet, widgetDirectory?.path, recoveryKey)

/** Verifies a downloaded bundle and installs it. */
suspend fun CatalogApi.install(bundle: File): CatalogReport = install(bundle.path)

/** The same event at another time. */
fun Event.at(time: Instant): Event = copy(timeMs = time.toEpochMilli())

/** "It was a gift": what happened in this time says nothing about the user's own taste. */
fun Correction.Companion.gift(from: Instant, to: Instant): Correction =
    Correction.Gift(from.toEpochMilli(), to.toEpochMilli())

/** "That was not me": what happened in this time is removed. */
fun Correction.Companion.notMe(from: Instant, to: Instant): Correction =
    Correction.NotMe(from.toEpochMilli(), to.toEpochMilli())

/** A clock for tests that shows a time. */
fun TestClock(now: Instant): TestClock = TestClock(now.toEpochMilli())

/** Moves the clock forward, or back. */
fun TestClock.advance(by: Duration) = advance(by.inWholeMilliseconds)

/**
 * What changes while it is collected, in order; nothing is left out. It goes on over [Sottovoce.shutdown] and
 * [Sottovoce.unlock], and ends with its collector's scope. Each collector is told, and so is the listener of
 * [Sottovoce.setListener].
 */
val Sottovoce.changes: Flow<Change>
    get() = callbackFlow {
        val subscription = subscribe { trySend(it) }
        awaitClose { subscription.close() }
    }.buffer(Channel.UNLIMITED)

/** Says nothing before that time. */
suspend fun MessagesApi.snooze(until: Instant) = snooze(until.toEpochMilli())

/** The next message in a language, at the hours of a time zone. */
fun MessageRequest(locale: String, zone: ZoneId, at: Instant = Instant.now()): MessageRequest =
    MessageRequest(locale, zone.rules.getOffset(at).totalSeconds / 60)
