"""Text in no language: numbers and tables, lists of links, program code, random characters.

Some of the code is real (`data/code_lines.parquet`), all else is made from rules.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyarrow.parquet as pq

T = TypeVar("T")
Maker = Callable[[np.random.Generator], str]

NO_LANGUAGE = "zxx_Zxxx"
"""The label of what is no language: ISO 639's "no linguistic content", ISO 15924's "unwritten"."""

RANDOM = "und_Latn"
"""The label of letters that make no words; `und` is ISO 639's "undetermined"."""

CODE_LINES = Path(__file__).parent.parent / "data" / "code_lines.parquet"
CODE_HELD_OUT = 10  # every tenth snippet is kept from training

_LOWER = "abcdefghijklmnopqrstuvwxyz"
_HEX = "0123456789abcdef"
_BASE64 = _LOWER + _LOWER.upper() + "0123456789+/"
_DOMAINS = ("com", "org", "net", "io", "de", "ru", "fr", "co.uk", "info", "cn", "com.br", "edu", "jp", "in")
_EXTENSIONS = ("html", "php", "jpg", "png", "pdf", "js", "css", "aspx", "zip", "mp4", "xml")
_PARAMETERS = ("id", "page", "q", "ref", "utm_source", "lang", "p", "cat", "sort", "v")
_UNITS = ("", "", "", "%", "€", "$", "km", "kg", "MB", "px", "°C", "ms", "GHz", "cm")
_KEYWORDS = tuple(
    str.split(
        "if else for while return def class import from function var let const int void public static new "
        "null true false try catch throw struct enum switch case break continue elif lambda yield async await "
        "self this end echo print printf include define typedef unsigned char float double string bool select "
        "where insert into values update join order group by limit create table drop sudo apt install git "
        "commit push pull npm run"
    )
)
_COMMANDS = tuple(
    str.split(
        "git docker npm cargo adb apt brew yum pip curl wget ssh scp tar grep sed awk find systemctl kubectl aws "
        "gcloud az openssl ffmpeg python node make cmake gcc go dotnet gradle mvn php ruby helm terraform rsync chmod "
        "chown ls cp mv"
    )
)
_OPERATORS = (
    "=",
    "==",
    "!=",
    "+",
    "-",
    "*",
    "/",
    "%",
    "&&",
    "||",
    "<",
    ">",
    "<=",
    ">=",
    "->",
    "=>",
    ":",
    "::",
    "+=",
)
_TAGS = (
    "div",
    "span",
    "a",
    "p",
    "li",
    "ul",
    "td",
    "tr",
    "table",
    "img",
    "script",
    "h1",
    "h2",
    "br",
    "input",
    "meta",
)
_ATTRIBUTES = ("class", "id", "href", "src", "style", "name", "type", "value", "width", "height")
# Fragments of identifiers, in the English that programs are written in.
_PARTS = tuple(
    str.split(
        "get set is has to of on by max min num idx len str buf ptr ctx req res err msg cfg opt val key node "
        "list map size count index item data file path name user time date type state value result error "
        "handler service manager factory util helper test model view controller config option parser buffer "
        "stream socket thread queue stack tree graph hash table array vector matrix event callback listener "
        "request response client server"
    )
)


