"""Three to five proposals: each valid, within the slack, none too near; and resumable."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import allocator
from allocator.alternatives import Alternatives, Effort, Question, find_alternatives
from allocator.alternatives.folder import MANIFEST
from allocator.alternatives.holding import holding
from allocator.alternatives.leanings import LEANINGS, most_need_met, reference_of, weighed
from allocator.alternatives.surprises import telling_pairs, without
from allocator.errors import InputError
from allocator.models.policy import Goal
from allocator.models.proposal import Proposal
from allocator.models.world import Cluster
from tests.docs.pages import DOCS, blocks
from tests.solvers.random_clusters import random_cluster

QUICK = Effort(time_limit=None, work_limit=0.1)
SEEDS = (4, 6, 7)


def small(seed: int) -> Cluster:
    return random_cluster(seed, needs=14, people=5, sites=4, terms=1)


def asked(**other: object) -> Question:
    given: dict[str, object] = {"slack": 0.1, "distance": 0.03, "effort": QUICK}
    return Question(**{**given, **other})  # type: ignore[arg-type]


@pytest.fixture(scope="module", params=SEEDS)
def found(request: pytest.FixtureRequest) -> Alternatives:
    return find_alternatives(small(request.param), asked())


class TestEveryAlternative:
    """The claims made about them hold, worked out again from the proposals alone."""

    def test_passes_the_checker_for_the_cluster_as_it_is(self, found: Alternatives) -> None:
        for each in found.proposals:
            assert allocator.check(found.cluster, each.proposal) == []

    def test_is_within_the_slack_of_the_best(self, found: Alternatives) -> None:
        best = max(each.proposal.goal_values[Goal.NEED_MET] for each in found.proposals)
        assert all(each.value >= (1 - found.question.slack) * best - 1 for each in found.proposals)

    def test_keeps_the_commitments_of_the_first(self, found: Alternatives) -> None:
        first = found.proposals[0]
        assert first.key == "most"
        assert all(each.commitments >= first.commitments for each in found.proposals)

    def test_is_no_nearer_to_another_than_stated(self, found: Alternatives) -> None:
        least = found.question.distance
        for index in range(len(found.proposals)):
            nearest = found.nearest(index)
            assert nearest is None or nearest >= least

    def test_no_more_than_asked_and_all_that_was_left_out_is_said(self, found: Alternatives) -> None:
        assert 1 <= len(found.proposals) <= found.question.count
        assert all(each.why for each in found.dropped)
        kept = [each for each in found.attempts if each.kept and each.key != "most-again"]
        assert len(kept) == len(found.proposals)

    def test_meets_no_more_than_the_proved_limit(self, found: Alternatives) -> None:
        first = found.proposals[0]
        same = [each for each in found.proposals if each.commitments == first.commitments]
        assert found.bound is not None
        assert all(each.value <= found.bound for each in same)


class TestLeanings:
    def test_each_is_a_pure_function_of_the_policy(self) -> None:
        cluster = small(4)
        before = cluster.policy.model_dump()
        reference = reference_of(cluster, allocator.solve(cluster, work_limit=0.1, time_limit=None))
        for leaning in LEANINGS:
            policies = leaning.of(cluster.policy, 0.02, reference)
            assert all(Goal.COMMITMENTS_KEPT in policy.goals[0].goals for policy in policies)
        assert cluster.policy.model_dump() == before

    def test_most_need_met_gives_up_nothing(self) -> None:
        level = most_need_met(small(4).policy).goals[1]
        assert (dict(level.goals), level.tolerance) == ({Goal.NEED_MET: 1}, 0)

    def test_the_price_makes_a_quarter_of_what_is_missing_worth_the_slack(self) -> None:
        """10,000 points, 2%, 200 minutes of travel: 200 points for 50 minutes, 4 a minute."""
        cluster = small(4)
        proposal = allocator.solve(cluster, work_limit=0.05, time_limit=None)
        reference = reference_of(cluster, proposal)
        fixed = type(reference)(10_000, {**reference.missing, Goal.TRAVEL: 200}, reference.tiers)
        level = weighed(cluster.policy, Goal.TRAVEL, 0.02, fixed).goals[1]
        assert dict(level.goals) == {Goal.NEED_MET: 1, Goal.TRAVEL: 4}

    def test_a_price_below_a_point_is_kept_as_a_ratio(self) -> None:
        """100 points, 2%, 80 minutes: 2 points for 20 minutes, so need met counts tenfold."""
        cluster = small(4)
        reference = reference_of(cluster, allocator.solve(cluster, work_limit=0.05, time_limit=None))
        fixed = type(reference)(100, {**reference.missing, Goal.TRAVEL: 80}, reference.tiers)
        level = weighed(cluster.policy, Goal.TRAVEL, 0.02, fixed).goals[1]
        assert dict(level.goals) == {Goal.NEED_MET: 10, Goal.TRAVEL: 1}


class TestHolding:
    """What a plan keeps stays a commitment; what it does not keep is a request like others."""

    def test_a_plan_keeps_every_commitment_that_is_held(self, found: Alternatives) -> None:
        first = found.proposals[0].proposal
        held = holding(found.cluster, first)
        running = [need for need in held.needs if need.planned and need.status == "in_service"]
        assert len(running) == first.goal_values[Goal.COMMITMENTS_KEPT]

    def test_a_plan_of_it_is_a_plan_of_the_cluster(self, found: Alternatives) -> None:
        held = holding(found.cluster, found.proposals[0].proposal)
        plan = allocator.solve(held, time_limit=None, work_limit=0.05, start=found.proposals[-1].proposal)
        assert allocator.check(found.cluster, QUICK.record(found.cluster, plan)) == []


class TestSurprises:
    def test_only_pairs_in_which_all_agree_are_set_aside(self, found: Alternatives) -> None:
        features = [each.features for each in found.proposals]
        pairs = telling_pairs(found.cluster, features, 1.0)
        assert all(pair in each.pairs for pair in pairs for each in features)

    def test_setting_aside_only_rules_out(self, found: Alternatives) -> None:
        """A plan of the cluster without the pairs keeps every rule of the cluster as it is."""
        pairs = telling_pairs(found.cluster, [found.proposals[0].features], 0.5)
        less = without(found.cluster, pairs)
        plan = allocator.solve(less, time_limit=None, work_limit=0.05)
        recorded = QUICK.record(found.cluster, plan)
        assert allocator.check(found.cluster, recorded) == []
        assert [row.staff_id for row in less.staff] == [row.staff_id for row in found.cluster.staff]


class TestResuming:
    def test_a_second_call_searches_only_what_is_missing(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cluster = small(7)
        first = find_alternatives(cluster, asked(count=3), folder=tmp_path)
        monkeypatch.setitem(vars(allocator), "solve", None)
        again = find_alternatives(cluster, asked(count=3), folder=tmp_path)
        assert [each.key for each in again.proposals] == [each.key for each in first.proposals]
        assert again.bound == first.bound
        assert again.attempts == first.attempts

    def test_stopped_after_one_it_goes_on_to_what_one_call_gives(self, tmp_path: Path) -> None:
        """The same seed and limits: stopped or not, the same proposals."""
        cluster = small(7)
        whole = find_alternatives(cluster, asked(count=3))

        class EnoughError(Exception):
            """Somebody pulls the plug."""

        def stop(_: str) -> None:
            if (tmp_path / MANIFEST).exists():
                raise EnoughError

        with pytest.raises(EnoughError):
            find_alternatives(cluster, asked(count=3), folder=tmp_path, say=stop)
        assert (tmp_path / "most.json").exists()
        resumed = find_alternatives(cluster, asked(count=3), folder=tmp_path)
        assert [each.proposal for each in resumed.proposals] == [each.proposal for each in whole.proposals]

    def test_other_options_are_refused_in_one_message(self, tmp_path: Path) -> None:
        cluster = small(7)
        find_alternatives(cluster, asked(count=3), folder=tmp_path)
        other = asked(count=3, slack=0.2, effort=Effort(None, 0.1, seed=5))
        with pytest.raises(InputError, match=r"seed 1, not 5; slack 0\.1, not 0\.2") as caught:
            find_alternatives(cluster, other, folder=tmp_path)
        assert len(caught.value.faults) == 1

    def test_another_cluster_is_refused(self, tmp_path: Path) -> None:
        find_alternatives(small(7), asked(count=3), folder=tmp_path)
        with pytest.raises(InputError, match="another cluster"):
            find_alternatives(small(6), asked(count=3), folder=tmp_path)

    def test_a_proposal_changed_by_hand_is_refused(self, tmp_path: Path) -> None:
        cluster = small(7)
        find_alternatives(cluster, asked(count=3), folder=tmp_path)
        path = tmp_path / "most.json"
        content = json.loads(path.read_text(encoding="utf-8"))
        content["goal_values"]["need_met"] += 1
        path.write_text(json.dumps(content), encoding="utf-8")
        with pytest.raises(InputError, match="changed since it was written"):
            find_alternatives(cluster, asked(count=3), folder=tmp_path)

    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "other"}'])
    def test_a_file_that_is_no_manifest_is_refused(self, tmp_path: Path, text: str) -> None:
        (tmp_path / MANIFEST).write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match="not a manifest"):
            find_alternatives(small(7), asked(), folder=tmp_path)


class TestWhatIsSaid:
    def test_plain_data_and_tables_say_the_same(self, found: Alternatives) -> None:
        plain, frames = found.as_dict(), found.frames()
        assert json.loads(json.dumps(plain))["need_met"]["best"] == found.best
        assert list(frames["proposals"]["need_met"]) == [each["need_met"] for each in plain["proposals"]]
        assert set(frames) == {"proposals", "goals", "distances", "left_out"}

    def test_no_person_is_named_to_the_public(self, found: Alternatives) -> None:
        text = json.dumps(found.as_dict("public"))
        assert not any(f'"{person.staff_id}"' in text for person in found.cluster.staff)

    def test_any_two_can_be_compared(self, found: Alternatives) -> None:
        if len(found.cases) > 1:
            assert allocator.compare(*found.cases).pairs[0].rows == ()


class TestStoppedByHand:
    def test_what_was_found_is_kept_and_what_was_cut_short_is_not(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The second search is interrupted: the first proposal stands alone, and it is said."""
        from allocator.models.proposal import StopReason

        solve, calls = allocator.solve, []

        def interrupted(cluster: Cluster, **options: object) -> Proposal:
            made: Proposal = solve(cluster, **options)  # type: ignore[arg-type]
            calls.append(1)
            return made if len(calls) < 3 else made.model_copy(update={"stopped": StopReason.INTERRUPTED})

        monkeypatch.setitem(vars(allocator), "solve", interrupted)
        found = find_alternatives(small(6), asked(count=3))
        assert found.stopped
        assert [each.key for each in found.proposals] == ["most"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"count": 6}, "3 to 5"),
        ({"slack": 1.5}, "between 0 and 1"),
        ({"surprises": 4}, "fewer surprises"),
        ({"leanings": ("frugal",)}, "no leaning is called frugal"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        asked(**options)


def test_the_python_of_the_page_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (code,) = blocks(DOCS / "alternatives.md", "python")
    exec(compile(code, "alternatives.md", "exec"), {})
    assert "Need met" in capsys.readouterr().out
    assert (tmp_path / "choices" / MANIFEST).exists()


def test_the_page_lists_every_leaning() -> None:
    text = (DOCS / "alternatives.md").read_text(encoding="utf-8")
    assert [each.key for each in LEANINGS if f"| `{each.key}` | {each.name} |" not in text] == []
