"""Alternatives in a folder: one file a proposal, and a manifest from which a second call goes on."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocator.alternatives.results import Alternative, Attempt, Question
from allocator.errors import Fault, InputError
from allocator.io.atomic import write_text
from allocator.io.fingerprint import fingerprint
from allocator.io.proposals import load_proposal, save_proposal

if TYPE_CHECKING:
    from allocator.models.proposal import Proposal
    from allocator.models.world import Cluster

MANIFEST = "alternatives.json"
FORMAT = "allocator-alternatives-1"


@dataclass
class Found:
    """What is known so far: attempts in order, proposals by key, and the proved limit of need met."""

    attempts: list[Attempt] = field(default_factory=list)
    kept: dict[str, Alternative] = field(default_factory=dict)
    bound: int | None = None


class Folder:
    """A folder with ``KEY.json`` for each proposal kept and the manifest; every file is written whole or not at all."""

    def __init__(self, path: Path, cluster: Cluster, question: Question) -> None:
        self.path = path
        self._cluster = cluster
        effort = question.effort
        self._same = {
            "cluster": cluster.name,
            "fingerprint": fingerprint(cluster),
            "seed": effort.seed,
            "slack": question.slack,
            "distance": question.distance,
            "time_limit": effort.time_limit,
            "work_limit": effort.work_limit,
        }

    def save(self, key: str, proposal: Proposal) -> None:
        """Write one proposal (and beside it what stays with the schools)."""
        self.path.mkdir(parents=True, exist_ok=True)
        save_proposal(proposal, self.path / f"{key}.json")

    def write(self, found: Found) -> None:
        """Write the manifest. A proposal is written before it, so that the manifest never names what is not there."""
        self.path.mkdir(parents=True, exist_ok=True)
        content = {
            "format": FORMAT,
            "asked": self._same,
            "bound": found.bound,
            "attempts": [vars(each) for each in found.attempts],
            "kept": [
                {"key": each.key, "name": each.name, "words": each.words, "surprise": each.surprise}
                for each in found.kept.values()
            ],
        }
        write_text(self.path / MANIFEST, json.dumps(content, indent=2, ensure_ascii=False) + "\n")

    def load(self) -> Found:
        """What an earlier call left there; nothing if there is none.

        Raises:
            InputError: it was made with other options, is no manifest, or a proposal it names is missing or wrong.
        """
        path = self.path / MANIFEST
        if not path.exists():
            return Found()
        try:
            content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            known = content["format"] == FORMAT
            asked = dict(content["asked"])
            attempts = [Attempt(**each) for each in content["attempts"]]
            rows = [
                (str(each["key"]), str(each["name"]), str(each["words"]), bool(each["surprise"]))
                for each in content["kept"]
            ]
            bound = content["bound"]
        except (ValueError, TypeError, KeyError, AttributeError):
            known = False
        if not known:
            raise InputError([Fault(MANIFEST, "is not a manifest of alternatives; use another folder")])
        self._agree(asked)
        kept = {row[0]: self._alternative(*row) for row in rows}
        return Found(attempts, kept, bound)

    def _alternative(self, key: str, name: str, words: str, surprise: bool) -> Alternative:
        import allocator

        proposal = load_proposal(self.path / f"{key}.json")
        faults = allocator.check(self._cluster, proposal)
        if faults:
            raise InputError([Fault(f"{key}.json", f"was changed since it was written: {faults[0]}")])
        return Alternative(key, name, words, surprise, self._cluster, proposal)

    def _agree(self, asked: dict[str, Any]) -> None:
        """One message for all that differs.

        Raises:
            InputError: the folder was made for something else.
        """
        if asked.get("fingerprint") != self._same["fingerprint"]:
            message = "holds alternatives of another cluster, or of this one before it was changed"
            raise InputError([Fault(MANIFEST, f"{message}; use another folder")])
        other = [
            f"{name} {asked.get(name)}, not {value}"
            for name, value in self._same.items()
            if asked.get(name) != value
        ]
        if other:
            message = f"holds alternatives made with {'; '.join(other)}; use the same, or another folder"
            raise InputError([Fault(MANIFEST, message)])
