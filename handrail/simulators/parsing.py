"""Reading a dataset document: its shape, then its references."""

from pydantic import ValidationError

from handrail.simulators.dataset import Dataset, DatasetError, Problem, path_of
from handrail.simulators.references import broken_references


def parse(document: bytes | str) -> Dataset:
    """Raises DatasetError, whose problems name their paths: `orders[3].lines[0].variant_id`."""
    try:
        dataset = Dataset.model_validate_json(document)
    except ValidationError as invalid:
        problems = [Problem(path=path_of(e["loc"]), message=e["msg"]) for e in invalid.errors()]
        raise DatasetError(problems) from invalid
    problems = broken_references(dataset)
    if problems:
        raise DatasetError(problems)
    return dataset
