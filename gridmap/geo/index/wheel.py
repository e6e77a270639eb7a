"""Puts the compiled code into a wheel built on this machine; part of the build, not of gridmap.

A wheel with them names its platform. Where there is no C compiler it is one for any platform,
without the kernel, and answers by the plain path.
"""

import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parents[3]))  # the checkout: gridmap is not installed yet
from gridmap import native


class KernelHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs before the files of a wheel are gathered."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile them and add them; an editable install has its own from `make setup`."""
        if version == "editable":
            return
        if native.compiler() is None:
            self.app.display_warning("no C compiler: this wheel carries no compiled code")
            return
        package = Path(native.__file__).parent
        for library in map(native.build, native.SOURCES):
            build_data["force_include"][str(library)] = f"gridmap/{library.relative_to(package)}"
        build_data["pure_python"] = False
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["tag"] = f"py3-none-{platform}"
