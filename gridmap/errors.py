"""What can go wrong, as one tree. No HTTP and no database in here.

GridmapError
├── CallError      the call is wrong: unknown option, CRS, layer
├── DataError      the data is wrong: a file or a row cannot be taken as it is
├── NotFound       what was asked for does not exist
├── Conflict       it exists already, or somebody was faster
└── Unavailable    the database cannot be reached at the moment
    └── ClusterError   the embedded PostGIS cannot start, stop or be made
"""


class GridmapError(Exception):
    """An error a user reads: what is wrong, where, and what to do, in Chinese and in English."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh, en)
        self.zh = zh
        self.en = en

    def __str__(self) -> str:
        return f"{self.zh} / {self.en}"


class CallError(GridmapError):
    """The call is wrong; the same call will fail again."""


class DataError(GridmapError):
    """The data is wrong; a corrected file will pass."""


class NotFound(GridmapError):
    """Nothing bears this name or code."""


class Conflict(GridmapError):
    """The database already holds something that excludes this."""


class Unavailable(GridmapError):
    """The database does not answer now; the same call may pass later."""


class ClusterError(Unavailable):
    """The embedded PostGIS cannot be made, started or stopped."""
