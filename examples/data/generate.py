#!/usr/bin/env python3
"""Writes the example shop: `products.tsv` (Google Merchant Center), `products_shopify.csv` (the same items as Shopify exports
them) and `history.jsonl` (what invented customers viewed and bought, one customer a line).

    python3 generate.py [folder]

Standard library only; the same bytes every time. Nobody real is in it: customers are drawn from simple rules. A customer likes
some departments, brands and colours, has one size and a price level; buys things that go together in one basket; reads series in
order; and buys consumables again after about the time they last. Days are counted since 1970.
"""

import bisect
import csv
import json
import pathlib
import random
import sys

from assortment import BRANDS, COLOURS, RANGE

SHOP = "https://brambly.example"
CUSTOMERS = 2100
FIRST_DAY, LAST_DAY = 20000, 20400
SALES = ["2025-06-01T00:00+0200/2025-07-01T00:00+0200", "2025-11-20T00:00Z/2035-01-01T00:00Z"]
DICE = random.Random(20260101)


def draw(count):
    """A whole number below `count`. Only `random()` is used: its sequence is promised to stay."""
    return int(DICE.random() * count)


def pick(values):
    return values[draw(len(values))]


def chance(probability):
    return DICE.random() < probability


class Kind:
    """One line of the assortment."""

    def __init__(self, line):
        cells = [cell.strip() for cell in line.split("|")]
        self.key, self.noun, self.category, self.type, styles, prices, sizes, colours, extras = cells
        self.department = self.key[:2]
        self.styles = styles.split(";")
        self.low, self.high = map(int, prices.split("-"))
        self.sizes = [size for size in sizes.split(",") if size]
        self.colours = int(colours)
        words = extras.split()
        self.facts = dict(word.split("=", 1) for word in words if "=" in word)
        self.hot, self.next, self.untagged = "hot" in words, "next" in words, "untagged" in words
        self.every = int(self.facts.get("every", 0))
        self.goes_with = [key for key in self.facts.get("with", "").split(",") if key]
        self.products = []


def slug(text):
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in text.lower())
    return "-".join(part for part in plain.split("-") if part)


def gtin(number):
    """EAN-13 from the range for use inside a shop (prefix 2)."""
    digits = f"2{number:011d}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return digits + str(-total % 10)


def money(cents):
    return f"{cents // 100}.{cents % 100:02d}"


