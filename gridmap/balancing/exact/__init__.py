"""Small villages to the optimum, and what is impossible told with its proof."""

from gridmap.balancing.exact.bounds import moves_at_least
from gridmap.balancing.exact.naming import named, numbered
from gridmap.balancing.exact.reasons import Reason, impossible
from gridmap.balancing.exact.solving import Solved, improve, moves_bound
from gridmap.balancing.exact.words import HOUSEHOLDS, Words

__all__ = [
    "HOUSEHOLDS",
    "Reason",
    "Solved",
    "Words",
    "impossible",
    "improve",
    "moves_at_least",
    "moves_bound",
    "named",
    "numbered",
]
