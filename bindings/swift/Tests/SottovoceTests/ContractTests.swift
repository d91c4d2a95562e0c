// The contract: the same short story as in Python and Kotlin, told in Swift.
import Foundation
import Sottovoce
import Testing

private let fixtures = URL(fileURLWithPath: ProcessInfo.processInfo.environment["SOTTOVOCE_FIXTURES"] ?? "")

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
    func list(prefix: String) throws -> [String] { lock.withLock { items.keys.filter { $0.hasPrefix(prefix) } } }
}

private struct AppBug: Error {}

private final class BuggyKeyStore: KeyStore {
    func load(alias: String) throws -> Data { throw AppBug() }
    func store(alias: String, secret: Data) throws { throw AppBug() }
    func remove(alias: String) throws { throw AppBug() }
    func list(prefix: String) throws -> [String] { throw AppBug() }
}

private final class Recorder: Listener, @unchecked Sendable {
    private let lock = NSLock()
    private var changes: [Change] = []
    var seen: [Change] { lock.withLock { changes } }
    func changed(change: Change) throws { lock.withLock { changes.append(change) } }
}

private final class BuggyListener: Listener {
    func changed(change: Change) throws { throw AppBug() }
}

@Suite final class Contract {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    private let liked: [String]

    init() throws {
        let ids = try String(contentsOf: fixtures.appendingPathComponent("liked.txt"), encoding: .utf8)
        liked = ids.split(separator: "\n").map(String.init)
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    private func config(shopKey: Data? = nil) throws -> Config {
        let key = try shopKey ?? Data(contentsOf: fixtures.appendingPathComponent("shop.pub"))
        return Config(storeId: "contract", directory: folder.path, shopKey: key)
    }

    private func open(_ keys: KeyStore) async throws -> Sottovoce {
        try await Sottovoce.open(config: config(), keyStore: keys)
    }

    private func shop(_ keys: KeyStore = MapKeyStore()) async throws -> Sottovoce {
        let shop = try await open(keys)
        _ = try await shop.catalog().install(fixtures.appendingPathComponent("shop.bundle").path)
        return shop
    }

    private func give(_ shop: Sottovoce, _ purposes: Purpose...) async throws -> Receipt {
        try await shop.consent().give(purposes, surface: "notice", locale: "en")
    }

    @Test func theStory() async throws {
        let keys = MapKeyStore()
        let shop = try await shop(keys)
        #expect(shop.status().opening?.fresh == true)
        #expect(try shop.consent().pendingPrompt(locale: "en") != nil)
        let early = try await shop.events().track(.viewItem, liked[0])
        #expect(early == .dropped(reason: .consentPending))
        #expect(try shelf(shop).mode == .popular)
        #expect(try shelf(shop).items.count == 8)

        let recorder = Recorder()
        shop.setListener(listener: recorder)
        let receipt = try await give(shop, .session, .history, .inference, .ranking)
        #expect(receipt.seq == 1)
        #expect(shop.consent().isAllowed(purpose: .ranking))
        #expect(!shop.consent().isAllowed(purpose: .measurement))
        for item in liked {
            let outcome = try await shop.events().track(.viewItem, item)
            #expect(isStored(outcome), "\(outcome)")
        }
        #expect(recorder.seen.contains(.consent))
        #expect(recorder.seen.contains(.profile))

        let personal = try shelf(shop)
        #expect(personal.mode == .personalized)
        let first = personal.items[0].itemId
        let why = try shop.profile().explain(rankingId: personal.rankingId, itemId: first, locale: "de-AT")
        #expect(!why.text.isEmpty && !why.factors.isEmpty && why.factors.allSatisfy { !$0.text.isEmpty })

        let request = RecommendRequest(surface: "widget", limit: 4)
        let kept = try await shop.ranking().refreshWidget(request)
        #expect(kept?.items.count == 4 && kept?.personal == true)
        #expect(try await config().readWidgetShelf(keys) == kept)

        let report = try await shop.consent().withdraw(.history, surface: "settings", locale: "en")
        #expect(try await config().readWidgetShelf(keys) == nil)
        #expect(report.rows == UInt64(liked.count))
        #expect(report.keysDestroyed >= 1)
        #expect(try shelf(shop).mode != .personalized)
        #expect(throws: SottovoceError.self) {
            try shop.profile().explain(rankingId: personal.rankingId, itemId: first, locale: "en")
        }
        #expect(try shop.consent().verifyLedger().brokenAt == nil)

        shop.shutdown()
        let again = try await open(keys)
        #expect(again.status().opening?.fresh == false)
        #expect(again.consent().isAllowed(purpose: .ranking))
        #expect(!again.consent().isAllowed(purpose: .history))
        #expect(try shelf(again).mode == .popular)
        again.shutdown()
    }

