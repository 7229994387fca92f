"""The n-grams of words that repeat: kernels (reference: measures.py).

Most n-grams of most texts stand once, and are never looked up. They are sifted: each counts one up at a place that its
hash gives in a table of bytes, and only those whose place has more than one go on. That takes no branch, so that a
processor has nothing to guess.

- The hash of an n-gram joined by spaces follows from hashes of its words. Those of three and four words can repeat
  only where those of one word less do, if no word holds a space. A place counts at least as many as each n-gram there:
  the first one at the fullest place is the most common one if it fills the place alone. If not, all are looked up.
- N-grams of five words and more are joined without spaces, and repeat also where words are cut otherwise. Where the
  window of some bytes at a word stands once in the document, so does every n-gram there that is as long. The others'
  bytes are hashed.

What is called for each n-gram is inlined, and what is called for a document is given the arrays that it needs and no
more: handing over those of a named tuple takes longer than all else. Places are unsigned, for numba to index arrays
without asking for the sign.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..langid.kernels import Words, kernel
from .duplicate_ngram_kernel import measure_duplicates
from .ngram_scratch import Scratch
from .top_ngram_kernel import hash_pieces, measure_top


@kernel
def measure_n_grams(
    words: Words, first: int, n_words: int, spaced: bool, room: Scratch, found: NDArray[np.int64]
) -> None:
    """The measures of `measures.NGrams` of a document.

    Args:
        words: of all documents.
        first: the document's first one.
        n_words: how many it has.
        spaced: whether one of them holds a space.
        room: with hashes, dense and spots filled in.
        found: int64 (9,), zeros; the measures.
    """
    if spaced:  # hashes of pieces are for words that hold spaces, and take the place of what else is there
        measure_duplicates(n_words, room, found)
        hash_pieces(n_words, room.hashes, room.spots, room.dense)
        measure_top(words, first, n_words, True, room, found)
    else:
        measure_top(words, first, n_words, False, room, found)
        measure_duplicates(n_words, room, found)
