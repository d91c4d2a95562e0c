// Opening an engine the way Android wants it.
package dev.sottovoce

import android.content.Context
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import java.io.File

/**
 * Makes an engine and unlocks it, in a folder that is left out of backups and of moves to another
 * device, with its keys in Android's key store. An erased key that comes back with a backup would
 * bring the data back with it. Throws [SottovoceException.KeyStoreUnavailable] before the first
 * unlock after a restart: try again after `ACTION_USER_UNLOCKED`.
 */
suspend fun openSottovoce(
    context: Context,
    storeId: String,
    shopKey: ByteArray,
    policy: ByteArray? = null,
    taskSet: ByteArray? = null,
    transport: Transport? = null,
): Sottovoce {
    val app = context.applicationContext
    // Asking for the folder makes it, which is I/O.
    val folder = withContext(Dispatchers.IO) { File(app.noBackupFilesDir, "sottovoce") }
    val config = Config(storeId, folder.path, shopKey, policy, taskSet)
    return openSottovoce(config, AndroidKeyStore(app), transport)
}
