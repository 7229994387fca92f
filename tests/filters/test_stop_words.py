from __future__ import annotations

import pyarrow as pa
from polysift.filters.affinity import COUNT_MIN, affinities, contamination, frequencies, lists, url_terms
from polysift.filters.stop_words import WordCounts, choose, is_native
from polysift.filters.words import segmenter_batch
from polysift.langid.kernels import from_arrow


def counted(label, texts, tops=None):
    counts = WordCounts(label)
    words = segmenter_batch("unicode", label)(from_arrow(pa.array(texts, pa.large_string())))
    counts.add(texts, words, tops or ["{}"] * len(texts))
    return counts


def test_counts_are_those_of_a_plain_loop():
    """Tokens and pages of each word, in NFC, as a Counter over the words gives them."""
    counts = counted("por_Latn", ["não não e", "na\u0303o foi", "e a"])
    assert counts.tokens == {"não": 3, "e": 2, "foi": 1, "a": 1}
    assert counts.pages == {"não": 2, "e": 2, "foi": 1, "a": 1}
    assert (counts.documents, counts.total) == (3, 7)


def test_foreign_pages_are_left_out():
    """A page in another script, and one identified as English above 70 %, are not counted."""
    tops = ["{}", "{}", '{"eng_Latn_score": 0.71}', '{"eng_Latn_score": 0.7}']
    counts = counted("por_Latn", ["um", "один", "page", "dois"], tops)
    assert (set(counts.tokens), counts.documents, counts.left_out) == ({"um", "dois"}, 2, 2)
    assert is_native("eng_Latn", "page", '{"eng_Latn_score": 1.0}')


def test_candidates_rank_by_pages_and_are_letters():
    """Numbers, symbols, other scripts are no candidates; a word of more pages comes first, however often it occurs."""
    counts = counted("por_Latn", ["de 1 — слово que que que que", "de 1 — e-mail", "de que"])
    assert choose(counts).candidates == ("de", "que")
    assert not {"1", "—", "слово"} & {*choose(counts).candidates}


def test_at_least_eight_are_chosen_of_at_most_64():
    """Frequent words are chosen; where these are few, lower thresholds apply, at last the first eight."""
    counts = WordCounts("por_Latn", documents=100)
    for place in range(100):
        word = "".join(chr(97 + int(digit)) for digit in f"{place:02d}")
        counts.tokens[word], counts.pages[word] = 2, 100 - place
    counts.tokens["de"], counts.pages["de"] = 50_000, 101
    counts.total = counts.tokens.total()
    found = choose(counts)
    assert (len(found.candidates), found.candidates[0]) == (64, "de")
    assert found.chosen == found.candidates[:8]


def test_english_words_in_the_pages_are_left_out():
    """A word three times as frequent in English comes from English; `no`, frequent in both, stays."""
    own = counted("por_Latn", ["no caso de the de no em que um"] * 3)
    english = counted("eng_Latn", ["the the the the the the no cat"] * 3)
    assert "the" not in choose(own, [own, english]).candidates
    assert {"no", "de"} <= {*choose(own, [own, english]).candidates}
    assert "the" in choose(own).candidates
    assert "the" in choose(english, [own, english]).candidates


def test_words_of_three_other_scripts_are_left_out():
    """A name that pages in Cyrillic, Greek and Arabic have as often is no stop word; in two scripts it may be."""
    own = counted("por_Latn", ["de LibreOffice", "de LibreOffice", "de que"] * 20)
    others = [
        counted("rus_Cyrl", ["и новая программа LibreOffice", "и программа de"] * 20),
        counted("ell_Grek", ["και πρόγραμμα LibreOffice", "και"] * 20),
        counted("arb_Arab", ["في البرنامج المكتبي LibreOffice", "في"] * 20),
    ]
    assert choose(own, others).candidates == ("de", "que")
    assert choose(own, others[:2]).candidates == ("de", "LibreOffice", "que")
    few = [counted("rus_Cyrl", ["и новая программа LibreOffice"] * 5)] * 3
    assert "LibreOffice" in choose(own, few).candidates


def test_affinity_of_words_and_lists():
    """Words of one language have affinity 1, shared ones their share; lists hold those above 0.85 and 0.95."""
    counts = {"glg_Latn": {"xa": 9, "de": 9, "quen": 9, "1": 9}, "por_Latn": {"de": 9, "quen": 1, "já": 26}}
    found = affinities(counts, "glg_Latn")
    assert (found["xa"], found["de"]) == (1.0, 0.5)
    assert 0.85 < found["quen"] < 0.95
    assert lists(counts, frequencies(counts), "glg_Latn") == {0.85: ("quen", "xa"), 0.95: ("xa",)}
    assert "já" not in affinities({**counts, "por_Latn": {"já": COUNT_MIN - 1}}, "por_Latn")


def test_contamination_is_the_share_without_a_listed_word():
    """One of four documents has a word of the list; a language without documents has no contamination."""
    assert contamination([["xa"], ["de"], [], ["quen"]], frozenset({"xa"})) == 0.75
    assert contamination([], frozenset({"xa"})) == 0.0


def test_url_terms_of_languages():
    """Code, name, endonym, region and top-level domain; a language that CLDR does not know has its code."""
    assert {"bar", ".at", "austria", "bavarian"} <= {*url_terms("bar_Latn")}
    assert "aai" in url_terms("aai_Latn")
    assert {"quz", "cusco-quechua"} & {*url_terms("quz_Latn")}
