"""The first rule that removes each document: the kernel behind `rules.first_reason` (reference: `rules.fails`)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..langid.byte_bits import ones
from ..langid.kernels import inlined_kernel, kernel

NONE, MASK = -1, -2


class Plan(NamedTuple):
    """The rules in force, in their order.

    Attributes:
        numerators: int64 (rules,), rows of the columns that are divided; MASK: how many stop words there are.
        addends: int64 (rules,), rows of what is added to them, or NONE.
        denominators: int64 (rules,), rows of what they are divided by, or NONE.
        limits: float64 (rules,), thresholds.
        greatest: bool (rules,), whether a document is removed above the threshold, not below it.
        reasons: int16 (rules,), what its removal is called.
        chosen: uint64 (1,), the bits of stop words that count.
    """

    numerators: NDArray[np.int64]
    addends: NDArray[np.int64]
    denominators: NDArray[np.int64]
    limits: NDArray[np.float64]
    greatest: NDArray[np.bool_]
    reasons: NDArray[np.int16]
    chosen: NDArray[np.uint64]


@kernel
def first_failing(columns: NDArray[Any], mask: NDArray[np.uint64], plan: Plan) -> NDArray[np.int16]:
    """The reason of the first rule that removes each document, -1 where none does: int16 (documents,).

    Args:
        columns: int64 or float64 (columns, documents).
        mask: uint64 (documents,), which stop words occur.
        plan: the rules.
    """
    reasons = np.full(len(mask), -1, np.int16)
    for document in range(len(mask)):
        for rule in range(len(plan.limits)):
            if _fails(columns, mask, plan, rule, document):
                reasons[document] = plan.reasons[rule]
                break
    return reasons


@inlined_kernel
def _fails(columns: NDArray[Any], mask: NDArray[np.uint64], plan: Plan, rule: int, document: int) -> Any:
    """Whether a quotient is strictly beyond a threshold; one by zero is not."""
    numerator, addend, denominator = plan.numerators[rule], plan.addends[rule], plan.denominators[rule]
    stop_words = numerator == MASK
    value = float(ones(mask[document] & plan.chosen[0]) if stop_words else columns[numerator, document])
    if addend != NONE:
        value += columns[addend, document]
    if denominator != NONE:
        divisor = columns[denominator, document]
        if divisor == 0:
            return False
        value /= divisor
    return value > plan.limits[rule] if plan.greatest[rule] else value < plan.limits[rule]
