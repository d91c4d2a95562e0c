// One call for each event: `track(.viewItem("SKU-1"))`. What it does not take is a field of the event.
import Foundation

extension Event {
    /// A list of products was shown.
    public static func viewItemList(_ itemIDs: [String], listID: String? = nil, rankingID: String? = nil) -> Event {
        Event(name: .viewItemList, items: items(itemIDs), itemListID: listID, rankingID: rankingID)
    }

    /// A product was chosen from a list.
    public static func selectItem(_ itemID: String, listID: String? = nil, rankingID: String? = nil) -> Event {
        Event(name: .selectItem, items: items([itemID]), itemListID: listID, rankingID: rankingID)
    }

    /// A product's page was seen.
    public static func viewItem(_ itemID: String, rankingID: String? = nil) -> Event {
        Event(name: .viewItem, items: items([itemID]), rankingID: rankingID)
    }

    /// A product was put on the wish list.
    public static func addToWishlist(_ itemID: String, rankingID: String? = nil) -> Event {
        Event(name: .addToWishlist, items: items([itemID]), rankingID: rankingID)
    }

    /// A product was taken off the wish list.
    public static func removeFromWishlist(_ itemID: String) -> Event {
        Event(name: .removeFromWishlist, items: items([itemID]))
    }

    /// A product was put into the cart.
    public static func addToCart(
        _ itemID: String, quantity: Int = 1, price: Money? = nil, rankingID: String? = nil
    ) -> Event {
        let item = EventItem(itemID: itemID, quantity: quantity, price: price)
        return Event(name: .addToCart, items: [item], rankingID: rankingID)
    }

    /// A product was taken out of the cart.
    public static func removeFromCart(_ itemID: String, quantity: Int = 1) -> Event {
        Event(name: .removeFromCart, items: [EventItem(itemID: itemID, quantity: quantity)])
    }

    /// The cart was seen.
    public static func viewCart(_ items: [EventItem] = [], value: Money? = nil) -> Event {
        Event(name: .viewCart, items: items, value: value)
    }

    /// The checkout was entered.
    public static func beginCheckout(_ items: [EventItem] = [], value: Money? = nil) -> Event {
        Event(name: .beginCheckout, items: items, value: value)
    }

    /// A way of delivery was chosen, such as `express`, and whether it is wrapped as a gift.
    public static func addShippingInfo(tier: String, items: [EventItem] = [], giftWrap: Bool? = nil) -> Event {
        Event(name: .addShippingInfo, items: items, shippingTier: tier, giftWrap: giftWrap)
    }

    /// A way of paying was chosen, such as `invoice`; never a card's number.
    public static func addPaymentInfo(type: String, items: [EventItem] = []) -> Event {
        Event(name: .addPaymentInfo, items: items, paymentType: type)
    }

    /// Products were bought. A second purchase with the same order number is dropped.
    public static func purchase(_ items: [EventItem], value: Money? = nil, transactionID: String? = nil) -> Event {
        Event(name: .purchase, items: items, value: value, transactionID: transactionID)
    }

    /// A purchase was paid back.
    public static func refund(_ items: [EventItem], value: Money? = nil, transactionID: String? = nil) -> Event {
        Event(name: .refund, items: items, value: value, transactionID: transactionID)
    }

    /// A promotion was shown.
    public static func viewPromotion(_ promotionID: String, itemIDs: [String] = []) -> Event {
        Event(name: .viewPromotion, items: items(itemIDs), promotionID: promotionID)
    }

    /// A promotion was chosen.
    public static func selectPromotion(_ promotionID: String, itemIDs: [String] = []) -> Event {
        Event(name: .selectPromotion, items: items(itemIDs), promotionID: promotionID)
    }

    /// A search was made.
    public static func search(_ term: String, itemIDs: [String] = []) -> Event {
        Event(name: .search, items: items(itemIDs), searchTerm: term)
    }

    /// A product was dismissed: not for me.
    public static func dismissItem(_ itemID: String, rankingID: String? = nil) -> Event {
        Event(name: .dismissItem, items: items([itemID]), rankingID: rankingID)
    }

    /// A product was rated, from 1 to 5.
    public static func rateItem(_ itemID: String, rating: Int) -> Event {
        Event(name: .rateItem, items: items([itemID]), rating: rating)
    }

    /// A product was sent back.
    public static func returnItem(_ itemID: String, reason: ReturnReason = .other) -> Event {
        Event(name: .returnItem, items: items([itemID]), returnReason: reason)
    }

    /// Products left the screen.
    public static func impressionEnd(_ itemIDs: [String], listID: String? = nil, rankingID: String? = nil) -> Event {
        Event(name: .impressionEnd, items: items(itemIDs), itemListID: listID, rankingID: rankingID)
    }

    /// The same event at another time.
    public func at(_ time: Date) -> Event {
        var event = self
        event.timeMs = time.milliseconds
        return event
    }

    private static func items(_ itemIDs: [String]) -> [EventItem] {
        itemIDs.map { EventItem(itemID: $0) }
    }
}
