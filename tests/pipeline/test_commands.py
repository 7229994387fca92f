"""The command line: help, output, exit codes; and that README.md names every command."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import pytest
import typer
from polysift.filters.thresholds import THRESHOLDS
from polysift.pipeline import cli

README = Path(__file__).resolve().parents[2] / "README.md"
POLYSIFT = Path(sys.executable).with_name("polysift")
COMMANDS = typer.main.get_command(cli.app).commands
SENTENCES = {
    "por_Latn": "Onde fica a biblioteca municipal da cidade?",
    "und_Zyyy": "",
    "rus_Cyrl": "Где находится городская библиотека?",
    "arb_Arab": "أين تقع المكتبة العامة في المدينة؟",
    "cmn_Hani": "请问市立图书馆在什么地方？我想借几本中文书。",
}


def table(text, head):
    """The rows of a tab-separated table by their first cell, below the line that starts with `head`."""
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"{head}\t"))
    names = lines[start].split("\t")
    rows = {}
    for line in lines[start + 1 :]:
        if "\t" not in line:
            break
        cells = line.split("\t")
        rows[cells[0]] = dict(zip(names, cells, strict=True))
    return rows


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help_and_is_in_the_readme(polysift, name):
    """`polysift NAME --help` explains itself, each option too, and README.md shows the command."""
    result = polysift(name, "--help")
    assert result.code == 0
    assert COMMANDS[name].get_short_help_str(200) in " ".join(result.out.split())
    assert all(option.help for option in COMMANDS[name].params if option.name != "help")
    assert re.search(rf"`(?:polysift )?{name}\b", README.read_text("utf-8"))


def test_every_command_of_the_issue_is_there():
    """The commands are these and no others."""
    stages = {"scan", "annotate", "dedup", "decide", "weights", "export", "card"}
    others = {"run", "plan", "identify", "explain", "languages", "clusters", "index", "tune", "langid"}
    assert set(COMMANDS) == stages | others


def test_without_arguments_the_help_is_shown(polysift):
    """`polysift` alone lists the commands."""
    result = polysift()
    shown = result.out + result.err
    assert all(re.search(rf"^  {name} ", shown, re.M) for name in COMMANDS)


def test_plan_runs_nothing(config, polysift, finished, tmp_path):
    """plan shows stages, units, tasks, bytes, time, memory and disk, and makes no file."""
    before = {config(), *tmp_path.iterdir()}
    result = polysift("plan", config())
    assert result.code == 0, result.err
    assert set(tmp_path.iterdir()) == before
    stages = table(result.out, "stage")
    assert list(stages) == [
        *(
            "scan",
            "annotate",
            "bands",
            "groups",
            "components",
            "sets",
            "deal",
            "links",
            "blocks",
            "dedup",
            "lines",
            "boilerplate",
            "index",
            "decide",
            "weights",
            "export",
            "card",
        )
    ]
    assert (
        stages["scan"]["units"] == stages["scan"]["to do"] == str(finished.summary["stages"]["scan"]["units"])
    )
    assert stages["dedup"]["units"] == "?"
    assert re.fullmatch(r"[\d.]+ kB", stages["annotate"]["input"])
    assert re.fullmatch(r"\d+:\d\d:\d\d", stages["annotate"]["time"])
    assert re.fullmatch(r"[\d.]+ [MG]B", stages["annotate"]["memory per worker"])
    assert re.fullmatch(r"[\d.]+ kB", stages["annotate"]["disk"])
    assert "nothing was run" in result.out


def test_plan_of_a_finished_run_has_nothing_to_do(finished, polysift):
    """Where all is done, plan says so for every stage."""
    stages = table(polysift("plan", finished.config).out, "stage")
    assert {row["to do"] for row in stages.values()} == {"0"}
    assert stages["dedup"]["units"] == "9"


@pytest.mark.parametrize("source", ["file", "-", "nothing"])
def test_identify_gives_a_label_and_a_score_per_line(polysift, tmp_path, source):
    """Each line of text, empty ones too, gives `label<TAB>score`; the last needs no line break."""
    text = "\n".join(SENTENCES.values()).encode()
    file = tmp_path / "lines.txt"
    file.write_bytes(text)
    arguments = {"file": [file], "-": ["-"], "nothing": []}[source]
    result = polysift("identify", *arguments, stdin=b"" if source == "file" else text)
    assert result.code == 0, result.err
    lines = [line.split("\t") for line in result.out.splitlines()]
    assert [label for label, _ in lines] == list(SENTENCES)
    assert all(re.fullmatch(r"[01]\.\d{4}", score) for _, score in lines)
    assert [float(score) > 0.5 for _, score in lines] == [True, False, True, True, True]


def test_identify_takes_any_bytes(polysift):
    """Carriage returns and bytes that are no UTF-8 end neither the line nor the command."""
    result = polysift(
        "identify", "--tsv", stdin=b"\xff\xfe\r\n" + SENTENCES["por_Latn"].encode() + b"\r\n\r\n"
    )
    assert [line.split("\t")[0] for line in result.out.splitlines()] == ["und_Zyyy", "por_Latn", "und_Zyyy"]


def test_identify_texts_as_json(polysift):
    """Texts given as arguments; each JSON line has label, score, text, and top labels and scripts where asked for."""
    result = polysift(
        "identify",
        "--jsonl",
        "--top",
        "2",
        "--scripts",
        SENTENCES["por_Latn"],
        "图书馆 two\nlines",
        stdin=b"",
    )
    assert result.code == 0, result.err
    first, second = map(json.loads, result.out.splitlines())
    assert (first["label"], first["text"]) == ("por_Latn", SENTENCES["por_Latn"])
    assert next(iter(first["top"])) == "por_Latn"
    assert len(first["top"]) <= 2
    assert first["top"]["por_Latn"] == first["score"]
    assert first["scripts"] == {"Latn": 1.0}
    assert (second["text"], set(second["scripts"])) == ("图书馆 two lines", {"Hans", "Latn"})


def test_identify_shows_top_labels_and_scripts(polysift):
    """In TSV the top labels follow the first, then the scripts."""
    result = polysift(
        "identify", "--tsv", "--top", "3", "--scripts", "Onde fica a biblioteca municipal?", "12"
    )
    first, second = [line.split("\t") for line in result.out.splitlines()]
    assert (first[0], first[-1], len(first) % 2) == ("por_Latn", "Latn:1.00", 1)
    assert second == ["und_Zyyy", "0.0000", "-"]


def test_identify_names_what_it_cannot_use(polysift, tmp_path):
    """A file that is not there and a model that is none are errors with advice."""
    result = polysift("identify", tmp_path / "none.txt")
    assert (result.code, result.out) == (1, "")
    assert (
        "none.txt: cannot be read (No such file or directory); give texts, files of one text per line"
        in result.err
    )
    (tmp_path / "model.bin").write_bytes(b"not a model")
    result = polysift("identify", "--model", tmp_path / "model.bin", stdin=b"bom dia\n")
    assert (result.code, result.out) == (1, "")
    assert "no fastText model" in result.err
    result = polysift("identify", "--model", "lid167", stdin=b"")
    assert "did you mean 'lid176'?" in result.err


def explained(polysift, finished, id):
    result = polysift("explain", finished.config, id)
    assert result.code == 0, result.err
    return result.out, table(result.out, "threshold")


def test_explain_a_kept_document(polysift, finished, rows):
    """A kept document: where it is from, its languages, every measure within its threshold, its weight."""
    (kept,) = [row for row in rows(finished.output) if row["minhash_cluster_size"] == 5]
    out, verdicts = explained(polysift, finished, kept["id"])
    assert out.splitlines()[0] == f"{kept['id']}  kept"
    assert f"file_path: {kept['file_path']}" in out
    assert f"url: {kept['url']}" in out
    assert "language: jpn_Jpan " in out
    assert kept["text"][:40].split("\n")[0] in out
    unasked = {"precision", "mixed_language_fraction_max"}  # shown only where they apply
    assert list(verdicts) == [key for key in THRESHOLDS if key not in unasked]
    assert {row[""] for row in verdicts.values()} == {""}
    assert {row["limit from"] for row in verdicts.values()} >= {"default", "configs/languages/jpn_Jpan.yml"}
    assert float(verdicts["language_score_min"]["measured"]) == pytest.approx(
        kept["language_score"], rel=1e-3
    )
    assert "cluster: 5 documents, upsample_weight 5" in out
    assert f"{kept['id']} (kept for the cluster)" in out
    assert "decided" not in out


def test_explain_a_duplicate(polysift, finished, rows):
    """A duplicate: its cluster decided, and the document kept in its place is named first."""
    (copy,) = [row for row in rows(finished.output, "removed", "spa_Latn") if row["reason"] == "duplicate"]
    out, verdicts = explained(polysift, finished, copy["id"])
    assert out.splitlines()[0] == f"{copy['id']}  removed: duplicate"
    assert "cluster: 2 documents, upsample_weight 2  <- decided" in out
    assert out.splitlines()[-2:] == [f"  {copy['duplicate_of']} (kept for the cluster)", f"  {copy['id']}"]
    assert {row[""] for row in verdicts.values()} == {""}


@pytest.mark.parametrize("reason", ["alpha_word_fraction_min", "terminal_punctuation_line_fraction_min"])
def test_explain_a_removed_document(polysift, finished, rows, reason):
    """A removed document: the rule that decided is marked, with the measure that misses its threshold."""
    removed = next(row for row in rows(finished.output, "removed") if row["reason"] == reason)
    out, verdicts = explained(polysift, finished, removed["id"])
    assert out.splitlines()[0] == f"{removed['id']}  removed: {reason}"
    assert [name for name, row in verdicts.items() if row[""] == "<- decided"] == [reason]
    decided = verdicts[reason]
    assert float(decided["measured"]) < float(decided["limit"])
    label = f"{removed['language']}_{removed['language_script']}"
    assert decided["limit from"] == f"configs/languages/{label}.yml"


def test_explain_an_excluded_language(config, polysift, documents, tmp_path):
    """A document of a language that the run leaves out says so instead of measures."""
    path = config(languages={"include": ["jpn_Jpan"]})
    assert polysift("decide", path).code == 0
    id = next(row["id"] for row in documents if row["lang"] == "por_Latn")
    result = polysift("explain", path, id)
    assert result.out.splitlines()[0] == f"{id}  removed: language_excluded"
    assert "not measured: the run's config leaves this language out" in result.out


def test_explain_an_unknown_id(polysift, finished, documents):
    """An id that no document has is an error that says where ids are."""
    result = polysift("explain", finished.config, "nobody")
    assert (result.code, result.out) == (1, "")
    message = " ".join(result.err.split())
    assert f"no document has the id 'nobody' among {len(documents)}; ids are in the `id` column" in message


def test_explain_before_the_run(config, polysift):
    """Without a run there is nothing to explain, and the error says what to do."""
    result = polysift("explain", config(), "any")
    assert result.code == 1
    assert re.search(r"stage scan is not complete: (\d+) of \1 units are to do", result.err)
    assert "run `polysift scan CONFIG` or `polysift run CONFIG`" in result.err


def test_languages_shows_every_threshold_with_its_source(config, polysift):
    """A published language: all thresholds and stop words, where each is from; the run's rules win."""
    result = polysift("languages", "pt")
    assert result.out.splitlines()[0] == "por_Latn  Portuguese, Indo-European"
    thresholds = table(result.out, "threshold")
    assert list(thresholds) == list(THRESHOLDS)
    own = "configs/languages/por_Latn.yml"
    assert (thresholds["mean_word_length_max"]["value"], thresholds["mean_word_length_max"]["from"]) == (
        "13",
        own,
    )
    assert (thresholds["word_count_min"]["value"], thresholds["word_count_min"]["from"]) == ("50", "default")
    assert re.search(r"^stop_words \(configs/languages/por_Latn\.yml\): .*\bde\b", result.out, re.M)
    path = config(rules={"mean_word_length_max": None}, language_id={"threshold": 0.25})
    thresholds = table(polysift("languages", "por_Latn", "--config", path).out, "threshold")
    assert (thresholds["mean_word_length_max"]["value"], thresholds["mean_word_length_max"]["from"]) == (
        "off",
        "rules",
    )
    assert (thresholds["language_score_min"]["value"], thresholds["language_score_min"]["from"]) == (
        "0.25",
        "rules",
    )


