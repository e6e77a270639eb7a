"""`gridmap keys`: the key that phones and ID numbers are sealed with."""

import json
from typing import Annotated

import typer

from gridmap import schema
from gridmap.access.actors import ADMINISTRATOR
from gridmap.premises import actions as premises
from gridmap.sealing.key_file import KeyFile
from gridmap.settings import read_settings
from gridmap.terminal import bar, say

keys = typer.Typer(
    no_args_is_help=True, help="个人信息的密钥 · the key that personal values are sealed with"
)

_MOST = 20


@keys.command()
def rotate() -> None:
    """换新密钥，全部重新加密；中断后再运行即接着做 · a new key; interrupted, run it again."""
    settings = read_settings()
    file = KeyFile.of(settings)
    with schema.opened(settings) as engine, bar("换密钥 · rotate") as advance:
        rows = premises.rotate_keys(engine, ADMINISTRATOR, file, advance)
    say(
        f"已用新密钥加密 {rows:,} 人；请现在备份 {file.path}，旧的数据库备份仍要旧密钥"
        f" · {rows:,} people sealed with a new key: back {file.path} up now, and keep the old one"
        " for as long as backups of before are kept"
    )


@keys.command()
def check(
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 · for machines")] = False,
) -> None:
    """逐个打开核对：密钥对、没有被改或调换 · opens every value: right key, none was moved."""
    settings = read_settings()
    file = KeyFile.of(settings)
    with schema.opened(settings) as engine, bar("核对 · check") as advance:
        count, bad = premises.check_keys(engine, ADMINISTRATOR, file, advance)
    keyring = file.read()
    if as_json:
        found = {
            "key_file": str(file.path),
            "keys": [key.id.hex() for key in keyring.keys] if keyring else [],
            "sealed": count,
            "bad": [{"code": code, "column": column} for code, column in bad],
        }
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        typer.echo(
            f"{count:,} 个值已加密，{len(bad):,} 个打不开 · sealed {count:,}, bad {len(bad):,}"
        )
        for code, column in bad[:_MOST]:
            typer.echo(f"✗ {code} {column}")
    if bad:
        raise typer.Exit(1)
