"""Sealing with a key that lies outside the database: AES-256-GCM, bound to its place."""

import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gridmap.errors import DataError
from gridmap.sealing.key_file import write_secret

_NONCE_BYTES = 12


class Sealer:
    """Seals and opens with the key in a file; makes the file, for its owner only, on first use."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._key: bytes | None = None

    def seal(self, plain: bytes, place: str) -> bytes:
        """Sealed so that it opens at the same place only, such as the row it is for.

        Raises:
            DataError: the key file cannot be made, read or used.
        """
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + AESGCM(self._read_key()).encrypt(nonce, plain, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes | None:
        """What was sealed at this place; None for another place, another key or a changed byte.

        Raises:
            DataError: the key file cannot be made, read or used.
        """
        nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return AESGCM(self._read_key()).decrypt(nonce, rest, place.encode())
        except (InvalidTag, ValueError):
            return None

    def _read_key(self) -> bytes:
        if self._key is None:
            try:
                if not self._file.exists():
                    write_secret(self._file, secrets.token_bytes(32), is_new=True)
                key = self._file.read_bytes()
                if self._file.stat().st_mode & 0o077:
                    raise self._refused("别人也能读，请 chmod 600", "others can read it: chmod 600")
            except OSError as error:
                raise self._refused(str(error.strerror), str(error.strerror)) from error
            if len(key) != 32:
                raise self._refused("不是 32 字节", "it has not 32 bytes")
            self._key = key
        return self._key

    def _refused(self, zh: str, en: str) -> DataError:
        return DataError(
            f"密钥文件 {self._file} 不能使用：{zh}",
            f"the key file {self._file} cannot be used: {en}",
        )
