"""The rules of boundary editing. Pure: a division and a wish in, a change or a refusal out.

Every operation answers with a Change, or raises Refused; then `judge` looks at the whole of it,
once, and raises Refused if an invariant would be broken. Nothing is changed in place.
"""

from gridmap.plans.editing.blocks import BOUNDING, blocks, grids_under
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
from gridmap.plans.editing.painting import paint, reassign
from gridmap.plans.editing.quality import cores
from gridmap.plans.editing.refusal import Refused
from gridmap.plans.editing.snapping import pulling_lines, snap
from gridmap.plans.editing.splitting import split

__all__ = [
    "BOUNDING",
    "XY",
    "Change",
    "Division",
    "Footprints",
    "Notice",
    "Refused",
    "Rules",
    "Setting",
    "blocks",
    "cores",
    "draw",
    "fill",
    "grids_under",
    "judge",
    "knit",
    "merge",
    "move_border",
    "paint",
    "pulling_lines",
    "reassign",
    "snap",
    "split",
]
