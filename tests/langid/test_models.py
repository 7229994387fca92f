from __future__ import annotations

import csv

import pyarrow as pa
import pytest
from polysift.langid.errors import PolysiftError
from polysift.langid.fasttext_model import check_model
from polysift.langid.identify import load_model
from polysift.langid.labels import canonical, is_noise
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


def test_the_embedded_model_keeps_its_promises() -> None:
    """At most 25 MB, at least 300 languages by polysift's names, and classes for what is no language."""
    path = model_path("polysift")
    assert path.stat().st_size <= 25_000_000
    names = {canonical(label.removeprefix("__label__")) for label in check_model(path)}
    assert sum(not is_noise(name) for name in names) >= 300
    assert {"zxx_Zxxx", "und_Latn"} <= names
    with (path.parent / "polysift.csv").open(encoding="utf-8") as rows:
        assert {row["name"] for row in csv.DictReader(rows)} == {name for name in names if not is_noise(name)}


SENTENCES = {
    "por_Latn": "Onde fica a biblioteca municipal mais próxima da estação?",
    "deu_Latn": "Die Stadtbibliothek liegt gleich neben dem Bahnhof.",
    "rus_Cyrl": "Городская библиотека находится рядом с вокзалом.",
    "cmn_Hani": "图书馆在火车站旁边，每天早上九点开门。",
    "jpn_Jpan": "図書館は駅のすぐ隣にあります。",
    "hin_Deva": "पुस्तकालय रेलवे स्टेशन के ठीक बगल में है।",
    "swh_Latn": "Maktaba iko karibu na kituo cha treni, na hufunguliwa kila siku asubuhi.",
}
NOISE = (
    "https://www.example.com/index.php?id=42 http://cdn.example.org/a/b.js www.example.net",
    "for (int i = 0; i < n; i++) { buf[i] = ptr->next[i] + 1; } return err_code;",
    "12:30 | 45.00 | 2021-04-05 | 1,200 | 77% | 12:45 | 46.10",
    "xqzv kjwpt bdfgh zzxcv qwrtp lkjhg mnbvc",
)


def test_the_embedded_model_on_sentences_and_noise() -> None:
    """Well-known languages are told, and noise is noise or scores low."""
    model = load_model("polysift")
    assert model.identify(pa.array(list(SENTENCES.values()))).label_names() == list(SENTENCES)
    found = model.identify(pa.array(NOISE))
    for name, score in zip(found.label_names(), found.scores, strict=True):
        assert is_noise(name) or score < 0.5
