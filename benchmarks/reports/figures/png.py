"""Text metadata in a PNG file, in the PNG specification's chunks `tEXt`."""

import struct
import zlib
from collections.abc import Iterator

SIGNATURE, KIND = b"\x89PNG\r\n\x1a\n", b"tEXt"
N_AROUND = 12  # bytes of a chunk but its content: its length, its kind and a checksum


def with_text(content: bytes, keyword: str, text: str) -> bytes:
    """The file with a text more, both ASCII, before its end; the pixels stay as they are."""
    chunk = KIND + keyword.encode("ascii") + b"\0" + text.encode("ascii")
    whole = struct.pack(">I", len(chunk) - len(KIND)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return content[:-N_AROUND] + whole + content[-N_AROUND:]


def text_of(content: bytes, keyword: str) -> str | None:
    """The text of that keyword in a file; None if it has none."""
    start = keyword.encode("ascii") + b"\0"
    texts = (body for kind, body in _chunks(content) if kind == KIND and body.startswith(start))
    found = next(texts, None)
    return None if found is None else found[len(start) :].decode("ascii")


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and content of each."""
    at = len(SIGNATURE)
    while at < len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        yield content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        at += N_AROUND + length