def noise_lines(count: int, rng: np.random.Generator, held_out: bool = False) -> list[tuple[str, str]]:
    """`count` lines of noise with their labels, a tenth of them random letters.

    Snippets of real code are others with `held_out` than without.

    >>> lines = noise_lines(10, np.random.default_rng(1))
    >>> sorted({label for _, label in lines})
    ['und_Latn', 'zxx_Zxxx']
    """
    snippets = real_code(held_out)
    makers: tuple[Maker, ...] = (
        lambda r: _pick(snippets, r),
        lambda r: _pick(snippets, r),
        lambda r: _part(_pick(snippets, r), r),
        code,
        links,
        links,
        numbers,
        markup,
        records,
        command,
    )
    lines = [(_line(makers[i % len(makers)], rng), NO_LANGUAGE) for i in range(count - count // 10)]
    return lines + [(random_letters(rng), RANDOM) for _ in range(count // 10)]


@cache
def real_code(held_out: bool) -> tuple[str, ...]:
    """Snippets of programs, each on one line: a tenth of those there are, or all others."""
    texts = pq.read_table(CODE_LINES, columns=["text"])["text"].to_pylist()
    return tuple(text for i, text in enumerate(texts) if (i % CODE_HELD_OUT == 0) == held_out)


def address(rng: np.random.Generator) -> str:
    """A web or mail address that looks like one."""
    host = f"{_word(rng)}.{_pick(_DOMAINS, rng)}"
    kind = rng.random()
    if kind < 0.15:
        return f"{_word(rng)}@{host}"
    start = _pick(("https://", "http://", "https://www.", "www.", ""), rng)
    path = "".join(f"/{_slug(rng)}" for _ in range(int(rng.integers(0, 4))))
    end = f".{_pick(_EXTENSIONS, rng)}" if path and rng.random() < 0.4 else ""
    query = f"?{_pick(_PARAMETERS, rng)}={_slug(rng)}" if rng.random() < 0.3 else ""
    return start + host + path + end + query


def number(rng: np.random.Generator) -> str:
    """A number, a date, a time, a price or a measure."""
    n = int(10 ** rng.uniform(0, 7))
    kinds: tuple[Callable[[], str], ...] = (
        lambda: str(n),
        lambda: f"{n:,}",
        lambda: f"{n / 100:.2f}",
        lambda: f"{n % 31 + 1:02}.{n % 12 + 1:02}.{1950 + n % 80}",
        lambda: f"{1950 + n % 80}-{n % 12 + 1:02}-{n % 28 + 1:02}",
        lambda: f"{n % 24:02}:{n % 60:02}",
        lambda: f"{n % 1000}{_pick(_UNITS, rng)}",
        lambda: f"+{n % 99} {n % 1000:03} {n}",
    )
    return _pick(kinds, rng)()


def numbers(rng: np.random.Generator) -> str:
    """Cells of a table, scores, or digits."""
    separator = _pick((" ", " | ", ", ", "; ", " - ", "\t"), rng)
    return separator.join(number(rng) for _ in range(int(rng.integers(3, 25))))


def links(rng: np.random.Generator) -> str:
    """One address, or a list of some, with or without names."""
    separator = _pick((" ", ", ", " | ", " - ", " * "), rng)
    named = rng.random() < 0.2
    return separator.join(
        f"[{_word(rng).title()}]({address(rng)})" if named else address(rng)
        for _ in range(int(rng.integers(1, 10)))
    )


def records(rng: np.random.Generator) -> str:
    """Lines of logs, tables, settings, or lists of paths."""
    paths = "".join(f"/{_identifier(rng)}" for _ in range(int(rng.integers(1, 6))))
    octets = ".".join(map(str, rng.integers(0, 256, 4)))
    separator = _pick((",", ";", "\t", " | "), rng)
    forms: tuple[Callable[[], str], ...] = (
        lambda: f"{number(rng)} {octets} GET {paths}.{_pick(_EXTENSIONS, rng)} {_pick((200, 301, 404), rng)}",
        lambda: separator.join(_value(rng) for _ in range(int(rng.integers(3, 15)))),
        lambda: " ".join(f"{_identifier(rng)}={_value(rng)}" for _ in range(int(rng.integers(1, 9)))),
        lambda: f"{paths}.{_pick(_EXTENSIONS, rng)}",
        lambda: " ".join(_identifier(rng) for _ in range(int(rng.integers(1, 8)))),
    )
    return _pick(forms, rng)()


def code(rng: np.random.Generator) -> str:
    """Statements of no language in particular that look like programs."""
    return _pick(("; ", " ", " { ", " } "), rng).join(_statement(rng) for _ in range(int(rng.integers(2, 9))))


def command(rng: np.random.Generator) -> str:
    """What is typed at a prompt."""
    name = _pick(_COMMANDS, rng) if rng.random() < 0.7 else _word(rng)
    forms: tuple[Callable[[], str], ...] = (
        lambda: f"--{_pick(_PARTS, rng)}-{_pick(_PARTS, rng)}",
        lambda: f"-{_pick(_LOWER, rng)}",
        lambda: f"--{_pick(_PARTS, rng)}={_value(rng)}",
        lambda: f"{{{{{_word(rng)}_{_pick(_PARTS, rng)}}}}}",
        lambda: f"{_pick(_PARTS, rng)}",
        lambda: f"./{_word(rng)}/{_identifier(rng)}.{_pick(_EXTENSIONS, rng)}",
    )
    words = [_pick(forms, rng)() for _ in range(int(rng.integers(1, 5)))]
    return f"{_pick(('', '', '', '$ ', 'sudo '), rng)}{name} {' '.join(words)}"


def markup(rng: np.random.Generator) -> str:
    """Tags, JSON or base64 without text between."""
    kind = rng.random()
    if kind < 0.2:
        return "".join(rng.choice(list(_BASE64), int(rng.integers(30, 200))))
    if kind < 0.3:
        return " ".join("".join(rng.choice(list(_HEX), 8)) for _ in range(int(rng.integers(3, 20))))
    if kind < 0.55:
        pairs = (f'"{_identifier(rng)}": {_value(rng)}' for _ in range(int(rng.integers(2, 10))))
        return "{" + ", ".join(pairs) + "}"
    return " ".join(_tag(rng) for _ in range(int(rng.integers(3, 12))))


def random_letters(rng: np.random.Generator) -> str:
    """Letters in random order, in lengths as of words."""
    upper = rng.random() < 0.03
    words = (
        "".join(rng.choice(list(_LOWER), int(rng.integers(2, 12)))) for _ in range(int(rng.integers(2, 25)))
    )
    return " ".join(word.upper() if upper else word for word in words)


def _line(maker: Maker, rng: np.random.Generator) -> str:
    return " ".join(maker(rng).split())


def _part(text: str, rng: np.random.Generator) -> str:
    """Up to eight of the text's words in a row."""
    words = text.split(" ")
    start = int(rng.integers(0, len(words)))
    return " ".join(words[max(0, start - 8) : start + 1])


def _statement(rng: np.random.Generator) -> str:
    name, other = _identifier(rng), _identifier(rng)
    keyword = _pick(_KEYWORDS, rng)
    forms: tuple[Callable[[], str], ...] = (
        lambda: f"{keyword} {name} {_pick(_OPERATORS, rng)} {_value(rng)}",
        lambda: f"{name}.{other}({_value(rng)}, {_identifier(rng)})",
        lambda: f"{name} = {other}[{_value(rng)}]",
        lambda: f"{keyword} ({name} {_pick(_OPERATORS, rng)} {other})",
        lambda: f"{keyword} {name}({other}):",
        lambda: f"#include <{name}.h>",
        lambda: f"import {name} as {other}",
        lambda: f"from {name}.{other} import {_identifier(rng)}, {_identifier(rng)}",
        lambda: f"for (int i = 0; i < {name}; i++) {{ {other}[i] = {_value(rng)}",
        lambda: f"SELECT {name}, {other} FROM {_pick(_PARTS, rng)} WHERE {name} = {_value(rng)}",
        lambda: (
            f"public {keyword} {name}({other.title()} {other}) throws {_pick(_PARTS, rng).title()}Exception"
        ),
        lambda: f"const {name} = require('{other}')",
        lambda: f"export default {name}.{other}(({_pick(_PARTS, rng)}) => {{ {keyword} {_value(rng)} }})",
        lambda: f"fn {name}({other}: &str) -> Result<{_pick(_PARTS, rng).title()}>",
        lambda: f"{keyword} --{other} -{_pick(_LOWER, rng)} /{name}/{other}",
        lambda: f"{name}->{other}{_pick(('++', '--', '()', ''), rng)}",
        lambda: f"${name} = ${other} . '{_pick(_PARTS, rng)}'",
    )
    return _pick(forms, rng)()


def _tag(rng: np.random.Generator) -> str:
    tag = _pick(_TAGS, rng)
    if rng.random() < 0.3:
        return f"</{tag}>"
    value = address(rng) if rng.random() < 0.3 else _identifier(rng)
    return f'<{tag} {_pick(_ATTRIBUTES, rng)}="{value}">'


def _value(rng: np.random.Generator) -> str:
    makers: tuple[Maker, ...] = (
        number,
        _identifier,
        lambda r: f'"{_identifier(r)}"',
        lambda r: str(r.integers(100)),
    )
    return _pick(makers, rng)(rng)


def _identifier(rng: np.random.Generator) -> str:
    parts = [_pick(_PARTS, rng) for _ in range(int(rng.integers(1, 4)))]
    style = rng.random()
    if style < 0.4:
        return "_".join(parts)
    if style < 0.8:
        return parts[0] + "".join(map(str.title, parts[1:]))
    return "".join(map(str.title, parts)) if style < 0.9 else "_".join(parts).upper()


def _slug(rng: np.random.Generator) -> str:
    makers: tuple[Maker, ...] = (_word, lambda r: str(r.integers(10**6)), lambda r: f"{_word(r)}-{_word(r)}")
    return _pick(makers, rng)(rng)


def _word(rng: np.random.Generator) -> str:
    """Letters that can be pronounced, such as names of sites have."""
    return "".join(
        _pick("bcdfghjklmnprstvwz", rng) + _pick("aeiou", rng) for _ in range(int(rng.integers(2, 5)))
    )


def _pick(options: Sequence[T], rng: np.random.Generator) -> T:
    return options[int(rng.integers(len(options)))]
