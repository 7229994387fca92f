from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
import yaml
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
    tool.main(SAMPLES, tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == sorted([*(path.name for path in SAMPLES.glob("*.yml")), "eng_Latn.yml"])
    for name in names:
        assert (tmp_path / name).read_bytes() == (ROOT / "configs" / "languages" / name).read_bytes()


def test_every_shipped_file_names_its_source() -> None:
    """Each file says where its values come from, under which licence, and how they were made."""
    for path in (ROOT / "configs" / "languages").glob("*.yml"):
        head = path.read_text(encoding="utf-8").split("\nlanguage_score_min")[0]
        provenance = yaml.load(head, YAML_LOADER)["provenance"]
        assert list(provenance) == ["source", "license", "method"]
        assert provenance["license"] == "Apache-2.0"
        if path.stem != "eng_Latn":
            assert provenance["source"] == f"github.com/huggingface/fineweb-2 d0defb2, configs/{path.name}"


def test_folder_without_configs(tool: ModuleType, tmp_path: Path) -> None:
    """A folder that holds no configs ends the tool with a message, and nothing is written."""
    with pytest.raises(SystemExit, match="files here; give configs"):
        tool.main(tmp_path, tmp_path / "target")
    assert not (tmp_path / "target").exists()
