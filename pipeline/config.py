"""A run's config as frozen pydantic models; config_file.py reads them from YAML.

`configs/full.yml` lists every key with its default; `tests/pipeline/test_config.py` holds it against these models.
All of them are here, few lines each, so that the whole of a config is one page.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, cast

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    WrapValidator,
    field_validator,
    model_validator,
)

from ..filters.thresholds import STOP_WORDS, validated

UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}
SIZE = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)\s*")

# FineWeb2's README, "re-hydration": cluster size from which on -> how often a document is repeated.
README_WEIGHTS = {1: 1, 2: 2, 3: 3, 5: 5, 100: 8, 1000: 1}


def parse_size(value: object) -> object:
    """Bytes of a size such as `500 MB` or `64MiB`; a number is bytes already.

    >>> parse_size("500 MB"), parse_size("1 KiB"), parse_size(7)
    (500000000, 1024, 7)
    """
    match = SIZE.fullmatch(value) if isinstance(value, str) else None
    if match is None or match[2].upper() not in UNITS:
        return value
    return int(float(match[1]) * UNITS[match[2].upper()])


Bytes = Annotated[int, BeforeValidator(parse_size), Field(gt=0)]


def _one_or_many(value: object) -> object:
    return [value] if isinstance(value, str) else value


Strings = Annotated[tuple[str, ...], BeforeValidator(_one_or_many)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class Columns(Section):
    text: str = Field("text", description="column of the documents' text")
    id: str = Field("id", description="column of their ids; missing ones are made from content and place")
    url: str = Field("url", description="column of their URLs")
    date: str = Field("date", description="column of their dates")
    dump: str = Field("dump", description="column of the crawl they come from")


class Input(Section):
    path: Strings = Field(
        ..., min_length=1, description="file, folder, glob or fsspec URL, or a list of them"
    )
    format: Literal["parquet", "jsonl", "csv", "tsv", "warc", "arc", "wet", "arrow"] | None = Field(
        None, description="null: by each file's extension"
    )
    columns: Columns = Field(Columns(), description="names of the input's columns")
    dump: str | None = Field(None, description="value of `dump` where the input has no such column")
    extractor: Literal["trafilatura", "resiliparse"] = Field(
        "trafilatura", description="text of WARC pages: trafilatura (as published) or resiliparse (faster)"
    )
    slice_bytes: Bytes = Field(
        64_000_000, description="input of one annotate task; decides the number of tasks"
    )
    max_quarantined_fraction: float = Field(
        0.05,
        ge=0,
        le=1,
        description="share of unreadable documents above which the run ends with exit code 3",
    )


AUTO = "auto"


def _or_auto(value: object, handler: Callable[[object], float]) -> object:
    return AUTO if value == AUTO else handler(value)


def _column_named(value: str) -> str | None:
    """NAME, where a value is `column:NAME`."""
    kind, _, name = value.partition(":")
    return name if kind == "column" else None


class LanguageId(Section):
    model: str = Field(
        "lid176",
        description="lid176 or polysift (embedded), glotlid or openlid (of the hub), a fastText file, or column:NAME",
    )
    score_column: str | None = Field(
        None, description="with column:NAME, the column of its scores; null: 1.0"
    )
    threshold: Annotated[float, Field(ge=0, le=1), WrapValidator(_or_auto)] | None = Field(
        None,
        description="language_score_min of every language; auto: by the run's own scores (`language_score: auto` is "
        "short for it); null: each one's own",
    )
    sample_bytes: Annotated[Bytes, Field(ge=64)] | None = Field(
        None, description="read only parts of longer documents, this much of each; null: all of it"
    )

    script_mismatch: Literal["correct", "remove"] = Field(
        "correct",
        description="of a label in a script that its language is not written in; correct: the label takes the text's "
        "script; remove: the document goes",
    )
    agree_with: str | None = Field(
        None, description="a second model, by name or file: only documents that both label alike are kept"
    )
    mixed: bool = Field(
        False, description="measure mixed_language_fraction: identifies every line too; for a rule to use"
    )

    @field_validator("model")
    @classmethod
    def _named(cls, value: str) -> str:
        if value in ("", "column:"):
            raise ValueError("is empty; name a model, a model file or column:NAME")
        return value

    @property
    def automatic(self) -> bool:
        """Whether language_score_min comes from the run's own scores."""
        return cast(object, self.threshold) == AUTO

    @property
    def column(self) -> str | None:
        """The input's column that gives the language, if one does."""
        return _column_named(self.model)

    @property
    def uses_model(self) -> bool:
        """Whether a model reads text."""
        return self.column is None or self.agree_with is not None or self.mixed


