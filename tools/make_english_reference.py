"""Writes filters/data/english.json: how every tunable measure is distributed over English documents.

    python tools/make_english_reference.py REFERENCE.yml CRAWL.yml

Each is a run's config whose `annotate` is done. The shipped file comes from the English documents of a development
corpus (Bibles, software manuals and handbooks, prompt sentences, stories: 3,014) and of the HPLT v2.0 inspection
sample (web page excerpts). Figures only. The same annotations give the same bytes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from polysift.filters.english import as_json
from polysift.filters.tune import ENGLISH_LABEL, distributions
from polysift.pipeline.tune.annotated import Annotated

TARGET = Path(__file__).resolve().parent.parent / "filters" / "data" / "english.json"
SOURCES = {
    "reference": "English documents of a development corpus: Bibles, manuals, handbooks, prompts, stories",
    "crawl": "English documents of the HPLT v2.0 inspection sample (hplt-project/release2_inspection 401e9e5, MIT)",
}


def main(reference: str, crawl: str, target: Path = TARGET) -> None:
    runs = {"reference": Annotated.open(reference), "crawl": Annotated.open(crawl)}
    found = {name: as_json(distributions(of.columns(ENGLISH_LABEL))) for name, of in runs.items()}
    content = json.dumps({"sources": SOURCES, **found}, separators=(",", ":")).replace('},"', '},\n"')
    target.write_text(content + "\n", encoding="utf-8", newline="\n")
    print({name: of.documents(ENGLISH_LABEL) for name, of in runs.items()}, target)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
