"""What Python expects of the generated classes, which have these as their bases: money in decimals, a call for each event,
changes as an iterator, engines and subscriptions in `with` blocks."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime
import re
import typing
from collections.abc import AsyncIterator, Iterable
from decimal import Decimal

from . import _fit
from . import sottovoce as _api  # still being read: its names are there when a call needs them

if typing.TYPE_CHECKING:
    from .sottovoce import Change, Event, EventItem, Money, ReturnReason, Sottovoce, Subscription

_DIGITS = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def place(base: type, **kinds: type) -> None:
    """Gives each kind its place in the class, under the name that it is called by."""
    for name, kind in kinds.items():
        kind.__name__, kind.__qualname__ = name, f"{base.__qualname__}.{name}"
        setattr(base, name, kind)
    base._kinds = tuple(kinds.values())  # type: ignore[attr-defined]


_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


@typing.overload
def moment(time_ms: int) -> datetime.datetime: ...
@typing.overload
def moment(time_ms: None) -> None: ...
def moment(time_ms: int | None) -> datetime.datetime | None:
    """Milliseconds since 1970 as a time in UTC."""
    return None if time_ms is None else _EPOCH + datetime.timedelta(milliseconds=time_ms)


class ErrorText:
    """What went wrong and what to do about it."""

    def __str__(self) -> str:
        return _api.error_text(typing.cast("_api.SottovoceError", self))


class MoneyCalls:
    """Money in whole units."""

    __slots__ = ()

    @property
    def amount(self) -> Decimal:
        """The amount in whole units, with the decimals of its currency: 12.99 for 1299 minor units of EUR."""
        money = typing.cast("Money", self)
        return Decimal(money.minor).scaleb(-(_api.currency_decimals(money.currency) or 0))

    def __str__(self) -> str:
        return f"{self.amount} {typing.cast('Money', self).currency}"

    @staticmethod
    def of(amount: Decimal | str | int, currency: str) -> Money:
        """An amount in whole units of a currency: `Money.of("12.99", "EUR")`. Raises `ValueError` with the reason for a text
        that is no amount, for more decimals than the currency has, and for an unknown currency."""
        if isinstance(amount, bool) or not isinstance(amount, (Decimal, str, int)):
            raise TypeError(f"amount must be a Decimal, a str or an int, not {type(amount).__name__}: floats are not exact")
        if not isinstance(currency, str):
            raise TypeError(f"currency must be a str, not {type(currency).__name__}")
        decimals = _api.currency_decimals(currency)
        if decimals is None:
            raise ValueError(f"{currency!r} is no currency: it must be an ISO 4217 code in capitals, such as EUR")
        if isinstance(amount, str) and not _DIGITS.fullmatch(amount):
            raise ValueError(f"{amount!r} is no amount: write digits and a decimal point, such as 1299.95")
        whole = Decimal(amount)
        if not whole.is_finite():
            raise ValueError(f"{amount} is no amount")
        minor = whole.scaleb(decimals)
        if minor != minor.to_integral_value():
            raise ValueError(f"{amount} has more decimals than {currency}, which has {decimals}")
        if abs(minor) >= 2**63:
            raise ValueError(f"{amount} is too large")
        return _api.Money(int(minor), currency)


class SubscriptionCalls:
    """`with shop.subscribe(…):` cancels at the end of the block."""

    def __enter__(self) -> Subscription:
        return typing.cast("Subscription", self)

    def __exit__(self, *_: object) -> None:
        typing.cast("Subscription", self).cancel()


class Changes:
    """What changes from now on, in order: `async for change in shop.changes()`.

    It goes on over `shutdown` and `unlock`, and ends with `close`.
    """

    def __init__(self, shop: Sottovoce) -> None:
        loop: asyncio.AbstractEventLoop = asyncio.get_running_loop()
        queue: asyncio.Queue[Change | None] = asyncio.Queue()

        def changed(change: Change) -> None:
            loop.call_soon_threadsafe(queue.put_nowait, change)

        self._loop, self._queue = loop, queue
        self._subscription = shop.subscribe(changed)

    def __aiter__(self) -> AsyncIterator[Change]:
        return self

    async def __anext__(self) -> Change:
        change = await self._queue.get()
        if change is None:
            self._queue.put_nowait(None)
            raise StopAsyncIteration
        return change

    def close(self) -> None:
        """Ends the stream after what has been told already."""
        self._subscription.cancel()
        self._loop.call_soon_threadsafe(self._queue.put_nowait, None)


class EngineCalls:
    """`async with await Sottovoce.open(…) as shop:` closes at the end of the block."""

    def changes(self) -> Changes:
        """What changes from now on, for `async for`."""
        return Changes(typing.cast("Sottovoce", self))

    async def aclose(self) -> None:
        """As `shutdown`, without keeping the event loop waiting. Closing twice does nothing."""
        await asyncio.shield(asyncio.to_thread(typing.cast("Sottovoce", self).shutdown))

    async def __aenter__(self) -> Sottovoce:
        return typing.cast("Sottovoce", self)

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __enter__(self) -> Sottovoce:
        return typing.cast("Sottovoce", self)

    def __exit__(self, *_: object) -> None:
        typing.cast("Sottovoce", self).shutdown()


def _items(name: str, item_ids: Iterable[str]) -> list[EventItem]:
    return [_api.EventItem(item_id) for item_id in _fit.listed(name, item_ids, str)]


def _given(items: Iterable[EventItem]) -> list[EventItem]:
    return _fit.listed("items", items, _api.EventItem)


class EventCalls:
    """One call for each event; further fields by name: `Event.view_item("SKU-1", ranking_id=shelf.ranking_id)`."""

    __slots__ = ()

    def at(self, time: datetime.datetime) -> Event:
        """The same event at another time."""
        return dataclasses.replace(typing.cast("Event", self), time_ms=round(time.timestamp() * 1000))

    @staticmethod
    def view_item_list(item_ids: Iterable[str], list_id: str | None = None, **fields: typing.Any) -> Event:
        """A list of products was shown."""
        items = _items("item_ids", item_ids)
        return _api.Event(_api.EventName.VIEW_ITEM_LIST, items=items, item_list_id=list_id, **fields)

    @staticmethod
    def select_item(item_id: str, list_id: str | None = None, **fields: typing.Any) -> Event:
        """A product was chosen from a list."""
        items = [_api.EventItem(item_id)]
        return _api.Event(_api.EventName.SELECT_ITEM, items=items, item_list_id=list_id, **fields)

    @staticmethod
    def view_item(item_id: str, **fields: typing.Any) -> Event:
        """A product's page was seen."""
        return _api.Event(_api.EventName.VIEW_ITEM, items=[_api.EventItem(item_id)], **fields)

    @staticmethod
    def add_to_wishlist(item_id: str, **fields: typing.Any) -> Event:
        """A product was put on the wish list."""
        return _api.Event(_api.EventName.ADD_TO_WISHLIST, items=[_api.EventItem(item_id)], **fields)

    @staticmethod
    def remove_from_wishlist(item_id: str, **fields: typing.Any) -> Event:
        """A product was taken off the wish list."""
        return _api.Event(_api.EventName.REMOVE_FROM_WISHLIST, items=[_api.EventItem(item_id)], **fields)

    @staticmethod
    def add_to_cart(item_id: str, quantity: int = 1, price: Money | None = None, **fields: typing.Any) -> Event:
        """A product was put into the cart."""
        return _api.Event(_api.EventName.ADD_TO_CART, items=[_api.EventItem(item_id, quantity, price)], **fields)

    @staticmethod
    def remove_from_cart(item_id: str, quantity: int = 1, **fields: typing.Any) -> Event:
        """A product was taken out of the cart."""
        return _api.Event(_api.EventName.REMOVE_FROM_CART, items=[_api.EventItem(item_id, quantity)], **fields)

    @staticmethod
    def view_cart(items: Iterable[EventItem] = (), value: Money | None = None, **fields: typing.Any) -> Event:
        """The cart was seen."""
        return _api.Event(_api.EventName.VIEW_CART, items=_given(items), value=value, **fields)

    @staticmethod
    def begin_checkout(items: Iterable[EventItem] = (), value: Money | None = None, **fields: typing.Any) -> Event:
        """The checkout was entered."""
        return _api.Event(_api.EventName.BEGIN_CHECKOUT, items=_given(items), value=value, **fields)

    @staticmethod
    def add_shipping_info(
        tier: str,
        items: Iterable[EventItem] = (),
        gift_wrap: bool | None = None,
        **fields: typing.Any,
    ) -> Event:
        """A way of delivery was chosen, such as `express`, and whether it is wrapped as a gift; never an address."""
        name, given = _api.EventName.ADD_SHIPPING_INFO, _given(items)
        return _api.Event(name, items=given, shipping_tier=tier, gift_wrap=gift_wrap, **fields)

    @staticmethod
    def add_payment_info(type: str, items: Iterable[EventItem] = (), **fields: typing.Any) -> Event:
        """A way of paying was chosen, such as `invoice`; never a card's number."""
        return _api.Event(_api.EventName.ADD_PAYMENT_INFO, items=_given(items), payment_type=type, **fields)

    @staticmethod
    def purchase(
        items: Iterable[EventItem],
        value: Money | None = None,
        transaction_id: str | None = None,
        **fields: typing.Any,
    ) -> Event:
        """Products were bought. A second purchase with the same order number is dropped."""
        bought = _given(items)
        return _api.Event(_api.EventName.PURCHASE, items=bought, value=value, transaction_id=transaction_id, **fields)

    @staticmethod
    def refund(
        items: Iterable[EventItem],
        value: Money | None = None,
        transaction_id: str | None = None,
        **fields: typing.Any,
    ) -> Event:
        """A purchase was paid back."""
        back = _given(items)
        return _api.Event(_api.EventName.REFUND, items=back, value=value, transaction_id=transaction_id, **fields)

    @staticmethod
    def view_promotion(promotion_id: str, item_ids: Iterable[str] = (), **fields: typing.Any) -> Event:
        """A promotion was shown."""
        items = _items("item_ids", item_ids)
        return _api.Event(_api.EventName.VIEW_PROMOTION, items=items, promotion_id=promotion_id, **fields)

    @staticmethod
    def select_promotion(promotion_id: str, item_ids: Iterable[str] = (), **fields: typing.Any) -> Event:
        """A promotion was chosen."""
        items = _items("item_ids", item_ids)
        return _api.Event(_api.EventName.SELECT_PROMOTION, items=items, promotion_id=promotion_id, **fields)

    @staticmethod
    def search(term: str, item_ids: Iterable[str] = (), **fields: typing.Any) -> Event:
        """A search was made."""
        return _api.Event(_api.EventName.SEARCH, items=_items("item_ids", item_ids), search_term=term, **fields)

    @staticmethod
    def dismiss_item(item_id: str, **fields: typing.Any) -> Event:
        """A product was dismissed: not for me."""
        return _api.Event(_api.EventName.DISMISS_ITEM, items=[_api.EventItem(item_id)], **fields)

    @staticmethod
    def rate_item(item_id: str, rating: int, **fields: typing.Any) -> Event:
        """A product was rated, from 1 to 5."""
        return _api.Event(_api.EventName.RATE_ITEM, items=[_api.EventItem(item_id)], rating=rating, **fields)

    @staticmethod
    def return_item(item_id: str, reason: ReturnReason | None = None, **fields: typing.Any) -> Event:
        """A product was sent back; without a reason for another one than its size."""
        reason = reason or _api.ReturnReason.OTHER
        return _api.Event(_api.EventName.RETURN_ITEM, items=[_api.EventItem(item_id)], return_reason=reason, **fields)

    @staticmethod
    def impression_end(item_ids: Iterable[str], list_id: str | None = None, **fields: typing.Any) -> Event:
        """Products left the screen."""
        items = _items("item_ids", item_ids)
        return _api.Event(_api.EventName.IMPRESSION_END, items=items, item_list_id=list_id, **fields)
