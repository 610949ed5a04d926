"""Arrays of counts inside a JSON file: compressed numbers, and beside them how to read them.

A packed array is `{"dtype": "<u2", "shape": [200, 5], "zlib": "eNp9..."}`, its numbers row by row as little-endian
unsigned integers of the fewest bytes that hold the largest, compressed with zlib and written in base64. Without this
package:

>>> import base64, zlib, numpy as np
>>> packed = {"dtype": "|u1", "shape": [2, 3], "zlib": "eNpjZGJmYWUDAAA+ABY="}
>>> np.frombuffer(zlib.decompress(base64.b64decode(packed["zlib"])), packed["dtype"]).reshape(packed["shape"])
array([[1, 2, 3],
       [4, 5, 6]], dtype=uint8)
"""

import base64
import math
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEVEL = 9
DTYPES = ("|u1", "<u2", "<u4", "<u8")
MOST = 2**22  # numbers of an array: a thousand times those of 1,000 worlds in four bins


def pack(counts: NDArray[np.integer]) -> dict[str, Any]:
    """An array of whole numbers from 0 on, of any shape, packed; the same text each time with the same zlib.

    Raises:
        ValueError: if a number is below 0.
    """
    if (counts < 0).any():
        raise ValueError(f"Counts are 0 or more, got {counts.min()}.")
    smallest = counts.astype(np.min_scalar_type(counts.max(initial=0)).newbyteorder("<"))
    compressed = zlib.compress(smallest.tobytes(), LEVEL)
    return {
        "dtype": smallest.dtype.str,
        "shape": list(smallest.shape),
        "zlib": base64.b64encode(compressed).decode("ascii"),
    }


def unpack(packed: Any) -> NDArray[np.int64]:
    """The array; nested lists, as result files had before there were packed ones, are one too.

    A few bytes may unpack to any size, and files come from others: no more is unpacked than the shape says.

    Raises:
        KeyError, TypeError, ValueError: if it is neither.
    """
    if isinstance(packed, list):
        numbers = np.array(packed)
        if numbers.size and numbers.dtype.kind not in "iu":
            raise ValueError(f"counts are whole numbers, got {numbers.dtype}")
        return numbers.astype(np.int64, copy=False)
    if packed["dtype"] not in DTYPES:
        raise ValueError(f"a packed array has one of the types {', '.join(DTYPES)}, got {packed['dtype']}")
    n_numbers = math.prod(packed["shape"])
    if not 0 <= n_numbers <= MOST:
        raise ValueError(f"a packed array has at most {MOST:,} numbers, this one says {n_numbers:,}")
    n_bytes = n_numbers * np.dtype(packed["dtype"]).itemsize
    try:
        content = zlib.decompressobj().decompress(base64.b64decode(packed["zlib"], validate=True), n_bytes + 1)
    except zlib.error as error:
        raise ValueError(f"a packed array is broken: {error}") from None
    if len(content) != n_bytes:
        raise ValueError(f"a packed array is broken: its shape {packed['shape']} is not that of its numbers")
    return np.frombuffer(content, packed["dtype"]).reshape(packed["shape"]).astype(np.int64)
