"""Chance that can be had again: the same seed, the same game, as far as the runs answer the same.

Not hypothesis: what a run offers depends on how far it has come by then, which hypothesis takes for a flaw.
"""

import random
from typing import TypeVar

T = TypeVar("T")


class Dice:
    def __init__(self, seed: str) -> None:
        self.seed = seed
        self._random = random.Random(seed)

    def one_of(self, options: list[T]) -> T:
        return self._random.choice(options)

    def number(self, least: int, most: int) -> int:
        return self._random.randint(least, most)

    def chance(self, percent: int) -> bool:
        return self._random.randrange(100) < percent
