from __future__ import annotations

import pytest
from polysift.langid.errors import PolysiftError
from polysift.pipeline.checks import MARKER, check, claim
from polysift.pipeline.config_file import load
from polysift.pipeline.storage import Folder


def checked(tmp_path, text):
    """Checks a config in a folder that holds `in/`."""
    (tmp_path / "in").mkdir(exist_ok=True)
    path = tmp_path / "run.yml"
    path.write_text(text)
    check(load(path))


def test_a_plain_config_passes(tmp_path):
    """Input, output and work side by side, the embedded model, labels in other spellings."""
    checked(tmp_path, "input: {path: in}\noutput: out\nlanguages: {include: [por_Latn, zho_Hans, pt]}\n")


def test_all_faults_come_at_once(tmp_path):
    """Labels, model, folders of configs and impossible rules are reported together, each with its key."""
    with pytest.raises(PolysiftError) as caught:
        checked(
            tmp_path,
            "input: {path: in}\n"
            "output: out\n"
            "work: out\n"
            "language_id: {model: m.ftz, score_column: score}\n"
            "languages: {include: [xx, por_Latm], configs: none}\n",
        )
    message = str(caught.value)
    for expected in (
        "languages.include: 'xx' is no language code",
        "languages.include: 'por_Latm' has no script of ISO 15924; did you mean 'Latn'?",
        f"language_id.model: language model '{tmp_path / 'm.ftz'}' not found",
        "language_id.score_column: goes with language_id.model: column:NAME only",
        f"languages.configs or rules: languages.configs: {tmp_path / 'none'} is no folder",
        "work: is the output folder",
    ):
        assert expected in message


def test_rules_that_contradict_the_defaults_are_a_fault(tmp_path):
    """A minimum above the maximum of nearly every language is found before anything is read."""
    with pytest.raises(PolysiftError, match=r"rules: .*word_count"):
        checked(tmp_path, "input: {path: in}\noutput: out\nrules: {word_count_min: 200000}\n")


@pytest.mark.parametrize(
    ("folders", "message"),
    [
        ("input: {path: in}\noutput: in", "output: .*in lies in the input 'in'"),
        ("input: {path: .}\noutput: out", r"output: .*out lies in the input '\.'"),
        ("input: {path: in}\noutput: out\nwork: in/work", "work: .*in/work lies in the input 'in'"),
        ("input: {path: out/data}\noutput: out", "input.path: 'out/data' is a place that the run writes to"),
        (
            "input: {path: in}\noutput: out\ndedup: {index: {read: [i, j], write: j}}",
            "dedup.index.write: .*j is also read",
        ),
    ],
)
def test_a_run_does_not_read_what_it_writes(tmp_path, folders, message):
    """Input, output and work inside one another are refused."""
    with pytest.raises(PolysiftError, match=message):
        checked(tmp_path, folders + "\n")


def test_files_of_others_are_not_replaced(tmp_path):
    """An output folder with a README.md of somebody else's is refused, and left as it is."""
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(PolysiftError, match=r"output: .* holds README\.md, which polysift did not write"):
        claim(Folder(str(tmp_path)))
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]


def test_a_folder_once_claimed_stays_so(tmp_path):
    """A run that goes on finds its own files and goes on."""
    folder = Folder(str(tmp_path / "dataset"))
    claim(folder)
    folder.write_json("summary.json", {})
    claim(folder)
    assert folder.names() == [MARKER, "summary.json"]
