"""The thresholds and stop words of one language, as a frozen model that says all its errors at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from ..langid.errors import did_you_mean

STOP_WORDS = "stop_words"
CANDIDATES = "stop_word_candidates"
MAX_STOP_WORDS = 64  # bits of the mask


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _stripped(word: str) -> str:
    if not word or word != word.strip():
        raise ValueError("must be a word without white space around it")
    return word


# A published maximum may well exceed 1, and never fires then; a minimum above 1 would remove every document.
Ratio = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(strict=True, ge=0, le=1, allow_inf_nan=False)]
Count = Annotated[int, BeforeValidator(_whole), Field(strict=True, ge=0)]
Word = Annotated[str, Field(strict=True), AfterValidator(_stripped)]


class LanguageConfig(BaseModel):
    """Thresholds in the recipe's order, then stop words; None switches a rule off.

    `stop_words` are chosen among `stop_word_candidates`, whose bits `annotate` stores: choosing others re-reads no
    text. Without candidates the stop words are their own. `precision` is the least evidence that a document is in
    its language: words of the language's list and terms in its URL (filters/precision.py).

    The defaults are the recipe's English ones: the defaults of datatrove's filters, FineWeb's language
    score (arXiv 2406.17557) and FineWeb2's duplicate_line_char_fraction_max.
    tests/filters/test_thresholds.py holds them to datatrove's, and the keys to `rules.RULES`.

    >>> LanguageConfig(stop_words=("og", "i", "og")).stop_words
    ('og', 'i')
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    language_score_min: Share | None = 0.65
    duplicate_line_fraction_max: Ratio | None = 0.3
    top_2_gram_char_fraction_max: Ratio | None = 0.2
    top_3_gram_char_fraction_max: Ratio | None = 0.18
    top_4_gram_char_fraction_max: Ratio | None = 0.16
    duplicate_5_gram_char_fraction_max: Ratio | None = 0.15
    duplicate_6_gram_char_fraction_max: Ratio | None = 0.14
    duplicate_7_gram_char_fraction_max: Ratio | None = 0.13
    duplicate_8_gram_char_fraction_max: Ratio | None = 0.12
    duplicate_9_gram_char_fraction_max: Ratio | None = 0.11
    duplicate_10_gram_char_fraction_max: Ratio | None = 0.1
    terminal_punctuation_line_fraction_min: Share | None = 0.12
    duplicate_line_char_fraction_max: Ratio | None = 0.1
    newline_word_ratio_max: Ratio | None = 0.3
    word_count_min: Count | None = 50
    word_count_max: Count | None = 100_000
    mean_word_length_min: Ratio | None = 3.0
    mean_word_length_max: Ratio | None = 10.0
    hash_word_ratio_max: Ratio | None = 0.1
    ellipsis_word_ratio_max: Ratio | None = 0.1
    bullet_line_fraction_max: Ratio | None = 0.9
    ellipsis_line_fraction_max: Ratio | None = 0.3
    alpha_word_fraction_min: Share | None = 0.8
    stop_word_count_min: Count | None = 2
    precision: Count | None = None
    mixed_language_fraction_max: Ratio | None = None
    stop_words: tuple[Word, ...] = Field(
        default=("the", "be", "to", "of", "and", "that", "have", "with"), max_length=MAX_STOP_WORDS
    )
    stop_word_candidates: tuple[Word, ...] = Field(default=(), max_length=MAX_STOP_WORDS)

    @property
    def masked_words(self) -> tuple[str, ...]:
        """The words whose bits are in the mask: the candidates, or the stop words where there are none."""
        return self.stop_word_candidates or self.stop_words

    @property
    def chosen_bits(self) -> int:
        """The bits of the mask that count: those of the stop words.

        >>> bin(LanguageConfig(stop_words=("i", "og"), stop_word_candidates=("og", "at", "i")).chosen_bits)
        '0b101'
        """
        return sum(1 << bit for bit, word in enumerate(self.masked_words) if word in self.stop_words)

    @field_validator(STOP_WORDS, CANDIDATES)
    @classmethod
    def _distinct(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value))

    @field_validator("word_count_max", "mean_word_length_max")
    @classmethod
    def _not_below_minimum(cls, value: float | None, info: ValidationInfo) -> float | None:
        least = info.data.get(str(info.field_name).replace("_max", "_min"))
        if value is not None and least is not None and value < least:
            raise ValueError(f"must not be below the minimum, {least:g}")
        return value

    @field_validator(CANDIDATES)
    @classmethod
    def _hold_the_chosen(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        missing = [word for word in info.data.get(STOP_WORDS, ()) if word not in value]
        if value and missing:
            raise ValueError(
                f"must hold every stop word; {', '.join(missing[:5])} of {STOP_WORDS} is not among them"
            )
        return value


KEYS: tuple[str, ...] = tuple(LanguageConfig.model_fields)
WORDS = (STOP_WORDS, CANDIDATES)
THRESHOLDS: tuple[str, ...] = tuple(key for key in KEYS if key not in WORDS)


def validated(values: Mapping[str, Any], spelled: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Some keys of a config, checked without defaults: a file may set a minimum above the default maximum.

    Args:
        values: polysift's keys to values as YAML gives them.
        spelled: how the file spells a key, where it does so otherwise.

    Returns:
        The values as the model holds them, and one line for each error; no values where there are errors.
    """
    try:
        # A file may give candidates alone: its stop words are then those of another.
        config = LanguageConfig.model_validate({**dict.fromkeys(THRESHOLDS), STOP_WORDS: (), **values})
    except ValidationError as error:
        return {}, list(describe(error, spelled))
    return {key: getattr(config, key) for key in KEYS if key in values}, []


def describe(error: ValidationError, spelled: Mapping[str, str]) -> Iterable[str]:
    """One line for each error: key, found against allowed, what to try."""
    for item in error.errors():
        key, *inner = map(str, item["loc"])
        if item["type"] == "extra_forbidden":
            yield f"{key}: no such key{did_you_mean(key, [*KEYS, *spelled])}"
            continue
        where = spelled.get(key, key) + "".join(f"[{part}]" for part in inner)
        needs = item["msg"].removeprefix("Value error, ").removeprefix("Input ")
        quotes = "; put it in quotes" if item["type"] == "string_type" and inner else ""
        yield f"{where}: found {item['input']!r}, {needs}{quotes}"
