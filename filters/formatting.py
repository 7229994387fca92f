"""Changes to the text of kept documents: encoding repairs, personal data, lines of table borders.

As the recipe formats after its rules: datatrove's FTFYFormatter, PIIFormatter and SymbolLinesFormatter, in
that order (github.com/huggingface/datatrove 0.10, Apache-2.0). tests/filters/test_formatting.py holds each
step equal to a fresh instance of its block per document. datatrove's PII block goes on counting its
replacements from one document to the next, so that a text depends on those before it; here it depends on
nothing else.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from itertools import cycle, groupby
from string import ascii_letters, digits
from typing import NamedTuple

import ftfy

# Repairs of wrong encoding only. What would replace correct characters by others (ligatures, full-width
# forms, curly quotes, line breaks, Unicode normal forms) stays off, so that models meet text as people
# write it.
FTFY = ftfy.TextFixerConfig(
    unescape_html="auto",
    remove_terminal_escapes=True,
    fix_encoding=True,
    restore_byte_a0=True,
    replace_lossy_sequences=True,
    decode_inconsistent_utf8=True,
    fix_c1_controls=True,
    fix_latin_ligatures=False,
    fix_character_width=False,
    uncurl_quotes=False,
    fix_line_breaks=False,
    fix_surrogates=True,
    remove_control_chars=True,
    normalization=None,
)

# The recipe's replacements, used in turn. The domains are reserved (RFC 2606); no host answered at the IP
# addresses when datatrove's authors chose them.
EMAILS = ("email@example.com", "firstname.lastname@example.org")
IP_ADDRESSES = (
    "22.214.171.124",
    "126.96.36.199",
    "188.8.131.52",
    "184.108.40.206",
    "220.127.116.11",
    "18.104.22.168",
)

# The recipe's e-mail addresses: a dotted local part, then a dotted name or an IP address in brackets. They
# are found from the @ backwards: tried from every possible start, a megabyte of letters without @ would be
# read again from each. Possessive quantifiers (++) keep each part linear and lose nothing: what must follow
# a part is never what the part could take.
ATOM = f"{ascii_letters}{digits}!#$%&'*+/=?^_`{{|}}~-"
START = re.compile(rf"\b[{re.escape(ATOM)}]")
OCTET = "(?:25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)"
NAME = "[A-Za-z0-9]++(?:-++[A-Za-z0-9]++)*+"
DOMAIN = re.compile(rf"{NAME}(?:\.{NAME})++|\[(?:{OCTET}\.){{3}}(?:{OCTET}|[A-Za-z0-9-]*[A-Za-z0-9]:)\]")
IP_ADDRESS = re.compile(rf"(?:{OCTET}\.){{3}}{OCTET}")
NUMBERS = re.compile(r"[0-9][0-9.]{6,}")  # found faster than addresses, which lie within


class FormattingOptions(NamedTuple):
    """Which of the steps to take, in this order."""

    ftfy: bool = True
    """Repair of wrong encodings, HTML entities, surrogates, control characters and terminal escapes."""
    pii: bool = True
    """E-mail addresses and public IP addresses replaced by made-up ones."""
    table_lines: bool = True
    """A run of lines made only of | and spaces replaced by a newline; all line ends become newlines."""


def format_text(text: str, options: FormattingOptions) -> str:
    """The text as it is exported; depends on nothing but text and options.

    >>> format_text("schÃ¶n: anna.mueller@web.de\\n| | |\\n||\\nСервер 8.8.8.8", FormattingOptions())
    'schön: email@example.com\\n\\n\\nСервер 22.214.171.124'
    """
    if options.ftfy:
        text = repair(text)
    if options.pii:
        text = replace_ip_addresses(replace_emails(text))
    if options.table_lines:
        text = replace_table_lines(text)
    return text


def repair(text: str) -> str:
    """Wrong encodings and the like repaired by ftfy.

    >>> repair("schÃ¶n &amp; gut")
    'schön & gut'
    """
    repaired: str = ftfy.fix_text(text, config=FTFY)
    return repaired


def replace_emails(text: str) -> str:
    """E-mail addresses replaced by `EMAILS` in turn, from the first one in every document.

    >>> replace_emails("a@b.de, c@d.pt, e@f.jp; not: a@b")
    'email@example.com, firstname.lastname@example.org, email@example.com; not: a@b'
    """
    replacements, pieces, end = cycle(EMAILS), [], 0
    for start, stop in _emails(text):
        pieces += [text[end:start], next(replacements)]
        end = stop
    return "".join((*pieces, text[end:]))


def _emails(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each e-mail address, as a regex search from left to right would find them."""
    end, at = 0, -1
    for before in text.split("@")[:-1]:
        first, at = at + 1 + len(before.rstrip(f"{ATOM}.")), at + 1 + len(before)
        domain = DOMAIN.match(text, at + 1)
        if domain is None or first == at or text[at - 1] == ".":
            continue
        double_dot = text.rfind("..", first, at)  # no local part reaches across it
        start = START.search(text, max(end, first, double_dot + 2 if double_dot >= 0 else 0), at)
        if start:
            end = domain.end()
            yield start.start(), end


def replace_ip_addresses(text: str) -> str:
    """Public IPv4 addresses replaced by `IP_ADDRESSES` in turn, from the first one in every document.

    >>> replace_ip_addresses("9.9.9.9 and 192.168.0.1")
    '22.214.171.124 and 192.168.0.1'
    """
    replacements = cycle(IP_ADDRESSES)

    def replaced(address: re.Match[str]) -> str:
        return next(replacements) if _is_public(address[0]) else address[0]

    return NUMBERS.sub(lambda numbers: IP_ADDRESS.sub(replaced, numbers[0]), text)


def _is_public(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_global
    except ValueError:  # a leading zero: the recipe's expression matches it, but it is no address
        return False


def replace_table_lines(text: str) -> str:
    """Each run of lines made only of | and spaces becomes a newline in their place, so two empty lines.

    As in the recipe, lines are those of `str.splitlines`: every other line end becomes a newline, and the
    last one is dropped.

    >>> replace_table_lines("a\\n| |\\n||\\nb\\r\\n")
    'a\\n\\n\\nb'
    """
    lines = text.splitlines()
    if "|" in text:
        runs = groupby(lines, key=_is_table_line)
        lines = [line for is_table, run in runs for line in (["\n"] if is_table else run)]
    return "\n".join(lines)


def _is_table_line(line: str) -> bool:
    return "|" in line and not line.strip("| ")
