"""Source bundles and wheels: what is in one, and how a real one is made."""

import base64
import hashlib
import io
import tarfile
import zipfile
from pathlib import Path


def members(payload: bytes) -> dict[str, bytes]:
    """Return the files of a bundle."""
    with tarfile.open(fileobj=io.BytesIO(payload), mode="r:gz") as archive:
        found = {}
        for member in archive:
            content = archive.extractfile(member)
            assert content is not None
            found[member.name] = content.read()
    return found


def wheel_of(folder: Path, name: str, requires: str = "") -> Path:
    """Write a real wheel with one module; return its path."""
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": f"NAME = '{name}'\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{requires}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = []
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
        rows.append(f"{path},sha256={digest.decode()},{len(text)}")
    folder.mkdir(exist_ok=True)
    target = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(target, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
        archive.writestr(f"{info}/RECORD", "\n".join([*rows, f"{info}/RECORD,,"]))
    return target


def with_other_digest(payload: bytes, digest: str) -> bytes:
    """Return a bundle that demands another wheel than the one it holds, which has a digest."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in members(payload).items():
            changed = content.replace(digest.encode(), ("0" * 64).encode())
            member = tarfile.TarInfo(name)
            member.size = len(changed)
            archive.addfile(member, io.BytesIO(changed))
    return packed.getvalue()
