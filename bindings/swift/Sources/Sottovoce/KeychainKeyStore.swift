// The Keychain behind the engine's four verbs.
#if canImport(Security)
import Foundation
import Security

/// Stores the engine's secrets in the Keychain: on this device only, readable after the first unlock,
/// never synchronised, not usable from a backup. Items stay when the app is uninstalled; the engine detects that.
/// On macOS the app must be signed with a Keychain access group.
public final class KeychainKeyStore: KeyStore {
    private let service: String
    private let accessGroup: String?

    /// - Parameters:
    ///   - service: a name that only this app uses, such as its bundle identifier; the same in its extensions.
    ///   - accessGroup: a Keychain access group, if an extension reads the shelf of a widget. Items are in one
    ///     group: set it from the first release that needs it, or the engine starts empty.
    public init(service: String, accessGroup: String? = nil) {
        self.service = service
        self.accessGroup = accessGroup
    }

    public func load(alias: String) throws -> Data {
        var query = item(alias)
        query[kSecReturnData] = true
        var found: CFTypeRef?
        let status = SecItemCopyMatching(query as CFDictionary, &found)
        switch status {
        case errSecSuccess:
            guard let data = found as? Data else { throw KeyStoreError.mismatch(reason: "the item holds no data") }
            return data
        case errSecItemNotFound:
            throw KeyStoreError.missing(reason: "no such item")
        default:
            throw KeyStoreError.unavailable(reason: "Keychain status \(status)")
        }
    }

    public func store(alias: String, secret: Data) throws {
        let kept: [CFString: Any] = [
            kSecValueData: secret,
            kSecAttrAccessible: kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly,
        ]
        // An item is updated in place: deleting it first could lose the secret half-way.
        var status = SecItemUpdate(item(alias) as CFDictionary, kept as CFDictionary)
        if status == errSecItemNotFound {
            status = SecItemAdd(item(alias).merging(kept) { $1 } as CFDictionary, nil)
        }
        guard status == errSecSuccess else { throw KeyStoreError.unavailable(reason: "Keychain status \(status)") }
    }

    public func remove(alias: String) throws {
        let status = SecItemDelete(item(alias) as CFDictionary)
        guard status == errSecSuccess || status == errSecItemNotFound else {
            throw KeyStoreError.unavailable(reason: "Keychain status \(status)")
        }
    }

    public func list(prefix: String) throws -> [String] {
        var query: [CFString: Any] = [
            kSecClass: kSecClassGenericPassword, kSecAttrService: service, kSecUseDataProtectionKeychain: true,
            kSecMatchLimit: kSecMatchLimitAll, kSecReturnAttributes: true,
        ]
        query[kSecAttrAccessGroup] = accessGroup
        var found: CFTypeRef?
        let status = SecItemCopyMatching(query as CFDictionary, &found)
        switch status {
        case errSecSuccess:
            let items = found as? [[CFString: Any]] ?? []
            return items.compactMap { $0[kSecAttrAccount] as? String }.filter { $0.hasPrefix(prefix) }
        case errSecItemNotFound:
            return []
        default:
            throw KeyStoreError.unavailable(reason: "Keychain status \(status)")
        }
    }

    private func item(_ alias: String) -> [CFString: Any] {
        var query: [CFString: Any] = [
            kSecClass: kSecClassGenericPassword, kSecAttrService: service, kSecAttrAccount: alias,
            kSecUseDataProtectionKeychain: true,
        ]
        query[kSecAttrAccessGroup] = accessGroup
        return query
    }
}
#endif
