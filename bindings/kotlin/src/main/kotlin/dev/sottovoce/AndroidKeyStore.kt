// Android's key store behind the engine's four verbs.
package dev.sottovoce

import android.content.Context
import android.os.UserManager
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.KeyProperties
import android.system.ErrnoException
import android.system.Os
import android.system.OsConstants
import java.io.File
import java.io.IOException
import java.security.GeneralSecurityException
import java.security.KeyStore as JavaKeyStore
import javax.crypto.AEADBadTagException
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec

/**
 * Keeps the engine's secrets sealed by keys that never leave Android's key store. Android 7 or later.
 *
 * The sealed blobs lie in [Context.getNoBackupFilesDir]: restored to another device they would be of
 * no use, because the keys stay behind. The keys need no user authentication, so that they work from
 * the first unlock after a restart on; before that, everything here is "not available now".
 * Making one touches neither disk nor key store.
 */
class AndroidKeyStore(context: Context) : KeyStore {
    private val context = context.applicationContext
    private val folder by lazy { File(this.context.noBackupFilesDir, "sottovoce-keys") }

    override fun load(alias: String): ByteArray = guarded {
        val file = blob(alias)
        if (!file.exists()) throw KeyStoreException.Missing("no blob for this alias")
        val key = key(alias) ?: throw KeyStoreException.Missing("the key was removed")
        val sealed = file.readBytes()
        if (sealed.size <= NONCE) throw KeyStoreException.Mismatch("the blob is too short")
        val cipher = Cipher.getInstance(TRANSFORMATION)
        cipher.init(Cipher.DECRYPT_MODE, key, GCMParameterSpec(TAG_BITS, sealed, 0, NONCE))
        cipher.doFinal(sealed, NONCE, sealed.size - NONCE)
    }

    override fun store(alias: String, secret: ByteArray) = guarded {
        val cipher = Cipher.getInstance(TRANSFORMATION)
        cipher.init(Cipher.ENCRYPT_MODE, key(alias) ?: generate(alias))
        val sealed = cipher.iv + cipher.doFinal(secret)
        folder.mkdirs()
        val draft = File(folder, "$alias.new")
        draft.outputStream().use {
            it.write(sealed)
            it.fd.sync()
        }
        Os.rename(draft.path, blob(alias).path)
        syncFolder()
    }

    override fun remove(alias: String) = guarded {
        keys().deleteEntry(alias)
        val draft = File(folder, "$alias.new").delete()
        if (blob(alias).delete() || draft) syncFolder()
    }

    override fun list(prefix: String): List<String> = guarded {
        // A draft that was cut short has a key as well: the engine cleans up what it hears of.
        val names = folder.list().orEmpty().map { it.removeSuffix(".blob").removeSuffix(".new") }
        names.filter { it.startsWith(prefix) }.distinct()
    }

    private fun blob(alias: String) = File(folder, "$alias.blob")

    private fun keys(): JavaKeyStore = JavaKeyStore.getInstance(PROVIDER).apply { load(null) }

    private fun key(alias: String) = keys().getKey(alias, null) as SecretKey?

    private fun syncFolder() {
        val handle = Os.open(folder.path, OsConstants.O_RDONLY, 0)
        try {
            Os.fsync(handle)
        } finally {
            Os.close(handle)
        }
    }

    private fun generate(alias: String): SecretKey {
        val purposes = KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT
        val spec = KeyGenParameterSpec.Builder(alias, purposes)
            .setKeySize(256)
            .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
            .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
            .build()
        return KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, PROVIDER).apply { init(spec) }.generateKey()
    }

    /** Whatever is not known to be final is "not now": the engine never wipes for that. */
    private fun <T> guarded(work: () -> T): T = try {
        val unlocked = context.getSystemService(UserManager::class.java)?.isUserUnlocked ?: true
        if (!unlocked) throw KeyStoreException.Unavailable("before the first unlock after a restart")
        work()
    } catch (e: KeyPermanentlyInvalidatedException) {
        throw KeyStoreException.Missing("the key was invalidated")
    } catch (e: AEADBadTagException) {
        throw KeyStoreException.Mismatch("the blob does not fit the key")
    } catch (e: GeneralSecurityException) {
        throw KeyStoreException.Unavailable(e.javaClass.name)
    } catch (e: IOException) {
        throw KeyStoreException.Unavailable(e.javaClass.name)
    } catch (e: ErrnoException) {
        throw KeyStoreException.Unavailable(e.javaClass.name)
    }

    private companion object {
        const val PROVIDER = "AndroidKeyStore"
        const val TRANSFORMATION = "AES/GCM/NoPadding"
        const val NONCE = 12
        const val TAG_BITS = 128
    }
}
