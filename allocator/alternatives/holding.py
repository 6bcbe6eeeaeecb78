"""Going on from a plan without losing what it is good at: its commitments are held, and no more are hunted for.

Commitments come first in nearly every order of goals. A search that begins by looking for one more, whatever it costs,
gives away the need met that it was to start from, and may run out of time before it has it back. So the commitments
that a plan keeps stay commitments, which is proved at once, and those it does not keep become requests like others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from allocator.models.proposal import Proposal
    from allocator.models.world import Cluster


def holding(cluster: Cluster, proposal: Proposal) -> Cluster:
    """The cluster in which services that a plan of it does not go on with are requests for the first term.

    Every plan of it is a plan of the cluster: the same people may serve the same needs, from the same term on.
    """
    private = proposal.site_only.allocations if proposal.site_only else ()
    served = {row.need_id for row in (*proposal.allocations, *private)}
    asked = {"status": "waiting", "latest_term": cluster.terms[0].id}
    needs = tuple(
        need.model_copy(update=asked)
        if need.status == "in_service" and need.need_id not in served and not need.locked
        else need
        for need in cluster.needs
    )
    content = {name: getattr(cluster, name) for name in type(cluster).model_fields}
    made = type(cluster)(**{**content, "needs": needs})
    made._notes = cluster.notes
    return made
