"""Who may act, where no account is asked for."""

from gridmap.db import Actor

ADMINISTRATOR = Actor("administrator")
"""The account that the command line and the notebook on this machine act as."""

NOBODY = "nobody"
"""The name in the audit trail of whoever is not logged in yet; no account can bear it."""
