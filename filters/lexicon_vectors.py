"""Eight words at a time, in the kernel that looks words up: what numba has no word for, in LLVM's terms.

Nothing here looks at bounds: what is read or written must be there.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core.cgutils import get_or_insert_function
from numba.extending import intrinsic

from ..langid.vectors import LONG, WORD, address_of, splat

LANES = 8
_LONGS, _FLAGS = ir.VectorType(LONG, LANES), ir.VectorType(ir.IntType(1), LANES)
_POINTERS = ir.VectorType(LONG.as_pointer(), LANES)


def _all(value: int) -> Any:
    return ir.Constant(_LONGS, [value] * LANES)


def _gathered(builder: Any, first: Any, places: Any, flags: Any) -> Any:
    """What stands at places behind a pointer, 0 where the flag is not set."""
    shifted = builder.shl(places, _all(3))
    addresses = builder.add(builder.ptrtoint(splat(builder, first, LANES), _LONGS), shifted)
    shape = ir.FunctionType(_LONGS, [_POINTERS, WORD, _FLAGS, _LONGS])
    gather = get_or_insert_function(builder.module, shape, "llvm.masked.gather.v8i64.v8p0")
    return builder.call(gather, [builder.inttoptr(addresses, _POINTERS), WORD(8), flags, _all(0)])


def _put(builder: Any, values: Any, flags: Any, place: Any) -> Any:
    """Writes the values that are flagged, one after the other, and anything behind them; how many they are."""
    shape = ir.FunctionType(_LONGS, [_LONGS, _FLAGS, _LONGS])
    compress = get_or_insert_function(builder.module, shape, "llvm.experimental.vector.compress.v8i64")
    builder.store(builder.call(compress, [values, flags, _all(0)]), place, align=8)
    return builder.zext(builder.ctpop(builder.bitcast(flags, ir.IntType(LANES))), LONG)


@intrinsic  # type: ignore[untyped-decorator]
def follow_lanes(  # noqa: PLR0917
    typing: Any, entries: Any, known: Any, followed: Any, at: Any, size: Any, to: Any, found: Any, count: Any
) -> Any:
    """One step of `lexicon.find_words` for what is `followed` from `at` on, eight at most, up to `size`.

    What is still followed is written from `to` on, which is at most `at`, and words to `found` from `count` on. How
    many are followed, and 256 times how many words there are.
    """

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kinds = signature.args
        entries, known, followed, at, size, to, found, count = arguments

        def place(number: int, array: Any, index: Any, element: Any) -> Any:
            return address_of(context, builder, kinds[number], (array, index), element)

        here = builder.load(place(2, followed, at, _LONGS), align=8)
        lanes = ir.Constant(_LONGS, list(range(LANES)))
        there = builder.icmp_signed("<", lanes, splat(builder, builder.sub(size, at), LANES))
        places = builder.and_(here, _all(0xFFFF))
        numbers = _gathered(builder, place(1, known, LONG(0), LONG), places, there)
        numbers = builder.and_(numbers, _all(0xFFFF))
        slots = builder.add(builder.lshr(here, _all(32)), numbers)
        entry = _gathered(builder, place(0, entries, LONG(0), LONG), slots, there)
        fits = builder.icmp_unsigned("==", builder.and_(entry, _all(0xFFFF)), numbers)
        fits = builder.and_(fits, there)
        begun, above = builder.and_(here, _all(0xFFFFFFFF)), builder.and_(entry, _all(-1 << 32))
        values = builder.and_(entry, _all(0xFFFF0000))
        words = builder.and_(fits, builder.icmp_unsigned("!=", values, _all(0)))
        words_found = builder.or_(builder.shl(values, _all(16)), begun)
        added = _put(builder, words_found, words, place(6, found, count, _LONGS))
        going_on = builder.and_(fits, builder.icmp_unsigned("!=", above, _all(0)))
        ahead = builder.add(builder.or_(above, begun), _all(1))
        kept = _put(builder, ahead, going_on, place(2, followed, to, _LONGS))
        return builder.or_(kept, builder.shl(added, LONG(8)))

    shape = (entries, known, followed, types.intp, types.int64, types.intp, found, types.intp)
    return types.int64(*shape), build
