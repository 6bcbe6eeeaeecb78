"""R8: codes of needs without cluster consent are taken out of any text."""

from __future__ import annotations

from allocator.errors import InfeasibleError
from allocator.models.proposal import Conflict
from allocator.models.world import Cluster
from allocator.reporting.privacy import HIDDEN, Shield, shielded
from tests.reporting.sample import HIDDEN_LEARNER, HIDDEN_NEED, changed


def test_whole_codes_only(cluster: Cluster) -> None:
    """The code N-SECRET-1 is hidden; N-SECRET-12, another code, is not touched."""
    shield = Shield(cluster)
    assert shield.text(f"{HIDDEN_NEED}, N-SECRET-12 and N1.") == f"{HIDDEN}, N-SECRET-12 and N1."


def test_a_learner_with_a_shared_need_is_known_anyway(cluster: Cluster) -> None:
    """A learner is hidden only if all of their needs are."""
    shield = Shield(cluster)
    assert not shield.shows(HIDDEN_LEARNER)
    both = cluster.need["N1"].model_copy(update={"need_id": "N9", "learner_id": HIDDEN_LEARNER})
    wider = changed(cluster, needs=(*cluster.needs, both))
    assert Shield(wider).shows(HIDDEN_LEARNER)
    assert not Shield(wider).shows(HIDDEN_NEED)


def test_a_cluster_that_shares_everything_hides_nothing(cluster: Cluster) -> None:
    shared = tuple(need for need in cluster.needs if need.shared_with_cluster)
    assert Shield(changed(cluster, needs=shared)).text(HIDDEN_NEED) == HIDDEN_NEED


def test_conflicts_are_shielded(cluster: Cluster) -> None:
    conflict = Conflict(rule="R7", what=f"{HIDDEN_NEED} stays with LSC-01", rows=(HIDDEN_NEED, "LSC-01"))
    masked = shielded(cluster, InfeasibleError([conflict], minimal=True))
    assert masked.minimal
    assert masked.conflicts[0].what == f"{HIDDEN} stays with LSC-01"
    assert masked.conflicts[0].rows == (HIDDEN, "LSC-01")
