// From nothing to a shelf with titles.
import Foundation
import Sottovoce
import SottovoceTesting

/// The app's own screen: what the user switched on.
func show(_ notice: ConsentPrompt) async -> [Purpose] {
    for purpose in notice.purposes { print("[x] \(purpose.title): \(purpose.benefit)") }
    return notice.purposes.filter(\.canGive).map(\.purpose)
}

@main
struct Sample {
    static func main() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        let (bundle, shopKey) = try (ExampleShop.bundle, ExampleShop.shopKey)
        let keyStore = MemoryKeyStore()  // a phone has KeychainKeyStore(service:)

        // Five minutes
        let config = SottovoceConfig(storeID: "contract", directory: folder, shopKey: shopKey)
        let shop = try await SottovoceEngine.open(config: config, keyStore: keyStore)
        try await shop.catalog().install(bundle)
        if let notice = try shop.consent().pendingPrompt(locale: "en") {
            try await shop.consent().save(allowed: show(notice), surface: "notice", locale: notice.locale)
        }
        try await shop.events().track(.viewItem("CL1-BL-S"))
        let shelf = try shop.ranking().recommend(RecommendRequest(surface: "home", limit: 12))
        for item in shelf.items { print(item.title, item.price?.amount ?? 0, item.price?.currency ?? "") }
        // And then
        let found = try shop.search().query(SearchRequest(text: "kofee beans"))
        for item in found.page.items { print(item.title) }
        print(try shop.profile().explain(rankingID: shelf.rankingID, itemID: shelf.items[0].itemID, locale: "en").text)
        try await shop.consent().withdraw([.history], surface: "settings", locale: "en")
        // That is all
        precondition(shelf.items.count == 12 && !found.page.items.isEmpty)
        shop.shutdown()
        try FileManager.default.removeItem(at: folder)
    }
}
