"""The directions in which some vectors differ most: principal components, by power iteration. Without numpy, which the
product does not need otherwise; done once for a version of the model, in half a second."""

import math
import random
from collections.abc import Sequence
from typing import Final

from search.embeddings.api import Vector

COUNT: Final = 4
"""How many are taken out: measured by `bench.relevance`; with more, what texts mean begins to suffer."""
_STEPS: Final = 200
_SEED: Final = 7


def find_directions(vectors: Sequence[Vector]) -> list[Vector]:
    """Up to COUNT directions in which the vectors spread most around their mean, the widest first, each of length one
    and at right angles to the others.

    Found in the space of the vectors' products with each other, which is smaller where they are few.
    """
    means = [sum(values) / len(vectors) for values in zip(*vectors, strict=True)] if vectors else []
    rest = [[value - mean for value, mean in zip(vector, means, strict=True)] for vector in vectors]
    found: list[Vector] = []
    for _ in range(COUNT):
        widest = _find_widest(rest)
        if widest is None:
            break
        found.append(widest)
        rest = [remove(vector, [widest]) for vector in rest]
    return found


def remove(vector: Vector, directions: Sequence[Vector]) -> Vector:
    """What is left of a vector without its parts in these directions, which are at right angles to each other."""
    for direction in directions:
        part = dot(vector, direction)
        vector = [value - part * along for value, along in zip(vector, direction, strict=True)]
    return vector


def normalise(vector: Vector) -> Vector:
    """The vector at length one; one of nothing stays so."""
    length = math.hypot(*vector) or 1.0
    return [value / length for value in vector]


def dot(one: Vector, other: Vector) -> float:
    """The product of two vectors."""
    return sum(map(float.__mul__, one, other))


def _find_widest(vectors: Sequence[Vector]) -> Vector | None:
    products = [[dot(one, other) for other in vectors] for one in vectors]
    if sum(row[place] for place, row in enumerate(products)) < 1e-9:
        return None
    dice = random.Random(_SEED)  # noqa: S311 -- where the iteration starts, no secret
    weights = normalise([dice.gauss(0, 1) for _ in vectors])
    for _ in range(_STEPS):
        weights = normalise([dot(row, weights) for row in products])
    return normalise([dot(list(values), weights) for values in zip(*vectors, strict=True)])
