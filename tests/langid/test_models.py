from __future__ import annotations

import pytest
from polysift.langid.errors import PolysiftError
from polysift.langid.models import MODELS, model_path


@pytest.mark.parametrize("name", MODELS)
def test_models_that_polysift_brings(name: str) -> None:
    """Each name stands for a file that is there."""
    assert model_path(name).is_file()


def test_a_model_of_the_hub_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Offline, the error says which file of which repository to bring, and how to name it."""
    hub = pytest.importorskip("huggingface_hub")

    def unreachable(*_: object) -> str:
        raise OSError("no network")

    monkeypatch.setattr(hub, "hf_hub_download", unreachable)
    with pytest.raises(
        PolysiftError, match=r"no network.*model_v3\.bin of the repository cis-lmu/glotlid.*path"
    ):
        model_path("glotlid")


def test_a_name_that_is_none() -> None:
    """The error lists the known names and guesses the one that was meant."""
    with pytest.raises(PolysiftError, match=r"known: lid176.*glotlid, openlid.*did you mean 'lid176'"):
        model_path("lid-176")
