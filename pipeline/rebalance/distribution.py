"""How often the rules remove a document, by the size of its cluster: counts of one language, and FineWeb2's JSON.

A document speaks for its whole cluster: only keepers are counted, and only those that the rules judged (the
published figures leave out what language_score removes, too).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...langid.errors import PolysiftError

TAIL_SHARE = (
    0.001  # largest sizes that hold this share of the documents are one class: so in all published files
)

COUNT, RATE = (int,), (int, float)
KEYS = {  # what a value is, or each value of a list
    "cluster_sizes": COUNT,
    "cluster_removal_rates": RATE,
    "cluster_post_filtering_doc_counts": COUNT,
    "tail_threshold": COUNT,
    "tail_removal_rate": RATE,
    "tail_post_filtering_doc_counts": COUNT,
    "global_removal_rate": RATE,
}
LISTS = ("cluster_sizes", "cluster_removal_rates", "cluster_post_filtering_doc_counts")


class Distribution(NamedTuple):
    """Removal rates of one language; the last entry of each array is the tail, all sizes from there on.

    Attributes:
        sizes: int64 (classes,), ascending cluster sizes.
        rates: float64 (classes,), documents removed by the rules, in percent of those judged.
        kept: int64 (classes,), documents that passed the rules.
        judged: int64 (classes,), documents that the rules judged; 0 where a file does not tell (rate 100).
        global_rate: removed documents of all sizes, in percent of those judged.
    """

    sizes: NDArray[np.int64]
    rates: NDArray[np.float64]
    kept: NDArray[np.int64]
    judged: NDArray[np.int64]
    global_rate: float

    @property
    def documents(self) -> int:
        return int(self.judged.sum())


def distribution(sizes: Sequence[int], judged: Sequence[int], kept: Sequence[int]) -> Distribution:
    """The distribution behind counts per cluster size (ascending); a single empty class where none was judged.

    >>> found = distribution([1, 2, 3], [2000, 1000, 10], [500, 500, 9])
    >>> found.sizes.tolist(), found.rates.tolist(), round(found.global_rate, 2)
    ([1, 2, 3], [75.0, 50.0, 10.0], 66.48)
    """
    size, all_judged, all_kept = (np.asarray(values, np.int64) for values in (sizes, judged, kept))
    present = all_judged > 0
    if not present.any():
        none = np.zeros(1, np.int64)
        return Distribution(np.ones(1, np.int64), np.zeros(1), none, none, 0.0)
    size, all_judged, all_kept = size[present], all_judged[present], all_kept[present]
    first = _tail_start(all_judged)
    judged_of, kept_of = (np.r_[n[:first], n[first:].sum()] for n in (all_judged, all_kept))
    rates = (judged_of - kept_of) / judged_of * 100
    total = int(all_judged.sum())
    return Distribution(
        size[: first + 1], rates, kept_of, judged_of, (total - int(all_kept.sum())) / total * 100
    )


def _tail_start(judged: NDArray[np.int64]) -> int:
    """Index of the first size of the tail: the fewest of the largest sizes that hold TAIL_SHARE of the documents."""
    from_here = np.cumsum(judged[::-1])[::-1]
    return int(np.flatnonzero(from_here >= TAIL_SHARE * from_here[0])[-1])


def to_published(found: Distribution) -> dict[str, Any]:
    """A distribution in the form of FineWeb2's `rehydration/distributions/*.json`."""
    return {
        "cluster_sizes": found.sizes[:-1].tolist(),
        "cluster_removal_rates": found.rates[:-1].tolist(),
        "cluster_post_filtering_doc_counts": found.kept[:-1].tolist(),
        "tail_threshold": int(found.sizes[-1]),
        "tail_removal_rate": float(found.rates[-1]),
        "tail_post_filtering_doc_counts": int(found.kept[-1]),
        "global_removal_rate": found.global_rate,
    }