class Languages(Section):
    include: Strings | None = Field(None, description="labels to keep, such as [por_Latn]; null: all")
    exclude: Strings = Field((), description="labels to remove, also of the included ones")
    configs: Strings = Field((), description="folders of <label>.yml files that win over the shipped ones")
    adapt: bool = Field(
        True, description="fit thresholds of labels without a config file on the run's own text"
    )


class Keep(Section):
    policy: Literal["first", "longest", "best", "column"] = Field(
        "first",
        description="first, longest, best (passes the rules, then language score, then length) or column; "
        "`keep: best` is short for it",
    )
    column: str | None = Field(None, description="the input's column that decides, such as date or source")
    order: Literal["newest", "oldest"] = Field("newest", description="with column: greatest or least value")
    values: Strings = Field((), description="with column: preferred values, the best first; wins over order")

    @model_validator(mode="after")
    def _column_given(self) -> Keep:
        if (self.policy == "column") != (self.column is not None):
            raise ValueError("policy: column and column: NAME go together")
        return self


def _short_policy(value: object) -> object:
    if isinstance(value, str):
        return {"policy": value}
    by_column = isinstance(value, dict) and "policy" not in value and "column" in value
    return {**value, "policy": "column"} if isinstance(value, dict) and by_column else value


class Index(Section):
    read: Strings = Field((), description="folders of earlier indexes to deduplicate against")
    write: str | None = Field(None, description="folder of the index to write of this run; null: none")
    drop: Literal["new", "old", "all", "report"] = Field(
        "new",
        description="of a document and an earlier one: new removes this run's, old and report leave it, all removes "
        "it and the others like it; matches/ of the dataset lists the earlier ones",
    )


class Lines(Section):
    more_than: int | None = Field(
        None,
        ge=1,
        description="a line that more documents of a site (host of the url) than this have is boilerplate, "
        "duplicates aside; null: off",
    )
    clean: bool = Field(False, description="leave such lines out of kept documents; their measures stay")


def _similarity_or_off(value: object) -> object:
    if value is True or value == "on":  # which would be read as 1.0
        raise ValueError("is no similarity; give one, such as 0.7, or off")
    return None if value is False or value == "off" else value


class Dedup(Section):
    ngram: int = Field(5, ge=1, le=100, description="words of a shingle")
    bands: int = Field(14, ge=1, le=255, description="bands of the signature")
    rows: int = Field(8, ge=1, le=255, description="hashes of a band")
    seed: int = Field(1, ge=0, lt=2**32, description="seed of the hash functions")
    normalise: Literal["recipe", "unicode"] = Field(
        "unicode",
        description="text as compared; unicode: accents go, vowel signs of Thai and Indic scripts and Hangul stay; "
        "recipe: as published, without them",
    )
    verify: Annotated[float | None, BeforeValidator(_similarity_or_off)] = Field(
        0.7,
        gt=0,
        le=1,
        description="least Jaccard similarity of a duplicate to the document kept; off: whatever bands connect, "
        "as published",
    )
    verify_exactly: bool = Field(
        True,
        description="with verify: read the texts where the sketches' estimate is within two standard errors of it",
    )
    keep: Annotated[Keep, BeforeValidator(_short_policy)] = Field(
        Keep(), description="document of a cluster to keep"
    )
    scope: str = Field(
        "language",
        description="duplicates are looked for within a language (language), the documents of a language with the same "
        "dump (dump) or value of a column, such as source (column:NAME), or over all languages (global)",
    )
    memory: Bytes = Field(
        2_000_000_000, description="memory of a worker's tables; larger languages go by disk"
    )
    index: Index = Field(Index(), description="deduplication against earlier runs")
    lines: Lines = Field(
        Lines(), description="lines that many documents of a site have: measured in the dataset"
    )

    @field_validator("scope")
    @classmethod
    def _known_scope(cls, value: str) -> str:
        if value not in ("language", "dump", "global") and not _column_named(value):
            raise ValueError("must be language, dump, global, or column:NAME with the name of a column")
        return value

    @model_validator(mode="after")
    def _across_dumps(self) -> Dedup:
        if self.scope_column is not None and (self.index.read or self.index.write):
            raise ValueError(
                f"index: goes across dumps and sources, which scope: {self.scope} does not; "
                "choose scope language or global"
            )
        return self

    @property
    def scope_column(self) -> str | None:
        """The column by which documents of a language are kept apart."""
        return "dump" if self.scope == "dump" else _column_named(self.scope)


