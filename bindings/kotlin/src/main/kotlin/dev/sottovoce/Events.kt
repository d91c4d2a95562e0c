package dev.sottovoce

/**
 * One call for each event, on `Event` itself: `Event.viewItem("SKU-1")`, in Java `Event.Companion.viewItem("SKU-1")`. What it
 * does not take is set with `copy`: `Event.viewItem("SKU-1").copy(dwellBucket = 2)`.
 */
abstract class EventConstructors internal constructor() {
    /** A list of products was shown. */
    @JvmOverloads
    fun viewItemList(itemIds: List<String>, listId: String? = null, rankingId: String? = null): Event =
        Event(EventName.VIEW_ITEM_LIST, items = items(itemIds), itemListId = listId, rankingId = rankingId)

    /** A product was chosen from a list. */
    @JvmOverloads
    fun selectItem(itemId: String, listId: String? = null, rankingId: String? = null): Event =
        Event(EventName.SELECT_ITEM, items = items(itemId), itemListId = listId, rankingId = rankingId)

    /** A product's page was seen. */
    @JvmOverloads
    fun viewItem(itemId: String, rankingId: String? = null): Event =
        Event(EventName.VIEW_ITEM, items = items(itemId), rankingId = rankingId)

    /** A product was put on the wish list. */
    @JvmOverloads
    fun addToWishlist(itemId: String, rankingId: String? = null): Event =
        Event(EventName.ADD_TO_WISHLIST, items = items(itemId), rankingId = rankingId)

    /** A product was taken off the wish list. */
    fun removeFromWishlist(itemId: String): Event =
        Event(EventName.REMOVE_FROM_WISHLIST, items = items(itemId))

    /** A product was put into the cart. */
    @JvmOverloads
    fun addToCart(
        itemId: String,
        quantity: Int = 1,
        price: Money? = null,
        rankingId: String? = null,
    ): Event = Event(EventName.ADD_TO_CART, items = listOf(EventItem(itemId, quantity, price)), rankingId = rankingId)

    /** A product was taken out of the cart. */
    @JvmOverloads
    fun removeFromCart(itemId: String, quantity: Int = 1): Event =
        Event(EventName.REMOVE_FROM_CART, items = listOf(EventItem(itemId, quantity)))

    /** The cart was seen. */
    @JvmOverloads
    fun viewCart(items: List<EventItem> = emptyList(), value: Money? = null): Event =
        Event(EventName.VIEW_CART, items = items, value = value)

    /** The checkout was entered. */
    @JvmOverloads
    fun beginCheckout(items: List<EventItem> = emptyList(), value: Money? = null): Event =
        Event(EventName.BEGIN_CHECKOUT, items = items, value = value)

    /** A way of delivery was chosen, such as `express`, and whether it is wrapped as a gift. */
    @JvmOverloads
    fun addShippingInfo(tier: String, items: List<EventItem> = emptyList(), giftWrap: Boolean? = null): Event =
        Event(EventName.ADD_SHIPPING_INFO, items = items, shippingTier = tier, giftWrap = giftWrap)

    /** A way of paying was chosen, such as `invoice`; never a card's number. */
    @JvmOverloads
    fun addPaymentInfo(type: String, items: List<EventItem> = emptyList()): Event =
        Event(EventName.ADD_PAYMENT_INFO, items = items, paymentType = type)

    /** Products were bought. A second purchase with the same order number is dropped. */
    @JvmOverloads
    fun purchase(items: List<EventItem>, value: Money? = null, transactionId: String? = null): Event =
        Event(EventName.PURCHASE, items = items, value = value, transactionId = transactionId)

    /** A purchase was paid back. */
    @JvmOverloads
    fun refund(items: List<EventItem>, value: Money? = null, transactionId: String? = null): Event =
        Event(EventName.REFUND, items = items, value = value, transactionId = transactionId)

    /** A promotion was shown. */
    @JvmOverloads
    fun viewPromotion(promotionId: String, itemIds: List<String> = emptyList()): Event =
        Event(EventName.VIEW_PROMOTION, items = items(itemIds), promotionId = promotionId)

    /** A promotion was chosen. */
    @JvmOverloads
    fun selectPromotion(promotionId: String, itemIds: List<String> = emptyList()): Event =
        Event(EventName.SELECT_PROMOTION, items = items(itemIds), promotionId = promotionId)

    /** A search was made. */
    @JvmOverloads
    fun search(term: String, itemIds: List<String> = emptyList()): Event =
        Event(EventName.SEARCH, items = items(itemIds), searchTerm = term)

    /** A product was dismissed: not for me. */
    @JvmOverloads
    fun dismissItem(itemId: String, rankingId: String? = null): Event =
        Event(EventName.DISMISS_ITEM, items = items(itemId), rankingId = rankingId)

    /** A product was rated, from 1 to 5. */
    fun rateItem(itemId: String, rating: Int): Event =
        Event(EventName.RATE_ITEM, items = items(itemId), rating = rating)

    /** A product was sent back. */
    @JvmOverloads
    fun returnItem(itemId: String, reason: ReturnReason = ReturnReason.OTHER): Event =
        Event(EventName.RETURN_ITEM, items = items(itemId), returnReason = reason)

    /** Products left the screen. */
    @JvmOverloads
    fun impressionEnd(itemIds: List<String>, listId: String? = null, rankingId: String? = null): Event =
        Event(EventName.IMPRESSION_END, items = items(itemIds), itemListId = listId, rankingId = rankingId)
}

private fun items(itemId: String) = items(listOf(itemId))

private fun items(itemIds: List<String>) = itemIds.map { EventItem(it) }
