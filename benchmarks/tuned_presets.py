"""Fitted thresholds against the published ones: median and worst difference of each rule, over all languages.

    python benchmarks/tuned_presets.py FOLDER

FOLDER holds the `<label>.yml` files that `polysift tune` wrote.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from polysift.filters.language_config import LanguageConfigs
from polysift.filters.language_files import read_language_file
from polysift.filters.methods import TUNABLE

KEYS = ("language_score_min", *(rule.threshold for rule in TUNABLE))


def main(folder: Path) -> None:
    published = LanguageConfigs(presets="fineweb2")
    known = {*published.labels()}
    fitted = {
        path.stem: read_language_file(path) for path in sorted(folder.glob("*.yml")) if path.stem in known
    }
    print(f"{len(fitted)} languages\n")
    print(
        "| threshold | published | fitted | median difference | worst difference | off: published, fitted, both |"
    )
    print("|---|---:|---:|---:|---:|---:|")
    for key in KEYS:
        pairs = {
            label: (getattr(published.resolve(label).config, key), of.get(key))
            for label, of in fitted.items()
        }
        on = {label: pair for label, pair in pairs.items() if None not in pair}
        old, new = (np.array([pair[side] for pair in on.values()]) for side in (0, 1))
        worst = max(on, key=lambda label: abs(on[label][1] - on[label][0]))
        off = [sum(pair[side] is None for pair in pairs.values()) for side in (0, 1)]
        both = sum(pair == (None, None) for pair in pairs.values())
        print(f"| `{key}` | {np.median(old):.3g} | {np.median(new):.3g} | {np.median(np.abs(new - old)):.3g} | "
              f"{worst}: {on[worst][0]:.3g} to {on[worst][1]:.3g} | {off[0]}, {off[1]}, {both} |")  # fmt: skip


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
