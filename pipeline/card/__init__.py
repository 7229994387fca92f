"""The dataset's card: README.md with front matter, summary.json."""
