"""Who may act. One administrator is built in until accounts come."""

from gridmap.db import Actor

ADMINISTRATOR = Actor("administrator")
"""The account that the command line, the notebook and the web app act as."""
