"""Makes the sample of web text that `configs/quickstart.yml` curates: tests/data/web/*.parquet.

    python tools/make_sample.py DATA [--out tests/data/web]

DATA is a folder with `web/*.parquet` (id, text, lang, source: excerpts of web pages) and `dev/*.parquet`
(the same and url: whole documents of open sources). Only sources that may be redistributed are taken, and of
each language a few documents; then duplicates and a little noise are added, as a crawl has them. The choice
depends on ids and SEED alone, so the same DATA gives the same files with the same pyarrow.
"""

from __future__ import annotations

import argparse
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

SEED = "polysift sample 1"
SCHEMA = pa.schema([(name, pa.string()) for name in ("id", "text", "url", "source", "lang")])
# Share of the documents and rows per row group of each file: a run over them has slices of several sizes.
FILES = {"crawl-a.parquet": (0.55, 1500), "crawl-b.parquet": (0.3, 600), "crawl-c.parquet": (0.15, 250)}
EMAIL = re.compile(r"\w@[\w-]+\.\w")  # no stranger's address goes into the repository


class Document(NamedTuple):
    """A row of the sample; `url` is None where the source has none."""

    id: str
    text: str
    url: str | None
    source: str
    lang: str


class Quota(NamedTuple):
    """What a source gives: documents per language, code points at least, and which urls may be shared."""

    per_language: int
    shortest: int
    url: str = ""


# Aozora holds texts under several terms; these authors died before 1946, so theirs are in the public domain
# in Japan and elsewhere: Terada, Izumi, Miyazawa, Natsume, Akutagawa.
AOZORA_AUTHORS = r"/cards/(000042|000050|000081|000148|000879)/"
# The classical poets of CLTK's Hindi corpus; its modern prose and its annotated songs are left out.
CLTK_POETS = r"cltk_hindi:(tulasidaas|Kabeera|Rahima)/"

QUOTAS = {
    "HPLT v2.0 manual-inspection sample": Quota(19, 200),
    "bible_corpus": Quota(5, 1200),
    "common_voice_joined": Quota(4, 1200),
    "asp_source": Quota(2, 900, r"license=CC-BY$"),
    "global_asp": Quota(2, 900, r"license=CC-BY$"),
    "opensource_guide": Quota(7, 1500),
    "contributor_covenant": Quota(4, 1000),
    "tensorflow_docs": Quota(16, 800, r"\.md$"),
    "tldr_pages": Quota(6, 300),
    "link_lists": Quota(4, 600),
    "react_docs": Quota(5, 600),
    "thaigov": Quota(24, 1200),
    "aozora": Quota(24, 900, AOZORA_AUTHORS),
    "cltk_punjabi": Quota(8, 800),
    "cltk_hindi": Quota(8, 800, CLTK_POETS),
}

# Sizes of the clusters of duplicates that a language gets, the original counted.
CLUSTERS = {
    "por_Latn": (12, 2, 2), "spa_Latn": (9, 2, 3), "fra_Latn": (7, 2, 2), "deu_Latn": (6, 3, 2),
    "rus_Cyrl": (8, 2, 2), "zho_Hans": (5, 2, 2), "jpn_Jpan": (4, 2, 2), "arb_Arab": (5, 3, 2),
    "hin_Deva": (4, 2, 2), "ind_Latn": (4, 2, 3), "ita_Latn": (3, 2), "pol_Latn": (3, 2), "tur_Latn": (3, 2),
    "nld_Latn": (2, 2), "ukr_Cyrl": (2, 3), "ell_Grek": (3, 2), "heb_Hebr": (2, 2), "pes_Arab": (3, 2),
    "ben_Beng": (2, 2), "tam_Taml": (2, 3), "kor_Hang": (3, 2), "tha_Thai": (4, 2), "vie_Latn": (2, 2),
    "ces_Latn": (2, 2), "hun_Latn": (2, 2), "fin_Latn": (2,), "swh_Latn": (3, 2), "amh_Ethi": (2,),
    "kat_Geor": (2,), "hye_Armn": (2, 2), "khm_Khmr": (2,), "mya_Mymr": (2,), "lao_Laoo": (2,),
    "yor_Latn": (2,), "eng_Latn": (5, 2, 2), "cat_Latn": (2, 2), "eus_Latn": (3,), "zul_Latn": (2,),
    "uzn_Latn": (2,), "guj_Gujr": (2,),
}  # fmt: skip
CLUSTER_TEXT_MIN = 700  # code points: an edit leaves most 5-grams of a longer text alone

# Documents that every crawl has and no language owns. Written for this sample.
NOISE = {
    "noise/empty": "",
    "noise/spaces": " \n\t\n   \u3000\n",
    "noise/digits": "\n".join(f"{n}  {n * n:,}  {1000 / n:.2f}" for n in range(17, 77)),
    "noise/emoji": "😀🎉🎉 🔥🔥🔥 👩🏽‍🚀🚀 " * 40,
    "noise/rules": "=" * 400 + "\n" + "|  |  |\n" * 30 + "-" * 200,
}


def rank(document_id: str, salt: str = "") -> bytes:
    """A fixed pseudo-random order of documents: the hash of the id."""
    return hashlib.blake2b(f"{SEED}|{salt}|{document_id}".encode(), digest_size=16).digest()


