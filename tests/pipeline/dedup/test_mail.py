"""Mail between blocks: what is sent arrives, in the order of the keepers."""

from __future__ import annotations

import numpy as np
import pytest
from polysift.pipeline.dedup.mail import Held, Mail
from polysift.pipeline.storage import Folder


@pytest.mark.parametrize("most", [1, 7, 1000])
def test_what_several_blocks_sent_arrives_in_order(tmp_path, most):
    """A block reads all that was sent to it, a part at a time; no keeper is in two parts, and nothing stays behind."""
    generator = np.random.default_rng(most)
    mail, sent = Mail(Folder(str(tmp_path)), 9), []
    for _ in range(3):
        keepers = np.sort(generator.integers(0, 50, 40))
        slots = generator.integers(0, 20, 40).astype(np.int32)
        next_block = generator.choice([-1, 4, 8], 20).astype(np.int32)
        next_slot = generator.permutation(20).astype(np.int32)
        mail.send(Held(keepers, slots), next_block, next_slot)
        sent += zip(next_block[slots].tolist(), keepers.tolist(), next_slot[slots].tolist(), strict=True)
    for block in (4, 8, 5):
        parts = list(mail.read(block, most))
        pairs = [pair for part in parts for pair in zip(*map(np.ndarray.tolist, part), strict=True)]
        assert sorted(pairs) == sorted((keeper, slot) for to, keeper, slot in sent if to == block)
        assert [keeper for keeper, _ in pairs] == sorted(keeper for keeper, _ in pairs)
        of_parts = [set(part.keepers.tolist()) for part in parts]
        assert sum(map(len, of_parts)) == len(set().union(*of_parts))
        assert all(
            len(part.keepers) <= most or len(of) == 1 for part, of in zip(parts, of_parts, strict=True)
        )
        mail.remove(block)
    assert not list(tmp_path.iterdir())
