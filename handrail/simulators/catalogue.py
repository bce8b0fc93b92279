"""The shop of the generated dataset: what it sells, and who buys there."""

from handrail.simulators.dataset import Amount, Product, Variant

CURRENCY = "EUR"

_SIZED = ["S", "M", "L", "XL"]
_COLOURS = ["black", "blue", "green", "sand"]
_GOODS: list[tuple[str, int, str, list[str]]] = [
    ("T-shirt", 1900, "size", _SIZED),
    ("Rain jacket", 8900, "size", _SIZED),
    ("Wool jumper", 6900, "size", _SIZED),
    ("Running shoes", 11900, "size", ["39", "40", "41", "42", "43"]),
    ("Hiking socks", 1200, "size", ["39-42", "43-46"]),
    ("Backpack", 7900, "colour", _COLOURS),
    ("Water bottle", 1500, "colour", _COLOURS),
    ("Desk lamp", 4500, "colour", _COLOURS),
    ("Headphones", 24800, "colour", _COLOURS),
    ("Coffee grinder", 4000, "colour", _COLOURS),
    ("Notebook", 1000, "ruling", ["plain", "lined", "dotted"]),
    ("Kettle", 3900, "volume", ["1.0 l", "1.7 l"]),
    ("Pan", 5400, "diameter", ["24 cm", "28 cm"]),
    ("Bed linen", 5900, "size", ["135x200", "155x220"]),
    ("Phone case", 1800, "colour", _COLOURS),
    ("Keyboard", 9900, "layout", ["DE", "US"]),
]

FIRST_NAMES = [
    "Anna",
    "Ben",
    "Clara",
    "David",
    "Elif",
    "Felix",
    "Greta",
    "Hassan",
    "Ines",
    "Jan",
    "Katrin",
    "Lukas",
    "Maria",
    "Nils",
    "Olga",
    "Paul",
    "Rosa",
    "Samir",
    "Tessa",
    "Uwe",
    "Vera",
    "Willem",
    "Yara",
    "Zoe",
]
LAST_NAMES = [
    "Albrecht",
    "Becker",
    "Costa",
    "Demir",
    "Engel",
    "Fischer",
    "Garcia",
    "Hofmann",
    "Ivanova",
    "Jansen",
    "Keller",
    "Lehmann",
    "Moreau",
    "Nowak",
    "Okafor",
    "Petrov",
    "Richter",
    "Schmidt",
    "Tanaka",
    "Ullrich",
    "Vogel",
    "Wagner",
    "Yilmaz",
    "Zimmermann",
]
CITIES = [
    ("10117", "Berlin"), ("20095", "Hamburg"), ("80331", "Munich"), ("50667", "Cologne"), ("60311", "Frankfurt"),
    ("70173", "Stuttgart"), ("04109", "Leipzig"), ("28195", "Bremen"), ("01067", "Dresden"), ("90402", "Nuremberg"),
]  # fmt: skip
STREETS = ["Gartenstrasse", "Hauptstrasse", "Lindenallee", "Marktplatz", "Schulweg", "Bahnhofstrasse", "Am Ufer"]


def products() -> list[Product]:
    """Ids `P-10`, `P-11`, ...; variants `P-10-1`, ... About one variant in eight is not available."""
    made = []
    for index, (name, minor, option, values) in enumerate(_GOODS):
        id = f"P-{10 + index}"
        variants = [
            Variant(
                id=f"{id}-{n}",
                options={option: value},
                price=Amount(minor=minor + (500 if minor > 5_000 and n > 2 else 0), currency=CURRENCY),
                available=(index + n) % 8 != 0,
            )
            for n, value in enumerate(values, start=1)
        ]
        made.append(Product(id=id, name=name, variants=variants))
    return made
