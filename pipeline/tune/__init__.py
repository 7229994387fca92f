"""tune: annotations of a reference and of a crawl to the config files of languages, and pages that show why."""