def from_published(content: Mapping[str, Any], source: str) -> Distribution:
    """The distribution in a published file's content.

    Raises:
        PolysiftError: naming `source` and every key that is missing or of another type.
    """
    wrong = [f"{key}: {fault}" for key in KEYS if (fault := _fault(content, key))]
    if not wrong:
        lengths = {len(content[key]) for key in LISTS}
        wrong = [] if len(lengths) == 1 else [f"lists of different lengths: {sorted(lengths)}"]
    if wrong:
        raise PolysiftError(
            f"{source}: no distribution of removal rates as FineWeb2 publishes them: {'; '.join(wrong)}"
        )
    sizes = np.array([*content["cluster_sizes"], content["tail_threshold"]], np.int64)
    rates = np.array([*content["cluster_removal_rates"], content["tail_removal_rate"]], np.float64)
    kept = np.array(
        [*content["cluster_post_filtering_doc_counts"], content["tail_post_filtering_doc_counts"]], np.int64
    )
    if (np.diff(sizes) <= 0).any() or sizes[0] < 1 or (rates < 0).any() or (rates > 100).any():
        raise PolysiftError(
            f"{source}: cluster sizes must ascend from 1, and removal rates lie between 0 and 100"
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        judged = np.where(rates < 100, np.round(kept / (1 - rates / 100)), 0).astype(np.int64)
    return Distribution(sizes, rates, kept, judged, float(content["global_removal_rate"]))


def _fault(content: Mapping[str, Any], key: str) -> str | None:
    """What is wrong with the value of a key: not there, no list or one, not of numbers from 0 on."""
    if key not in content:
        return "missing"
    value = content[key]
    if isinstance(value, list) != (key in LISTS):
        return f"found {type(value).__name__}"
    for one in value if key in LISTS else [value]:
        if not isinstance(one, KEYS[key]) or isinstance(one, bool) or not 0 <= one < 2**63:
            return f"found {one!r}"
    return None


def read_distribution(path: Path) -> Distribution:
    """Reads one of FineWeb2's `distributions/*.json`, or what `to_published` made.

    Raises:
        PolysiftError: when the file is not there or not of that form.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise PolysiftError(
            f"{path}: cannot be read ({error.strerror}); give a file of removal rates, such as FineWeb2's "
            f"rehydration/distributions/por_Latn.json"
        ) from None
    except ValueError as error:
        raise PolysiftError(f"{path}: not valid JSON: {error}") from None
    if not isinstance(content, dict):
        raise PolysiftError(f"{path}: expected a JSON object, found {type(content).__name__}")
    return from_published(content, str(path))


def pool(members: Iterable[Distribution]) -> Distribution:
    """One distribution for several languages: at each size, removed documents over those expected.

    Languages differ in how much the rules remove in all. Counts simply added would let that difference pass for one
    between sizes, as some languages have larger clusters; so each language is measured against its own global rate.

    >>> strict = distribution([1, 2], [1000, 100], [100, 20])
    >>> mild = distribution([1, 2], [100, 1000], [90, 950])
    >>> (pool([strict, mild]).rates / pool([strict, mild]).global_rate).round(2).tolist()
    [1.02, 0.91]
    """
    members = list(members)
    sizes = np.unique(np.concatenate([member.sizes for member in members]))
    judged, removed, expected, kept = (np.zeros(len(sizes)) for _ in range(4))
    for member in members:
        at = np.searchsorted(sizes, member.sizes)
        judged[at] += member.judged
        kept[at] += member.kept
        removed[at] += member.judged - member.kept
        expected[at] += member.judged * member.global_rate / 100
    overall = removed.sum() / max(judged.sum(), 1) * 100
    ratio = np.divide(removed, expected, out=np.ones_like(removed), where=expected > 0)
    return Distribution(
        sizes,
        np.clip(overall * ratio, 0, 100),
        kept.astype(np.int64),
        judged.astype(np.int64),
        float(overall),
    )
