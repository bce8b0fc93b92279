"""What the catalogue offers."""

from domain.money import Money
from domain.values import Value


class Variant(Value):
    id: str
    options: dict[str, str] = {}
    price: Money
    available: bool = True

    @property
    def label(self) -> str:
        """What a person may hear: `size L, colour blue`."""
        return ", ".join(f"{name} {value}" for name, value in self.options.items()) or self.id


class Product(Value):
    id: str
    name: str
    variants: list[Variant] = []
