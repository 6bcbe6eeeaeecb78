"""How a change is typed on one line: ``RTLB-03: 0.4 FTE Kauri School -> Rimu School`` as its keys.

Plain text in, keys out; ``scenarios.typed`` checks them like those of a file. Loads no model, so that a
command's help is there at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

_ARROW = re.compile(r"\s*(?:->|→|=>)\s*")
_AMOUNT = re.compile(
    r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>FTTE|FTE|hours|hour|hrs|h)\b\s*(?P<rest>.*)", re.I
)
_SHARE = re.compile(r"(?P<share>\d+(?:\.\d+)?)\s*%\s*(?:of\s+)?(?P<rest>.+)")
_DAYS = re.compile(r"(?P<first>\d\S*[-/]\d+[-/]\d+)(?:\s+to\s+(?P<last>\S+))?")
_FACTOR = re.compile(r"(?P<percent>[+-]\d+(?:\.\d+)?)\s*%|(?P<factor>\d+(?:\.\d+)?)")
_NEW = re.compile(
    r"(?P<role>\S+)\s+(?P<fte>[\d.]+)\s*(?:FTE|FTTE)?\s+(?:at|in)\s+(?P<base>[^,]+)(?P<rest>.*)", re.I
)

Keys = dict[str, Any]


class UnreadableError(ValueError):
    """The text has not the form; the message shows one that has."""


def _parts(text: str, example: str) -> tuple[str, str]:
    code, colon, rest = text.partition(":")
    if not colon or not code.strip() or not rest.strip():
        raise UnreadableError(f"expected for example {example!r}")
    return code.strip(), rest.strip()


def _amount(text: str) -> tuple[Keys, str]:
    found = _AMOUNT.match(text)
    if found is None:
        return {}, text
    unit = "fte" if found["unit"].upper() in ("FTE", "FTTE") else "hours"
    return {unit: found["number"]}, found["rest"].strip()


def _redeploy(text: str) -> Keys:
    example = "RTLB-03: 0.4 FTE Kauri School -> Rimu School"
    person, rest = _parts(text, example)
    amount, rest = _amount(rest)
    ways = _ARROW.split(rest)
    if len(ways) != 2 or not ways[1]:
        raise UnreadableError(f"expected for example {example!r}")
    keys: Keys = {"person": person, **amount}
    if ways[0]:
        keys["from_site"] = ways[0]
    word, _, name = ways[1].partition(" ")
    if word.rstrip(":").lower() == "cluster" and name:
        return {**keys, "to_cluster": name.strip()}
    return {**keys, "to_site": ways[1]}


def _lend(text: str) -> Keys:
    example = "RTLB-03: 0.2 FTE -> Northern cluster"
    person, rest = _parts(text, example)
    amount, rest = _amount(rest)
    ways = _ARROW.split(rest)
    if len(ways) != 2 or not ways[1]:
        raise UnreadableError(f"expected for example {example!r}")
    word, _, lender = ways[0].partition(" ")
    if word.lower() == "from" and lender.strip():
        return {"person": person, **amount, **_borrowed(lender.strip(), ways[1])}
    if ways[0]:
        raise UnreadableError(f"expected for example {example!r}")
    return {"person": person, **amount, "to_cluster": ways[1]}


def _borrowed(lender: str, where: str) -> Keys:
    """``rural``, ``Rimu School, code PSY-R``: who lends, the base here, and what they are called here."""
    base, _, code = where.partition(", code ")
    keys = {"from_cluster": lender, "base_site": base.strip()}
    return {**keys, "code": code.strip()} if code.strip() else keys


def _absence(text: str) -> Keys:
    person, rest = _parts(text, "SLT-02: 2027-T2")
    keys: Keys = {"person": person}
    share = _SHARE.match(rest)
    if share is not None:
        keys["share"], rest = str(float(share["share"]) / 100), share["rest"].strip()
    days = _DAYS.fullmatch(rest)
    if days is None:
        return {**keys, "term": rest}
    keys["first_day"] = days["first"]
    return {**keys, "last_day": days["last"]} if days["last"] else keys


def _add_staff(text: str) -> Keys:
    example = "SLT-09: slt 0.5 FTE at Rimu School, skills aac;autism, languages nzsl"
    code, rest = _parts(text, example)
    found = _NEW.fullmatch(rest)
    if found is None:
        raise UnreadableError(f"expected for example {example!r}")
    row = {"staff_id": code, "role": found["role"], "fte": found["fte"], "base_site": found["base"].strip()}
    for part in filter(None, (each.strip() for each in found["rest"].split(","))):
        name, _, value = part.partition(" ")
        row[name] = value.strip()
    return {"staff": row}


def _person_only(text: str) -> Keys:
    return {"person": text.strip()}


def _fill(text: str) -> Keys:
    person, _, day = text.partition(":")
    return {"person": person.strip(), **({"first_day": day.strip()} if day.strip() else {})}


def _train(text: str) -> Keys:
    example = "SLT-02: skills aac;autism, languages nzsl"
    person, rest = _parts(text, example)
    keys: Keys = {"person": person}
    for part in rest.split(","):
        kind, _, words = part.strip().partition(" ")
        name = {"skill": "skills", "language": "languages"}.get(kind, kind)
        if name not in ("skills", "languages") or not words.strip():
            raise UnreadableError(f"expected for example {example!r}")
        keys[name] = words.strip()
    return keys


def _settings(text: str, example: str) -> Keys:
    """``fte=0.8, max_cases=10`` as keys; a key with dots is a block within a block."""
    made: Keys = {}
    for part in text.split(","):
        name, equals, value = part.partition("=")
        if not equals or not name.strip():
            raise UnreadableError(f"expected for example {example!r}")
        block, *rest = reversed(name.strip().split("."))
        nested: Any = {block: value.strip()}
        for outer in rest:
            nested = {outer: nested}
        _lay(made, nested)
    return made


def _lay(made: Keys, block: Keys) -> None:
    for key, value in block.items():
        if isinstance(value, dict) and isinstance(made.get(key), dict):
            _lay(made[key], value)
        else:
            made[key] = value


def _change_staff(text: str) -> Keys:
    example = "RTLB-03: fte=0.8, max_cases=10"
    person, rest = _parts(text, example)
    return {"person": person, "set": _settings(rest, example)}


def _change_support(text: str) -> Keys:
    example = "literacy_group: cross_site=yes, max_group=8"
    support, rest = _parts(text, example)
    return {"support": support, "set": _settings(rest, example)}


def _convert(text: str) -> Keys:
    example = "literacy_individual -> literacy_group: sites=Rimu School"
    what, _, where = text.partition(":")
    support, *group = _ARROW.split(what.strip())
    if not support or len(group) > 1 or not all(group):
        raise UnreadableError(f"expected for example {example!r}")
    keys: Keys = {"support": support, **({"into": group[0]} if group else {})}
    return {**keys, **({"where": _settings(where, example)} if where.strip() else {})}


def _change_policy(text: str) -> Keys:
    return _settings(text, "policy.fairness.by=equity_band")


def _pair() -> Callable[[str], Keys]:
    def read(text: str) -> Keys:
        what, person = _parts(text, "N0123: RTLB-03' or 'site Rimu School: RTLB-03")
        word, _, site = what.partition(" ")
        if word.lower() == "site" and site.strip():
            return {"person": person, "site": site.strip()}
        return {"person": person, "need": what}

    return read


def _scale(text: str) -> Keys:
    example = "+15%: areas_of_need=communication, tiers=3"
    amount, _, rest = text.partition(":")
    found = _FACTOR.fullmatch(amount.strip())
    if found is None:
        raise UnreadableError(f"expected for example {example!r}")
    factor = found["factor"] or f"{1 + float(found['percent']) / 100:g}"
    return {"factor": factor, **({"where": _settings(rest, example)} if rest.strip() else {})}


def _withdraw(text: str) -> Keys:
    site, *heir = _ARROW.split(text.strip())
    return {"site": site, **({"staff_to": heir[0]} if heir else {})}


FORMS: dict[str, tuple[Callable[[str], Keys], str, str]] = {
    "redeploy": (_redeploy, "RTLB-03: 0.4 FTE Kauri School -> Rimu School", "Move time of a person."),
    "absence": (_absence, "SLT-02: 2027-T2", "Somebody is away for a term, or between dates."),
    "pin": (_pair(), "N0123: RTLB-03", "This person serves this need (or: site NAME)."),
    "forbid": (_pair(), "N0123: RTLB-03", "This person does not serve it (or: site NAME)."),
    "add_staff": (_add_staff, "SLT-09: slt 0.5 FTE at Rimu School", "Somebody new."),
    "remove_staff": (_person_only, "PT-01", "Somebody leaves."),
    "change_staff": (_change_staff, "RTLB-03: fte=0.8, max_cases=10", "Other figures for a person."),
    "fill_vacancy": (_fill, "LSC-07: 2027-03-01", "A vacant post is filled, from a day or at once."),
    "train": (_train, "SLT-02: skills aac, languages nzsl", "Somebody learns a skill or language."),
    "lend_staff": (_lend, "RTLB-03: 0.2 FTE -> Northern cluster", "Lend time, or borrow it."),
    "change_support": (_change_support, "literacy_group: cross_site=yes", "Other figures for a support."),
    "convert_shape": (_convert, "literacy_individual -> literacy_group", "Groups in place of one to one."),
    "scale_demand": (_scale, "+15%: areas_of_need=communication", "More or fewer needs of a kind."),
    "withdraw_site": (_withdraw, "Rimu School", "A site leaves."),
    "change_policy": (_change_policy, "policy.fairness.by=equity_band", "Other goals, limits or roles."),
}
"""Each type of change that can be typed: how it is read, an example, and what it is in a few words."""


def option_of(kind: str) -> str:
    """``add_staff`` -> ``--add-staff``."""
    return "--" + kind.replace("_", "-")