def make_products(kinds):
    number = 0
    for kind in kinds:
        for place, style in enumerate(kind.styles):
            number += 1
            title = style if kind.noun == "=" else f"{style} {kind.noun}"
            span = kind.high - kind.low
            cents = (kind.low + span * place // max(1, len(kind.styles) - 1) + draw(3)) * 100 - pick([1, 5, 10, 50])
            tags = [kind.type.split(" > ")[0].lower()] + (["bestseller"] if kind.hot and place == 0 else [])
            tags += ["refill"] if kind.every else []
            tags += ["gift idea"] if chance(0.15) else []
            each = kind.facts.get("each", "").split(";")
            product = {
                "kind": kind,
                "brand": pick(BRANDS[kind.department]),
                "title": title,
                "handle": slug(title),
                "tags": tags,
                "sensitive": each[place] if each[0] else kind.facts.get("sv", ""),
                "mpn": f"{kind.department}-{number:04d}",
                "dates": pick(SALES) if chance(0.5) else "",
                "appeal": (3.0 if kind.hot else 1.0) / (1 + place) * (0.5 + DICE.random()),
                "items": [],
            }
            make_items(product, number, cents)
            kind.products.append(product)
            yield product


def make_items(product, number, cents):
    kind = product["kind"]
    first = draw(len(COLOURS))
    colours = [COLOURS[(first + step * 3) % len(COLOURS)] for step in range(kind.colours)] or [""]
    reduced = chance(0.13)
    for colour in colours:
        for place, size in enumerate(kind.sizes or [""]):
            code = f"{kind.department}{number}"
            code += f"-{slug(colour)[:2].upper()}" if len(colours) > 1 else ""
            code += f"-{size}" if size else ""
            luck = DICE.random()
            product["items"].append({
                "id": code,
                "color": colour,
                "size": size,
                "cents": cents,
                "sale": (cents * pick([70, 75, 80]) // 100) // 10 * 10 + 9 if reduced else 0,
                "availability": "out_of_stock" if luck < 0.06 else "backorder" if luck < 0.08 else "in_stock",
                "gtin": gtin(number * 100 + len(product["items"])),
                "image": f"{SHOP}/images/{product['handle']}" + (f"-{slug(colour)}" if colour else "") + ".jpg",
                "product": product,
                "appeal": product["appeal"] / (1 + 0.3 * place),
            })


def images(product):
    seen = []
    for item in product["items"]:
        if item["image"] not in seen:
            seen.append(item["image"])
    return seen + [f"{SHOP}/images/{product['handle']}-detail.jpg"]


def description(product):
    kind = product["kind"]
    made = f", made of {kind.facts['material']}" if "material" in kind.facts else ""
    return f"{product['title']} by {product['brand']}{made}."


MERCHANT = ["id", "item_group_id", "title", "description", "link", "image_link", "additional_image_link", "availability", "price",
            "sale_price", "sale_price_effective_date", "brand", "google_product_category", "product_type", "gtin", "mpn",
            "condition", "color", "size", "size_system", "material", "pattern", "gender", "age_group", "custom_label_0",
            "custom_label_1", "custom_label_2", "custom_label_3", "sv_sensitive_tags"]


def merchant_row(item):
    product = item["product"]
    kind, facts = product["kind"], product["kind"].facts
    labels = product["tags"] + [""] * (4 - len(product["tags"]))
    others = [image for image in images(product) if image != item["image"]]
    return [item["id"], product["handle"], product["title"], description(product), f"{SHOP}/products/{product['handle']}",
            item["image"], ",".join(others), item["availability"].replace("_", " "), f"{money(item['cents'])} EUR",
            f"{money(item['sale'])} EUR" if item["sale"] else "", product["dates"] if item["sale"] else "", product["brand"],
            kind.category, kind.type, item["gtin"], product["mpn"], "new", item["color"], item["size"],
            "EU" if kind.department == "SH" else "", facts.get("material", ""), facts.get("pattern", ""),
            facts.get("gender", ""), facts.get("age", ""), *labels, product["sensitive"]]


SHOPIFY = ["Title", "URL handle", "Description", "Vendor", "Product category", "Type", "Tags", "Published on online store",
           "Status", "SKU", "Barcode", "Option1 name", "Option1 value", "Option2 name", "Option2 value", "Price",
           "Compare-at price", "Inventory tracker", "Inventory quantity", "Continue selling when out of stock",
           "Product image URL", "Image position", "Variant image URL", "Google Shopping / Gender",
           "Google Shopping / Age group", "Google Shopping / Manufacturer part number (MPN)", "Google Shopping / Condition",
           "Material (product.metafields.shopify.material)", "Pattern (product.metafields.shopify.pattern)",
           "size_system (product.metafields.custom.size_system)",
           "sale_price_effective_date (product.metafields.custom.sale_price_effective_date)",
           "sv_sensitive_tags (product.metafields.custom.sv_sensitive_tags)"]


def shopify_rows(product):
    kind, facts, items, pictures = product["kind"], product["kind"].facts, product["items"], images(product)
    names = [name for name in ("Color", "Size") if items[0][name.lower()]]
    for place in range(max(len(items), len(pictures))):
        row = dict.fromkeys(SHOPIFY, "")
        row["URL handle"] = product["handle"]
        if place == 0:
            row |= {
                "Title": product["title"], "Description": f"<p>{description(product).replace('&', '&amp;')}</p>",
                "Vendor": product["brand"], "Product category": kind.category, "Type": kind.type,
                "Tags": ", ".join(product["tags"]), "Published on online store": "TRUE", "Status": "Active",
                "Google Shopping / Gender": facts.get("gender", ""), "Google Shopping / Age group": facts.get("age", ""),
                SHOPIFY[25]: product["mpn"], "Google Shopping / Condition": "New", SHOPIFY[27]: facts.get("material", ""),
                SHOPIFY[28]: facts.get("pattern", ""), SHOPIFY[29]: "EU" if kind.department == "SH" else "",
                SHOPIFY[30]: product["dates"], SHOPIFY[31]: product["sensitive"],
                "Option1 name": names[0] if names else "Title", "Option2 name": names[1] if len(names) > 1 else "",
            }
        if place < len(items):
            item = items[place]
            values = [item[name.lower()] for name in names] or ["Default Title"]
            row |= {
                "SKU": item["id"], "Barcode": item["gtin"], "Option1 value": values[0],
                "Option2 value": values[1] if len(values) > 1 else "", "Price": money(item["sale"] or item["cents"]),
                "Compare-at price": money(item["cents"]) if item["sale"] else "", "Inventory tracker": "shopify",
                "Inventory quantity": "12" if item["availability"] == "in_stock" else "0",
                "Continue selling when out of stock": "CONTINUE" if item["availability"] == "backorder" else "DENY",
                "Variant image URL": item["image"],
            }
        if place < len(pictures):
            row |= {"Product image URL": pictures[place], "Image position": str(place + 1)}
        yield [row[column] for column in SHOPIFY]


class Customer:
    """Tastes, drawn once."""

    def __init__(self, kinds):
        departments = list(BRANDS)
        self.departments = [pick(departments) for _ in range(2 + draw(3))]
        self.owner = pick(["dog", "cat", "", ""])
        self.brands = {pick(BRANDS[department]) for department in departments if chance(0.7)}
        self.colours = {pick(COLOURS) for _ in range(2)}
        self.size = draw(3)
        self.level = pick([0.1, 0.3, 0.5, 0.8])
        self.kinds = [kind for kind in kinds if self.may_like(kind)]
        self.kind_sums = sums((3.0 if kind.hot else 1.0) * (8.0 if kind.department in self.departments else 1.0) for kind in self.kinds)
        self.due = []
        self.chain = []
        self.events = []

    def may_like(self, kind):
        if kind.department == "BA" and "BA" not in self.departments:
            return False
        other = {"dog": ["PE.catfood", "PE.litter", "PE.cat"], "cat": ["PE.dogfood", "PE.dogtreat", "PE.dog"]}
        return kind.key not in other.get(self.owner, other["dog"] + other["cat"])

    def score(self, item):
        """How much the customer wants an item of a kind."""
        product, kind = item["product"], item["product"]["kind"]
        wanted = item["appeal"]
        wanted *= 4.0 if product["brand"] in self.brands else 1.0
        wanted *= 3.0 if item["color"] in self.colours else 1.0
        if kind.sizes:
            wanted *= 10.0 if kind.sizes[min(self.size, len(kind.sizes) - 1)] == item["size"] else 0.5
        share = (item["cents"] / 100 - kind.low) / max(1, kind.high - kind.low)
        return wanted / (1 + 3 * abs(share - self.level))

    def choose(self, kind):
        items = [item for product in kind.products for item in product["items"]]
        return weighted(items, sums(self.score(item) for item in items))

    def view(self, item, day):
        self.events.append([item["id"], day, "view"])

    def buy(self, item, day):
        kind = item["product"]["kind"]
        price = item["sale"] or item["cents"]
        self.events.append([item["id"], day, "purchase", 2 if kind.every and chance(0.2) else 1, price / 100])
        if kind.every and chance(0.75):
            self.due.append((day + max(2, int(kind.every * (0.8 + 0.4 * DICE.random()))), item))
        place = kind.products.index(item["product"])
        if kind.next and place + 1 < len(kind.products) and chance(0.7):
            self.chain.append(kind.products[place + 1]["items"][0])


def sums(weights):
    total, run = 0.0, []
    for weight in weights:
        total += weight
        run.append(total)
    return run


def weighted(values, run):
    return values[min(bisect.bisect_right(run, DICE.random() * run[-1]), len(values) - 1)]


def visit(customer, by_key, day):
    """One visit: what is due, the next of a series, some looking around, and what goes with it."""
    due = [entry for entry in customer.due if entry[0] <= day]
    customer.due = [entry for entry in customer.due if entry[0] > day]
    for _, item in due[:3]:
        customer.buy(item, day)
    if customer.chain and chance(0.6):
        item = customer.chain.pop(0)
        customer.view(item, day)
        customer.buy(item, day)
    if due and chance(0.5):
        return
    kind = weighted(customer.kinds, customer.kind_sums)
    looked_at = [customer.choose(kind) for _ in range(1 + draw(3))]
    for place, item in enumerate(looked_at):
        if item["id"] not in [earlier["id"] for earlier in looked_at[:place]]:
            customer.view(item, day)
    if chance(0.45):
        customer.buy(looked_at[-1], day)
        for key in kind.goes_with:
            if chance(0.4):
                customer.buy(customer.choose(by_key[key]), day)


def histories(kinds):
    by_key = {kind.key: kind for kind in kinds}
    for number in range(CUSTOMERS):
        customer = Customer(kinds)
        day = FIRST_DAY + draw(250)
        pause = pick([10, 20, 20, 40, 60])
        while day < LAST_DAY and len(customer.events) < 40:
            visit(customer, by_key, day)
            if chance(0.1):
                break
            day += 1 + draw(2 * pause)
        if len(customer.events) >= 2:
            yield {"u": f"c{number:04d}", "ev": customer.events}


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
    kinds = [Kind(line) for line in RANGE.strip().splitlines()]
    products = list(make_products(kinds))
    items = [item for product in products for item in product["items"]]
    assert len({item["id"] for item in items}) == len(items), "ids are unique"
    assert len({product["handle"] for product in products}) == len(products), "handles are unique"
    with open(folder / "products.tsv", "w", encoding="utf-8", newline="") as file:
        file.writelines("\t".join(row) + "\n" for row in [MERCHANT, *map(merchant_row, items)])
    with open(folder / "products_shopify.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(SHOPIFY)
        for product in products:
            writer.writerows(shopify_rows(product))
    with open(folder / "history.jsonl", "w", encoding="utf-8", newline="") as file:
        for history in histories(kinds):
            file.write(json.dumps(history, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
