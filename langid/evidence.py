"""How much a text of so many features tells: a factor of the logits that grows with their number.

fastText scores the mean of a text's features, so that it is as sure of three words as of three pages. Scores that are
the chance of being right depend on the number too.

In a model's file, `Evidence` stands behind what fastText reads. So one file remains the whole model, which cannot lose
its calibration when it is copied, and fastText, which stops at the end of the output matrix, loads it as before.
"""

from __future__ import annotations

import struct
import zlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_MAGIC, _VERSION = b"evidence", 1
_VALUES = struct.Struct("<8sI2f")  # magic, version, `most`, `half`
_CHECK = struct.Struct("<I")  # CRC-32 of these
EVIDENCE_BYTES = _VALUES.size + _CHECK.size
"""What it takes in a file."""


class Evidence(NamedTuple):
    """The factor of the logits of a text of n features: `most * n / (n + half)`, but 1 at most.

    The sum of the features is divided by n + `half` in place of n, as if each text had so many more that say nothing.
    The factor never falls as n grows, and is the same for all labels: which one is best does not change. At 1, long
    texts score as fastText scores them. Held-out text, which is like what a model learnt from, would bear more; pages
    of the web and text in languages that the model does not know would not.

    Attributes:
        most: above 0; what the factor would come to without a bound.
        half: how many features have half of that, above 0.
    """

    most: float
    half: float

    def factors(self, features: NDArray[np.int64]) -> NDArray[np.float32]:
        """The factor of each text, float32 (texts,), for its number of features.

        >>> Evidence(1.5, 100).factors(np.array([0, 25, 100, 300]))
        array([0.  , 0.3 , 0.75, 1.  ], dtype=float32)
        """
        return np.minimum(self.unbounded(features), np.float32(1))

    def unbounded(self, features: NDArray[np.int64]) -> NDArray[np.float32]:
        """The same without the bound, as it is fitted."""
        factors: NDArray[np.float32] = (self.most * features / (features + self.half)).astype(np.float32)
        return factors

    def to_bytes(self) -> bytes:
        """What stands in the file, its numbers as float32.

        >>> Evidence.from_bytes(Evidence(1.5, 100).to_bytes())
        Evidence(most=1.5, half=100.0)
        """
        values = _VALUES.pack(_MAGIC, _VERSION, *self)
        return values + _CHECK.pack(zlib.crc32(values))

    @classmethod
    def from_bytes(cls, data: bytes) -> Evidence:
        """The reverse of `to_bytes`; raises ValueError that says what is wrong."""
        values, check = data[: _VALUES.size], data[_VALUES.size :]
        if not data.startswith(_MAGIC):
            raise ValueError(f"behind the model stands {data[:12]!r}, which is no calibration of its scores")
        if check != _CHECK.pack(zlib.crc32(values)):
            raise ValueError(
                "the calibration of its scores is truncated or damaged; copy or download it again"
            )
        _, version, most, half = _VALUES.unpack(values)
        if version != _VERSION:
            raise ValueError(
                f"its scores are calibrated in format {version}, but only {_VERSION} can be read"
            )
        return cls(most, half)
