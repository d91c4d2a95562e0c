// For tests of apps: an engine with a small shop, in memory and a temporary folder, whose time the test decides.
import Foundation
import Sottovoce

/// A key store that forgets everything with the process. For tests only: nothing protects its keys.
public final class MemoryKeyStore: KeyStore, @unchecked Sendable {
    private let lock = NSLock()
    private var items: [String: Data] = [:]

    public init() {}

    public func load(alias: String) throws -> Data {
        try lock.withLock {
            guard let secret = items[alias] else { throw KeyStoreError.missing(reason: "no such item") }
            return secret
        }
    }

    public func store(alias: String, secret: Data) { lock.withLock { items[alias] = secret } }
    public func remove(alias: String) { lock.withLock { items[alias] = nil } }
    public func list(prefix: String) -> [String] { lock.withLock { items.keys.filter { $0.hasPrefix(prefix) } } }
}

/// The signed catalog of the shop in the examples, and the key that it is signed with.
public enum ExampleShop {
    public static let storeID = "contract"

    public static var shopKey: Data {
        get throws { try Data(contentsOf: resource("shop.pub")) }
    }

    /// The bundle, as a download would leave it.
    public static var bundle: URL {
        get throws { try resource("shop.bundle") }
    }

    private static func resource(_ name: String) throws -> URL {
        guard let url = Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "Resources") else {
            throw CocoaError(.fileNoSuchFile)
        }
        return url
    }
}

/// An engine with `ExampleShop`, in a folder that is removed with it.
public final class TestShop: @unchecked Sendable {
    public let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    public let clock: TestClock
    public let keyStore = MemoryKeyStore()
    /// The engine in use; another one after `reopen()`.
    public private(set) var engine: SottovoceEngine

    /// Makes one whose clock shows a time. Nobody was asked for anything yet.
    public init(now: Date = Date(timeIntervalSince1970: 1_780_315_200)) async throws {
        clock = TestClock(now: now)
        engine = try await Self.unlocked(folder, keyStore, clock)
        try await engine.catalog().install(ExampleShop.bundle)
    }

    deinit {
        engine.shutdown()
        try? FileManager.default.removeItem(at: folder)
    }

    /// Ends the process, as far as the engine can tell, and starts it again.
    public func reopen() async throws {
        engine.shutdown()
        engine = try await Self.unlocked(folder, keyStore, clock)
    }

    /// What `widgetShelf` gives the widget at the time of `clock`.
    public func widgetShelf() async throws -> WidgetShelf? {
        try await widgetShelfForTesting(config: Self.config(folder), keyStore: keyStore, clock: clock)
    }

    private static func config(_ folder: URL) throws -> SottovoceConfig {
        try SottovoceConfig(storeID: ExampleShop.storeID, directory: folder, shopKey: ExampleShop.shopKey)
    }

    private static func unlocked(
        _ folder: URL, _ keyStore: KeyStore, _ clock: TestClock
    ) async throws -> SottovoceEngine {
        try await openForTesting(config: config(folder), keyStore: keyStore, clock: clock)
    }
}

/// Somebody who uses an app of a shop. Time passes between their steps, as it does for people.
public struct ScriptedUser: Sendable {
    private let shop: TestShop
    private let pace: TimeInterval

    public init(of shop: TestShop, pace: TimeInterval = 45) {
        self.shop = shop
        self.pace = pace
    }

    /// Answers the notice.
    @discardableResult
    public func allows(_ purposes: Purpose...) async throws -> Receipt {
        try await shop.engine.consent().save(allowed: purposes, surface: "notice", locale: "en")
    }

    /// Allows what a personal shelf needs.
    @discardableResult
    public func allowsPersonalShelves() async throws -> Receipt {
        try await allows(.session, .history, .inference, .ranking)
    }

    /// Looks at some products, one after the other.
    @discardableResult
    public func views(_ itemIDs: String...) async throws -> [TrackOutcome] {
        var outcomes: [TrackOutcome] = []
        for id in itemIDs { outcomes.append(try await does(.viewItem(id))) }
        return outcomes
    }

    /// Buys one piece of a product.
    @discardableResult
    public func buys(_ itemID: String) async throws -> TrackOutcome {
        try await does(.purchase([EventItem(itemID: itemID)]))
    }

    /// Searches for something.
    @discardableResult
    public func searches(for term: String) async throws -> TrackOutcome {
        try await does(.search(term))
    }

    /// Does anything else.
    @discardableResult
    public func does(_ event: Event) async throws -> TrackOutcome {
        shop.clock.advance(by: pace)
        return try await shop.engine.events().track(event)
    }

    /// What the home screen shows them.
    public func sees(limit: Int = 12) throws -> Ranking {
        try shop.engine.ranking().recommend(RecommendRequest(surface: "home", limit: limit))
    }
}
