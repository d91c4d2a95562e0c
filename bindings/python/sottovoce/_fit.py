"""What an argument must be. A mistake is told at once, with the way to it:

    TypeError: event.items[0].item_id must be a str, not None
"""

from __future__ import annotations

import enum
import math
import operator
import os
import struct
import typing
from collections.abc import Collection, Iterable, Iterator, Mapping

# What to do instead, for what is asked for most.
_HINTS = {
    "KeyStore": (
        " (write one over the platform's keyring: a subclass of sottovoce.KeyStore with load, store, remove and list; "
        "tests take sottovoce.testing.MemoryKeyStore)"
    ),
    "Listener": " or a function of one argument, the change",
    "Logger": " or a function of three arguments: level, category and text",
    "Transport": " or a function from HttpRequest to HttpResponse",
}


class Unfit(Exception):
    """Something does not fit. On its way out it learns where it was found."""

    def __init__(self, needed: str, value: typing.Any, error: type[Exception] = TypeError) -> None:
        super().__init__(f"must be {needed}, not {_named(value)}")
        self.way, self.error = "", error


def _with_article(name: str) -> str:
    return f"an {name}" if name[0] in "AEIOUaeio" else f"a {name}"


def _named(value: typing.Any) -> str:
    if value is None:
        return "None"
    if isinstance(value, type):
        return f"the class {value.__qualname__}"
    return _with_article(type(value).__qualname__)


def argument(converter: typing.Any, name: str, value: typing.Any) -> typing.Any:
    """The argument of that name, if it fits."""
    try:
        converter.check_lower(value)
    except Unfit as unfit:
        raise unfit.error(f"{name}{unfit.way} {unfit}") from unfit.__cause__
    return value


def many(converter: typing.Any, name: str, value: typing.Any) -> typing.Any:
    """As `argument`; what a generator or a list of the app's own gives is read once."""
    if isinstance(value, (list, Iterator)):
        try:
            value = plain(value)
        except Exception as broken:
            raise TypeError(f"{name} must be a list that can be read, not {_named(value)}") from broken
    return argument(converter, name, value)


def plain(value: Iterable[typing.Any]) -> list[typing.Any]:
    """What it gives, as a list: how long it says that it is may be wrong."""
    return [item for item in value]  # noqa: C416  `list` asks for the length


def part(converter: typing.Any, way: str, value: typing.Any) -> None:
    """A part of something else, which tells how to get there."""
    try:
        converter.check_lower(value)
    except Unfit as unfit:
        unfit.way = way + unfit.way
        raise


def listed(name: str, value: typing.Any, of: type) -> list[typing.Any]:
    """A list of any of several things; one of them, or a text, is no list."""
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
        raise TypeError(f"{name} must be a list of {of.__name__}, not {_named(value)}")
    return list(value)


def each(converter: typing.Any, value: typing.Any) -> None:
    """Every one of several. A text is not its letters."""
    if isinstance(value, (str, bytes, bytearray, memoryview, Mapping)) or not isinstance(value, Collection):
        raise Unfit("a list", value)
    at = 0
    try:
        for at, item in enumerate(value):
            converter.check_lower(item)
    except Unfit as unfit:
        unfit.way = f"[{at}]{unfit.way}"
        raise
    except Exception as broken:
        raise Unfit("a list that can be read", value) from broken


def entries(keys: typing.Any, values: typing.Any, value: typing.Any) -> None:
    """Every key with its value."""
    if not isinstance(value, Mapping):
        raise Unfit("a dict", value)
    try:
        pairs = plain(value.items())
    except Exception as broken:
        raise Unfit("a dict that can be read", value) from broken
    for key, entry in pairs:
        part(keys, " key", key)
        part(values, f"[{key!r}]", entry)


def kind(of: type, value: typing.Any, or_else: typing.Callable[[typing.Any], bool] | None = None) -> None:
    """A value of a class, or what will do in its place."""
    if isinstance(value, of) or (or_else is not None and not isinstance(value, type) and or_else(value)):
        return
    if isinstance(value, type) and issubclass(value, of):
        raise Unfit(f"{_with_article(of.__qualname__)}: write {value.__qualname__}(…)", value)
    raise Unfit(_needed(of), value)


def _needed(of: type) -> str:
    name = _with_article(of.__qualname__)
    if issubclass(of, enum.Enum):
        return f"{name} ({', '.join(str(value) for value in of)})"
    if hasattr(of, "_kinds"):
        return f"{name} ({', '.join(kind.__qualname__ for kind in of._kinds)})"
    return name + _HINTS.get(of.__name__, "")


def one_of(of: type) -> str:
    """What to write in the place of a class that has kinds."""
    return f"{of.__qualname__} is one of {', '.join(kind.__qualname__ for kind in getattr(of, '_kinds', ()))}: write one of these"


def whole(converter: typing.Any, value: typing.Any) -> None:
    """A whole number; the engine says how large it may be."""
    if isinstance(value, bool) or not hasattr(type(value), "__index__"):
        raise Unfit("an int", value)
    try:
        number = operator.index(value)
    except Exception as broken:
        raise Unfit("an int", value) from broken
    if converter.VALUE_MIN < 0 and not converter.VALUE_MIN <= number < converter.VALUE_MAX:
        raise Unfit("a number of 64 bits", value, ValueError)


def nearest(converter: typing.Any, value: typing.Any) -> int:
    """The number, as near as its place can hold it. Where there is none below zero, one is refused as the largest; in 32 bits
    it keeps its own, and the engine names what it was."""
    number, least, most = operator.index(value), int(converter.VALUE_MIN), int(converter.VALUE_MAX) - 1
    if (least, most) == (0, 2**32 - 1):
        return max(-(2**31), min(number, 2**31 - 1)) & most
    return most if number < least else min(number, most)


def real(value: typing.Any) -> None:
    """A number."""
    if isinstance(value, bool) or not (hasattr(type(value), "__float__") or hasattr(type(value), "__index__")):
        raise Unfit("a number", value)
    try:
        double(value)
    except Exception as broken:
        raise Unfit("a number", value) from broken


def double(value: typing.Any) -> float:
    """The number in double precision; one that is too large is infinite."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def single(value: typing.Any) -> float:
    """The number in single precision, likewise."""
    number = double(value)
    try:
        struct.pack(">f", number)
    except OverflowError:
        return math.copysign(math.inf, number)
    return number


def binary(value: typing.Any) -> None:
    """Bytes."""
    if not isinstance(value, (bytes, bytearray)):
        raise Unfit("bytes", value)


def octets(value: typing.Any) -> bytes:
    """The bytes, as they lie in memory: how many it says that they are may be wrong."""
    return bytes(memoryview(value))


def spelt(path: typing.Any) -> typing.Any:
    """A path, or several, as text. Anything else comes back as it is."""
    if isinstance(path, (list, tuple)):
        return [spelt(each) for each in path]
    try:
        return os.fspath(path) if isinstance(path, os.PathLike) else path
    except Exception:
        return path  # no text: the check names it
