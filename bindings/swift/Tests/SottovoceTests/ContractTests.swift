// The contract: the same short story as in Python and Kotlin, told in Swift.
import Foundation
import Sottovoce
import SottovoceTesting
import Testing

private let fixtures = URL(fileURLWithPath: ProcessInfo.processInfo.environment["SOTTOVOCE_FIXTURES"] ?? "")

private struct AppBug: Error {}

private final class BuggyKeyStore: KeyStore {
    func load(alias: String) throws -> Data { throw AppBug() }
    func store(alias: String, secret: Data) throws { throw AppBug() }
    func remove(alias: String) throws { throw AppBug() }
    func list(prefix: String) throws -> [String] { throw AppBug() }
}

/// Calls the engine back where the engine waits for it.
private final class NosyKeyStore: KeyStore, @unchecked Sendable {
    private let keys = MemoryKeyStore()
    private let lock = NSLock()
    private var errors: [SottovoceError] = []
    weak var engine: SottovoceEngine?
    var met: [SottovoceError] { lock.withLock { errors } }

    func load(alias: String) throws -> Data {
        call()
        return try keys.load(alias: alias)
    }
    func store(alias: String, secret: Data) { keys.store(alias: alias, secret: secret) }
    func remove(alias: String) { keys.remove(alias: alias) }
    func list(prefix: String) -> [String] {
        call()
        return keys.list(prefix: prefix)
    }

    private func call() {
        do {
            _ = try engine?.consent().snapshot()
        } catch {
            if let error = error as? SottovoceError { lock.withLock { errors.append(error) } }
        }
    }
}

private final class Recorder: Listener, @unchecked Sendable {
    private let lock = NSLock()
    private var changes: [Change] = []
    var seen: [Change] { lock.withLock { changes } }
    func changed(_ change: Change) throws { lock.withLock { changes.append(change) } }
}

private final class BuggyListener: Listener {
    func changed(_ change: Change) throws { throw AppBug() }
}

private final class FakeRanking: RankingAPI, @unchecked Sendable {
    override func recommend(_ request: RecommendRequest) throws -> Ranking {
        Ranking(rankingID: "r", items: [], mode: .popular, diversity: 0, modelVersion: 1, catalogVersion: 1)
    }
}

private final class FakeShop: SottovoceEngine, @unchecked Sendable {
    override func ranking() -> RankingAPI { FakeRanking(noHandle: .init()) }
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

    private func config(shopKey: Data? = nil) throws -> SottovoceConfig {
        let key = try shopKey ?? Data(contentsOf: fixtures.appendingPathComponent("shop.pub"))
        return SottovoceConfig(storeID: "contract", directory: folder, shopKey: key)
    }

    private func open(_ keys: KeyStore) async throws -> SottovoceEngine {
        try await SottovoceEngine.open(config: config(), keyStore: keys)
    }

    private func shop(_ keys: KeyStore = MemoryKeyStore()) async throws -> SottovoceEngine {
        let shop = try await open(keys)
        try await shop.catalog().install(fixtures.appendingPathComponent("shop.bundle"))
        return shop
    }

    @discardableResult
    private func allow(_ shop: SottovoceEngine, _ purposes: Purpose...) async throws -> Receipt {
        try await shop.consent().save(allowed: purposes, surface: "notice", locale: "en")
    }

