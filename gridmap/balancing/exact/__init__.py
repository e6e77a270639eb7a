"""Small villages to the optimum, and what is impossible told with its proof."""

from gridmap.balancing.exact.bounds import ended_buildings, moves_at_least
from gridmap.balancing.exact.finishing import Finished, finish
from gridmap.balancing.exact.naming import named
from gridmap.balancing.exact.proof import Statement, exception
from gridmap.balancing.exact.reasons import impossible
from gridmap.balancing.exact.solving import improve, moves_bound
from gridmap.balancing.exact.words import HOUSEHOLDS, Words

__all__ = [
    "HOUSEHOLDS",
    "Finished",
    "Statement",
    "Words",
    "ended_buildings",
    "exception",
    "finish",
    "impossible",
    "improve",
    "moves_at_least",
    "moves_bound",
    "named",
]
