#!/usr/bin/env python
"""Real program code for the noise that language models are trained with: `langid/data/code_lines.parquet`.

    python tools/make_code_lines.py OUT.parquet

Takes one to six lines in a row from files of packages under permissive licences, as they are installed, and puts
them on one line. Comments and strings with four words in a row are prose, and left out. Writes text, source.
"""

from __future__ import annotations

import re
import sys
import sysconfig
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

# What is taken: source and licence, folder in which it is installed, endings of the files, snippets.
STANDARD_LIBRARY = ("Python 3.11 standard library, PSF-2.0", "", (".py",), 2600)
PACKAGES = (
    ("NumPy, BSD-3-Clause", "numpy", (".c", ".h"), 900),
    ("mypyc, MIT", "mypyc", (".c", ".h"), 700),
    ("Apache Arrow, Apache-2.0", "pyarrow", (".h",), 900),
    ("Apache Arrow, Apache-2.0", "pyarrow", (".pyx", ".pxd", ".pxi"), 200),
    ("Sphinx, BSD-2-Clause", "sphinx/themes", (".js", ".css", ".css_t", ".html", ".css.jinja"), 800),
    ("docutils, public domain", "docutils", (".css",), 200),
    ("botocore, Apache-2.0", "botocore", (".json",), 400),
    ("virtualenv, MIT", "virtualenv/activation", (".sh", ".fish", ".bat", ".ps1", ".csh", ".nu"), 300),
)
LINES_MOST = 6
LENGTHS = (12, 400)  # characters
FILE_MOST = 300_000  # bytes; larger ones are data
PROSE = re.compile(r"[A-Za-z]{2,},? [A-Za-z]+,? [A-Za-z]{2,},? [A-Za-z]{2,}")
CODE = re.compile(r"[(){}\[\]=;<>$:]")
STATEMENT = re.compile(
    r"(import [\w.]+( as \w+)?|from [\w.]+ import [\w, ]+|return \w+|raise \w+|else|break|pass)"
)


def main(out: str) -> None:
    rng = np.random.default_rng(1)
    texts: dict[str, str] = {}
    for source, folder, endings, count in (STANDARD_LIBRARY, *PACKAGES):
        for text in snippets(files(folder, endings), count, rng):
            texts.setdefault(text, source)
    table = pa.table({"text": [*texts], "source": [*texts.values()]})
    pq.write_table(table, out, compression="zstd", compression_level=19)
    print(f"{table.num_rows:,} snippets, {sum(map(len, texts)):,} characters")


def files(folder: str, endings: tuple[str, ...]) -> list[Path]:
    """The files of a package, or of the standard library, in a fixed order."""
    if folder:
        spec = find_spec(folder.split("/", maxsplit=1)[0])
        if spec is None or not spec.submodule_search_locations:
            raise SystemExit(f"{folder} is not installed")
        root = Path(spec.submodule_search_locations[0]).parent / folder
    else:
        root = Path(sysconfig.get_paths()["stdlib"])
    found = (path for path in root.rglob("*") if path.name.endswith(endings))
    return sorted(
        path
        for path in found
        if not {"site-packages", "encodings"} & {*path.relative_to(root).parts}
        and path.stat().st_size <= FILE_MOST
    )


def snippets(paths: list[Path], count: int, rng: np.random.Generator) -> Iterator[str]:
    """Up to `count` snippets, each from a file drawn anew."""
    kept: dict[Path, list[str]] = {}
    for _ in range(count):
        path = paths[int(rng.integers(len(paths)))]
        if path not in kept:
            kept[path] = [line for line in path.read_text("utf-8", "replace").splitlines() if is_code(line)]
        lines = kept[path]
        start = int(rng.integers(max(1, len(lines))))
        text = " ".join(" ".join(lines[start : start + int(rng.integers(1, LINES_MOST + 1))]).split())
        if len(text) >= LENGTHS[0] and text.isascii():
            yield text[: LENGTHS[1]]


def is_code(line: str) -> bool:
    """Whether a line has a program's signs, and no four words in a row.

    >>> is_code("for (int i = 0; i < n; i++)"), is_code("# See the notes (below) for details.")
    (True, False)
    """
    bare = line.strip()
    if STATEMENT.fullmatch(bare):
        return True
    return bool(CODE.search(bare)) and not PROSE.search(bare) and not bare.startswith(("#!", "*", "//", "/*"))


if __name__ == "__main__":
    main(*sys.argv[1:])
