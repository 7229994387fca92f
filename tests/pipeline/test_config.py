from __future__ import annotations

from importlib.resources import files

import pytest
import yaml
from polysift.langid.errors import PolysiftError
from polysift.pipeline.config import Config
from polysift.pipeline.config_file import load
from pydantic import BaseModel

MINIMAL = "input: {path: in}\noutput: out\n"


def write(tmp_path, text):
    path = tmp_path / "run.yml"
    path.write_text(text)
    return path


def shipped(name):
    return files("polysift.configs").joinpath(name)


def keys(model, prefix=""):
    for name, field in model.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            yield from keys(section, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def written_keys(raw, model, prefix=""):
    for name, value in raw.items():
        section = model.model_fields[name].annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            yield from written_keys(value, section, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def test_full_yml_has_every_key_with_its_default(tmp_path):
    """configs/full.yml lists exactly the models' keys, each with its default and a comment."""
    text = shipped("full.yml").read_text()
    raw = yaml.safe_load(text)
    assert list(written_keys(raw, Config)) == list(keys(Config))
    minimal = {"input": {"path": raw["input"]["path"]}, "output": raw["output"]}
    assert Config.model_validate(raw) == Config.model_validate(minimal)
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert all("  # " in line for line in lines)


@pytest.mark.parametrize("name", ["full.yml", "quickstart.yml"])
def test_shipped_configs_load(name):
    """Each run config in configs/ is valid."""
    assert load(str(shipped(name))).output


def test_paths_are_relative_to_the_file(tmp_path):
    """Relative paths start from the YAML file's folder; the input's names stay as given."""
    config = load(write(tmp_path, MINIMAL))
    assert config.output == str(tmp_path / "out")
    assert config.work_url == str(tmp_path / "out.work")
    assert (config.input.path, config.base) == (("in",), str(tmp_path))


def test_urls_stay_as_they_are(tmp_path):
    """An fsspec URL is no relative path."""
    config = load(write(tmp_path, "input: {path: s3://b/in}\noutput: s3://b/out\n"))
    assert (config.output, config.work_url) == ("s3://b/out", "s3://b/out.work")


def test_settings_win_over_the_file(tmp_path):
    """--set replaces a value, makes a section, and takes YAML."""
    path = write(tmp_path, MINIMAL + "dedup: {ngram: 3}\n")
    config = load(path, ["dedup.ngram=4", "languages.include=[por_Latn, deu_Latn]", "export.removed=false"])
    assert config.dedup.ngram == 4
    assert config.languages.include == ("por_Latn", "deu_Latn")
    assert config.export.removed is False


def test_sizes_take_units(tmp_path):
    """A size may be a number of bytes or have a unit."""
    config = load(write(tmp_path, MINIMAL + "export: {shard_bytes: 1.5 GB, row_group_bytes: 64 KiB}\n"))
    assert (config.export.shard_bytes, config.export.row_group_bytes) == (1_500_000_000, 65536)


def test_verify_off_is_off(tmp_path):
    """YAML reads `off` as false; both mean no verification."""
    assert load(write(tmp_path, MINIMAL + "dedup: {verify: off}\n")).dedup.verify is None
    assert load(write(tmp_path, MINIMAL + "dedup: {verify: 0.7}\n")).dedup.verify == 0.7


def test_verify_on_says_no_similarity(tmp_path):
    """YAML reads `on` as true, which is no similarity of 1.0."""
    for value in ("on", "true", "'on'"):
        with pytest.raises(
            PolysiftError, match=r"dedup.verify: is no similarity; give one, such as 0.7, or off"
        ):
            load(write(tmp_path, MINIMAL + f"dedup: {{verify: {value}}}\n"))


def test_all_errors_are_reported_at_once(tmp_path):
    """Unknown keys, wrong types and impossible values come together, each with file, path and a suggestion."""
    path = write(
        tmp_path,
        "input: {path: in, formatt: csv}\n"
        "dedup: {ngram: many, bands: 0}\n"
        "words: unicod\n"
        "language_id: {threshold: 2}\n"
        "rules: {word_count_mni: 3}\n"
        "export: {shard_bytes: 5 parsecs}\n"
        "outptu: out\n",
    )
    with pytest.raises(PolysiftError) as caught:
        load(path)
    message = str(caught.value)
    assert all(line.startswith(f"{path}: ") for line in message.splitlines())
    for expected in (
        "input.formatt: no such key; did you mean 'format'?",
        "dedup.ngram: input should be a valid integer, unable to parse string as an integer, found 'many'",
        "dedup.bands: input should be greater than or equal to 1, found 0",
        "words: found 'unicod', allowed: 'unicode' or 'datatrove'; did you mean 'unicode'?",
        "language_id.threshold: input should be less than or equal to 1, found 2",
        "rules: word_count_mni: no such key; did you mean 'word_count_min'?",
        "export.shard_bytes: input should be a valid integer",
        "output: missing; it must be given",
        "outptu: no such key; did you mean 'output'?",
    ):
        assert expected in message


def test_an_impossible_rule_value_is_named(tmp_path):
    """A threshold that cannot be is an error of its key."""
    with pytest.raises(
        PolysiftError, match=r"rules: alpha_word_fraction_min: found 3, .*less than or equal to 1"
    ):
        load(write(tmp_path, MINIMAL + "rules: {alpha_word_fraction_min: 3}\n"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("input: [", "not valid YAML"),
        ("- a\n- b\n", "expected keys such as"),
    ],
)
def test_what_is_no_config_is_said(tmp_path, text, message):
    """A file that is not a YAML mapping is an error with the file's name."""
    with pytest.raises(PolysiftError, match=message):
        load(write(tmp_path, text))


def test_a_missing_config_is_said(tmp_path):
    """A path that is not there is an error that names it."""
    with pytest.raises(PolysiftError, match=r"none\.yml: cannot read the config \(No such file"):
        load(tmp_path / "none.yml")


def test_rules_may_leave_the_range_of_the_defaults(tmp_path):
    """A minimum above the default maximum is no contradiction: languages have maxima of their own."""
    assert load(
        write(tmp_path, MINIMAL + "rules: {mean_word_length_min: 12, word_count_min: null}\n")
    ).rules == {
        "mean_word_length_min": 12.0,
        "word_count_min": None,
    }


@pytest.mark.parametrize("setting", ["dedup.ngram", "=3", "dedup.ngram=[1"])
def test_a_malformed_setting_is_said(tmp_path, setting):
    """--set needs key=value with a value that is YAML."""
    with pytest.raises(PolysiftError, match="--set"):
        load(write(tmp_path, MINIMAL), [setting])
