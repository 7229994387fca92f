import pyarrow as pa

from .formatting import format_text


def format_batch(texts, options):
    return pa.array([format_text(t, options) for t in texts.to_pylist()], pa.string())
