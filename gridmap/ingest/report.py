"""What a load did: every row read is accounted for."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from gridmap.profiles import Message


@dataclass
class LoadReport:
    """The result of one load: `read == inserted + updated + unchanged + rejected`.

    `repaired` rows are among the good ones. `reasons` counts refusals by reason; a row may have
    several. `rejects_path` is the workbook, None when nothing was refused.
    """

    layer: str
    source: str
    read: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    repaired: int = 0
    rejected: int = 0
    warnings: list[Message] = field(default_factory=list)
    reasons: Counter[Message] = field(default_factory=Counter)
    rejects_path: Path | None = None

    @property
    def is_clean(self) -> bool:
        """Whether every row went in."""
        return self.rejected == 0

    @property
    def adds_up(self) -> bool:
        """Whether no row was dropped in silence."""
        return self.read == self.inserted + self.updated + self.unchanged + self.rejected

    def as_text(self) -> str:
        """The report for a person: what went in, what did not and why, what to look at."""
        lines = [
            f"{self.layer}: {self.read:,} 行 rows · 新增 inserted {self.inserted:,}"
            f" · 更新 updated {self.updated:,} · 未变 unchanged {self.unchanged:,}"
            f" · 修复 repaired {self.repaired:,} · 拒收 rejected {self.rejected:,}"
        ]
        lines += [f"! {zh} / {en}" for zh, en in self.warnings]
        for reason, count in self.reasons.most_common(10):
            lines.append(f"✗ {count:,} × {reason.zh} / {reason.en}")
        if self.rejects_path is not None:
            lines.append(f"→ 拒收清单 rejects: {self.rejects_path}")
        return "\n".join(lines)

    def as_json(self) -> dict[str, object]:
        """The report for machines: plain values, snake_case keys."""
        return {
            "layer": self.layer,
            "source": self.source,
            "read": self.read,
            "inserted": self.inserted,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "repaired": self.repaired,
            "rejected": self.rejected,
            "warnings": [{"zh": zh, "en": en} for zh, en in self.warnings],
            "reasons": [
                {"zh": reason.zh, "en": reason.en, "count": count}
                for reason, count in self.reasons.most_common(50)
            ],
            "rejects_path": None if self.rejects_path is None else str(self.rejects_path),
        }
