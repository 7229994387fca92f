from __future__ import annotations

import numpy as np
import pyarrow as pa
from polysift.langid.agreement import DISAGREEMENT, SCRIPT_MISMATCH, doubts, other_language_lines
from polysift.langid.identify import Identified, load_model
from polysift.langid.kernels import Strings, from_arrow

PORTUGUESE = "A biblioteca municipal fica perto da praça principal da cidade."
GERMAN = "Die Stadtbibliothek liegt in der Nähe des Hauptplatzes und ist täglich geöffnet."


def identified(*names: str) -> Identified:
    found = sorted(set(names))
    labels = np.array([found.index(name) for name in names], np.int32)
    return Identified(found, labels, np.ones(len(names)), pa.array(["{}"] * len(names)))


def strings(*texts: str) -> Strings:
    return from_arrow(pa.array(texts, pa.large_string()))


class Always:
    """A model that gives each text the next of its labels."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def identify(self, texts: pa.Array) -> Identified:
        assert len(texts) == len(self.names)
        return identified(*self.names)


def test_scripts_that_contradict_their_language() -> None:
    """Greek in Latin letters is a mismatch; Hindi is not, nor a language that FineWeb2 has not, nor noise."""
    found = identified("ell_Latn", "hin_Latn", "xyz_Cyrl", "und_Latn")
    texts = strings("a", "b", "c", "d")
    assert doubts(texts, found, "remove", None, None).flags.tolist() == [SCRIPT_MISMATCH, 0, 0, 0]
    assert doubts(texts, found, "correct", None, None).flags is None


def test_models_that_disagree() -> None:
    """Only texts that both models label alike are without doubt; doubts add up."""
    found = identified("por_Latn", "glg_Latn", "ell_Latn")
    second = Always("por_Latn", "por_Latn", "ell_Grek")
    flags = doubts(strings("a", "b", "c"), found, "remove", second, None).flags
    assert flags.tolist() == [0, DISAGREEMENT, DISAGREEMENT + SCRIPT_MISMATCH]


def test_lines_in_other_languages() -> None:
    """Of each text, lines of another language count if they are long enough and sure; blank lines are no lines."""
    model = load_model("lid176")
    texts = strings(
        f"{PORTUGUESE}\n{GERMAN}\n\n12\nok\n", "", f"{PORTUGUESE}\r\n{PORTUGUESE}", "\n\n", GERMAN
    )
    found = identified("por_Latn", "und_Zyyy", "por_Latn", "und_Zyyy", "por_Latn")
    other, lines = other_language_lines(texts, found, model)
    assert other.tolist() == [1, 0, 0, 0, 1]
    assert lines.tolist() == [3, 0, 2, 0, 1]


def test_lines_of_a_slice() -> None:
    """A slice of an array, whose texts begin within its buffer, gives the same."""
    array = pa.array([GERMAN, f"{PORTUGUESE}\n{GERMAN}", PORTUGUESE], pa.large_string()).slice(1)
    found = identified("por_Latn", "por_Latn")
    other, lines = other_language_lines(from_arrow(array), found, load_model("lid176"))
    assert (other.tolist(), lines.tolist()) == ([1, 0], [2, 1])


def test_no_texts() -> None:
    """An empty batch has no doubts."""
    none = doubts(strings(), identified(), "remove", Always(), load_model("lid176"))
    assert [len(column) for column in none] == [0, 0, 0]
