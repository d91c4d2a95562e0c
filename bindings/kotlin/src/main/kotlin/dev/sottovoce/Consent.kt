// Consent and the user's data: blocking calls are `suspend`.
package dev.sottovoce

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

/** Gives consent to some purposes. */
suspend fun ConsentApi.give(vararg purposes: Purpose, surface: String, locale: String): Receipt =
    answer(purposes, Choice.GIVE, surface, locale)

/** Denies some purposes. First erases the data of what was allowed. */
suspend fun ConsentApi.refuse(vararg purposes: Purpose, surface: String, locale: String): Receipt =
    answer(purposes, Choice.REFUSE, surface, locale)

/** Gives consent to every purpose of the notice. */
suspend fun ConsentApi.acceptEverything(surface: String, locale: String): Receipt =
    withContext(Dispatchers.IO) { acceptAll(surface, locale) }

/** Denies every purpose of the notice. First erases the data of what was allowed. */
suspend fun ConsentApi.refuseEverything(surface: String, locale: String): Receipt =
    withContext(Dispatchers.IO) { refuseAll(surface, locale) }

/** Records the answer about one sensitive topic, from its own screen. */
suspend fun ConsentApi.answer(tag: SensitiveTag, choice: Choice, surface: String, locale: String): Receipt =
    withContext(Dispatchers.IO) { answerSensitive(tag, choice, surface, locale) }

/** Withdraws consent. When this returns, the data of these purposes cannot be read any more. */
suspend fun ConsentApi.withdraw(vararg purposes: Purpose, surface: String, locale: String): ErasureReport =
    withContext(Dispatchers.IO) { withdraw(purposes.toList(), surface, locale) }

/** Verifies a signed policy and installs it if it is newer than the one in use. */
suspend fun ConsentApi.installPolicy(signed: ByteArray): PolicyDiff =
    withContext(Dispatchers.IO) { applyPolicy(signed) }

/** Imports answers of another device: a denial counts, consent is only offered. */
suspend fun ConsentApi.takeOver(answers: List<CarriedAnswer>): ImportOutcome =
    withContext(Dispatchers.IO) { importAnswers(answers) }

/** All stored data about the user as one JSON document. Authenticate the user before you hand it out. */
suspend fun DataApi.copy(): String = withContext(Dispatchers.IO) { export() }

/** Erases all data and all answers. A second call removes the receipt of the erasure. */
suspend fun DataApi.eraseEverything(): ErasureReport =
    withContext(Dispatchers.IO) { erase(EraseScope.Everything) }

/** Erases the data of one purpose; the answer stays. */
suspend fun DataApi.erase(purpose: Purpose): ErasureReport =
    withContext(Dispatchers.IO) { erase(EraseScope.DataOf(purpose)) }

/** Erases the data about one sensitive topic; the answer stays. */
suspend fun DataApi.erase(tag: SensitiveTag): ErasureReport =
    withContext(Dispatchers.IO) { erase(EraseScope.DataAbout(tag)) }

private suspend fun ConsentApi.answer(
    purposes: Array<out Purpose>,
    choice: Choice,
    surface: String,
    locale: String,
): Receipt = withContext(Dispatchers.IO) {
    record(purposes.map { PurposeChoice(it, choice) }, surface, locale)
}
