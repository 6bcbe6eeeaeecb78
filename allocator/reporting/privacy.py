"""What a shared output may not hold: the codes of needs that are not shared with the cluster (rule R8).

The proposal keeps such needs apart already. This is the second lock: whatever text or row a report is about
to show passes through here, whoever wrote it.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from allocator.errors import InfeasibleError
    from allocator.models.world import Cluster

HIDDEN = "(kept by its school)"
"""What stands in the place of a code that may not be shown."""


class Shield:
    """Knows which codes of a cluster may not be shown, and takes them out of text."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    @cached_property
    def hidden(self) -> frozenset[str]:
        """Codes of needs without cluster consent, and of learners all of whose needs are such."""
        needs = self._cluster.needs
        open_learners = {need.learner_id for need in needs if need.shared_with_cluster}
        withheld = [need for need in needs if not need.shared_with_cluster]
        learners = {need.learner_id for need in withheld if need.learner_id is not None} - open_learners
        return frozenset(
            {need.need_id for need in withheld} | {code for code in learners if code is not None}
        )

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        if not self.hidden:
            return None
        codes = "|".join(re.escape(code) for code in sorted(self.hidden, key=len, reverse=True))
        return re.compile(rf"(?<![\w-])(?:{codes})(?![\w-])")

    def text(self, text: str) -> str:
        """The text with every hidden code replaced by :data:`HIDDEN`."""
        return text if self._pattern is None else self._pattern.sub(HIDDEN, text)

    def code(self, code: str) -> str:
        """The code itself, or :data:`HIDDEN`."""
        return HIDDEN if code in self.hidden else code

    def shows(self, code: str | None) -> bool:
        """Whether a code may be shown."""
        return code not in self.hidden


def shielded(cluster: Cluster, error: InfeasibleError) -> InfeasibleError:
    """The same conflicts without the codes of needs that are not shared with the cluster."""
    from allocator.errors import InfeasibleError
    from allocator.models.proposal import Conflict

    shield = Shield(cluster)
    conflicts = [
        Conflict(
            rule=each.rule, what=shield.text(each.what), rows=tuple(shield.code(row) for row in each.rows)
        )
        for each in error.conflicts
    ]
    return InfeasibleError(conflicts, error.minimal)
