"""Make zip and tar archives for tests, sound ones and ones that lie."""

import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping

Member = tuple[str, bytes]


def zip_of(members: Iterable[Member], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip archive; a name may stand twice."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, payload in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = compression
            archive.writestr(info, payload)
    return stream.getvalue()


def tar_of(
    members: Iterable[Member],
    packing: str = "",
    change: Callable[[tarfile.TarInfo], None] = lambda info: None,
    tar_format: int = tarfile.PAX_FORMAT,
    pax_headers: Mapping[str, str] | None = None,
) -> bytes:
    """Return a tar archive, packed by ``gz``, ``bz2``, ``xz`` or not; each header may be changed."""
    stream = io.BytesIO()
    with tarfile.open(
        fileobj=stream, mode=f"w:{packing}", format=tar_format, pax_headers=pax_headers
    ) as archive:
        for name, payload in members:
            info = tarfile.TarInfo(name)
            info.size = len(payload)
            change(info)
            archive.addfile(
                info
            )  # the header alone: a changed one may tell of bytes that are not there
            archive.fileobj.write(payload.ljust(-(-len(payload) // 512) * 512, b"\0"))
    return stream.getvalue()


def zip_by_hand(
    name: bytes,
    payload: bytes,
    *,
    told_bytes: int | None = None,
    told_crc: int | None = None,
    local_name: bytes | None = None,
    flags: int = 0,
    method: int = 8,
    mode: int = 0,
    tail: bytes = b"",
    finished: bool = True,
) -> bytes:
    """Return a zip archive of one member whose headers may lie about size, checksum, name, flags, method and mode.

    ``tail`` follows the deflated bytes within the member; without ``finished`` they have no end mark.
    """
    deflater = zlib.compressobj(wbits=-15)
    end = zlib.Z_FINISH if finished else zlib.Z_SYNC_FLUSH
    packed = payload if method == 0 else deflater.compress(payload) + deflater.flush(end)
    packed += tail
    size = len(payload) if told_bytes is None else told_bytes
    checksum = zlib.crc32(payload) if told_crc is None else told_crc
    sizes = struct.pack("<LLL", checksum, len(packed), size)
    there = name if local_name is None else local_name
    local = b"PK\x03\x04" + struct.pack("<HHHHH", 20, flags, method, 0, 33)
    local += sizes + struct.pack("<HH", len(there), 0) + there + packed
    central = b"PK\x01\x02" + struct.pack("<HHHHHH", 0x314, 20, flags, method, 0, 33)
    central += sizes + struct.pack("<HHHHHLL", len(name), 0, 0, 0, 0, mode << 16, 0) + name
    last = b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 1, 1, len(central), len(local), 0)
    return local + central + last


ARCHIVES: dict[str, Callable[[list[Member]], bytes]] = {
    "zip": zip_of,
    "zip_stored": lambda members: zip_of(members, zipfile.ZIP_STORED),
    "tar": tar_of,
    "tar_gz": lambda members: tar_of(members, "gz"),
    "tar_bz2": lambda members: tar_of(members, "bz2"),
    "tar_xz": lambda members: tar_of(members, "xz"),
    "tar_gnu": lambda members: tar_of(members, tar_format=tarfile.GNU_FORMAT),
    "tar_ustar": lambda members: tar_of(members, tar_format=tarfile.USTAR_FORMAT),
}
