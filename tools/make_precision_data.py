"""Writes filters/data/precision.csv and wordlists.parquet from the data that FineWeb2 has published.

    python tools/make_precision_data.py FOLDER

FOLDER holds cont_scores.json, url_whitelist.json and wordlists-0.85.parquet of github.com/huggingface/fineweb-2
(commit d0defb2, Apache-2.0). Scores of every language; words and terms of those that the rule applies to, whose
contamination is above a tenth. The same input gives the same bytes.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from polysift.filters.precision import CONTAMINATION_MAX

TARGET = Path(__file__).resolve().parent.parent / "filters" / "data"
HEAD = "# huggingface/fineweb-2 d0defb2 (Apache-2.0): cont_scores.json, url_whitelist.json\n"


def main(source: Path, target: Path = TARGET) -> None:
    scores = json.loads((source / "cont_scores.json").read_text("utf-8"))
    terms = json.loads((source / "url_whitelist.json").read_text("utf-8"))
    with (target / "precision.csv").open("w", encoding="utf-8", newline="") as file:
        file.write(HEAD)
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["label", "contamination", "url_terms"])
        for label, score in sorted(scores.items()):
            own = sorted(terms.get(label[:3], ())) if score > CONTAMINATION_MAX else []
            writer.writerow([label, f"{score:.4g}", "|".join(own)])
    words = pq.read_table(source / "wordlists-0.85.parquet").rename_columns(["label", "word"])
    needed = pa.array(sorted(label for label, score in scores.items() if score > CONTAMINATION_MAX))
    words = words.filter(pc.is_in(words.column("label"), needed)).sort_by(
        [("label", "ascending"), ("word", "ascending")]
    )
    options = {"compression": "zstd", "compression_level": 19}
    pq.write_table(
        words,
        target / "wordlists.parquet",
        use_dictionary=["label"],
        column_encoding={"word": "DELTA_BYTE_ARRAY"},
        write_statistics=False,
        store_schema=False,
        **options,
    )
    print(f"{len(scores)} languages, {words.num_rows} words in {target}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