    @Test func theStory() async throws {
        let keys = MemoryKeyStore()
        let shop = try await shop(keys)
        #expect(shop.status().opening?.fresh == true)
        #expect(try shop.consent().pendingPrompt(locale: "en") != nil)
        let early = try await shop.events().track(.viewItem(liked[0]))
        #expect(early == .dropped(reason: .consentPending))
        #expect(try shelf(shop).mode == .popular)
        #expect(try shelf(shop).items.count == 8)

        let recorder = Recorder()
        shop.setListener(recorder)
        let receipt = try await allow(shop, .session, .history, .inference, .ranking)
        #expect(receipt.seq == 1)
        #expect(shop.consent().isAllowed(.ranking))
        #expect(!shop.consent().isAllowed(.measurement))
        for item in liked {
            let outcome = try await shop.events().track(.viewItem(item))
            #expect(isStored(outcome), "\(outcome)")
        }
        #expect(recorder.seen.contains(.consent))
        #expect(recorder.seen.contains(.profile))

        let personal = try shelf(shop)
        #expect(personal.mode == .personalized)
        #expect(personal.items.allSatisfy { !$0.title.isEmpty && $0.price?.currency == "EUR" })
        let first = personal.items[0].itemID
        let why = try shop.profile().explain(rankingID: personal.rankingID, itemID: first, locale: "de-AT")
        #expect(!why.text.isEmpty && !why.factors.isEmpty && why.factors.allSatisfy { !$0.text.isEmpty })

        let kept = try await shop.ranking().keepForWidget(RecommendRequest(surface: "widget", limit: 4))
        #expect(kept?.items.count == 4 && kept?.personal == true)
        #expect(try await widgetShelf(config: config(), keyStore: keys) == kept)

        let report = try await shop.consent().withdraw([.history], surface: "settings", locale: "en")
        #expect(try await widgetShelf(config: config(), keyStore: keys) == nil)
        #expect(report.rows == liked.count)
        #expect(report.keysDestroyed >= 1)
        #expect(try shelf(shop).mode != .personalized)
        #expect(throws: SottovoceError.self) {
            try shop.profile().explain(rankingID: personal.rankingID, itemID: first, locale: "en")
        }
        #expect(try await shop.consent().verifyLedger().brokenAt == nil)

