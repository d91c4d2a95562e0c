// Calls that suspend, for apps in Java.
package dev.sottovoce

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.future.future
import java.util.concurrent.CompletableFuture
import kotlin.coroutines.Continuation
import kotlin.coroutines.intrinsics.suspendCoroutineUninterceptedOrReturn

/** A call that suspends, as Java sees it. */
fun interface SuspendingCall<T> {
    /** Makes the call with the continuation as its last argument. */
    @Throws(SottovoceException::class)
    fun with(continuation: Continuation<T>): Any?
}

/** What Java waits for where Kotlin suspends. */
object Futures {
    /**
     * Makes a call off this thread: `Futures.<EngineStatus>of(shop::unlock)`, or
     * `Futures.<CatalogReport>of(c -> shop.catalog().install(path, c))`. If the call fails, so does the future, with a
     * [SottovoceException]. Cancelling it cancels the waiting, not the work.
     */
    @JvmStatic
    fun <T> of(call: SuspendingCall<T>): CompletableFuture<T> =
        CoroutineScope(Dispatchers.Default).future { suspendCoroutineUninterceptedOrReturn { call.with(it) } }
}
