"""Diaries: the hours of somebody who comes to customers, and when he is somewhere else already."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from domain.business_time import Calendar, between, openings
from domain.values import Value


class Diary(Value):
    calendar: Calendar
    lasts: timedelta
    """What is agreed with him, each time."""
    busy: list[datetime] = []
    """Beginnings of what is agreed already."""

    def works(self, start: datetime) -> bool:
        """... for as long as it takes; a time with a break in it is none."""
        return between(start, start + self.lasts, self.calendar) >= self.lasts

    def is_taken(self, start: datetime) -> bool:
        return any(abs(other - start) < self.lasts for other in self.busy)

    def free(self, earliest: datetime, latest: datetime) -> Iterator[datetime]:
        """When something may begin, one after the other from each opening on."""
        for opened, closed in openings(earliest, self.calendar):
            start = opened
            while start + self.lasts <= closed and start <= latest:
                if start >= earliest and not self.is_taken(start):
                    yield start
                start += self.lasts
            if closed > latest:
                return
