"""The file that holds the keys: outside the database, readable by its owner only, in no backup."""

import json
import os
import secrets
import stat
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from gridmap.errors import Unavailable
from gridmap.sealing.keyring import SECRET_BYTES, Key, Keyring
from gridmap.settings import Settings

_NAME = "personal.key"


class KeyFile:
    """Where the keys lie. The file is made when something is sealed for the first time."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def of(cls, settings: Settings) -> "KeyFile":
        """The file of an installation: `GRIDMAP_KEY_FILE`, or personal.key in the data folder."""
        return cls(settings.key_file or settings.home / _NAME)

    def read(self) -> Keyring | None:
        """The keys there are; None where there is no file.

        Raises:
            Unavailable: the file can be read by others, or not at all, or is no key file.
        """
        try:
            with self.path.open("rb") as file:
                if os.fstat(file.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                    raise Unavailable(
                        f"密钥文件 {self.path} 别的账号也能读，请运行 chmod 600 {self.path}",
                        f"others may read the key file: run `chmod 600 {self.path}`",
                    )
                listed = json.load(file)["keys"]
            found = [bytes.fromhex(entry["secret"]) for entry in listed]
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Unavailable(
                f"密钥文件 {self.path} 读不了：{error.strerror}",
                f"the key file {self.path} cannot be read: {error.strerror}",
            ) from error
        except (ValueError, KeyError, TypeError) as error:
            raise self._spoilt() from error
        if not found or any(len(secret) != SECRET_BYTES for secret in found):
            raise self._spoilt()
        return Keyring([Key(secret) for secret in found])

    def opening(self, in_use: Collection[bytes]) -> Keyring:
        """The keys, if they are those that the values in the database were sealed with.

        Args:
            in_use: how the sealed values in the database begin.

        Raises:
            Unavailable: there is no key, or a key that values were sealed with is not among them.
        """
        keyring = self.read()
        lacking = sorted(set(in_use) - (keyring.ids if keyring else set()))
        if lacking:
            raise self._lacking(", ".join(id_.hex() for id_ in lacking), keyring is None)
        return keyring or Keyring([])

    def sealing(self, in_use: Collection[bytes]) -> Keyring:
        """As `opening`; a key is made when there is none and nothing has been sealed yet."""
        keyring = self.opening(in_use)
        if keyring.keys:
            return keyring
        self._write(Keyring([Key.made()]), is_new=True)
        made = self.read()
        assert made is not None
        return made

    def replace(self, keyring: Keyring) -> None:
        """Write these keys in the place of those there are, at one go."""
        self._write(keyring, is_new=False)

    def _write(self, keyring: Keyring, *, is_new: bool) -> None:
        listed = [{"id": key.id.hex(), "secret": key.secret.hex()} for key in keyring.keys]
        try:
            write_secret(self.path, json.dumps({"keys": listed}, indent=1).encode(), is_new=is_new)
        except OSError as error:
            raise Unavailable(
                f"密钥文件 {self.path} 写不了：{error.strerror}",
                f"the key file {self.path} cannot be written: {error.strerror}",
            ) from error

    def _spoilt(self) -> Unavailable:
        return Unavailable(
            f"{self.path} 不是完好的密钥文件，请用它的备份替换",
            f"{self.path} is no sound key file: put its backup in its place",
        )

    def _lacking(self, ids: str, is_absent: bool) -> Unavailable:
        zh = f"没有密钥文件 {self.path}" if is_absent else f"密钥文件 {self.path} 里没有这把密钥"
        en = f"there is no {self.path}" if is_absent else f"{self.path} does not hold it"
        return Unavailable(
            f"电话和身份证号由密钥 {ids} 加密，而{zh}；请放回密钥文件的备份，"
            "或用 GRIDMAP_KEY_FILE 指明它在哪里",
            f"phones and ID numbers are sealed with key {ids}, and {en}: put the backup of the key"
            " file back, or say where it is with GRIDMAP_KEY_FILE",
        )


def write_secret(path: Path, content: bytes, *, is_new: bool) -> None:
    """Write a file for its owner only, whole or not at all, and for good.

    Args:
        is_new: leave a file that is there already; of two that make the first at once, one wins
            and both then read the same.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            with suppress(FileExistsError):
                path.hardlink_to(part)
        else:
            part.replace(path)
        _settle(path.parent)
    finally:
        part.unlink(missing_ok=True)


def _settle(folder: Path) -> None:
    """A rename lasts a power cut only once the folder is on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