def read(folder: Path) -> Iterator[Document]:
    """The documents of a folder of Parquet files; an `url` that is only a place in a file becomes None."""
    for path in sorted(folder.glob("*.parquet")):
        for row in pq.read_table(path).to_pylist():
            yield Document(row["id"], row["text"], row.get("url"), row["source"], row["lang"])


def may_take(document: Document) -> bool:
    """Whether the document's source is free to redistribute and its text fits the quota's terms."""
    quota = QUOTAS.get(document.source)
    if quota is None or not re.search(quota.url, document.url or ""):
        return False
    return len(document.text) >= quota.shortest and not EMAIL.search(document.text)


def choose(documents: Iterable[Document]) -> list[Document]:
    """Per source and language the quota's number of documents, no two with the same text."""
    groups: dict[tuple[str, str], dict[str, Document]] = defaultdict(dict)
    for document in filter(may_take, documents):
        groups[document.source, document.lang].setdefault(document.text, document)
    chosen = []
    for (source, _), group in sorted(groups.items()):
        ranked = sorted(group.values(), key=lambda document: rank(document.id))
        chosen += ranked[: QUOTAS[source].per_language]
    return [d._replace(url=d.url if (d.url or "").startswith("https://") else None) for d in chosen]


def same(text: str, copy: int) -> str:
    """The page again, under another address."""
    return text


def dated(text: str, copy: int) -> str:
    """The day of the crawl below the page."""
    return f"{text}\n{copy % 28 + 1:02d}.{copy % 12 + 1:02d}.{2014 + copy % 10}"


def trimmed(text: str, copy: int) -> str:
    """The page without its first words, as another extractor cuts it."""
    cut = re.search(r"\s", text[len(text) // 40 + copy :])
    return text[len(text) // 40 + copy + (cut.end() if cut and cut.end() < 40 else 0) :]


def framed(text: str, copy: int) -> str:
    """A line of navigation above, one of boilerplate below."""
    return f"⌂ › {copy} › RSS\n{text}\n© 2009–{2014 + copy % 10} | webmaster@example.org | 8.8.{copy}.8"


def reworded(text: str, copy: int) -> str:
    """Two neighbours change places: words, or characters in a text that writes no spaces."""
    glue = " " if text.count(" ") >= 20 else ""
    parts = text.split(" ") if glue else list(text)
    at = len(parts) * (copy % 5 + 2) // 8
    parts[at], parts[at - 1] = parts[at - 1], parts[at]
    return glue.join(parts)


EDITS: tuple[Callable[[str, int], str], ...] = (same, dated, reworded, framed, trimmed)


def copied(original: Document, copy: int, edit: Callable[[str, int], str]) -> Document:
    """A copy of a page with an id and, where there is one, an address of its own."""
    new_id = f"copy/{rank(original.id, str(copy)).hex()}"
    url = original.url and f"{original.url}{'&' if '?' in original.url else '?'}copy={copy}"
    return original._replace(id=new_id, url=url, text=edit(original.text, copy))


def duplicates(documents: list[Document]) -> Iterator[Document]:
    """The copies that make the clusters of CLUSTERS, from web excerpts and whole documents in turn."""
    originals: dict[str, list[Document]] = defaultdict(list)
    for document in sorted(documents, key=lambda document: rank(document.id, "original")):
        if len(document.text) >= CLUSTER_TEXT_MIN:
            originals[document.lang].append(document)
    turn = 0
    for lang, sizes in CLUSTERS.items():
        for original, size in zip(originals[lang], sizes, strict=False):
            for copy in range(1, size):
                yield copied(original, copy, EDITS[turn % len(EDITS)])
                turn += 1


def sample(data: Path) -> list[Document]:
    """All documents of the sample in their order: mixed, as a crawl is."""
    documents = choose(document for folder in ("web", "dev") for document in read(data / folder))
    documents += list(duplicates(documents))
    documents += [Document(name, text, None, "noise", "und_Zyyy") for name, text in NOISE.items()]
    return sorted(documents, key=lambda document: rank(document.id, "place"))


def write(documents: list[Document], out: Path) -> None:
    """Splits the documents over FILES, as small as Parquet makes them."""
    out.mkdir(parents=True, exist_ok=True)
    start = 0
    for name, (share, rows) in FILES.items():
        part = documents[start : start + round(share * len(documents))]
        start += len(part)
        table = pa.Table.from_pylist([document._asdict() for document in part], SCHEMA)
        pq.write_table(
            table,
            out / name,
            row_group_size=rows,
            compression="zstd",
            compression_level=19,
            use_dictionary=False,
        )


def main() -> None:
    """Reads the command line, writes the files, prints the counts that the README beside them repeats."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("data", type=Path, help="folder with web/ and dev/")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent.parent / "tests/data/web")
    arguments = parser.parse_args()
    documents = sample(arguments.data)
    write(documents, arguments.out)
    for source, count in sorted(Counter(d.source for d in documents if not d.id.startswith("copy/")).items()):
        print(f"| {source} | {count:,} | {len({d.lang for d in documents if d.source == source})} |")
    print(f"copies {sum(d.id.startswith('copy/') for d in documents):,}, documents {len(documents):,}")
    print(f"bytes {sum(path.stat().st_size for path in arguments.out.glob('*.parquet')):,}")


if __name__ == "__main__":
    main()
