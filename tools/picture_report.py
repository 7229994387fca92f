"""A picture of one measure of a report page, for the docs.

    python tools/picture_report.py pages/por_Latn.html newline_word_ratio_max docs/pictures/report-por.png [HEIGHT]

Takes the page that `polysift tune --report` wrote, hides all but one section, and lets headless Chromium draw it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

WIDTH = 1160


def main(page: Path, rule: str, picture: Path, height: int) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("no Chromium on the PATH")
    only = f"<style>body > :not(#{rule}) {{ display: none }} h2 {{ border: 0; margin: 0; padding: 0 }}</style></head>"
    with tempfile.TemporaryDirectory() as folder:
        shown = Path(folder) / "page.html"
        shown.write_text(page.read_text("utf-8").replace("</head>", only, 1), "utf-8")
        options = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--virtual-time-budget=20000",
        ]
        size = f"--window-size={WIDTH},{height}"
        subprocess.run([chromium, *options, size, f"--screenshot={picture.resolve()}", shown.as_uri()],
                       check=True, capture_output=True)  # fmt: skip


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]) if len(sys.argv) == 5 else 900)
