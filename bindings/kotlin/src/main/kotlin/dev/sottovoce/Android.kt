// Opening an engine on Android.
package dev.sottovoce

import android.content.Context
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import java.io.File

/**
 * Creates an engine and unlocks it, in a folder that is excluded from backups and device transfers,
 * with its keys in the Android Keystore. An erased key that comes back with a backup would
 * bring the data back with it. Throws [SottovoceException.KeyStoreUnavailable] before the first
 * unlock after a restart: try again after `ACTION_USER_UNLOCKED`.
 */
suspend fun Sottovoce.Companion.open(
    context: Context,
    storeId: String,
    shopKey: ByteArray,
    policy: ByteArray? = null,
    taskSet: ByteArray? = null,
    transport: Transport? = null,
    logger: Logger? = null,
    recoveryKey: ByteArray? = null,
): Sottovoce {
    val app = context.applicationContext
    val config = withContext(Dispatchers.IO) { Config(app, storeId, shopKey, policy, taskSet, recoveryKey) }
    return open(config, AndroidKeyStore(app), transport, logger)
}

/**
 * The configuration that [Sottovoce.Companion.open] uses, for a home screen widget too:
 * `widgetShelf(Config(context, …), AndroidKeyStore(context))`. Asks for the folder, which is I/O.
 */
fun Config(
    context: Context,
    storeId: String,
    shopKey: ByteArray,
    policy: ByteArray? = null,
    taskSet: ByteArray? = null,
    recoveryKey: ByteArray? = null,
): Config {
    val folder = File(context.applicationContext.noBackupFilesDir, "sottovoce")
    return Config(storeId, folder, shopKey, policy, taskSet, recoveryKey = recoveryKey)
}
