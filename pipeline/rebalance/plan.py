"""mixture: the sampling plan of the training mix, mixture.json; tokens: what a tokenizer makes of the train split."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from ...langid.errors import PolysiftError
from ...langid.labels import canonical
from ..config import Mixture, flat
from ..manifest import FORMAT, Json, Unit
from ..stage import Done, Manifests, Progress, Run
from ..storage import digest, file_digest
from .mixture import Portion, Supply, portions, proportional, tempered, unimax
from .repeats import Weights, upsample_weights
from .weights import weights_by_language

UNIT = "mixture"
FILE = "mixture.json"
ROWS = 1000  # texts given to the tokenizer at a time


def wants_mixture(run: Run) -> bool:
    """Whether the config asks for a plan of the mix."""
    return run.config.rebalance.materialize or run.config.rebalance.mixture.budget is not None


def optional_stages(run: Run) -> dict[str, bool]:
    """The stages that only some runs have, and whether the config asks for them."""
    settings = run.config.rebalance
    return {
        "tokens": settings.mixture.tokenizer is not None,
        "mixture": wants_mixture(run),
        "scatter": settings.materialize,
        "shuffle": settings.materialize,
    }


def train_shards(done: Done) -> dict[str, list[tuple[str, Mapping[str, Json]]]]:
    """The shards of each language's train split: name of the export unit and its manifest, in order."""
    shards: dict[str, list[tuple[str, Mapping[str, Json]]]] = {}
    for name, manifest in done["export"].items():
        kind, label, _ = name.split("-")
        if kind == "data":
            shards.setdefault(label, []).append((name, manifest))
    return shards


class TokensStage:
    name = "tokens"
    units_per_task = 8

    def plan(self, run: Run, done: Done) -> list[Unit]:
        """One unit per shard of the train splits; none where the budget counts something else."""
        path = run.config.rebalance.mixture.tokenizer
        if path is None:
            return []
        tokenizer = run.once("tokenizer", lambda: _file_digest(path))
        return [
            Unit(
                name,
                {"format": FORMAT, "tokenizer": tokenizer, "shard": manifest["digest"]},
                manifest["dataset_files"][0],
                manifest["text_bytes"],
            )
            for shards in train_shards(done).values()
            for name, manifest in shards
        ]

    def work(self, run: Run, unit: Unit, progress: Progress) -> dict[str, Json]:
        """Tokens of the shard, each document once (`tokens`) and as often as its weight (`repeated`)."""
        tokenizer = load_tokenizer(run.config.rebalance.mixture.tokenizer or "")
        tokens, repeated = 0, 0
        with run.output.parquet(unit.payload) as file:
            for batch in file.iter_batches(ROWS, columns=["text", "upsample_weight"]):
                encoded = tokenizer.encode_batch(batch.column("text").to_pylist(), add_special_tokens=False)
                counts = np.array([len(of.ids) for of in encoded])
                tokens += int(counts.sum())
                repeated += int((counts * batch.column("upsample_weight").to_numpy()).sum())
                progress(batch.num_rows, batch.column("text").nbytes)
        return {"tokens": tokens, "repeated": repeated}


def load_tokenizer(path: str) -> Any:
    """A Hugging Face tokenizer file (tokenizer.json).

    Raises:
        PolysiftError: when the package or the file is missing, or the file is no tokenizer.
    """
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # tasks are parallel already
    try:
        from tokenizers import Tokenizer
    except ImportError:
        raise PolysiftError(
            "rebalance.mixture.tokenizer needs the package tokenizers: pip install 'polysift[mixture]'"
        ) from None
    try:
        return Tokenizer.from_file(path)
    except Exception as error:  # the package raises Exception itself
        raise PolysiftError(
            f"rebalance.mixture.tokenizer: {path} is no Hugging Face tokenizer file ({error}); give a tokenizer.json"
        ) from None


