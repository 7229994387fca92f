from __future__ import annotations

import json
import math
import pickle
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import xxhash
from fasttext.FastText import _FastText
from polysift.langid.errors import PolysiftError
from polysift.langid.identify import MODELS, Identified, LanguageModel, load_model, model_digest
from polysift.langid.labels import UNDETERMINED
from polysift.langid.scripts import text_script

LID176 = MODELS["lid176"]

SENTENCES = {
    "por_Latn": "Todos os seres humanos nascem livres e iguais em dignidade e em direitos.",
    "rus_Cyrl": "Все люди рождаются свободными и равными в своем достоинстве и правах.",
    "cmn_Hani": "人人生而自由，在尊严和权利上一律平等。",
    "jpn_Jpan": "すべての人間は、生まれながらにして自由であり、尊厳と権利とについて平等である。",
    "kor_Hang": "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.",
    "arb_Arab": "يولد جميع الناس أحرارا متساوين في الكرامة والحقوق.",
    "fas_Arab": "تمام افراد بشر آزاد به دنیا می‌آیند و از لحاظ حیثیت و حقوق با هم برابرند.",
    "hin_Deva": "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है।",
    "tha_Thai": "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ",
    "ell_Grek": "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα.",
    "ekk_Latn": "Kõik inimesed sünnivad vabadena ja võrdsetena oma väärikuselt ja õigustelt.",
    "als_Latn": "Të gjithë njerëzit lindin të lirë dhe të barabartë në dinjitet dhe në të drejta.",
    "gsw_Latn": "Dr Bodesee isch e See im Alpevorland zwüsche dr Schwiiz, Dütschland und Öschtriich.",
    "nno_Latn": "Eg veit ikkje kva dei skal gjere i morgon, men me kan spørje henne når ho kjem heim.",
    "ydd_Hebr": "יעדער מענטש װערט געבױרן פֿרײַ און גלײַך אין כּבֿוד און רעכט.",
    "amh_Ethi": "የሰው ልጅ ሁሉ ሲወለድ ነጻና በክብርና በመብትም እኩልነት ያለው ነው።",
}
WITHOUT_SCRIPT = ["", " \n\t", "🙂🚀", "1234567890", "— … ?!", "\0", "2024-05-01\n12:30"]


def identify(model: LanguageModel, texts: list[str]) -> Identified:
    return model.identify(pa.array(texts, pa.string()))


@pytest.fixture(scope="module")
def lid176() -> LanguageModel:
    return load_model("lid176")


def test_languages_of_sentences(lid176: LanguageModel) -> None:
    """Canonical labels, one for each sentence, in order."""
    found = identify(lid176, list(SENTENCES.values()))
    assert found.label_names() == list(SENTENCES)
    assert found.scores.dtype == np.float64
    assert found.scores.shape == (len(SENTENCES),)
    assert 0.3 < found.scores.min() <= found.scores.max() <= 1


@pytest.mark.parametrize("label", SENTENCES)
def test_scores_equal_plain_fasttext(lid176: LanguageModel, label: str) -> None:
    """Best score, and number and scores of the top labels, are those of the fasttext package."""
    text = SENTENCES[label] + "\n" + SENTENCES["por_Latn"][:30]
    _, expected = _FastText(str(LID176)).predict(text.replace("\n", " "), k=-1)
    found = identify(lid176, [text])
    assert found.scores[0] == pytest.approx(min(expected[0], 1.0), abs=1e-5)
    top = json.loads(found.top[0].as_py())
    assert list(top) == sorted(top, key=top.__getitem__, reverse=True)
    assert list(top.values()) == pytest.approx([min(s, 1.0) for s in expected if s > 0.01], abs=1e-5)
    assert next(iter(top)) == f"{found.label_names()[0]}_score"


@pytest.mark.parametrize("text", WITHOUT_SCRIPT)
def test_text_without_a_scripted_character(lid176: LanguageModel, text: str) -> None:
    """Neither language nor script: undetermined, with no score."""
    found = identify(lid176, [text])
    assert (found.label_names(), found.scores.tolist(), found.top.to_pylist()) == (
        [UNDETERMINED],
        [0],
        ["{}"],
    )