class Formatting(Section):
    ftfy: bool = Field(True, description="repair encoding errors with ftfy")
    pii: bool = Field(True, description="replace e-mail addresses and public IP addresses")
    table_lines: bool = Field(True, description="replace runs of lines made only of | by a line break")


class Splits(Section):
    test_fraction: float = Field(
        0.01, ge=0, lt=1, description="share of a language's kept documents; 0: no test split"
    )
    test_max: int = Field(100_000, ge=0, description="documents of a language's test split at most")


class Mixture(Section):
    budget: float | None = Field(
        None,
        gt=0,
        description="size of the training mix; null: each document as often as its upsample_weight",
    )
    unit: Literal["documents", "words", "bytes", "tokens"] = Field(
        "words", description="what the budget counts"
    )
    tokenizer: str | None = Field(None, description="Hugging Face tokenizer.json, with unit: tokens")
    sampling: Literal["proportional", "temperature", "unimax", "shares"] = Field(
        "proportional", description="how the budget is divided among languages"
    )
    temperature: float = Field(
        3.3, gt=0, description="with sampling: temperature; 1: proportional, larger: flatter"
    )
    max_epochs: float = Field(
        4, gt=0, description="with sampling: unimax, how often a text is seen on average at most"
    )
    shares: dict[str, Annotated[float, Field(gt=0)]] = Field(
        {}, description="with sampling: shares, label -> part of the budget; they add up to 1"
    )

    @model_validator(mode="after")
    def _whole(self) -> Mixture:
        if (self.unit == "tokens") != (self.tokenizer is not None):
            raise ValueError("unit: tokens and tokenizer: FILE go together; give both or neither")
        if (self.sampling == "shares") != bool(self.shares):
            raise ValueError("sampling: shares and shares: {label: part} go together; give both or neither")
        if self.shares and abs(sum(self.shares.values()) - 1) > 1e-6:
            raise ValueError(f"shares add up to {sum(self.shares.values()):.6g}; they must add up to 1")
        if self.budget is None and self.sampling != "proportional":
            raise ValueError(f"sampling: {self.sampling} needs a budget")
        return self


class Rebalance(Section):
    weights: Literal["learned", "fineweb2"] | dict[int, int] = Field(
        "fineweb2",
        description="learned: from this run's removal rates; fineweb2: its README's table; or cluster size from which "
        "on -> upsample_weight",
    )
    max_repeats: int = Field(
        10, ge=1, description="learned: weight of the cluster size the rules remove least of"
    )
    smoothing: bool = Field(
        True, description="learned: shrink sizes with few documents, monotone tails; false: as published"
    )
    min_documents: int = Field(
        1000, ge=0, description="learned: documents below which a language takes its family's curve"
    )
    mixture: Mixture = Field(Mixture(), description="how much of each language makes the training mix")
    materialize: bool = Field(False, description="write the mix itself: rebalanced/<label>/, shuffled")
    seed: int = Field(1, ge=0, lt=2**32, description="of the mix's order and of its rounding of repeats")

    @field_validator("weights")
    @classmethod
    def _from_one(cls, value: str | dict[int, int]) -> str | dict[int, int]:
        if isinstance(value, str):
            return value
        if 1 not in value or min(value) < 1 or min(value.values()) < 0:
            raise ValueError("must start at cluster size 1 and hold no negative weight")
        return dict(sorted(value.items()))

    @property
    def table(self) -> dict[int, int] | None:
        """The weights given for all languages; None where they are learned."""
        if isinstance(self.weights, dict):
            return self.weights
        return README_WEIGHTS if self.weights == "fineweb2" else None


class Export(Section):
    removed: bool = Field(True, description="write removed/<label>/ with each document's reason and measures")
    shard_bytes: Bytes = Field(500_000_000, description="uncompressed size of a shard at most")
    row_group_bytes: Bytes = Field(100_000_000, description="uncompressed size of a row group, about")
    compression_level: int = Field(3, ge=1, le=22, description="zstd level")


class Card(Section):
    name: str = Field("polysift dataset", min_length=1, description="title of the dataset card")
    license: str = Field("other", min_length=1, description="licence identifier of the Hugging Face hub")
    description: str = Field("", description="a paragraph for the card")


class Slurm(Section):
    partition: str = Field("main", description="partition of the jobs")
    time: str = Field("24:00:00", description="time limit of a job")
    cpus_per_task: int = Field(1, ge=1, description="processors of a task")
    mem_per_cpu_gb: int = Field(2, ge=1, description="memory of a processor, in GB")
    sbatch_args: dict[str, str] = Field({}, description="other sbatch options, such as account")
    env_command: str | None = Field(
        None,
        description="shell line that enters the environment on a node; null: this interpreter's bin on PATH",
    )


