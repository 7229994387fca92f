"""What a run's config stands for: thresholds of its languages, which languages it wants, its signatures."""

from __future__ import annotations

from ..filters.language_config import LanguageConfigs
from ..langid.labels import canonical, is_noise
from .config import Config
from .dedup.minhash import MinHash
from .stage import Run


def minhash_options(run: Run) -> MinHash:
    """Parameters of the signatures."""
    dedup = run.config.dedup
    return MinHash(dedup.ngram, dedup.bands, dedup.rows, dedup.seed)


def language_configs(run: Run) -> LanguageConfigs:
    """The thresholds of every language under the run's config."""
    return run.once("languages", lambda: configs_of(run.config))


def configs_of(config: Config) -> LanguageConfigs:
    """The same for a config that no run has yet."""
    return LanguageConfigs(config.languages.configs, config.overrides, config.shipped_presets)


def wanted(run: Run, label: str) -> bool:
    """Whether the config asks for this language; for a noise label (und, zxx) only by its name."""
    languages = run.config.languages
    asked = None if languages.include is None else map(canonical, languages.include)
    included = not is_noise(label) if asked is None else label in asked
    return included and label not in map(canonical, languages.exclude)


def held_bytes(run: Run) -> int:
    """Bytes that annotate holds before it groups them by language; as many may be grouped and written meanwhile."""
    return min(run.config.executor.memory // 16, _room(run) // 8)


def document_bytes(run: Run) -> int:
    """Bytes of a document, at most: of its text there are some five copies at once, one in each step of reading,
    measuring and writing."""
    return _room(run) // 10


def document_words(run: Run) -> int:
    """Words of a document, at most: each takes about 40 bytes while n-grams are counted."""
    return _room(run) // 48


def row_bytes(run: Run) -> int:
    """Bytes of a line or record of the input, at most, where a document may be escaped and other columns beside it."""
    return 2 * document_bytes(run)


LIBRARIES = 400_000_000
"""Bytes that libraries, kernels and their tables take in a worker."""


def _room(run: Run) -> int:
    """Bytes of a worker's memory that are left for documents."""
    return run.config.executor.memory - LIBRARIES


def batch_bytes(run: Run) -> int:
    """Bytes of a batch of documents: what kernels make of it takes some five times as much, which the caches of a
    processor hold."""
    return run.config.executor.memory // 400
