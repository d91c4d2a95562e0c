"""From nothing to a shelf with titles. Beside this file: the package `sottovoce`."""

import asyncio
import tempfile
from pathlib import Path

from sottovoce import Config, ConsentPrompt, Event, KeyStore, Purpose, RecommendRequest, SearchRequest, Sottovoce
from sottovoce.testing import BUNDLE, SHOP_KEY, MemoryKeyStore


def show(notice: ConsentPrompt) -> list[Purpose]:
    """The app's own screen: what the user switched on."""
    for purpose in notice.purposes:
        print(f"[x] {purpose.title}: {purpose.benefit}")
    return [purpose.purpose for purpose in notice.purposes if purpose.can_give]


async def main(folder: str, bundle: Path, shop_key: bytes, key_store: KeyStore) -> None:
    # Five minutes
    shop = await Sottovoce.open(Config("contract", folder, shop_key), key_store)
    await shop.catalog().install(bundle)
    if notice := shop.consent().pending_prompt("en"):
        await shop.consent().save(show(notice), "notice", notice.locale)
    await shop.events().track(Event.view_item("CL1-BL-S"))
    shelf = shop.ranking().recommend(RecommendRequest("home", limit=12))
    for item in shelf.items:
        print(item.title, item.price)
    # And then
    found = shop.search().query(SearchRequest("kofee beans"))
    print([item.title for item in found.page.items])
    print(shop.profile().explain(shelf.ranking_id, shelf.items[0].item_id, "en").text)
    await shop.consent().withdraw([Purpose.HISTORY], "settings", "en")
    # That is all
    assert len(shelf.items) == 12 and found.page.items
    await shop.aclose()


with tempfile.TemporaryDirectory() as folder:
    asyncio.run(main(folder, BUNDLE, SHOP_KEY.read_bytes(), MemoryKeyStore()))
