from __future__ import annotations

from polysift.pipeline.rebalance.distribution import distribution
from polysift.pipeline.rebalance.learn import ALL, FAMILY, NONE, OWN, Options, learn

SIZES = range(1, 7)


def curve(scale, best=3):
    """Removal rates lowest at size `best`, of about 20 * scale documents."""
    judged = [n * scale for n in (10, 5, 4, 3, 2, 1)]
    kept = [n * (3 if abs(size - best) < 2 else 1) // 4 for size, n in zip(SIZES, judged, strict=True)]
    return distribution(SIZES, judged, kept)


def test_a_language_with_enough_documents_has_its_own_curve():
    """Its relatives do not matter."""
    found = learn({"por_Latn": curve(100), "spa_Latn": curve(1000, 5)}, Options(least=1000))
    assert found["por_Latn"].source == OWN
    assert found["por_Latn"].languages == ("por_Latn",)
    assert found["por_Latn"].weights != found["spa_Latn"].weights


def test_a_small_language_takes_its_familys_curve():
    """Galician with 75 documents takes what Portuguese and Spanish show; Russian, of another script, has no say."""
    many = {
        "glg_Latn": curve(3, 5),
        "por_Latn": curve(400),
        "spa_Latn": curve(400),
        "rus_Cyrl": curve(4000, 5),
    }
    found = learn(many, Options(least=1000))["glg_Latn"]
    assert found.source == FAMILY
    assert sorted(found.languages) == ["glg_Latn", "por_Latn", "spa_Latn"]
    assert max(found.weights, key=found.weights.get) <= 3


def test_a_small_language_without_relatives_takes_all():
    """Basque is an isolate: it takes the curve of all languages."""
    found = learn({"eus_Latn": curve(1), "rus_Cyrl": curve(400), "hin_Deva": curve(400)}, Options(least=1000))
    assert found["eus_Latn"].source == ALL
    assert found["eus_Latn"].documents == sum(curve(n).documents for n in (1, 400, 400))


def test_too_few_documents_in_all_repeat_nothing():
    """Fewer documents than asked for, in every language together: each counts once."""
    found = learn({"por_Latn": curve(2), "spa_Latn": curve(2)}, Options(least=1000))
    assert {of.source for of in found.values()} == {NONE}
    assert all(of.weights == {1: 1} for of in found.values())


def test_no_least_number_means_no_fallback():
    """With `least` 0 even 25 documents speak for themselves, as in the published sets."""
    found = learn({"por_Latn": curve(1), "spa_Latn": curve(400)}, Options(smooth=False, least=0))
    assert found["por_Latn"].source == OWN


def test_order_does_not_matter():
    """The same languages in another order give the same weights."""
    many = {"glg_Latn": curve(3, 5), "por_Latn": curve(400), "spa_Latn": curve(400)}
    assert learn(many, Options()) == learn(dict(reversed(many.items())), Options())
