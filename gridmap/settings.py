"""Settings: read once from the environment, frozen, and passed on."""

import os
from pathlib import Path

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from gridmap.errors import CallError

_PACKAGE = Path(__file__).parent


def _default_home() -> Path:
    # initdb refuses root, and the postgres user cannot enter /root.
    return Path("/var/lib/gridmap") if os.geteuid() == 0 else user_data_path("gridmap")


def _shipped(in_checkout: str, in_wheel: str) -> Path:
    """Where a folder lies: beside the package in a checkout, inside it in a wheel."""
    packed = _PACKAGE / in_wheel
    return packed if packed.is_dir() else _PACKAGE.parent / in_checkout


class Settings(BaseSettings):
    """Everything that differs between two installations."""

    model_config = SettingsConfigDict(
        env_prefix="GRIDMAP_", frozen=True, extra="forbid", env_ignore_empty=True
    )

    home: Path = Field(
        default_factory=_default_home, description="数据目录：内嵌数据库、套接字、日志"
    )
    database_url: str | None = Field(
        default=None, description="自备 PostgreSQL 的地址；不设则用内嵌数据库"
    )
    key_file: Path | None = Field(
        default=None, description="个人信息密钥文件；不设则为数据目录里的 personal.key"
    )
    host: str = Field(default="127.0.0.1", description="网页服务监听地址")
    port: int = Field(default=8000, ge=0, le=65535, description="网页服务端口")
    statement_timeout_s: int = Field(
        default=60, ge=1, le=3600, description="网页服务的一条查询最多用的秒数"
    )
    profile: str = Field(
        default="kelan", description="县域配置：data/profiles 里的名字，或 .toml 文件路径"
    )
    data_dir: Path = Field(
        default_factory=lambda: _shipped("data", "_data"), description="配置与示范县数据目录"
    )
    web_dir: Path = Field(
        default_factory=lambda: _shipped("web/dist", "_web"), description="网页文件目录"
    )
    migrations_dir: Path = Field(
        default_factory=lambda: _shipped("migrations", "_migrations"),
        description="数据库迁移脚本目录",
    )
    oidc_issuer: str | None = Field(
        default=None, description="统一身份认证（OpenID Connect）的 issuer 地址；不设则不用"
    )
    oidc_client_id: str = Field(default="gridmap", description="在统一身份认证登记的客户端编号")
    oidc_client_secret: SecretStr | None = Field(default=None, description="客户端密钥")
    oidc_title: str = Field(default="统一身份认证", description="登录页上的名称")
    reports_per_minute: int = Field(
        default=120, ge=1, description="一个账号每分钟最多上报多少起事件"
    )


def read_settings() -> Settings:
    """The settings of this process, from `GRIDMAP_*` variables.

    Raises:
        CallError: a variable has a value that cannot be used; names it.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "GRIDMAP_" + str(first["loc"][0]).upper()
        raise CallError(
            f"环境变量 {name} 的值 {first['input']!r} 不能用，请改正或删除它",
            f"environment variable {name} cannot be {first['input']!r}: {first['msg']}",
        ) from error
    return settings.model_copy(update={"home": settings.home.expanduser().absolute()})