        shop.shutdown()
        let again = try await open(keys)
        #expect(again.status().opening?.fresh == false)
        #expect(again.consent().isAllowed(.ranking))
        #expect(!again.consent().isAllowed(.history))
        #expect(try shelf(again).mode == .popular)
        again.shutdown()
    }

    @Test func theStorefrontOfAPlan() async throws {
        let shop = try await shop()
        let page = try shop.ranking().storefront("home", locale: "de")
        let slots = page.slots.map(\.slotID)
        #expect(slots.contains("home-story") && !slots.contains("home-again"))
        let hero = try shop.ranking().decide("home-hero", locale: "de")
        #expect(hero.variantID == "shop" && hero.title == "Gutes für jedes Zimmer")
        let offer = try #require(shop.ranking().decide("home-offer", locale: "en").offer)
        #expect(offer.offerID == "free-delivery-40" && offer.minimum?.minor == 4000)
        let shelf = try #require(page.slots.first { $0.kind == .shelf }?.shelf)
        #expect(try shop.ranking().recommend(shelf).items.count == 12)
        #expect(try shop.profile().segments(locale: "de").map(\.title) == ["Neu hier"])
        let again = PreviewAs(stage: .repeat, segments: ["regulars"])
        let seen = try shop.ranking().preview("home", previewAs: again, locale: "en")
        #expect(seen.slots.contains { $0.slotID == "home-again" })
        let gold = VisitContext(loyaltyTier: "gold")
        #expect(try !shop.events().setContext(gold))
        try await allow(shop, .session, .ranking, .offers)
        #expect(try shop.events().setContext(gold))
        let reward = try #require(shop.ranking().decide("home-offer", locale: "en").offer)
        #expect(reward.offerID == "gold-delivery" && reward.freeDelivery)
    }

    @Test func howMuchIsPersonal() async throws {
        let preferences = try await shop().preferences()
        try await preferences.setIntensity(surface: .search, intensity: .off)
        #expect(try preferences.intensity(.search) == .off)
        #expect(try preferences.intensity(.offers) == .full)
        let field = try #require(preferences.form(locale: "de").surfaces.first { $0.surface == .search })
        #expect(field.label == "Suche" && field.intensity == .off)
    }

    @Test func aMessageAboutTheCart() async throws {
        let shop = try await shop()
        let request = MessageRequest(locale: "de", utcOffsetMinutes: 60)
        #expect(try shop.messages().poll(request).silence == .notAllowed)
        try await allow(shop, .session, .history, .inference, .ranking, .messaging)
        #expect(try shop.messages().poll(request).silence == .noOccasion)
        try await shop.events().track(.addToCart(liked[0]))
        let message = try #require(shop.messages().poll(request).message)
        #expect(message.kind == .abandonedCart && message.title == "Dein Warenkorb wartet")
        #expect(message.itemID == liked[0] && message.deliverAt > Date())
        try await shop.messages().scheduled(message)
        try await shop.messages().setMuted("cart-waits", muted: true)
        #expect(try shop.messages().poll(request).silence == .noOccasion)
        try await shop.messages().scheduled(nil)
        let rules = try shop.messages().settings(locale: "de").rules
        #expect(rules.filter(\.muted).map(\.label) == ["Erinnerungen an den Warenkorb"])
        try await shop.messages().snooze(untilMs: nil)
    }

    @Test func aProductAndItsVariants() async throws {
        let shop = try await shop()
        let cards = try shop.ranking().recommend(RecommendRequest(surface: "home", limit: 50)).items
        #expect(Set(cards.map(\.productID)).count == cards.count)
        let card = try #require(cards.first { $0.variants.count > 1 })
        let ids = card.variants.map(\.itemID)
        #expect(ids.contains(card.itemID))
        #expect(card.variants.allSatisfy { !$0.options.isEmpty })
        let products = try shop.catalog().products([card.itemID, card.productID])
        #expect(products.count == 1)
        let product = try #require(products.first)
        #expect(product.variants.map(\.itemID) == ids)
        #expect(!product.options.isEmpty && ids.contains(product.defaultItemID))
        let item = try #require(shop.catalog().items([card.itemID]).first)
        #expect(item.productID == card.productID && item.title == card.title)
    }

    @Test func aProductPageAndItsCheckout() async throws {
        let shop = try await shop()
        let product = shop.product()
        #expect(try product.sizeAdvice(itemID: "SH35-MU-38", locale: "de") == nil)
        try await allow(shop, .session, .history, .inference, .ranking, .preferences)
        try await shop.events().track(.purchase([EventItem(itemID: "SH29-FO-41")], transactionID: "shoes"))
        let size = try #require(try product.sizeAdvice(itemID: "SH35-MU-38", locale: "de"))
        #expect(size.size == "42" && size.reason == .orderedByChart)
        #expect(size.comparedItemID == "SH29-FO-41" && size.chartID == "nordhem-shoes")
        #expect(size.because.hasPrefix("Du hast „Tempo Running Shoes“ in Größe 41 bestellt."))
        try await shop.preferences().set(key: .matters, value: "comfort")
        let reviews = [Review(reviewID: "1", aspects: [.looks]), Review(reviewID: "2", aspects: [.comfort])]
        let ranked = try product.rankReviews(itemID: "SH35-MU-38", reviews: reviews, locale: "de")
        #expect(ranked.map(\.reviewID) == ["2", "1"])
        let concern = try #require(ranked[0].concerns.first)
        #expect(concern.aspect == .comfort && concern.reason == .stated && ranked[0].concerns.count == 1)
        #expect(concern.because == "Du hast uns gesagt, dass dir das wichtig ist.")
        #expect(wordText(.reviewed(aspect: concern.aspect), locale: "en") == "Comfort")
        #expect(try product.checkoutHints() == CheckoutHints(payment: nil, delivery: nil, giftWrap: nil))
        try await shop.events().track(.addShippingInfo(tier: "Next day", giftWrap: true))
        let hints = try product.checkoutHints()
        #expect(hints.delivery == .express && hints.giftWrap == true)
        #expect(try shop.profile().predictions().value == nil)
        for days in [60, 30, 2] {
            let items = [EventItem(itemID: "SH29-FO-41")]
            let paid = Money(minor: 5000, currency: "EUR")
            let bought = Event.purchase(items, value: paid, transactionID: "\(days) days ago")
            try await shop.events().track(bought.at(Date(timeIntervalSinceNow: TimeInterval(-days * 86_400))))
        }
        let value = try #require(try shop.profile().predictions().value)
        #expect(value.band == .high && value.evidenceCount == 4)
        #expect(wordText(.spent(band: value.band), locale: "de") == "Hohe Ausgaben")
    }

    @Test func aPatchChangesAPrice() async throws {
        let shop = try await shop()
        #expect(shop.status().catalogPatch == nil)
        let report = try await shop.catalog().install(fixtures.appendingPathComponent("prices.patch"))
        guard case .inForce(let number, _)? = report.patch else {
            Issue.record("the patch has no force: \(report)")
            return
        }
        #expect(report.version == 1 && number == 1)
        #expect(shop.status().catalogPatch == report.patch)
        let first = try #require(liked.first)
        let item = try #require(shop.catalog().items([first]).first)
        #expect(item.price?.minor == 123)
        // Without a transport.
        await #expect(throws: SottovoceError.self) { try await shop.catalog().sync(url: "https://shop.example/catalog") }
    }

    @Test func aSelectionIsAskedForOnce() async throws {
        let keys = MemoryKeyStore()
        let shop = try await shop(keys)
        let notice = try #require(try shop.consent().pendingPrompt(locale: "en"))
        let receipt = try await allow(shop, .session)
        #expect(Set(receipt.purposes.map(\.purpose)) == Set(notice.purposes.filter(\.canRefuse).map(\.purpose)))
        #expect(shop.consent().isAllowed(.session))
        #expect(!shop.consent().isAllowed(.history))
        #expect(try shop.consent().pendingPrompt(locale: "en") == nil)
        shop.shutdown()
        let again = try await open(keys)
        #expect(try again.consent().pendingPrompt(locale: "en") == nil)
        again.shutdown()
    }

    @Test func thePreferenceCenter() async throws {
        let shop = try await shop()
        let consent = shop.consent()
        try await consent.applySignals(ExternalSignals(region: "DE"))
        let center = try consent.center(locale: "de-AT")
        let groups = Dictionary(grouping: center.notice.purposes, by: \.groupTitle)
        #expect(groups.count == 2)
        #expect(center.notice.locale == "de" && center.notice.acceptLabel == "Alle akzeptieren")
        for purpose in center.notice.purposes {
            #expect(!purpose.reasonText.isEmpty && !purpose.retentionText.isEmpty && !purpose.recipientsText.isEmpty)
        }
        #expect(center.notice.title == "Deine Entscheidungen")
        #expect(try consent.center(locale: "de-AT-x-formal").notice.title == "Ihre Entscheidungen")
        #expect(wordText(.because(reason: .refused), locale: "de-x-formal") == "Sie haben es abgelehnt.")
        func isOn(_ purpose: Purpose) throws -> Bool {
            try consent.center(locale: "de").notice.purposes.contains { $0.purpose == purpose && $0.isOn }
        }

        try await consent.save(allowed: [.session], surface: "center", locale: "de-AT")
        #expect(try isOn(.session))
        try await consent.withdraw([.session], surface: "center", locale: "de-AT")
        #expect(try !isOn(.session))
        try await consent.acceptAll(surface: "center", locale: "de-AT")
        try await consent.refuseAll(surface: "center", locale: "de-AT")
        let history = try consent.center(locale: "de").history
        let (no, yes) = (history[0].receipt, history[1].receipt)
        #expect(no.seq == yes.seq + 1 && no.purposes.count == yes.purposes.count)
        #expect(!consent.isAllowed(.ranking))
        #expect(history[0].title == "Deine Antwort")
        #expect(history[0].lines[0].stateText == "Zurückgenommen")
        shop.shutdown()
    }

    @Test func aSensitiveTopicAndANewPolicy() async throws {
        let shop = try await shop()
        let consent = shop.consent()
        try await consent.applySignals(ExternalSignals(region: "DE"))
        await #expect(throws: SottovoceError.notAskable(tag: .pregnancy, reason: .prohibited)) {
            try await consent.answerSensitive(.pregnancy, choice: .give, surface: "topic", locale: "de-AT")
        }

        let policy = try Data(contentsOf: fixtures.appendingPathComponent("policy.signed"))
        let diff = try await consent.applyPolicy(policy)
        #expect(diff.to == "brambly@2" && diff.sensitive == [.pregnancy])
        let older = try Data(contentsOf: fixtures.appendingPathComponent("policy.older.signed"))
        await #expect(throws: SottovoceError.self) { try await consent.applyPolicy(older) }
        #expect(try consent.refusedPolicy()?.reason.contains("version 2 is in use") == true)
        #expect(try consent.center(locale: "de").sensitive.map(\.tag) == [.pregnancy])
        try await allow(shop, .history)
        let early = try await shop.events().track(.viewItem("CL28-M"))
        #expect(early == .dropped(reason: .sensitive))
        try await consent.answerSensitive(.pregnancy, choice: .give, surface: "topic", locale: "de-AT")
        let kept = try await shop.events().track(.viewItem("CL28-M"))
        #expect(isStored(kept))
        #expect(try await shop.data().export().contains("\"topic\": \"pregnancy\""))
        try await consent.answerSensitive(.pregnancy, choice: .refuse, surface: "topic", locale: "de-AT")
        #expect(try await !shop.data().export().contains("CL28-M"))

        let check = try await consent.verifyLedger()
        #expect(check.brokenAt == nil)
        #expect(try await consent.head().headHash == check.headHash)
        shop.shutdown()
    }

    @Test func aCopyAndTheEndOfIt() async throws {
        let shop = try await shop()
        try await shop.consent().acceptAll(surface: "center", locale: "de-AT")
        try await shop.events().track(.viewItem(liked[0]))
        let brands = try shop.preferences().form(locale: "de-AT").fields[0]
        #expect(brands.label == "Lieblingsmarken")
        let brand = brands.options[0].value
        try await shop.preferences().set(key: brands.key, value: brand)
        let copy = try await shop.data().export()
        #expect(copy.contains("\"item_id\": \"\(liked[0])\"") && copy.contains("\"value\": \"\(brand)\""))

        let report = try await shop.data().erase(.everything)
        #expect(report.rows >= 2)
        let rest = try await shop.data().export()
        #expect(rest.contains("\"events\": []") && rest.contains("\"preferences\": []"))
        #expect(try await shop.data().erase(.everything).receiptID == "")
        #expect(!shop.consent().isAllowed(.history))
        shop.shutdown()
    }

    @Test func aSearchIsCountedPagedAndMarked() async throws {
        let shop = try await shop()
        let search = shop.search()
        var request = SearchRequest(text: "kofee beans", limit: 3, facets: true)
        let first = try search.query(request)
        #expect(first.searchedInstead == "coffee beans")
        #expect(first.total > 3)
        let brands = try #require(first.facets.first { $0.kind == .brand })
        #expect(brands.values.allSatisfy { (1...first.total).contains($0.count) })
        let product = first.page.items[0]
        let marked = product.highlights.map { part in
            (product.title as NSString).substring(with: NSRange(location: part.start, length: part.end - part.start))
        }
        #expect(marked == ["Coffee", "Beans"])

        request.cursor = first.nextCursor
        let second = try search.query(request)
        #expect(second.page.items.map(\.index) == Array([3, 4, 5].prefix(first.total - 3)))
        let products = (first.page.items + second.page.items).map(\.productID)
        #expect(Set(products).count == products.count)
        var other = request
        other.sort = .priceUp
        #expect(throws: SottovoceError.self) { try search.query(other) }
        other.cursor = "0.3"
        #expect(throws: SottovoceError.cursorExpired) { try search.query(other) }

        let cheap = try search.query(
            SearchRequest(text: "coffee", limit: 50, availability: [.inStock], sort: .priceUp))
        let prices = cheap.page.items.prefix(cheap.whole).compactMap { ($0.salePrice ?? $0.price)?.minor }
        #expect(prices == prices.sorted())
        let without = Filters(brands: [brands.values[0].value])
        let others = try search.query(SearchRequest(text: "kofee beans", limit: 50, exclude: without))
        #expect(others.total == first.total - brands.values[0].count)
        #expect(try search.query(SearchRequest(text: "coffee zeppelin", limit: 3)).unmatchedWords == ["zeppelin"])
        shop.shutdown()
    }

    @Test func moneyAndADroppedEvent() async throws {
        let price = try Money(amount: Decimal(string: "12.99")!, currency: "EUR")
        #expect(price == Money(minor: 1299, currency: "EUR"))
        #expect(price.amount == Decimal(string: "12.99"))
        #expect(Money(minor: 1299, currency: "JPY").amount == 1299)
        #expect(try Money(amount: Decimal(string: "7.000")!, currency: "EUR") == Money(minor: 700, currency: "EUR"))
        #expect(try JSONDecoder().decode(Money.self, from: JSONEncoder().encode(price)) == price)
        for (amount, currency, field, why) in [
            ("0.005", "EUR", "amount", "0.005 has more decimals than EUR, which has 2"),
            ("1.5", "JPY", "amount", "1.5 has more decimals than JPY, which has 0"),
            ("1", "euro", "currency", "\"euro\" is no currency: it must be an ISO 4217 code in capitals, such as EUR"),
            (String(repeating: "9", count: 30), "EUR", "amount", String(repeating: "9", count: 30) + " is too large"),
        ] {
            #expect(throws: SottovoceError.invalidArgument(field: field, detail: why)) {
                try Money(amount: Decimal(string: amount)!, currency: currency)
            }
        }

        let shop = try await shop()
        try await allow(shop, .session, .history)
        let events = shop.events()
        let item = EventItem(itemID: liked[0])
        let owed = Event.purchase([item], value: Money(minor: -1, currency: "EUR"), transactionID: "1")
        #expect(try await events.track(owed) == .dropped(reason: .invalid, field: "value"))
        let long = Event.search(String(repeating: "x", count: 500))
        #expect(try await events.track(long) == .dropped(reason: .invalid, field: "searchTerm"))
        let bought = Event.purchase([item], value: price, transactionID: "1")
        let stored = try await events.track(bought)
        #expect(isStored(stored))
        #expect(try await events.track(bought) == .dropped(reason: .duplicate))
        shop.shutdown()
    }

    @Test func eachEventHasItsCall() {
        let items = [EventItem(itemID: "a")]
        let events: [Event] = [
            .viewItemList(["a"]), .selectItem("a"), .viewItem("a"), .addToWishlist("a"), .addToCart("a"),
            .removeFromCart("a"), .viewCart(items), .beginCheckout(items), .addShippingInfo(tier: "express"),
            .addPaymentInfo(type: "invoice"), .purchase(items), .refund(items), .viewPromotion("spring"),
            .selectPromotion("spring"), .search("coat"), .dismissItem("a"), .rateItem("a", rating: 5),
            .returnItem("a"), .impressionEnd(["a"]), .removeFromWishlist("a"),
        ]
        #expect(events.map(\.name) == EventName.allCases)
    }

    @Test func timesAndAddressesHaveTheirTypes() async throws {
        let shop = try await shop()
        let noon = Date(timeIntervalSince1970: 1_780_315_200)
        #expect(Event.viewItem("a").at(noon).time == noon)
        #expect(try await allow(shop, .history).time > noon.addingTimeInterval(-86_400))
        #expect(try shop.consent().snapshot().decisions.first { $0.purpose == .history }?.decidedAt != nil)
        let gift = Correction.gift(from: noon, to: noon.addingTimeInterval(1))
        #expect(gift == .gift(fromMs: 1_780_315_200_000, toMs: 1_780_315_201_000))
        let item = WidgetItem(itemID: "a", title: "A", price: nil, imageLink: "https://shop.example/a.jpg")
        #expect(item.imageURL == URL(string: "https://shop.example/a.jpg"))
        shop.shutdown()
    }

    @Test func whoGoesToTheBackgroundHoldsNothing() async throws {
        let keys = MemoryKeyStore()
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
        let text = "shopKey cannot be used: it must be the 32 bytes of an Ed25519 public key"
        do {
            _ = try SottovoceEngine(config: config(shopKey: Data([1, 2, 3])), keyStore: MemoryKeyStore())
            Issue.record("a short key was accepted")
        } catch {
            #expect("\(error)" == text)
            #expect(error.localizedDescription == text)
        }
        let odd = SottovoceConfig(storeID: "Not This", directory: folder, shopKey: try config().shopKey)
        #expect {
            try SottovoceEngine(config: odd, keyStore: MemoryKeyStore())
        } throws: { "\($0)".hasPrefix("storeID cannot be used: ") }
    }

    @Test func aCancelledCallLosesNothing() async throws {
        let shop = try await shop()
        try await allow(shop, .session, .history)
        let item = liked[0]
        let call = Task { try await shop.events().track(.viewItem(item)) }
        call.cancel()
        _ = try? await call.value
        for _ in 0..<500 where try shop.events().quality().stored == 0 {
            try await Task.sleep(nanoseconds: 10_000_000)
        }
        #expect(try shop.events().quality().stored == 1)
        #expect(try await shop.data().export().contains(item))
        shop.shutdown()
    }

    @Test func changesAreAStream() async throws {
        let shop = try await shop()
        var (first, second) = (shop.changes.makeAsyncIterator(), shop.changes.makeAsyncIterator())
        try await allow(shop, .session)
        try await shop.events().track(.viewItem(liked[0]))
        #expect(await first.next() == .consent)
        #expect(await second.next() == .consent)
        #expect(await second.next() == .profile)
        shop.shutdown()
    }

    @Test func whatCannotBeMeantIsSaidInWords() async throws {
        let shop = try await shop()
        func refused(_ text: String, _ call: () async throws -> Void) async {
            do {
                try await call()
                Issue.record("not refused: \(text)")
            } catch SottovoceError.invalidArgument(let field, let detail) {
                #expect("\(field) cannot be used: \(detail)" == text)
            } catch {
                Issue.record(error)
            }
        }
        await refused("region cannot be used: it must be a code of ISO 3166 such as DE or US-CA") {
            try await shop.consent().applySignals(ExternalSignals(region: "Germany"))
        }
        await refused("locale cannot be used: it must begin with the code of a language, such as de or de-AT") {
            _ = try shop.consent().notice(locale: "german")
        }
        for (limit, taken) in [(-1, -1), (0, 0), (201, 201), (Int.max, Int(Int32.max))] {
            await refused("limit cannot be used: it must be between 1 and 200, not \(taken)") {
                _ = try shelf(shop, limit: limit)
            }
        }
        try await allow(shop, .session, .history)
        var quick = Event.viewItem(liked[0])
        quick.dwellBucket = -1
        let wrong: [(Event, String)] = [
            (quick, "dwellBucket"), (.rateItem(liked[0], rating: 261), "rating"),
            (.addToCart(liked[0], quantity: -1), "quantity"),
            (.addToCart(liked[0], price: Money(minor: 100, currency: "XYZ")), "price"),
        ]
        for (event, field) in wrong {
            #expect(try await shop.events().track(event) == .dropped(reason: .invalid, field: field))
        }
        for told in ["4111 1111 1111 1111", "DE89370400440532013000", "jane@shop.example"] {
            let card = try await shop.events().track(.addPaymentInfo(type: told))
            #expect(card == .dropped(reason: .invalid, field: "paymentType"))
            let home = try await shop.events().track(.addShippingInfo(tier: told))
            #expect(home == .dropped(reason: .invalid, field: "shippingTier"))
            #expect(try await !shop.data().export().contains(told))
        }
        let paid = try await shop.events().track(.addPaymentInfo(type: "invoice"))
        #expect(paid == .stored(warnings: []))
        shop.shutdown()
    }

    @Test func aSubscriptionLastsUntilItIsCancelled() async throws {
        let shop = try await shop()
        let (seen, kept) = (Recorder(), Recorder())
        shop.subscribe { try? seen.changed($0) }  // nobody keeps what it returns
        let subscription = shop.subscribe(kept)
        try await allow(shop, .session)
        subscription.cancel()
        try await shop.consent().refuseAll(surface: "notice", locale: "en")
        #expect(seen.seen == [.consent, .consent])
        #expect(kept.seen == [.consent])
        shop.shutdown()
    }

    @Test func aClosedEngineLetsGo() async throws {
        let keys = MemoryKeyStore()
        let shop = try await shop(keys)
        try await allow(shop, .session)
        let (consent, events) = (shop.consent(), shop.events())
        shop.shutdown()
        #expect(!consent.isAllowed(.session))
        #expect(try await events.track(.viewItem(liked[0])) == .dropped(reason: .locked))
        #expect(throws: SottovoceError.locked) { try consent.snapshot() }
        let again = try await open(keys)
        #expect(again.consent().isAllowed(.session))
        again.shutdown()
    }

    @Test func aBugInTheKeyStoreIsATypedError() async throws {
        let shop = try SottovoceEngine(config: config(), keyStore: BuggyKeyStore())
        do {
            try await shop.unlock()
            Issue.record("a broken key store unlocked the engine")
        } catch SottovoceError.keyStoreUnavailable(let reason) {
            #expect(reason.contains("AppBug"))
        }
        #expect(!shop.status().unlocked)
    }

    @Test func aKeyStoreThatCallsTheEngineGetsAnError() async throws {
        let keys = NosyKeyStore()
        let shop = try SottovoceEngine(config: config(), keyStore: keys)
        keys.engine = shop
        try await shop.unlock()
        #expect(!keys.met.isEmpty)
        #expect(keys.met.allSatisfy { $0 == .locked })
        shop.shutdown()
    }

    @Test func aBugInTheListenerStaysInTheApp() async throws {
        let shop = try await shop()
        shop.setListener(BuggyListener())
        try await allow(shop, .session)
        #expect(shop.consent().isAllowed(.session))
        shop.shutdown()
    }

    @Test func fiftyCallsAtOnce() async throws {
        let shop = try await shop()
        try await allow(shop, .session, .history)
        let products = try shelf(shop, limit: 25).items.map(\.itemID)
        let (stored, full) = try await withThrowingTaskGroup(of: Answer.self) { group in
            for product in products {
                group.addTask { .outcome(try await shop.events().track(.addToCart(product))) }
                group.addTask { .shelf(try shelf(shop)) }
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

    @Test func anAppTestsWithItsOwnTime() async throws {
        let shop = try await TestShop()
        let user = ScriptedUser(of: shop)
        try await user.allowsPersonalShelves()
        for item in liked {
            let outcomes = try await user.views(item)
            #expect(outcomes.allSatisfy(isStored))
        }
        #expect(try user.sees().mode == .personalized)
        try await shop.reopen()
        #expect(try user.sees().mode == .personalized)
        let kept = try await shop.engine.ranking().keepForWidget(RecommendRequest(surface: "widget"))
        #expect(kept?.items.count == 12)
        #expect(try await shop.widgetShelf() == kept)
        shop.clock.advance(by: 86_400)
        #expect(try await shop.widgetShelf() == nil)
        shop.clock.advance(by: 364 * 86_400)
        try await shop.engine.privacy().runMaintenance(allowNetwork: false)
        #expect(!shop.engine.consent().isAllowed(.ranking))
        #expect(try shop.engine.consent().pendingPrompt(locale: "en") != nil)
        #expect(try user.sees().mode == .popular)
    }

    @Test func aFakeTakesThePlaceOfAnObject() async throws {
        let app = { (shop: SottovoceEngine) in
            try shop.ranking().recommend(RecommendRequest(surface: "home", limit: 3)).items.count
        }
        let fake = FakeShop(noHandle: .init())
        #expect(try app(fake) == 0)
        let reader = Task { for await _ in fake.changes {} }
        await Task.yield()
        reader.cancel()
        await reader.value
    }
}

private enum Answer {
    case outcome(TrackOutcome)
    case shelf(Ranking)
}

private func shelf(_ shop: SottovoceEngine, limit: Int = 8) throws -> Ranking {
    try shop.ranking().recommend(RecommendRequest(surface: "home", limit: limit))
}

private func isStored(_ outcome: TrackOutcome) -> Bool {
    if case .stored = outcome { true } else { false }
}
