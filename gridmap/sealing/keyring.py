"""The keys that seal personal values: AES-256-GCM for keeping, HMAC-SHA256 for finding. No SQL.

A sealed value is: one byte of version, the key's id (4 bytes), a random nonce (12 bytes), the
ciphertext and its tag. Table, column and the row's code are bound into it, so that a value moved to
another row or column is refused. The index of a value tells whether two values are the same, to
whoever has the key, and to nobody else.
"""

import hmac
import os
from collections.abc import Collection
from functools import cached_property

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from gridmap.errors import DataError

SECRET_BYTES = 32
ID_BYTES = 5
"""Version and key id: how a sealed value begins."""

_VERSION = b"\x01"
_NONCE_BYTES = 12
_INDEX_BYTES = 16
_TABLE = "residents"


class Key:
    """One secret, and the three things derived from it: an id, a sealing key, an index key."""

    def __init__(self, secret: bytes) -> None:
        self.secret = secret
        self.id = _VERSION + _derived(secret, b"gridmap key id", ID_BYTES - 1)
        self._cipher = AESGCM(_derived(secret, b"gridmap seal", 32))
        self._hmac = hmac.new(_derived(secret, b"gridmap index", 32), digestmod="sha256")

    @classmethod
    def made(cls) -> "Key":
        """A new key from the system's randomness."""
        return cls(os.urandom(SECRET_BYTES))

    def __repr__(self) -> str:
        return f"<Key {self.id.hex()}>"

    def seal(self, column: str, code: str, value: str) -> bytes:
        """The value, sealed for this column of the row with this code."""
        nonce = os.urandom(_NONCE_BYTES)
        return self.id + nonce + self._cipher.encrypt(nonce, value.encode(), _bound(column, code))

    def open(self, column: str, code: str, sealed: bytes) -> str:
        """The value of before. Raises InvalidTag when it was changed or moved."""
        nonce = sealed[ID_BYTES : ID_BYTES + _NONCE_BYTES]
        content = sealed[ID_BYTES + _NONCE_BYTES :]
        return self._cipher.decrypt(nonce, content, _bound(column, code)).decode()

    def index(self, column: str, value: str) -> bytes:
        """16 bytes by which a row with this value is found."""
        keyed = self._hmac.copy()
        keyed.update(f"{column}\0{value}".encode())
        return keyed.digest()[:_INDEX_BYTES]


class Keyring:
    """The keys of one file: the last one seals, all of them open."""

    def __init__(self, keys: Collection[Key]) -> None:
        self.keys = tuple(keys)

    @property
    def current(self) -> Key:
        """The key that new values are sealed with."""
        return self.keys[-1]

    @cached_property
    def _by_id(self) -> dict[bytes, Key]:
        return {key.id: key for key in self.keys}

    @property
    def ids(self) -> frozenset[bytes]:
        """The ids of all keys."""
        return frozenset(self._by_id)

    def open(self, column: str, code: str, sealed: bytes) -> str:
        """The value that was sealed for this column of the row with this code.

        Raises:
            DataError: none of the keys sealed it, or it was changed, or moved from another row.
        """
        key = self._by_id.get(bytes(sealed[:ID_BYTES]))
        try:
            if key is not None:
                return key.open(column, code, bytes(sealed))
        except InvalidTag:
            pass
        why_zh = "被改动过，或来自别的行" if key else f"由不在密钥文件中的密钥 {_id(sealed)} 加密"
        why_en = "was changed, or comes from another row" if key else f"needs key {_id(sealed)}"
        raise DataError(
            f"居民 {code} 的 {column} 打不开：{why_zh}；请运行 gridmap keys check",
            f"{column} of resident {code} cannot be opened: it {why_en}; run `gridmap keys check`",
        )

    def indexes(self, column: str, value: str) -> list[bytes]:
        """What a row with this value may be found by, one for each key."""
        return [key.index(column, value) for key in self.keys]


def _id(sealed: bytes) -> str:
    return bytes(sealed[:ID_BYTES]).hex()


def _bound(column: str, code: str) -> bytes:
    return f"{_TABLE}\0{column}\0{code}".encode()


def _derived(secret: bytes, purpose: bytes, length: int) -> bytes:
    return HKDFExpand(algorithm=SHA256(), length=length, info=purpose).derive(secret)
