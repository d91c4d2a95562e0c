"""What Python expects of the generated classes: money in decimals, a call for each event, changes as an iterator."""

import asyncio
from decimal import Decimal

from .sottovoce import (
    Event,
    EventItem,
    EventName,
    Listener,
    Money,
    ReturnReason,
    Sottovoce,
    SottovoceError,
    currency_decimals,
    error_text,
)

# What went wrong and what to do about it; the generated variants only list their fields.
SottovoceError.__str__ = error_text


def _amount(self):
    """The amount in whole units, with the decimals of its currency: 12.99 for 1299 minor units of EUR."""
    return Decimal(self.minor).scaleb(-(currency_decimals(self.currency) or 0))


def _money_of(amount, currency):
    """An amount in whole units of a currency: `Money.of(Decimal("12.99"), "EUR")`."""
    decimals = currency_decimals(currency)
    if decimals is None:
        raise ValueError(f"{currency} is no ISO 4217 code in capitals")
    minor = Decimal(amount)
    if not minor.is_finite():
        raise ValueError(f"{amount} is no amount")
    minor = minor.scaleb(decimals)
    if minor != minor.to_integral_value():
        raise ValueError(f"{currency} has no unit as small as in {amount}")
    return Money(int(minor), currency)


Money.amount = property(_amount)
Money.of = staticmethod(_money_of)


class Changes:
    """What changes from now on, in order: `async for change in shop.changes()`.

    It goes on over `shutdown` and `unlock`, and ends with `close`.
    """

    def __init__(self, shop):
        loop, queue = asyncio.get_running_loop(), asyncio.Queue()

        class Relay(Listener):
            def changed(self, change):
                loop.call_soon_threadsafe(queue.put_nowait, change)

        self._loop, self._queue = loop, queue
        self._subscription = shop.subscribe(Relay())

    def __aiter__(self):
        return self

    async def __anext__(self):
        change = await self._queue.get()
        if change is None:
            self._queue.put_nowait(None)
            raise StopAsyncIteration
        return change

    def close(self):
        self._subscription.cancel()
        self._loop.call_soon_threadsafe(self._queue.put_nowait, None)


Sottovoce.changes = lambda self: Changes(self)


def _items(item_ids):
    return [EventItem(item_id) for item_id in item_ids]


class _Events:
    """One call for each event; further fields by name: `Event.view_item("SKU-1", ranking_id=shelf.ranking_id)`."""

    @staticmethod
    def view_item_list(item_ids, list_id=None, **fields):
        """A list of products was shown."""
        return Event(EventName.VIEW_ITEM_LIST, items=_items(item_ids), item_list_id=list_id, **fields)

    @staticmethod
    def select_item(item_id, list_id=None, **fields):
        """A product was chosen from a list."""
        return Event(EventName.SELECT_ITEM, items=_items([item_id]), item_list_id=list_id, **fields)

    @staticmethod
    def view_item(item_id, **fields):
        """A product's page was seen."""
        return Event(EventName.VIEW_ITEM, items=_items([item_id]), **fields)

    @staticmethod
    def add_to_wishlist(item_id, **fields):
        """A product was put on the wish list."""
        return Event(EventName.ADD_TO_WISHLIST, items=_items([item_id]), **fields)

    @staticmethod
    def add_to_cart(item_id, quantity=1, price=None, **fields):
        """A product was put into the cart."""
        return Event(EventName.ADD_TO_CART, items=[EventItem(item_id, quantity, price)], **fields)

    @staticmethod
    def remove_from_cart(item_id, quantity=1, **fields):
        """A product was taken out of the cart."""
        return Event(EventName.REMOVE_FROM_CART, items=[EventItem(item_id, quantity)], **fields)

    @staticmethod
    def view_cart(items=(), value=None, **fields):
        """The cart was seen."""
        return Event(EventName.VIEW_CART, items=list(items), value=value, **fields)

    @staticmethod
    def begin_checkout(items=(), value=None, **fields):
        """The checkout was entered."""
        return Event(EventName.BEGIN_CHECKOUT, items=list(items), value=value, **fields)

    @staticmethod
    def add_shipping_info(tier, items=(), **fields):
        """A way of delivery was chosen, such as `express`."""
        return Event(EventName.ADD_SHIPPING_INFO, items=list(items), shipping_tier=tier, **fields)

    @staticmethod
    def add_payment_info(type, items=(), **fields):
        """A way of paying was chosen, such as `invoice`; never a card's number."""
        return Event(EventName.ADD_PAYMENT_INFO, items=list(items), payment_type=type, **fields)

    @staticmethod
    def purchase(items, value=None, transaction_id=None, **fields):
        """Products were bought. A second purchase with the same order number is dropped."""
        return Event(EventName.PURCHASE, items=list(items), value=value, transaction_id=transaction_id, **fields)

    @staticmethod
    def refund(items, value=None, transaction_id=None, **fields):
        """A purchase was paid back."""
        return Event(EventName.REFUND, items=list(items), value=value, transaction_id=transaction_id, **fields)

    @staticmethod
    def view_promotion(promotion_id, item_ids=(), **fields):
        """A promotion was shown."""
        return Event(EventName.VIEW_PROMOTION, items=_items(item_ids), promotion_id=promotion_id, **fields)

    @staticmethod
    def select_promotion(promotion_id, item_ids=(), **fields):
        """A promotion was chosen."""
        return Event(EventName.SELECT_PROMOTION, items=_items(item_ids), promotion_id=promotion_id, **fields)

    @staticmethod
    def search(term, item_ids=(), **fields):
        """A search was made."""
        return Event(EventName.SEARCH, items=_items(item_ids), search_term=term, **fields)

    @staticmethod
    def dismiss_item(item_id, **fields):
        """A product was dismissed: not for me."""
        return Event(EventName.DISMISS_ITEM, items=_items([item_id]), **fields)

    @staticmethod
    def rate_item(item_id, rating, **fields):
        """A product was rated, from 1 to 5."""
        return Event(EventName.RATE_ITEM, items=_items([item_id]), rating=rating, **fields)

    @staticmethod
    def return_item(item_id, reason=ReturnReason.OTHER, **fields):
        """A product was sent back."""
        return Event(EventName.RETURN_ITEM, items=_items([item_id]), return_reason=reason, **fields)

    @staticmethod
    def impression_end(item_ids, list_id=None, **fields):
        """Products left the screen."""
        return Event(EventName.IMPRESSION_END, items=_items(item_ids), item_list_id=list_id, **fields)


for _name in EventName:
    _call = _name.name.lower()
    setattr(Event, _call, staticmethod(getattr(_Events, _call)))