def test_no_texts(lid176: LanguageModel) -> None:
    """An empty batch has an empty answer."""
    found = identify(lid176, [])
    assert (found.names, found.labels.tolist(), found.scores.tolist(), found.top.to_pylist()) == (
        [],
        [],
        [],
        [],
    )
    assert (found.labels.dtype, found.scores.dtype, found.top.type) == (np.int32, np.float64, pa.string())


@pytest.mark.parametrize("character", ["\0", "\n", "\r", "\u202e", "￾"])
def test_odd_characters_between_words(lid176: LanguageModel, character: str) -> None:
    """Controls and non-characters neither fail nor change the language."""
    text = SENTENCES["por_Latn"].replace(" ", f" {character} ")
    assert identify(lid176, [text]).label_names() == ["por_Latn"]


def test_a_line_break_is_a_space(lid176: LanguageModel) -> None:
    """The whole text counts, not its first line."""
    text = SENTENCES["por_Latn"]
    with_break, with_space = identify(lid176, [text.replace(" ", "\n"), text]).scores
    assert with_break == with_space


def test_a_long_text(lid176: LanguageModel) -> None:
    """Megabytes without a space are one word to fastText; its score stays at most 1."""
    found = identify(lid176, ["自由" * 300_000, SENTENCES["rus_Cyrl"] * 5_000])
    assert found.label_names() == ["cmn_Hani", "rus_Cyrl"]
    assert found.scores.max() <= 1


def test_the_script_comes_from_the_text(lid176: LanguageModel) -> None:
    """The majority, but a language's own script wins from a tenth of the text on."""
    mixed = SENTENCES["cmn_Hani"] * 3 + "pip install numpy pandas matplotlib jupyter python main.py README.md"
    assert text_script(mixed) == "Latn"
    labels = identify(lid176, [mixed, "Chto ty delaesh segodnya vecherom"]).label_names()
    assert labels[0] == "cmn_Hani"
    assert labels[1].endswith("_Latn")


def test_labels_with_a_script(write_model) -> None:
    """The language is the model's, the script the text's, and als is ISO's Tosk Albanian."""
    words = {"мир": (1, 0), "mir": (1, 0), "botë": (0, 1)}
    model = load_model(str(write_model({"srp_Cyrl": (9, 0), "als_Latn": (0, 9)}, words)))
    assert identify(model, ["мир", "mir", "botë"]).label_names() == ["srp_Cyrl", "srp_Latn", "als_Latn"]


def test_codes_of_lid176_are_told_by_the_label_set(write_model) -> None:
    """A model with both sq and als means Alemannic by als."""
    model = load_model(str(write_model({"sq": (9, 0), "als": (0, 9)}, {"botë": (1, 0), "dr": (0, 1)})))
    assert identify(model, ["botë", "dr"]).label_names() == ["als_Latn", "gsw_Latn"]


def test_two_model_labels_of_one_language(write_model) -> None:
    """They are one top label, with the better score, which is also the text's."""
    path = write_model({"az": (1.0, 0), "azb": (0.5, 0), "fa": (0, 0)}, {"سلام": (1, 0)})
    found = identify(load_model(str(path)), ["سلام"])
    scores = np.exp([1, 0.5, 0]) / np.exp([1, 0.5, 0]).sum()
    top = json.loads(found.top[0].as_py())
    assert found.label_names() == ["azb_Arab"]
    assert found.scores[0] == pytest.approx(scores[0], abs=1e-4)
    assert top == {
        "azb_Arab_score": pytest.approx(scores[0], abs=1e-4),
        "fas_Arab_score": pytest.approx(scores[2], abs=1e-4),
    }


def test_a_best_score_below_the_threshold_of_top_labels(write_model) -> None:
    """The best label counts though all 200 score less than 0.01."""
    codes = [f"q{a}{b}" for a in "abcdefghijklmnopqrst" for b in "abcdefghij"]
    path = write_model({code: (0.1 * (code == "qcd"), 0) for code in codes}, {"word": (1, 0)})
    found = identify(load_model(str(path)), ["word"])
    assert found.label_names() == ["qcd_Latn"]
    assert 0.005 < found.scores[0] < 0.01
    assert found.top.to_pylist() == ["{}"]


