from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from polysift.filters.language_config import LanguageConfigs
from polysift.filters.language_files import YAML_LOADER

ROOT = Path(__file__).parents[2]
SAMPLES = Path(__file__).parent / "data" / "fineweb2"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tool", ROOT / "tools" / "make_language_configs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_shipped_files_are_what_the_tool_writes(tool: ModuleType, tmp_path: Path) -> None:
    """From the published files the tool makes the shipped ones, byte for byte, and English beside them."""
    tool.main(SAMPLES, tmp_path / "languages", tmp_path / "fineweb2")
    written = sorted(tmp_path.glob("*/*.yml"))
    names = sorted(path.name for path in written)
    assert names == sorted([*(path.name for path in SAMPLES.glob("*.yml")), "eng_Latn.yml"])
    for path in written:
        assert path.read_bytes() == (ROOT / "configs" / path.relative_to(tmp_path)).read_bytes()


def test_every_shipped_file_names_its_source() -> None:
    """Each file says where its values come from, under which licence, and how they were made."""
    for path in (ROOT / "configs").glob("*/*.yml"):
        head = path.read_text(encoding="utf-8").split("\nlanguage_score_min")[0]
        provenance = yaml.load(head, YAML_LOADER)["provenance"]
        assert list(provenance)[:3] == ["source", "license", "method"]
        assert provenance["license"] == "Apache-2.0"
        if path.stem != "eng_Latn":
            assert provenance["source"] == f"github.com/huggingface/fineweb-2 d0defb2, configs/{path.name}"


def test_folder_without_configs(tool: ModuleType, tmp_path: Path) -> None:
    """A folder that holds no configs ends the tool with a message, and nothing is written."""
    with pytest.raises(SystemExit, match="files here; give configs"):
        tool.main(tmp_path, tmp_path / "target", tmp_path / "published")
    assert not (tmp_path / "target").exists()


def test_carried_presets_stand_beside_the_published_ones(tool: ModuleType) -> None:
    """Languages whose thresholds were carried to Unicode words have two files: that, and the published one."""
    published = {path.stem for path in (ROOT / "configs" / "fineweb2").glob("*.yml")}
    assert published == tool.CARRIED
    ours, theirs = LanguageConfigs(), LanguageConfigs(presets="fineweb2")
    for label in published:
        found, before = ours.resolve(label), theirs.resolve(label)
        assert before.sources["mean_word_length_max"] == f"configs/fineweb2/{label}.yml"
        assert found.config.mean_word_length_max != before.config.mean_word_length_max
        assert found.config.language_score_min == before.config.language_score_min
        assert {*found.config.stop_words} <= {*found.config.stop_word_candidates}
    assert ours.resolve("por_Latn") == theirs.resolve("por_Latn")
