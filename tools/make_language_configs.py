"""Writes the shipped language configs from those that FineWeb2 has published.

    python tools/make_language_configs.py FOLDER

FOLDER is `configs/` of github.com/huggingface/fineweb-2 at the commit below. The same input gives the same
bytes. English, which FineWeb2 leaves to FineWeb, gets the recipe's English defaults (`LanguageConfig()`).

They go to configs/languages/<label>.yml, but those of `CARRIED` to configs/fineweb2/<label>.yml: their files in
configs/languages hold thresholds carried over to Unicode words by `polysift tune --transfer-from` (docs/tuning.md).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from polysift.filters.language_files import PROVENANCE, read_language_file
from polysift.filters.precision import shipped_list
from polysift.filters.rules import RULES
from polysift.filters.thresholds import KEYS, LanguageConfig

TARGET = Path(__file__).resolve().parent.parent / "configs" / "languages"
PUBLISHED = TARGET.with_name("fineweb2")
FINEWEB2 = "github.com/huggingface/fineweb-2"
COMMIT = "d0defb2"
FIXED = {rule.threshold for rule in RULES if rule.fineweb2_key is None}
LEFT_OUT = {*FIXED, "stop_word_candidates"}

# Unicode words differ from the words of the recipe's tokenizer, and that runs here: Tibetan's, for one, does not.
CARRIED = frozenset(
    [
        "jpn_Jpan",
        "lao_Laoo",
    ]
)

FITTED = {
    "license": "Apache-2.0",
    "method": "as published; line punctuation and newlines by 10Tail, word length and letters by Quantile on "
    "Wikipedia or GlotLID-Corpus, repetition by MeanStd on Common Crawl (arXiv 2506.20920)",
}
ENGLISH = {
    "source": "FineWeb (arXiv 2406.17557): defaults of the filters in github.com/huggingface/datatrove 0.10",
    "license": "Apache-2.0",
    "method": "as published for English; the other languages' thresholds derive from these",
}


def main(source: Path, target: Path = TARGET, published_target: Path = PUBLISHED) -> None:
    published = sorted(source.glob("*_*.yml"))
    if not published:
        sys.exit(f"{source}: no <label>.yml files here; give configs/ of {FINEWEB2}")
    for folder in (target, published_target):
        folder.mkdir(parents=True, exist_ok=True)
    for path in published:
        origin = {"source": f"{FINEWEB2} {COMMIT}, configs/{path.name}"}
        precision = {"precision": 1} if shipped_list(path.stem) else {}
        folder = published_target if path.stem in CARRIED else target
        _write(folder / path.name, {**origin, **FITTED}, {**read_language_file(path), **precision})
    english = {key: value for key, value in LanguageConfig().model_dump().items() if key not in LEFT_OUT}
    _write(target / "eng_Latn.yml", ENGLISH, english)
    print(f"{len(published) + 1} configs in {target}")


def _write(path: Path, provenance: Mapping[str, str], values: Mapping[str, Any]) -> None:
    """Keys in the model's order, stop words as one wrapped list, letters unescaped."""
    ordered = {key: _plain(values[key]) for key in KEYS if key in values}
    text = _dump({PROVENANCE: dict(provenance)}, flow=False) + _dump(ordered, flow=None)
    path.write_text(text, encoding="utf-8", newline="\n")


def _plain(value: Any) -> Any:
    """Tuples as lists, and 13.0 as 13."""
    if isinstance(value, tuple):
        return list(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _dump(content: Mapping[str, Any], flow: bool | None) -> str:
    return yaml.safe_dump(content, default_flow_style=flow, sort_keys=False, allow_unicode=True, width=110)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
