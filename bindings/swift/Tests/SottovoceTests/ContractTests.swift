// The contract: the same short story as in Python and Kotlin, told in Swift.
import Foundation
import Testing

@testable import Sottovoce

private let fixtures = URL(fileURLWithPath: ProcessInfo.processInfo.environment["SOTTOVOCE_FIXTURES"]!)

private final class MapKeyStore: KeyStore, @unchecked Sendable {
    private let lock = NSLock()
    private var items: [String: Data] = [:]

    func load(alias: String) throws -> Data {
        try lock.withLock {
            guard let secret = items[alias] else { throw KeyStoreError.Missing(reason: "no such item") }
            return secret
        }
    }
    func store(alias: String, secret: Data) throws { lock.withLock { items[alias] = secret } }
    func remove(alias: String) throws { lock.withLock { items[alias] = nil } }
}

private struct AppBug: Error {}

private final class BuggyKeyStore: KeyStore {
    func load(alias: String) throws -> Data { throw AppBug() }
    func store(alias: String, secret: Data) throws { throw AppBug() }
    func remove(alias: String) throws { throw AppBug() }
}

private final class Recorder: Listener, @unchecked Sendable {
    private let lock = NSLock()
    private var changes: [Change] = []
    var seen: [Change] { lock.withLock { changes } }
    func changed(change: Change) throws { lock.withLock { changes.append(change) } }
}

private func config(shopKey: Data? = nil) throws -> Config {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    let key = try shopKey ?? Data(contentsOf: fixtures.appendingPathComponent("shop.pub"))
    return Config(storeId: "contract", directory: folder.path, shopKey: key)
}

private func liked() throws -> [String] {
    try String(contentsOf: fixtures.appendingPathComponent("liked.txt"), encoding: .utf8)
        .split(separator: "\n").map(String.init)
}

private func shelf(_ shop: Sottovoce) throws -> Ranking {
    try shop.ranking().recommend(request: RecommendRequest(surface: "home", limit: 8))
}

@Suite struct Contract {
    @Test func theStory() async throws {
        let shop = try await Sottovoce.open(config: config(), keyStore: MapKeyStore())
        #expect(shop.status().fresh)
        _ = try await shop.catalog().install(fixtures.appendingPathComponent("shop.bundle").path)
        let liked = try liked()

        let early = try await shop.events().track(.viewItem, liked[0])
        #expect(early == .dropped(reason: .consentPending))
        #expect(try shelf(shop).mode == .popular)
        #expect(try shelf(shop).items.count == 8)

        let recorder = Recorder()
        shop.setListener(listener: recorder)
        let receipt = try await shop.consent().give(
            .session, .history, .inference, .ranking, surface: "notice", locale: "en")
        #expect(receipt.seq == 1)
        #expect(shop.consent().isAllowed(purpose: .ranking))
        #expect(!shop.consent().isAllowed(purpose: .measurement))
        for item in liked {
            guard case .stored = try await shop.events().track(.viewItem, item) else {
                Issue.record("\(item) was not stored")
                return
            }
        }
        #expect(recorder.seen.contains(.consent))
        #expect(recorder.seen.contains(.profile))

        let personal = try shelf(shop)
        #expect(personal.mode == .personalized)
        let why = try shop.profile().explain(rankingId: personal.rankingId, itemId: personal.items[0].itemId)
        #expect(!why.factors.isEmpty)

        let report = try await shop.consent().withdraw(.history, surface: "settings", locale: "en")
        #expect(report.rows == UInt64(liked.count))
        #expect(report.keysDestroyed >= 1)
        #expect(try shelf(shop).items.count == 8)
        #expect(try shop.consent().verifyLedger().brokenAt == nil)
        shop.shutdown()
    }

    @Test func anErrorReadsWell() throws {
        let short = try config(shopKey: Data([1, 2, 3]))
        do {
            _ = try Sottovoce(config: short, keyStore: MapKeyStore(), transport: nil)
            Issue.record("a short key was accepted")
        } catch let error as SottovoceError {
            let text = "shop_key cannot be used: it must be the 32 bytes of an Ed25519 public key"
            #expect("\(error)" == text)
            #expect(error.localizedDescription == text)
        }
    }

    @Test func aBugInTheKeyStoreIsATypedError() throws {
        let shop = try Sottovoce(config: config(), keyStore: BuggyKeyStore(), transport: nil)
        do {
            _ = try shop.unlock()
            Issue.record("a broken key store unlocked the engine")
        } catch SottovoceError.KeyStoreUnavailable(let reason) {
            #expect(reason.contains("AppBug"))
        }
        #expect(!shop.status().unlocked)
    }

    @Test func fiftyCallsAtOnce() async throws {
        let shop = try await Sottovoce.open(config: config(), keyStore: MapKeyStore())
        _ = try await shop.catalog().install(fixtures.appendingPathComponent("shop.bundle").path)
        _ = try await shop.consent().give(.session, .history, surface: "notice", locale: "en")
        let liked = try liked()
        let stored = try await withThrowingTaskGroup(of: TrackOutcome.self) { group in
            for i in 0..<50 {
                group.addTask { try await shop.events().track(.addToCart, liked[i % liked.count]) }
            }
            return try await group.reduce(into: 0) { count, outcome in
                if case .stored = outcome { count += 1 }
            }
        }
        #expect(stored >= 1)
        shop.shutdown()
    }
}
