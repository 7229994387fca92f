"""Makes the frozen sample of the recipe's decisions that parity is tested with: tests/data/parity/*.parquet.

The peer is FineWeb2's recipe run with stock datatrove blocks on gold labels. Of each run of it remain the
Parquet files that it read (id, text, source, lang, with FineWeb2's labels) and its output folder, in which
are decisions.parquet and, per language, `lang/<label>/scored` and `lang/<label>/buckets`.

    python tools/make_parity_sample.py choose --pool INPUT OUTPUT [--pool ...] [--out tests/data/parity]
        documents.parquet: of each language some documents of every outcome, copies and edited ones
    (the peer reads documents.parquet, alone in a folder, with --languages and --workers 1)
    python tools/make_parity_sample.py expect OUTPUT [OUTPUT ...] [--out FILE]
        expected.parquet: what the peer decided, and its clusters of duplicates

`expect` takes the outputs of any runs of the peer, so the decisions on a whole corpus have the same form.
"""

from __future__ import annotations

import argparse
import re
import struct
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from datatrove.pipeline.dedup import MinhashDedupCluster
from datatrove.pipeline.dedup.minhash import MinhashConfig
from datatrove.pipeline.readers import JsonlReader
from datatrove.utils.hashing import HashConfig
from make_sample import EDITS, EMAIL, Document, copied, rank

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "data" / "parity"
DOCUMENTS = pa.schema([(name, pa.string()) for name in ("id", "text", "source", "lang")])
EXPECTED = pa.schema(
    [pa.field(name, pa.string()) for name in ("id", "language", "outcome")]
    # cluster_id counts within the language and is null for a document without duplicates.
    + [pa.field(name, pa.int64()) for name in ("minhash_cluster_size", "cluster_id")]
)

# Languages whose words datatrove takes from spaCy, and three of the small indic-nlp-library: eleven scripts.
LANGUAGES = (
    "por_Latn", "fra_Latn", "deu_Latn", "pol_Latn", "tur_Latn", "ind_Latn", "swh_Latn", "rus_Cyrl",
    "ukr_Cyrl", "ell_Grek", "hye_Armn", "kat_Geor", "heb_Hebr", "arb_Arab", "fas_Arab", "amh_Ethi",
    "hin_Deva", "ben_Beng", "tam_Taml",
)  # fmt: skip
PER_OUTCOME = 3
KEPT = 10
COPIED = 2  # kept documents that get copies: three of the first, one of the next
TEXT_MAX = 3000  # code points: keeps the files small
PEER_CONFIG = MinhashConfig(hash_config=HashConfig(hash_fc="xxhash", precision=64))


def hashed(text: str) -> str:
    """A hash mark before every fourth word: gopher_too_many_hashes."""
    return " ".join(f"#{word}" if n % 4 == 0 else word for n, word in enumerate(text.split(" ")))


def dotted(text: str) -> str:
    """An ellipsis after every fifth word: gopher_too_many_ellipsis."""
    return " ".join(f"{word} ..." if n % 5 == 2 else word for n, word in enumerate(text.split(" ")))


def clipped(text: str) -> str:
    """Two letters of each word: gopher_below_avg_threshold, or the n-gram rules before it."""
    return re.sub(r"(\w\w)\w+", r"\1", text)


def joined(text: str) -> str:
    """Every three words in one: gopher_above_avg_threshold."""
    return re.sub(r"(\w) (\w+) (?=\w)", r"\1\2", text)


def listed(text: str) -> str:
    """One word a line, each with a full stop: list_ratio."""
    return "\n".join(f"{word}." for word in re.findall(r"\w\S*\w", text))


def echoed(text: str) -> str:
    """A sentence a line, the longest of them twice: char_dup_ratio, or the n-gram rules before it."""
    lines = re.split(r"(?<=[.!?։።।؟]) ", text)
    return "\n".join([*lines, max(lines, key=len)])


def doubled(text: str) -> str:
    """A sentence a line, each twice: dup_line_frac."""
    return "\n".join(line for line in re.split(r"(?<=[.!?։።।؟]) ", text) for _ in range(2))


def blank(text: str) -> str:
    """Nothing but spaces: empty."""
    return " " * 3


# Edits that make a kept document fail a rule which few real documents fail.
FAILURES: tuple[Callable[[str], str], ...] = (hashed, joined, dotted, listed, clipped, echoed, doubled, blank)


def outcomes(documents: Path, peer: Path) -> Iterator[tuple[str, Document]]:
    """(outcome, document) of every document that a run of the peer decided on; copies are left out."""
    decided = {row["id"]: row for row in pq.read_table(peer / "decisions.parquet").to_pylist()}
    for path in sorted(documents.glob("*.parquet")):
        for row in pq.read_table(path, columns=["id", "text", "source"]).to_pylist():
            decision = decided.get(row["id"])
            if decision and not row["id"].startswith("copy/"):
                document = Document(row["id"], row["text"], None, row["source"], decision["language"])
                yield decision["outcome"], document