def test_languages_names_the_fallback(polysift):
    """A label without a file shows whose thresholds it takes, and that stop words are never borrowed."""
    result = polysift("languages", "nno_Cyrl")
    assert result.out.splitlines()[0].endswith("(no config of its own: nno_Latn)")
    thresholds = table(result.out, "threshold")
    assert thresholds["mean_word_length_max"]["from"] == "fallback: nno_Latn (configs/languages/nno_Latn.yml)"
    assert thresholds["stop_word_count_min"]["value"] == "off"
    assert thresholds["stop_word_count_min"]["from"] == "off: no stop words of nno_Cyrl are known"


def test_languages_without_a_label_lists_all(polysift):
    """`polysift languages` has a line for each published language, English too."""
    listed = table(polysift("languages").out, "language")
    assert len(listed) > 1900
    assert listed["yor_Latn"]["name"] == "Yoruba"
    assert "eng_Latn" in listed


@pytest.mark.parametrize("label", ["por_Lat", "Portuguesish", "xx"])
def test_what_is_no_label_is_said(polysift, label):
    """A label that cannot be read is an error that names it, with what it should be like."""
    result = polysift("languages", label)
    assert (result.code, result.out) == (1, "")
    assert repr(label) in result.err
    assert "ISO 639-3" in result.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fly"], "No such command 'fly'"),
        (["run"], "Missing argument 'CONFIG'"),
        (["run", "none.yml"], "none.yml: cannot read the config (No such file or directory)"),
        (["run", "{config}", "--workers", "0"], "'--workers'"),
        (["run", "{config}", "--fast"], "No such option"),
        (["run", "{config}", "--set", "dedup.ngrams=4"], "dedup.ngrams: no such key; did you mean 'ngram'?"),
        (["plan", "{config}", "--set", "words"], "--set words: expected key.path=value"),
    ],
)
def test_wrong_usage_ends_with_exit_code_2(config, polysift, tmp_path, arguments, message):
    """Unknown commands, options and keys, and a missing config, are usage errors that say what is wrong."""
    result = polysift(*(argument.format(config=config()) for argument in arguments))
    assert result.code == 2
    assert message in result.err
    assert not (tmp_path / "work").exists()