class Ray(Section):
    address: str | None = Field(None, description="address of the cluster; null: RAY_ADDRESS or a local one")
    cpus_per_task: int = Field(1, ge=1, description="processors of a task")
    mem_per_cpu_gb: float = Field(2, gt=0, description="memory of a processor, in GB")


class Executor(Section):
    kind: Literal["local", "slurm", "ray"] = Field("local", description="local, slurm or ray")
    workers: int | None = Field(
        None, ge=1, description="tasks at a time; null: all cores (local) or no limit"
    )
    memory: Bytes = Field(
        1_000_000_000,
        ge=600_000_000,
        description="memory of a worker; documents that need more are quarantined",
    )
    slurm: Slurm = Field(Slurm(), description="with kind: slurm")
    ray: Ray = Field(Ray(), description="with kind: ray")

    @property
    def tasks_at_a_time(self) -> int:
        """Of the local executor."""
        return self.workers or len(os.sched_getaffinity(0))


class Config(Section):
    """A run. Paths are absolute or URLs once loaded by `load`, but for the input's: files are known by them."""

    _base: str = PrivateAttr(".")

    input: Input = Field(..., description="what to read")
    output: str = Field(..., min_length=1, description="folder or URL of the dataset")
    work: str | None = Field(
        None, description="folder or URL of annotations and decisions; null: <output>.work"
    )
    language_id: LanguageId = Field(LanguageId(), description="how documents get their language")
    languages: Languages = Field(Languages(), description="which languages, and their configs")
    words: Literal["unicode", "datatrove"] = Field(
        "unicode",
        description="unicode: ICU's word boundaries; datatrove: the tokenizers of the published recipe",
    )
    presets: Literal["polysift", "fineweb2"] | None = Field(
        None,
        description="shipped thresholds: polysift (for words: unicode), fineweb2 (as published); null: by words",
    )
    dedup: Dedup = Field(Dedup(), description="MinHash deduplication, per language")
    rules: dict[str, Any] = Field({}, description="thresholds that win in every language; null: off")
    formatting: Formatting = Field(Formatting(), description="changes to the text of kept documents")
    splits: Splits = Field(Splits(), description="test split, decided by content; clusters are never divided")
    rebalance: Rebalance = Field(
        Rebalance(), description="upsample_weight by cluster size, and the training mix"
    )
    export: Export = Field(Export(), description="the dataset's files")
    card: Card = Field(Card(), description="the dataset's card")
    executor: Executor = Field(Executor(), description="where tasks run")

    @model_validator(mode="before")
    @classmethod
    def _short_score(cls, values: Any) -> Any:
        """`language_score: auto`, as the recipe names the key, is `language_id: {threshold: auto}`."""
        if not isinstance(values, dict) or "language_score" not in values:
            return values
        rest = {key: value for key, value in values.items() if key != "language_score"}
        section = rest.get("language_id") or {}
        if not isinstance(section, dict) or section.get("threshold") is not None:
            return values  # given twice: refused as an unknown key
        return {**rest, "language_id": {**section, "threshold": values["language_score"]}}

    @field_validator("rules")
    @classmethod
    def _possible_rules(cls, value: dict[str, Any]) -> dict[str, float | None]:
        values, problems = validated({name: value[name] for name in value if name != STOP_WORDS}, {})
        if STOP_WORDS in value:
            problems.append(
                f"{STOP_WORDS}: no such key: stop words belong to a language; see languages.configs"
            )
        if problems:
            raise ValueError("; ".join(problems))
        return values

    @property
    def base(self) -> str:
        """Folder that relative paths of the input start from: that of the YAML file."""
        return self._base

    @property
    def work_url(self) -> str:
        return self.work or f"{self.output.rstrip('/')}.work"

    @property
    def overrides(self) -> dict[str, float | None]:
        """Thresholds that hold in every language."""
        threshold = self.language_id.threshold
        return {**self.rules, **({"language_score_min": threshold} if isinstance(threshold, float) else {})}

    @property
    def shipped_presets(self) -> str:
        """The shipped thresholds that go with the run's words, where it does not name others."""
        return self.presets or ("fineweb2" if self.words == "datatrove" else "polysift")


def flat(section: BaseModel | Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """A section as `{dotted key: JSON value}`, for fingerprints that say which key has changed."""
    items = section.model_dump(mode="json") if isinstance(section, BaseModel) else section
    result: dict[str, Any] = {}
    for key, value in items.items():
        if isinstance(value, dict) and value:
            result |= flat(value, f"{prefix}{key}.")
        else:
            result[f"{prefix}{key}"] = value
    return result
