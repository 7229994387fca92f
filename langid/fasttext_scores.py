"""Scores of a fastText model's labels, for text vectors: softmax, one-vs-all, hierarchical softmax.

The arithmetic is fastText's, step by step in 32-bit floats, with its table of the sigmoid, its logarithm (of
the score plus 0.00001, so that a score can exceed 1 by as much) and its heap, which decides the order of equal
scores.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .kernels import borrowing_kernel

HIERARCHICAL, NEGATIVE, SOFTMAX, ONE_VS_ALL = 1, 2, 3, 4
"""Numbers of the losses in a model's file; negative sampling is scored like one-vs-all."""

MAX_SIGMOID = 8
SIGMOID_STEPS = 512
_LOG_ADDED = 1e-5
_NO_NODE = 10**15  # the count of a node that is not made yet


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
    """Room for the labels of a block of texts.

    Attributes:
        labels: int32 (texts, most).
        scores: float32 (texts, most), while they are sought their logarithms.
        counts: int64 (texts,), how many of them are filled.
    """

    labels: NDArray[np.int32]
    scores: NDArray[np.float32]
    counts: NDArray[np.int64]


@borrowing_kernel
def products(vectors: Any, outputs: Any, norms: Any, logits: Any) -> Any:
    """Products of vectors (texts, dim) and `outputs` (dim, labels), stretched by `norms`; whether all are numbers.

    Each is added up in the order of dimensions, so that it is the same to the last bit for any number of texts.
    """
    dim, labels = outputs.shape
    fine = True
    for text in range(len(vectors)):
        line = logits[text]
        for label in range(labels):
            line[label] = 0
        for d in range(0, dim - 3, 4):
            a, b, c, e = vectors[text, d], vectors[text, d + 1], vectors[text, d + 2], vectors[text, d + 3]
            for label in range(labels):
                first = (line[label] + a * outputs[d, label]) + b * outputs[d + 1, label]
                line[label] = (first + c * outputs[d + 2, label]) + e * outputs[d + 3, label]
        for d in range(dim - dim % 4, dim):
            a = vectors[text, d]
            for label in range(labels):
                line[label] += a * outputs[d, label]
        for label in range(labels):
            line[label] *= norms[label]
            fine &= line[label] == line[label]
    return fine


@borrowing_kernel
def best_by_softmax(logits: Any, least: Any, best: Any) -> Any:
    """Fills `best` with the labels that score `least` or more; overwrites `logits`."""
    for text in range(len(logits)):
        line = logits[text]
        largest = line[0]
        for label in range(len(line)):
            largest = max(largest, line[label])
        total = np.float32(0)
        for label in range(len(line)):
            line[label] = math.exp(line[label] - largest)
            total += line[label]
        for label in range(len(line)):
            line[label] /= total
        _take(line, least, text, best)


@borrowing_kernel
def best_by_sigmoid(logits: Any, table: Any, least: Any, best: Any) -> Any:
    """Fills `best` with the labels that score `least` or more; overwrites `logits`."""
    for text in range(len(logits)):
        line = logits[text]
        for label in range(len(line)):
            x = line[label]
            if x < -MAX_SIGMOID:
                line[label] = 0
            elif x > MAX_SIGMOID:
                line[label] = 1
            else:
                line[label] = table[np.int64((x + np.float32(MAX_SIGMOID)) * np.float32(SIGMOID_STEPS / 16))]
        _take(line, least, text, best)


@borrowing_kernel
def is_near_a_step(logits: Any, lowest: Any, tolerance: Any) -> Any:
    """Whether an error of `tolerance` in a product above `lowest` could lead to another entry of the table."""
    near = False
    for label in range(len(logits)):
        x = (logits[label] + MAX_SIGMOID) * (SIGMOID_STEPS / 16)
        if logits[label] > lowest and -1 < x < SIGMOID_STEPS + 1:
            near |= abs(x - np.rint(x)) < tolerance * (SIGMOID_STEPS / 16)
    return near


@borrowing_kernel
def best_by_tree(
    logits: Any,
    left: Any,
    right: Any,
    least: Any,
    stack: Any,
    stack_scores: Any,
    stack_shares: Any,
    best: Any,
) -> Any:
    """Fills `best` with the labels that score `least` or more; `stack`, its scores and shares are scratch (nodes,)."""
    labels = logits.shape[1]
    limit = _log(least)
    # Logarithms are costly: what is below the limit by more than their errors is left out before one is taken.
    lowest = (np.float64(least) + _LOG_ADDED) * 0.999
    for text in range(len(logits)):
        best.counts[text] = 0
        stack[0], stack_scores[0], stack_shares[0] = 2 * labels - 2, 0, 1
        size = 1
        while size > 0:
            size -= 1
            node, score, whole = stack[size], stack_scores[size], stack_shares[size]
            full = best.counts[text] == best.labels.shape[1]
            if not (score < limit or (full and score < best.scores[text, 0])):
                if left[node] < 0:
                    _push(best.labels[text], best.scores[text], best.counts, text, node, score)
                else:
                    odds = np.float32(1) + math.exp(-logits[text, node - labels])
                    share = np.float32(1.0 / np.float64(odds))
                    others = np.float32(1.0 - np.float64(share))
                    # The left child is looked at first, so it comes onto the stack last.
                    stack_shares[size] = whole * (np.float64(share) + _LOG_ADDED)
                    if stack_shares[size] > lowest:
                        stack[size], stack_scores[size] = right[node], score + _log(share)
                        size += 1
                    stack_shares[size] = whole * (np.float64(others) + _LOG_ADDED)
                    if stack_shares[size] > lowest:
                        stack[size], stack_scores[size] = left[node], score + _log(others)
                        size += 1
        _sort(best.labels[text], best.scores[text], best.counts[text])


@borrowing_kernel
def _log(score: Any) -> Any:
    return np.float32(math.log(np.float64(score) + _LOG_ADDED))


@borrowing_kernel
def _take(line: Any, least: Any, text: Any, best: Any) -> Any:
    """Fills one text's place in `best` with the labels of `line` that score `least` or more."""
    labels, scores = best.labels[text], best.scores[text]
    best.counts[text] = 0
    for label in range(len(line)):
        if line[label] >= least:
            score = _log(line[label])
            if best.counts[text] < len(scores) or score >= scores[0]:
                _push(labels, scores, best.counts, text, label, score)
    _sort(labels, scores, best.counts[text])


@borrowing_kernel
def _push(labels: Any, scores: Any, counts: Any, text: Any, label: Any, score: Any) -> Any:
    """Puts a label onto the heap, whose top is the worst; where that is full, one of the worst goes."""
    size = counts[text]
    if size < len(scores):
        _rise(labels, scores, size, label, score)
        counts[text] = size + 1
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