def test_words_that_the_model_does_not_know(write_model) -> None:
    """Only the script is known then."""
    model = load_model(str(write_model({"pt": (1, 0)}, {"mundo": (1, 0)})))
    found = identify(model, ["слово"])
    assert (found.label_names(), found.scores.tolist(), found.top.to_pylist()) == (["und_Cyrl"], [0], ["{}"])


def test_a_model_with_broken_numbers(write_model) -> None:
    """The complaint comes with the path of the file."""
    path = write_model({"pt": (math.nan, 0), "es": (1, 0)}, {"mundo": (1, 0)})
    with pytest.raises(PolysiftError, match=r"model\.bin: scores are not numbers \(NaN\)"):
        identify(load_model(str(path)), ["mundo"])


@pytest.mark.parametrize("labels", [["spam", "ham"], ["xx", "pt"], ["por_Latn_1"]])
def test_a_model_whose_labels_are_no_languages(write_model, labels: list[str]) -> None:
    """Found when the model is loaded, with an example."""
    path = write_model(dict.fromkeys(labels, (1, 0)), {"mundo": (1, 0)})
    with pytest.raises(PolysiftError, match=f"no languages, such as '__label__{labels[0]}'"):
        load_model(str(path))


@pytest.mark.parametrize("name", ["lid17", "no/such/model.bin"])
def test_a_missing_model(name: str) -> None:
    """Neither a known name nor a file: both are said."""
    with pytest.raises(PolysiftError, match="known: lid176") as raised:
        load_model(name)
    assert str(Path(name).absolute()) in str(raised.value)
    with pytest.raises(PolysiftError, match="not found"):
        model_digest(name)


def test_pickling_leaves_the_loaded_model_behind() -> None:
    """A task carries the path, and each process loads the file when it needs it."""
    model = load_model("lid176")
    small = len(pickle.dumps(model))
    before = identify(model, list(SENTENCES.values()))
    copy = pickle.loads(pickle.dumps(model))
    assert len(pickle.dumps(copy)) < small + 5_000 < 20_000
    assert identify(copy, list(SENTENCES.values())).top == before.top


def test_loading_is_lazy() -> None:
    """Neither loading nor the digest imports fasttext."""
    code = (
        "import sys; from polysift.langid.identify import load_model, model_digest\n"
        "load_model('lid176'); model_digest('lid176'); sys.exit('fasttext' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_digest_is_that_of_the_file(tmp_path: Path) -> None:
    """It depends on the bytes alone, and a damaged file has none."""
    copy = tmp_path / "copy.ftz"
    copy.write_bytes(LID176.read_bytes())
    assert model_digest(str(copy)) == model_digest("lid176") == xxhash.xxh3_128_hexdigest(LID176.read_bytes())
    copy.write_bytes(LID176.read_bytes()[:1000])
    with pytest.raises(PolysiftError, match="truncated"):
        model_digest(str(copy))


SURVIVE = """
import sys
import pyarrow as pa
from polysift.langid.errors import PolysiftError
from polysift.langid.identify import load_model
for path in sys.argv[1:]:
    try:
        load_model(path).identify(pa.array(["Olá, mundo", "Привет, мир", "自由"]))
    except PolysiftError as error:
        assert path in str(error)
"""


def test_no_damaged_file_kills_the_process(tmp_path: Path) -> None:
    """Files with one wrong byte, or cut short: each is either refused or works."""
    content, draw = LID176.read_bytes(), random.Random(0)
    paths = []
    for number in range(16):
        damaged = bytearray(content)
        damaged[draw.randrange(8, (100, 200_000, len(content))[number % 3])] = draw.randrange(256)
        paths.append(tmp_path / f"damaged-{number}.ftz")
        paths[-1].write_bytes(damaged if number % 4 else damaged[: draw.randrange(len(content))])
    done = subprocess.run([sys.executable, "-c", SURVIVE, *map(str, paths)], check=False, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