    @Test func thePreferenceCenter() async throws {
        let shop = try await shop()
        let consent = shop.consent()
        try await shop.background { try $0.consent().applySignals(signals: ExternalSignals(region: "DE")) }
        let center = try consent.center(locale: "de-AT")
        let groups = Dictionary(grouping: center.notice.purposes, by: \.groupTitle)
        #expect(groups.count == 2)
        #expect(center.notice.locale == "de" && center.notice.acceptLabel == "Alle annehmen")
        for purpose in center.notice.purposes {
            #expect(!purpose.reasonText.isEmpty && !purpose.retentionText.isEmpty && !purpose.recipientsText.isEmpty)
        }
        #expect(center.notice.title == "Deine Entscheidungen")
        #expect(try consent.center(locale: "de-AT-x-formal").notice.title == "Ihre Entscheidungen")
        #expect(wordText(word: .because(reason: .refused), locale: "de-x-formal") == "Sie haben es abgelehnt.")
        func isOn(_ purpose: Purpose) throws -> Bool {
            try consent.center(locale: "de").notice.purposes.contains { $0.purpose == purpose && $0.isOn }
        }

        _ = try await consent.give(.session, surface: "center", locale: "de-AT")
        #expect(try isOn(.session))
        _ = try await consent.withdraw(.session, surface: "center", locale: "de-AT")
        #expect(try !isOn(.session))
        _ = try await consent.acceptEverything(surface: "center", locale: "de-AT")
        _ = try await consent.refuseEverything(surface: "center", locale: "de-AT")
        let history = try consent.center(locale: "de").history
        let (no, yes) = (history[0].receipt, history[1].receipt)
        #expect(no.seq == yes.seq + 1 && no.purposes.count == yes.purposes.count)
        #expect(!consent.isAllowed(purpose: .ranking))
        #expect(history[0].title == "Deine Antwort")
        #expect(history[0].lines[0].stateText == "Zurückgenommen")
        shop.shutdown()
    }

    @Test func aSensitiveTopicAndANewPolicy() async throws {
        let shop = try await shop()
        let consent = shop.consent()
        try await shop.background { try $0.consent().applySignals(signals: ExternalSignals(region: "DE")) }
        await #expect(throws: SottovoceError.NotAskable(tag: .pregnancy, reason: .prohibited)) {
            try await consent.answer(.pregnancy, .give, surface: "topic", locale: "de-AT")
        }

        let policy = try Data(contentsOf: fixtures.appendingPathComponent("policy.signed"))
        let diff = try await consent.installPolicy(policy)
        #expect(diff.to == "brambly@2" && diff.sensitive == [.pregnancy])
        let older = try Data(contentsOf: fixtures.appendingPathComponent("policy.older.signed"))
        await #expect(throws: SottovoceError.self) { try await consent.installPolicy(older) }
        #expect(try consent.refusedPolicy()?.reason.contains("version 2 is in use") == true)
        #expect(try consent.center(locale: "de").sensitive.map(\.tag) == [.pregnancy])
        _ = try await consent.give(.history, surface: "center", locale: "de-AT")
        let early = try await shop.events().track(.viewItem, "CL28-M")
        #expect(early == .dropped(reason: .sensitive))
        _ = try await consent.answer(.pregnancy, .give, surface: "topic", locale: "de-AT")
        let kept = try await shop.events().track(.viewItem, "CL28-M")
        #expect(isStored(kept))
        #expect(try await shop.data().copy().contains("\"topic\": \"pregnancy\""))
        _ = try await consent.answer(.pregnancy, .refuse, surface: "topic", locale: "de-AT")
        #expect(try await !shop.data().copy().contains("CL28-M"))

