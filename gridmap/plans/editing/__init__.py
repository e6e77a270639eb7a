"""The rules of boundary editing. Pure: a division and a wish in, a change or a refusal out.

Every operation answers with a Change, or raises Refused; then `judge` looks at the whole of it,
once, and raises Refused if an invariant would be broken. Nothing is changed in place.
"""

from gridmap.plans.editing.division import (
    XY,
    Change,
    Division,
    Footprints,
    Notice,
    Rules,
    Setting,
)
from gridmap.plans.editing.drawing import draw, fill
from gridmap.plans.editing.judge import judge
from gridmap.plans.editing.knitting import knit
from gridmap.plans.editing.merging import merge
from gridmap.plans.editing.moving import move_border
from gridmap.plans.editing.painting import reassign
from gridmap.plans.editing.quality import cores
from gridmap.plans.editing.refusal import Refused
from gridmap.plans.editing.snapping import snap
from gridmap.plans.editing.splitting import split

__all__ = [
    "XY",
    "Change",
    "Division",
    "Footprints",
    "Notice",
    "Refused",
    "Rules",
    "Setting",
    "cores",
    "draw",
    "fill",
    "judge",
    "knit",
    "merge",
    "move_border",
    "reassign",
    "snap",
    "split",
]