def _file_digest(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return digest(file.read())
    except OSError as error:
        raise PolysiftError(
            f"rebalance.mixture.tokenizer: {path} cannot be read ({error.strerror}); give a tokenizer.json"
        ) from None


class MixtureStage:
    name = "mixture"
    units_per_task = 1

    def plan(self, run: Run, done: Done) -> list[Unit]:
        """One unit, where the config asks for a mix."""
        if not wants_mixture(run):
            return []
        supply = supplies(run, done)
        fingerprint = {
            "format": FORMAT,
            **flat(run.config.rebalance.mixture, "rebalance.mixture."),
            "supply": {label: list(of) for label, of in supply.items()},
        }
        return [Unit(UNIT, fingerprint, supply, 1)]

    def work(self, run: Run, unit: Unit, progress: Progress) -> dict[str, Json]:
        supply: dict[str, Supply] = unit.payload
        settings = run.config.rebalance.mixture
        found = portions(supply, allocate(settings, supply))
        run.output.write_json(FILE, as_json(settings, supply, found))
        progress(0, 1)
        return {
            "dataset_files": [FILE],
            "digest": file_digest(run.output, FILE),
            "passes": {label: of.passes for label, of in found.items()},
            "bytes": {label: supply[label].bytes * of.passes for label, of in found.items()},
            "documents": {label: supply[label].copies * of.passes for label, of in found.items()},
        }


def supplies(run: Run, done: Done) -> dict[str, Supply]:
    """What each language has for the mix, from the manifests."""
    unit = run.config.rebalance.mixture.unit
    weights = weights_by_language(done["weights"])
    shards = train_shards(done)
    return {
        label: _supply(
            decided["cluster_sizes"], weights[label], unit, done.get("tokens", {}), shards.get(label, [])
        )
        for label, decided in done["decide"].items()
    }


def _supply(
    counts: Mapping[str, list[int]],
    weights: Weights,
    unit: str,
    tokens: Manifests,
    shards: list[tuple[str, Mapping[str, Json]]],
) -> Supply:
    times = upsample_weights(np.array(counts["size"], np.int64), weights)

    def repeated(key: str) -> int:
        return int((times * np.array(counts[key], np.int64)).sum())

    if unit == "tokens":
        once = sum(tokens[name]["tokens"] for name, _ in shards)
        in_all = sum(tokens[name]["repeated"] for name, _ in shards)
    else:
        once, in_all = sum(counts[unit]), repeated(unit)
    return Supply(sum(counts["documents"]), once, in_all, repeated("bytes"), repeated("documents"))


def allocate(settings: Mixture, supply: Mapping[str, Supply]) -> dict[str, float]:
    """Units of each language in the mix; without a budget, one pass over each.

    Raises:
        PolysiftError: when shares name a language that the dataset has no text of.
    """
    present = {label: of for label, of in supply.items() if of.repeated}
    repeated = {label: float(of.repeated) for label, of in present.items()}
    if settings.budget is None:
        return repeated
    if settings.sampling == "shares":
        return _shared(settings, repeated)
    if settings.sampling == "unimax":
        once = {label: float(of.available) for label, of in present.items()}
        return unimax(once, settings.budget, settings.max_epochs)
    if settings.sampling == "temperature":
        return tempered(repeated, settings.budget, settings.temperature)
    return proportional(repeated, settings.budget)


def _shared(settings: Mixture, repeated: Mapping[str, float]) -> dict[str, float]:
    shares: dict[str, float] = {}
    for label, share in settings.shares.items():  # two spellings of a label add up
        shares[canonical(label)] = shares.get(canonical(label), 0.0) + share
    missing = sorted(set(shares) - set(repeated))
    if missing:
        raise PolysiftError(
            f"rebalance.mixture.shares: the train split has no text in {', '.join(missing)} (it has "
            f"{', '.join(sorted(repeated)[:10]) or 'none at all'}{', ...' if len(repeated) > 10 else ''}); "
            f"give their shares to others"
        )
    return {label: share * (settings.budget or 0.0) for label, share in shares.items()}


def as_json(settings: Mixture, supply: Mapping[str, Supply], found: Mapping[str, Portion]) -> dict[str, Json]:
    """The sampling plan: settings, then a row per language that gives something."""
    languages = {
        label: {
            "documents": supply[label].documents,
            "available": supply[label].available,
            "repeated": supply[label].repeated,
            "share": of.share,
            "units": of.units,
            "passes": of.passes,
            "epochs": of.epochs,
            "mix_documents": supply[label].copies * of.passes,
        }
        for label, of in found.items()
        if of.units
    }
    given = settings.model_dump(mode="json")
    used = {"temperature": ("temperature",), "unimax": ("max_epochs",), "shares": ("shares",)}
    keys = ("budget", "unit", "sampling", *used.get(settings.sampling, ()))
    total = sum(of["units"] for of in languages.values())
    return {**{key: given[key] for key in keys}, "units": total, "languages": languages}
