"""From nothing to a shelf with titles. Beside this file: the package `sottovoce`."""

import asyncio
import tempfile

from sottovoce import Config, Event, RecommendRequest, Sottovoce
from sottovoce.testing import BUNDLE, SHOP_KEY, MemoryKeyStore


def show(notice):
    """The app's own screen: what the user switched on."""
    for purpose in notice.purposes:
        print(f"[x] {purpose.title}: {purpose.benefit}")
    return [purpose.purpose for purpose in notice.purposes if purpose.can_give]


async def main(folder, bundle, shop_key, key_store):
    # Five minutes
    shop = await Sottovoce.open(Config("contract", folder, shop_key), key_store)
    await shop.catalog().install(bundle)
    if notice := shop.consent().pending_prompt("en"):
        await shop.consent().save(show(notice), "notice", notice.locale)
    await shop.events().track(Event.view_item("CL1-BL-S"))
    shelf = shop.ranking().recommend(RecommendRequest("home", limit=12))
    for item in shelf.items:
        print(item.title, item.price.amount, item.price.currency)
    # That is all
    assert len(shelf.items) == 12
    shop.shutdown()


with tempfile.TemporaryDirectory() as folder:
    asyncio.run(main(folder, str(BUNDLE), SHOP_KEY.read_bytes(), MemoryKeyStore()))
