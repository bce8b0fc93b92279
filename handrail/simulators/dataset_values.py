"""What every part of the dataset document is made of: ids, times, amounts. Strict: unknown fields are refused."""

from datetime import UTC
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

Id = Annotated[str, Field(min_length=1, max_length=200)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Time = Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(UTC))]


class Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Amount(Strict):
    minor: Annotated[int, Field(ge=0)]
    currency: Currency
