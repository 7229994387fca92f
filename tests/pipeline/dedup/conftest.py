"""What tests of deduplication share: runs that must succeed, input as JSON lines, what of it was kept."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def run(polysift):
    """Runs a config, which must succeed."""

    def succeed(path):
        result = polysift("run", path)
        assert result.code == 0, result.err
        return result

    return succeed


@pytest.fixture(scope="session")
def lines():
    """Writes documents as JSON lines; the folder."""

    def write(path, rows):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
        return str(path.parent)

    return write


@pytest.fixture
def kept(rows, tmp_path):
    """Ids of the documents of a run that were kept, or of those removed."""
    return lambda kind="data": [row["id"] for row in rows(tmp_path / "dataset", kind)]


@pytest.fixture
def spanish(documents):
    """A Spanish document of the crawl, of which it holds a copy with a line more."""
    return next(row for row in documents if row["lang"] == "spa_Latn")
