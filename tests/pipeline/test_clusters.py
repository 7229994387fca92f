"""`polysift clusters`: the largest clusters, samples, and a difference."""

from __future__ import annotations


def test_the_largest_come_first(polysift, finished, rows):
    """Clusters of 5, 3 and 2 documents, each with the document kept, its members and what differs."""
    result = polysift("clusters", finished.config)
    assert result.code == 0, result.err
    heads = [line for line in result.out.splitlines() if " cluster " in line]
    assert [line.split(": ")[1].split(" documents")[0] for line in heads] == ["5", "3", "2"]
    kept = {row["id"] for row in rows(finished.output) if row["minhash_cluster_size"] > 1}
    assert {line.rpartition("kept ")[2] for line in heads} == kept
    assert result.out.count("1.000  ") >= 3
    assert "    +Publicado el 3 de marzo de 2021." in result.out
    assert "the first and the last are the same text" in result.out


def test_one_language_and_no_more_than_asked_for(polysift, finished):
    """--language and --most narrow it down; a language that is not there is said."""
    out = polysift("clusters", finished.config, "--language", "spa_Latn").out
    assert next(line for line in out.splitlines() if " cluster " in line).startswith("spa_Latn cluster ")
    assert out.count(" cluster ") == 1
    assert polysift("clusters", finished.config, "--most", 2).out.count(" cluster ") == 2
    assert polysift("clusters", finished.config, "--language", "heb_Hebr").out == "no duplicates\n"
    result = polysift("clusters", finished.config, "--language", "deu_Latn")
    assert result.code == 1
    assert "the run has no documents of deu_Latn" in " ".join(result.err.split())


def test_before_dedup_it_says_what_to_run(polysift, config):
    """Where nothing was run it says which stage is missing."""
    result = polysift("clusters", config())
    assert result.code == 1
    assert "stage scan is not complete" in " ".join(result.err.split())
