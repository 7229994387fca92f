"""Scores of a fastText model's labels, for text vectors: softmax, one-vs-all, hierarchical softmax.

The arithmetic is fastText's in 32-bit floats, with its table of the sigmoid, its logarithm (of the score plus 0.00001,
so that a score can exceed 1 by as much) and its heap, which decides the order of equal scores. In a tree, where it
adds up logarithms, shares are multiplied, unless scores are nearly equal.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .kernels import borrowing_kernel
from .row_vectors import PANEL, dots_of_eight, dots_of_one, exp_lanes, sigmoid_lanes
from .vectors import LANES

HIERARCHICAL, NEGATIVE, SOFTMAX, ONE_VS_ALL = 1, 2, 3, 4
"""Numbers of the losses in a model's file; negative sampling is scored like one-vs-all."""

MAX_SIGMOID = 8
SIGMOID_STEPS = 512
_LOG_ADDED = 1e-5
_NO_NODE = 10**15  # the count of a node that is not made yet
NEARLY = 0.999
TIED = 1e-5
"""Logarithms of scores nearer than that are added up again in fastText's way, which decides their order."""


class Tree(NamedTuple):
    """The Huffman tree of the hierarchical softmax: nodes are labels, then inner nodes, the last one the root.

    Attributes:
        left, right: int32 (2 labels - 1,), children of each node, -1 for a label.
    """

    left: NDArray[np.int32]
    right: NDArray[np.int32]


def build_tree(counts: NDArray[np.int64]) -> Tree:
    """The tree over labels that occurred that often, in falling order as the file has them.

    >>> build_tree(np.array([5, 3, 2])).left[3:], build_tree(np.array([5, 3, 2])).right[3:]
    (array([2, 3], dtype=int32), array([1, 0], dtype=int32))
    """
    labels = len(counts)
    weights = [*counts.tolist(), *[_NO_NODE] * (labels - 1)]
    left, right = np.full((2, 2 * labels - 1), -1, np.int32)
    leaf, node = labels - 1, labels

    def lightest() -> int:
        nonlocal leaf, node
        if leaf >= 0 and weights[leaf] < weights[node]:
            leaf -= 1
            return leaf + 1
        node += 1
        return node - 1

    for parent in range(labels, 2 * labels - 1):
        left[parent] = lightest()
        right[parent] = lightest()
        weights[parent] = weights[left[parent]] + weights[right[parent]]
    return Tree(left, right)


def sigmoid_table() -> NDArray[np.float32]:
    """fastText's values of the sigmoid from -8 to 8, in 512 steps."""
    x = (np.arange(SIGMOID_STEPS + 1) * 2 * MAX_SIGMOID).astype(np.float32) / np.float32(SIGMOID_STEPS)
    values: NDArray[np.float32] = (
        1 / (1 + np.exp(-(x - np.float32(MAX_SIGMOID))).astype(np.float64))
    ).astype(np.float32)
    return values


class Best(NamedTuple):
    """Room for the labels of a block of texts, one text after the other.

    Attributes:
        labels: int32 (texts * most,).
        scores: float32 (texts * most,), best first; while they are sought, a heap of their logarithms.
        counts: int64 (texts,), how many each text has.
        most: int64 (1,), how many it may have.
    """

    labels: NDArray[np.int32]
    scores: NDArray[np.float32]
    counts: NDArray[np.int64]
    most: NDArray[np.int64]


def room(texts: int, most: int) -> Best:
    """Room for blocks of texts."""
    places = np.empty(texts * most, np.int32), np.empty(texts * most, np.float32)
    return Best(*places, np.zeros(texts, np.int64), np.array([most]))