def of_language(by_outcome: dict[str, list[Document]], turn: int) -> Iterator[Document]:
    """A language's documents: some of each outcome, copies of kept ones, and kept ones edited to fail."""
    ranked = {
        outcome: sorted(documents, key=lambda document: rank(document.id, "parity"))
        for outcome, documents in sorted(by_outcome.items())
    }
    kept = ranked.pop("kept")
    for documents in ranked.values():
        yield from documents[:PER_OUTCOME]
    yield from kept[:KEPT]
    for original, copies in zip(kept[:COPIED], (3, 1), strict=True):
        for copy in range(1, copies + 1):
            yield copied(original, copy, EDITS[(turn + copy) % len(EDITS)])
    longest = sorted(kept[KEPT:], key=lambda document: -len(document.text))
    for n, original in enumerate(longest[: len(FAILURES) // 2]):
        fail = FAILURES[(2 * n + turn) % len(FAILURES)]
        yield original._replace(id=f"{original.id}/{fail.__name__}", text=fail(original.text))


def choose(pools: list[tuple[Path, Path]], out: Path) -> None:
    """Writes documents.parquet from the inputs and outputs of earlier runs of the peer."""
    groups: dict[str, dict[str, list[Document]]] = defaultdict(lambda: defaultdict(list))
    for documents, peer in pools:
        for outcome, document in outcomes(documents, peer):
            fits = len(document.text) <= TEXT_MAX and not EMAIL.search(document.text)
            if document.lang in LANGUAGES and fits:
                groups[document.lang][outcome].append(document)
    chosen = [document for turn, lang in enumerate(LANGUAGES) for document in of_language(groups[lang], turn)]
    chosen.sort(key=lambda document: rank(document.id, "place"))
    rows = [{name: getattr(document, name) for name in DOCUMENTS.names} for document in chosen]
    write(pa.Table.from_pylist(rows, DOCUMENTS), out / "documents.parquet")


def clusters(language: Path) -> dict[str, int]:
    """Document id to cluster id of one language, from the duplicate pairs that the peer left on disk."""
    with tempfile.TemporaryDirectory() as folder:
        step = MinhashDedupCluster(
            str(language / "buckets"), folder, config=PEER_CONFIG, save_cluster_id=True
        )
        step.run(None, 0, 1)
        numbered = dict(
            pair
            for path in sorted(Path(folder).glob("*.clusters"))
            for pair in struct.iter_unpack("<2I", path.read_bytes())
        )
    if not numbered:
        return {}
    # The peer ran with one task, so a document's number is its place in the one file that it read.
    read = enumerate(JsonlReader(str(language / "scored"))())
    return {document.id: numbered[n] for n, document in read if n in numbered}


def expectations(peer: Path) -> Iterator[dict[str, object]]:
    """The rows of EXPECTED for one output folder of the peer."""
    cluster_ids: dict[str, int] = {}
    for language in sorted((peer / "lang").iterdir()):
        cluster_ids |= clusters(language)
    for row in pq.read_table(peer / "decisions.parquet").to_pylist():
        # datatrove writes no size where a language has no duplicates at all.
        size = row["minhash_cluster_size"] or 1
        yield row | {"minhash_cluster_size": size, "cluster_id": cluster_ids.get(row["id"])}


def expect(peers: list[Path], out: Path) -> None:
    """Writes what the runs of the peer decided, ordered by language and id."""
    rows = [row for peer in peers for row in expectations(peer)]
    rows.sort(key=lambda row: (row["language"], row["id"]))
    write(pa.Table.from_pylist(rows, EXPECTED), out)


def write(table: pa.Table, path: Path) -> None:
    """Writes one small Parquet file and says how large it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd", compression_level=19)
    print(f"{path.name}: {table.num_rows:,} rows, {path.stat().st_size:,} bytes")


def main() -> None:
    """Reads the command line and runs one of the two steps."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    steps = parser.add_subparsers(dest="step", required=True)
    first = steps.add_parser("choose", help="write documents.parquet")
    first.add_argument(
        "--pool", nargs=2, type=Path, action="append", required=True, metavar=("INPUT", "OUTPUT")
    )
    first.add_argument("--out", type=Path, default=FOLDER)
    second = steps.add_parser("expect", help="write expected.parquet")
    second.add_argument("peers", nargs="+", type=Path, metavar="OUTPUT")
    second.add_argument("--out", type=Path, default=FOLDER / "expected.parquet")
    arguments = parser.parse_args()
    if arguments.step == "choose":
        choose(arguments.pool, arguments.out)
    else:
        expect(arguments.peers, arguments.out)


if __name__ == "__main__":
    main()
