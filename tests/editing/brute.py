"""The least number of relationships that must be lost, by looking at every plan of a very small cluster."""

from __future__ import annotations

from allocator.editing.edits import AnyEdit, Move, Pin, Reject
from allocator.editing.relationships import Kind, Relationship, relationships
from allocator.models.policy import Goal
from allocator.models.proposal import Proposal
from allocator.models.world import Cluster
from tests.solvers.brute_force import BruteForce
from tests.solvers.tiny_world import Job, Way

Face = dict[str, frozenset[tuple[str, int]]]


class LeastLost(BruteForce):
    """Walks through all plans that do what the edits ask; shares of coordinators are not counted."""

    def __init__(
        self, cluster: Cluster, agreed: Proposal, edits: tuple[AnyEdit, ...], give_up: float
    ) -> None:
        super().__init__(cluster)
        self.ties = [tie for tie in relationships(agreed) if tie.kind is not Kind.SHARE]
        self.duties = {(row.site_id, self.world.place[row.term]): row.staff_id for row in agreed.liaisons}
        self.edits = edits
        value = agreed.goal_values[Goal.NEED_MET]
        self.floors = (agreed.goal_values[Goal.COMMITMENTS_KEPT], value - int(give_up * value + 1e-9))
        self.least: int | None = None
        """With the floors held; None: no plan does."""
        self.least_without_floors: int | None = None

    def _finish(self, taken: list[Way], jobs: dict[str, tuple[Job, ...]]) -> None:
        if any(self.week(k, jobs[k], frozenset(), True) is None for k in self.world.people):
            return
        if not all(self._done(edit, taken) for edit in self.edits):
            return
        goals, _ = self._values(taken)
        holds = (goals[Goal.COMMITMENTS_KEPT], goals[Goal.NEED_MET]) >= self.floors
        holds = holds and goals[Goal.NEED_MET] >= self.floors[1]
        for face in self.all_faces:
            if all(self.week(k, jobs[k], face[k], True) is not None for k in self.world.people):
                self._note(sum(not self._kept(tie, taken, face) for tie in self.ties), holds)

    def _note(self, lost: int, holds: bool) -> None:
        known = self.least_without_floors
        self.least_without_floors = lost if known is None else min(known, lost)
        if holds:
            self.least = lost if self.least is None else min(self.least, lost)

    def _done(self, edit: AnyEdit, taken: list[Way]) -> bool:
        who = {job.person for way in taken for job in way.jobs if way.need == edit.need}  # type: ignore[union-attr]
        if isinstance(edit, Pin):
            return edit.person in who
        if isinstance(edit, Reject):
            return edit.person not in who
        assert isinstance(edit, Move)
        return edit.to_person in who and edit.from_person not in who

    def _kept(self, tie: Relationship, taken: list[Way], face: Face) -> bool:
        if tie.kind is Kind.LIAISON:
            held = [place for place, k in self.duties.items() if k == tie.person and place[0] == tie.subject]
            return all(place in face[tie.person] for place in held)
        jobs = [job for way in taken for job in way.jobs if way.need == tie.subject]
        if tie.kind is Kind.SUPPORT:
            return bool(jobs)
        if tie.kind is Kind.PERSON:
            return any(job.person == tie.person for job in jobs)
        return any(
            job.person == tie.person and job.meeting is not None and job.meeting.support == tie.support_id
            for job in jobs
        )