        let check = try consent.verifyLedger()
        #expect(check.brokenAt == nil)
        #expect(try consent.head().headHash == check.headHash)
        shop.shutdown()
    }

    @Test func aCopyAndTheEndOfIt() async throws {
        let shop = try await shop()
        _ = try await shop.consent().acceptEverything(surface: "center", locale: "de-AT")
        _ = try await shop.events().track(.viewItem, liked[0])
        let brands = try await shop.background { try $0.preferences().form(locale: "de-AT").fields[0] }
        #expect(brands.label == "Lieblingsmarken")
        let brand = brands.options[0].value
        try await shop.background { try $0.preferences().set(key: brands.key, value: brand) }
        let copy = try await shop.data().copy()
        #expect(copy.contains("\"item_id\": \"\(liked[0])\"") && copy.contains("\"value\": \"\(brand)\""))

        let report = try await shop.data().eraseEverything()
        #expect(report.rows >= 2)
        let rest = try await shop.data().copy()
        #expect(rest.contains("\"events\": []") && rest.contains("\"preferences\": []"))
        #expect(try await shop.data().eraseEverything().receiptId == "")
        #expect(!shop.consent().isAllowed(purpose: .history))
        shop.shutdown()
    }

    @Test func whoGoesToTheBackgroundHoldsNothing() async throws {
        let keys = MapKeyStore()
        let shop = try await shop(keys)
        let guardian = BackgroundShutdown(of: shop)
        let post = { (name: String) in NotificationCenter.default.post(name: Notification.Name(name), object: nil) }
        post("UIApplicationDidEnterBackgroundNotification")
        #expect(!shop.status().unlocked)
        let other = try await open(keys)
        other.shutdown()
        post("UIApplicationWillEnterForegroundNotification")
        for _ in 0..<500 where !shop.status().unlocked { try await Task.sleep(nanoseconds: 10_000_000) }
        #expect(shop.status().unlocked)
        withExtendedLifetime(guardian) { shop.shutdown() }
    }

    @Test func anErrorReadsWell() throws {
        let text = "shop_key cannot be used: it must be the 32 bytes of an Ed25519 public key"
        do {
            _ = try Sottovoce(config: config(shopKey: Data([1, 2, 3])), keyStore: MapKeyStore())
            Issue.record("a short key was accepted")
        } catch {
            #expect("\(error)" == text)
            #expect(error.localizedDescription == text)
        }
    }

    @Test func aBugInTheKeyStoreIsATypedError() async throws {
        let shop = try Sottovoce(config: config(), keyStore: BuggyKeyStore())
        do {
            _ = try await shop.background { try $0.unlock() }
            Issue.record("a broken key store unlocked the engine")
        } catch SottovoceError.KeyStoreUnavailable(let reason) {
            #expect(reason.contains("AppBug"))
        }
        #expect(!shop.status().unlocked)
    }

    @Test func aBugInTheListenerStaysInTheApp() async throws {
        let shop = try await shop()
        shop.setListener(listener: BuggyListener())
        _ = try await give(shop, .session)
        #expect(shop.consent().isAllowed(purpose: .session))
        shop.shutdown()
    }

    @Test func fiftyCallsAtOnce() async throws {
        let shop = try await shop()
        _ = try await give(shop, .session, .history)
        let products = try shelf(shop, limit: 25).items.map(\.itemId)
        let (stored, full) = try await withThrowingTaskGroup(of: Answer.self) { group in
            for product in products {
                group.addTask { .outcome(try await shop.events().track(.addToCart, product)) }
                group.addTask { .shelf(try await shop.background { try shelf($0) }) }
            }
            return try await group.reduce(into: (0, 0)) { count, answer in
                switch answer {
                case .outcome(let outcome): count.0 += isStored(outcome) ? 1 : 0
                case .shelf(let shelf): count.1 += shelf.items.count == 8 ? 1 : 0
                }
            }
        }
        #expect(stored == 25)
        #expect(full == 25)
        shop.shutdown()
    }
}

private enum Answer {
    case outcome(TrackOutcome)
    case shelf(Ranking)
}

private func shelf(_ shop: Sottovoce, limit: UInt32 = 8) throws -> Ranking {
    try shop.ranking().recommend(request: RecommendRequest(surface: "home", limit: limit))
}

private func isStored(_ outcome: TrackOutcome) -> Bool {
    if case .stored = outcome { true } else { false }
}
