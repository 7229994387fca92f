"""Every figure and picture of docs/tuning.md, from reference text and a crawl, in one go.

    python benchmarks/tuning.py REFERENCE CRAWL [--work FOLDER] [--docs docs/tuning.md] [--only NAME]

REFERENCE and CRAWL are folders of Parquet files with a column `lang`, which labels the reference; the crawl is
identified by the embedded model. Annotates both into FOLDER (what is there and up to date is not done again), then

    fitted     tunes all languages in both, and holds the fitted thresholds against the published ones
    adapt      takes the files of 30 languages away, and compares automatic configs with the presets
    speed      decisions per second, seconds to fit a language, on a million documents
    pictures   draws the report of two languages

Each prints its table. With `--docs` the tables between `<!-- NAME -->` and `<!-- end -->` are put into that file, and
pictures into `pictures/` beside it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
POLYSIFT = str(Path(sys.executable).parent / "polysift")
PICTURES = {"por_Latn": ("alpha_word_fraction_min", 830), "fas_Arab": ("alpha_word_fraction_min", 860)}


def configs(reference: Path, crawl: Path, work: Path) -> tuple[Path, Path]:
    """Writes the two runs' configs."""
    found = []
    for name, path, model in (("reference", reference, "column:lang"), ("crawl", crawl, "polysift")):
        file = work / f"{name}.yml"
        text = f"input: {{path: {path.resolve()}}}\noutput: {name}\nlanguage_id: {{model: '{model}'}}\n"
        file.write_text(text + "executor: {workers: 1}\n")
        found.append(file)
    return found[0], found[1]


def run(*command: object) -> str:
    """A command's output; it ends this program where it fails."""
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, text=True, check=False)
    return done.stdout if done.returncode == 0 else sys.exit(done.returncode)


def fitted(reference: Path, crawl: Path, work: Path) -> str:
    folder = work / "fitted"
    run(POLYSIFT, "tune", crawl, "--reference", reference, "--output", folder)
    return run(sys.executable, HERE / "tuned_presets.py", folder)


def adapt(_: Path, crawl: Path, __: Path) -> str:
    return run(sys.executable, HERE / "adapt.py", crawl)


def speed(*_: Path) -> str:
    return "".join(f"    {line}\n" for line in run(sys.executable, HERE / "decide.py").splitlines())


def pictures(reference: Path, crawl: Path, work: Path, beside: Path | None = None) -> str:
    pages = work / "pages"
    labels = [part for label in PICTURES for part in ("--label", label)]
    run(POLYSIFT, "tune", crawl, "--reference", reference, "--report", pages, "--no-words", *labels)
    for label, (rule, height) in PICTURES.items():
        target = (beside or work) / f"report-{label[:3]}.png"
        tool = HERE.parent / "tools" / "picture_report.py"
        run(sys.executable, tool, pages / f"{label}.html", rule, target, height)
    return ""


PARTS: dict[str, Callable[..., str]] = {"fitted": fitted, "adapt": adapt, "speed": speed}


def put(docs: Path, name: str, table: str) -> None:
    """Puts a table between its marks."""
    before, mark, rest = docs.read_text("utf-8").partition(f"<!-- {name} -->\n")
    _, end, after = rest.partition("<!-- end -->")
    if not end:
        sys.exit(f"{docs}: no <!-- {name} --> ... <!-- end -->")
    docs.write_text(f"{before}{mark}\n{table.strip(chr(10))}\n\n{end}{after}", "utf-8")


def main(given: argparse.Namespace) -> None:
    given.work.mkdir(parents=True, exist_ok=True)
    runs = configs(given.reference, given.crawl, given.work)
    for config in runs:
        run(POLYSIFT, "annotate", config)
    for name, part in PARTS.items():
        if given.only in (None, name):
            start = time.perf_counter()
            table = part(*runs, given.work)
            print(f"{name} ({time.perf_counter() - start:.0f} s)\n\n{table}")
            if given.docs:
                put(given.docs, name, table)
    if given.only in (None, "pictures"):
        pictures(*runs, given.work, given.docs and given.docs.parent / "pictures")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("reference", type=Path)
    parser.add_argument("crawl", type=Path)
    parser.add_argument("--work", type=Path, default=Path("tuning-figures"))
    parser.add_argument("--docs", type=Path)
    parser.add_argument("--only", choices=[*PARTS, "pictures"])
    main(parser.parse_args())