def test_settings_and_workers_win_over_the_file(config, polysift, rows, tmp_path):
    """--set changes a key for one run, --workers the number of tasks at a time."""
    path = config(rules={"word_count_max": 1})
    result = polysift(
        "run", path, "--workers", 2, "--set", "rules={}", "--set", "languages.include=[jpn_Jpan]"
    )
    assert result.code == 0, result.err
    assert {row["language"] for row in rows(tmp_path / "dataset")} == {"jpn"}


def test_output_to_a_pipe_is_plain(config, finished):
    """As a process of its own, with its output in pipes: no escape codes, tables separated by tabs."""
    ran = subprocess.run([POLYSIFT, "run", finished.config], capture_output=True, text=True, check=True)
    assert "\x1b" not in ran.stdout + ran.stderr
    assert table(ran.stdout, "language")["total"]["documents"] == str(finished.summary["totals"]["documents"])
    reasons = table(ran.stdout, "removed by")
    assert {name: int(row["documents"]) for name, row in reasons.items()} == finished.summary["totals"][
        "removed"
    ]
    assert f"polysift explain {finished.config} ID" in ran.stdout


def in_a_terminal(*command):
    """What a command writes to a terminal."""
    main, terminal = pty.openpty()
    streams = {"stdin": terminal, "stdout": terminal, "stderr": terminal}
    process = subprocess.Popen(command, **streams, env={**os.environ, "TERM": "xterm"})
    os.close(terminal)
    chunks = []
    with suppress(OSError):  # the end of a terminal
        while chunk := os.read(main, 65536):
            chunks.append(chunk)
    os.close(main)
    return process.wait(), b"".join(chunks).decode("utf-8", "replace")


def test_a_terminal_gets_colours_and_progress(config):
    """In a terminal there are escape codes, a bar per stage with documents and MB/s, and an aligned table."""
    code, shown = in_a_terminal(POLYSIFT, "run", config())
    assert code == 0, shown
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    assert len(plain) < len(shown)
    assert re.search(r"annotate +━* *[\d,]+ documents  [\d.]+ MB/s", plain)
    assert re.search(r"^total +\d+ +\d+", plain, re.M)


def test_a_closed_pipe_ends_quietly():
    """`polysift languages | head -1` ends without a traceback."""
    command = f"{POLYSIFT} languages | head -1"
    ran = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert ran.stdout == "language\tname\tfamily\n"
    assert "Traceback" not in ran.stderr
    assert "Error" not in ran.stderr


def test_the_version_is_that_of_the_package(capsys, monkeypatch):
    """`polysift --version`, which needs no command."""
    monkeypatch.setattr("sys.argv", ["polysift", "--version"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"polysift {version('polysift')}\n"
