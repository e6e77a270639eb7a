"""What can go wrong, as one tree. No HTTP and no database in here.

GridmapError
├── CallError      the call is wrong: unknown option, CRS, layer
│   └── Unconditional  it does not say which versions it was made for, or lacks a key
├── DataError      the data is wrong: a file or a row cannot be taken as it is
├── NotFound       what was asked for does not exist
├── Conflict       it exists already, or somebody was faster
│   └── Stale          what the call was made for has changed since
├── NotLoggedIn    nobody is logged in, or what was given does not log in
│   ├── CodeWanted     the password is right; the one-time code is missing or wrong
│   └── NoAccount      an identity provider vouches for somebody who has no account here
├── Forbidden      this account, log-in or token may not do this
│   ├── ForeignPage    the call does not come from a page of ours
│   ├── WrongPassword  the present password, asked for once more, is wrong
│   ├── Unenrolled     an administrator has to set up a one-time code first
│   └── OldPassword    the password was given by somebody else and must be changed first
├── TooFast        too many attempts; the same call may pass later
└── Unavailable    the database cannot be reached at the moment
    └── ClusterError   the embedded PostGIS cannot start, stop or be made
"""


class GridmapError(Exception):
    """An error a user reads: what is wrong, where, and what to do, in Chinese and in English."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh, en)
        self.zh = zh
        self.en = en
        self.members: dict[str, object] = {}
        """What a program is told beside the text, by name: ready to be JSON."""

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


class Unconditional(CallError):
    """The call must name the versions it was made for, and a key of its own."""


class Stale(Conflict):
    """What the call was made for has been changed by somebody since."""


class NotLoggedIn(GridmapError):
    """Nobody is logged in, or what was given does not log in: which part of it is not told."""


class CodeWanted(NotLoggedIn):
    """The password is right; the one-time code is missing, wrong or used."""


class NoAccount(NotLoggedIn):
    """An identity provider vouches for somebody who has no account here that may be used."""


class Forbidden(GridmapError):
    """This account, log-in or token may not do this."""


class ForeignPage(Forbidden):
    """The call does not come from a page of ours: its token is missing, or its origin another."""


class WrongPassword(Forbidden):
    """The present password, asked for once more, is wrong."""


class Unenrolled(Forbidden):
    """An administrator has to set up a one-time code first."""


class OldPassword(Forbidden):
    """The password was given by somebody else and must be changed first."""


class TooFast(GridmapError):
    """Too many attempts; the same call may pass after `wait_s` seconds."""

    def __init__(self, zh: str, en: str, wait_s: float) -> None:
        super().__init__(zh, en)
        self.wait_s = wait_s


class Unavailable(GridmapError):
    """The database does not answer now; the same call may pass later."""


class ClusterError(Unavailable):
    """The embedded PostGIS cannot be made, started or stopped."""
