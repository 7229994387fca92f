"""Language models by name: those that polysift brings, those of the Hugging Face hub, and files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from .errors import PolysiftError, did_you_mean
from .unicode_data import DATA

MODELS: Mapping[str, Path] = MappingProxyType(
    {"lid176": DATA / "lid.176.ftz", "polysift": DATA / "polysift.ftz"}
)
"""The models that polysift brings, by name."""


class HubModel(NamedTuple):
    """A file of a repository on the Hugging Face hub."""

    repository: str
    file: str


# Kargaran et al. 2023 (arXiv 2310.16248), version 3, the model of FineWeb2; Burchell et al. 2023 (arXiv 2305.13820).
HUB: Mapping[str, HubModel] = MappingProxyType(
    {
        "glotlid": HubModel("cis-lmu/glotlid", "model_v3.bin"),
        "openlid": HubModel("laurievb/OpenLID", "model.bin"),
    }
)
"""The models that come from the hub when they are first used."""

NAMES = (*MODELS, *HUB)


def model_path(name: str) -> Path:
    """The file of a model, given by name or by path; a model of the hub is downloaded if it is not there yet.

    Raises PolysiftError if there is no such name or file, and where the hub cannot be reached.

    >>> model_path("lid176").name
    'lid.176.ftz'
    """
    if name in HUB and not Path(name).exists():
        return _from_hub(name)
    path = MODELS.get(name, Path(name))
    if not path.exists():
        raise PolysiftError(
            f"language model {name!r} not found: there is no model of that name (known: {', '.join(NAMES)}) "
            f"and no file {path.absolute()}{did_you_mean(name, NAMES)}; give a supervised fastText model (.bin or "
            f".ftz), or 'lid176', which polysift brings"
        )
    return path


def _from_hub(name: str) -> Path:
    """The file in the hub's cache, or fetched into it."""
    repository, file = HUB[name]
    try:
        from huggingface_hub import hf_hub_download
    except ImportError:
        raise PolysiftError(
            f"language model {name!r} comes from the Hugging Face hub: install huggingface_hub, or {_by_hand(name)}"
        ) from None
    try:
        return Path(hf_hub_download(repository, file))
    except (OSError, ValueError) as error:  # no network, no such file, offline mode
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise PolysiftError(
            f"language model {name!r} is not in the hub's cache and cannot be downloaded ({reason}); {_by_hand(name)}"
        ) from None


def _by_hand(name: str) -> str:
    repository, file = HUB[name]
    return (
        f"get the file {file} of the repository {repository} where there is a network, put it on this machine, and "
        f"give its path in place of {name!r}"
    )