def padded(outputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """A matrix (dim, labels) with zeros at the right, so that its columns are whole panels."""
    return np.pad(outputs, [(0, 0), (0, -outputs.shape[1] % PANEL)])


@borrowing_kernel
def products(vectors: Any, outputs: Any, norms: Any, logits: Any) -> Any:
    """Products of vectors (texts, dim) and padded `outputs`, stretched by `norms` (labels,); whether all are numbers.

    Each is added up in the order of dimensions, so that it is the same to the last bit for any number of texts.
    """
    count = len(vectors)
    for column in range(0, outputs.shape[1], PANEL):
        for text in range(0, count - 7, 8):
            dots_of_eight(vectors, text, outputs, column, logits, text)
        for text in range(count - count % 8, count):
            dots_of_one(vectors, text, outputs, column, logits, text)
    fine = True
    for text in range(count):
        for label in range(len(norms)):
            logits[text, label] *= norms[label]
            fine &= logits[text, label] == logits[text, label]
    return fine


@borrowing_kernel
def best_by_softmax(logits: Any, labels: Any, known: Any, least: Any, best: Any) -> Any:
    """Fills `best` with the labels that score `least` or more, else the best one; overwrites `logits`.

    Of texts with nothing `known` there are none. How many there are in all.
    """
    filled = 0
    for text in range(len(known)):
        if known[text] > 0:
            line = logits[text]
            largest = line[0]
            for label in range(labels):
                largest = max(largest, line[label])
            for label in range(0, len(line), LANES):
                exp_lanes(line, label, largest)
            total = np.float32(0)
            for label in range(labels):
                total += line[label]
            for label in range(labels):
                line[label] /= total
            _take(line, labels, least, filled, text, best)
        filled += _finish(best, filled, text, known[text])
    return filled


@borrowing_kernel
def best_by_sigmoid(logits: Any, labels: Any, known: Any, table: Any, least: Any, best: Any) -> Any:
    """As `best_by_softmax`, with fastText's table of the sigmoid."""
    filled = 0
    for text in range(len(known)):
        if known[text] > 0:
            line = logits[text]
            for label in range(labels):
                x = line[label]
                if x < -MAX_SIGMOID:
                    line[label] = 0
                elif x > MAX_SIGMOID:
                    line[label] = 1
                else:
                    at = (x + np.float32(MAX_SIGMOID)) * np.float32(SIGMOID_STEPS / 16)
                    line[label] = table[np.int64(at)]
            _take(line, labels, least, filled, text, best)
        filled += _finish(best, filled, text, known[text])
    return filled


@borrowing_kernel
def is_near_a_step(logits: Any, labels: Any, lowest: Any, tolerance: Any) -> Any:
    """Whether an error of `tolerance` in a product above `lowest` could lead to another entry of the table."""
    near = False
    for label in range(labels):
        x = (logits[label] + MAX_SIGMOID) * (SIGMOID_STEPS / 16)
        if logits[label] > lowest and -1 < x < SIGMOID_STEPS + 1:
            near |= abs(x - np.rint(x)) < tolerance * (SIGMOID_STEPS / 16)
    return near


@borrowing_kernel
def best_by_tree(logits: Any, labels: Any, known: Any, tree: Any, least: Any, scratch: Any, best: Any) -> Any:
    """As `best_by_softmax`, by the hierarchical softmax; `scratch` is room for nodes, scores and shares."""
    filled = 0
    for text in range(len(known)):
        if known[text] > 0:
            place = filled, text
            if _descend(logits[text], labels, tree, least, scratch, place, best, False):
                _descend(logits[text], labels, tree, least, scratch, place, best, True)
            if best.counts[text] == 0:
                most = best.most[0]
                best.most[0] = 1
                if _descend(logits[text], labels, tree, np.float32(0), scratch, place, best, False):
                    _descend(logits[text], labels, tree, np.float32(0), scratch, place, best, True)
                best.most[0] = most
        filled += _finish(best, filled, text, known[text])
    return filled


@borrowing_kernel
def _descend(
    logits: Any, labels: Any, tree: Any, least: Any, scratch: Any, place: Any, best: Any, exact: Any
) -> Any:
    """Fills `best` with the labels that score `least` or more, depth first; whether any are nearly equal.

    fastText adds up logarithms from node to node, which `exact` does too. Else shares are multiplied, and one logarithm
    is taken of a label's score.
    """
    stack, scores, wholes, shares = scratch
    first, text = place
    for node in range(0, len(shares)):
        shares[node] = logits[node]
    for node in range(0, len(shares), LANES):
        sigmoid_lanes(shares, node)
    limit, tied = _log(least), False
    # What is below the limit by more than errors is left out before a logarithm is taken.
    lowest = (np.float64(least) + _LOG_ADDED) * NEARLY
    best.counts[text] = 0
    stack[0], scores[0], wholes[0] = 2 * labels - 2, 0, 1
    size = 1
    while size > 0:
        size -= 1
        node, score, whole = stack[size], scores[size], wholes[size]
        if whole > lowest and tree.left[node] < 0:
            score = score if exact else np.float32(math.log(whole))
            for i in range(first, first + best.counts[text]):
                tied |= abs(best.scores[i] - score) < TIED
            full = best.counts[text] == best.most[0]
            if not (score < limit or (full and score < best.scores[first])):
                _push(best, first, text, node, score)
            if best.counts[text] == best.most[0]:
                lowest = max(lowest, np.exp(np.float64(best.scores[first])) * NEARLY)
        elif whole > lowest:
            share = np.float64(shares[node - labels])
            # The left child is looked at first, so it comes onto the stack last.
            stack[size], wholes[size] = tree.right[node], whole * (share + _LOG_ADDED)
            stack[size + 1], wholes[size + 1] = tree.left[node], whole * ((1 - share) + _LOG_ADDED)
            if exact:
                odds = np.float32(1) + math.exp(-logits[node - labels])
                right = np.float32(1.0 / np.float64(odds))
                scores[size] = score + _log(right)
                scores[size + 1] = score + _log(np.float32(1.0 - np.float64(right)))
            size += 2
    return tied


@borrowing_kernel
def _log(score: Any) -> Any:
    return np.float32(math.log(np.float64(score) + _LOG_ADDED))


@borrowing_kernel
def _take(line: Any, labels: Any, least: Any, first: Any, text: Any, best: Any) -> Any:
    """Fills one text's place in `best` with the labels of `line` that score `least` or more, else with the best one."""
    best.counts[text] = 0
    _take_from(line, labels, least, first, text, best)
    if best.counts[text] == 0:
        most = best.most[0]
        best.most[0] = 1
        _take_from(line, labels, np.float32(0), first, text, best)
        best.most[0] = most


@borrowing_kernel
def _take_from(line: Any, labels: Any, least: Any, first: Any, text: Any, best: Any) -> Any:
    for label in range(labels):
        if line[label] >= least:
            score = _log(line[label])
            if best.counts[text] < best.most[0] or score >= best.scores[first]:
                _push(best, first, text, label, score)


@borrowing_kernel
def _finish(best: Any, first: Any, text: Any, known: Any) -> Any:
    """Sorts one text's labels; how many there are."""
    if known <= 0:
        best.counts[text] = 0
    _sort(best.labels[first:], best.scores[first:], best.counts[text])
    return best.counts[text]


@borrowing_kernel
def _push(best: Any, first: Any, text: Any, label: Any, score: Any) -> Any:
    """Puts a label onto the heap, whose top is the worst; where that is full, one of the worst goes."""
    labels, scores, size = best.labels[first:], best.scores[first:], best.counts[text]
    if size < best.most[0]:
        _rise(labels, scores, size, label, score)
        best.counts[text] = size + 1
    else:
        # fastText pushes first and pops then: the new label goes where the path to the top ends that it rises on.
        parent = (size - 1) // 2 if size else 0
        if size and scores[parent] > score:
            # it would rise, so that its parent comes last
            moved_label, moved_score = labels[parent], scores[parent]
            _rise(labels, scores, parent, label, score)
            label, score = moved_label, moved_score
        _sink(labels, scores, size, label, score)


@borrowing_kernel
def _rise(labels: Any, scores: Any, hole: Any, label: Any, score: Any) -> Any:
    """Puts a label into a heap at `hole` or above it, as the C++ library's push_heap does."""
    while hole > 0 and scores[(hole - 1) // 2] > score:
        labels[hole], scores[hole] = labels[(hole - 1) // 2], scores[(hole - 1) // 2]
        hole = (hole - 1) // 2
    labels[hole], scores[hole] = label, score


@borrowing_kernel
def _sink(labels: Any, scores: Any, size: Any, label: Any, score: Any) -> Any:
    """Puts a label in the place of a heap's top, as the C++ library's pop_heap does with the last one."""
    hole = 0
    while 2 * hole + 2 < size:
        child = 2 * hole + 2
        if scores[child] > scores[child - 1]:
            child -= 1
        labels[hole], scores[hole] = labels[child], scores[child]
        hole = child
    if size % 2 == 0 and 2 * hole + 2 == size:
        labels[hole], scores[hole] = labels[2 * hole + 1], scores[2 * hole + 1]
        hole = 2 * hole + 1
    _rise(labels, scores, hole, label, score)


@borrowing_kernel
def _sort(labels: Any, scores: Any, size: Any) -> Any:
    """Sorts a heap best first, and turns logarithms into scores."""
    for last in range(size - 1, 0, -1):
        label, score = labels[last], scores[last]
        labels[last], scores[last] = labels[0], scores[0]
        _sink(labels, scores, last, label, score)
    for i in range(size):
        scores[i] = math.exp(scores[i])
