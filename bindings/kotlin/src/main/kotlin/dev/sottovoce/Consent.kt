// Consent and the user's data: what may block is `suspend`.
package dev.sottovoce

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

/** Records a yes to some purposes. */
suspend fun ConsentApi.give(vararg purposes: Purpose, surface: String, locale: String): Receipt =
    answer(purposes, Choice.GIVE, surface, locale)

/** Records a no to some purposes; what was allowed before is erased first. */
suspend fun ConsentApi.refuse(vararg purposes: Purpose, surface: String, locale: String): Receipt =
    answer(purposes, Choice.REFUSE, surface, locale)

/** Says yes to every purpose of the notice. */
suspend fun ConsentApi.acceptEverything(surface: String, locale: String): Receipt =
    withContext(Dispatchers.IO) { acceptAll(surface, locale) }

/** Says no to every purpose of the notice; what was allowed before is erased first. */
suspend fun ConsentApi.refuseEverything(surface: String, locale: String): Receipt =
    withContext(Dispatchers.IO) { refuseAll(surface, locale) }

/** Records the answer about one sensitive topic, from a screen of its own. */
suspend fun ConsentApi.answer(tag: SensitiveTag, choice: Choice, surface: String, locale: String): Receipt =
    withContext(Dispatchers.IO) { answerSensitive(tag, choice, surface, locale) }

/** Takes purposes back. When this returns, their data cannot be read any more. */
suspend fun ConsentApi.withdraw(vararg purposes: Purpose, surface: String, locale: String): ErasureReport =
    withContext(Dispatchers.IO) { withdraw(purposes.toList(), surface, locale) }

/** Verifies a signed policy and puts it in force, if it is newer than the one in use. */
suspend fun ConsentApi.installPolicy(signed: ByteArray): PolicyDiff =
    withContext(Dispatchers.IO) { applyPolicy(signed) }

/** Takes over answers from another device: a no counts, a yes is only offered again. */
suspend fun ConsentApi.takeOver(answers: List<CarriedAnswer>): ImportOutcome =
    withContext(Dispatchers.IO) { importAnswers(answers) }

/** Everything kept about the user, as one JSON document. Ask who is there before handing it out. */
suspend fun DataApi.copy(): String = withContext(Dispatchers.IO) { export() }

/** Erases all data and all answers. A second call removes the receipt that says so. */
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
