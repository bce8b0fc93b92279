"""Why a run went as it went: from its evidence, in plain words."""

from __future__ import annotations

from typing import Any

from handrail.cli.shown import plain

Event = dict[str, Any]

_DECISIONS = {
    "allow": "The rules allowed it",
    "deny": "A rule said no",
    "ask": "More had to be said",
    "verify": "The caller had to be verified",
    "confirm": "The caller had to confirm the exact effect",
    "approve": "A person had to decide",
}
_RULES = {
    "window": "the window of time is kept",
    "state": "the state of the order allows it",
    "owner": "it belongs to the verified caller",
    "caps": "no cap is exceeded",
    "assurance": "the caller is verified well enough",
    "confirmation": "the caller confirmed the exact effect, or need not",
    "approval": "the people whom the amount needs approved it, or none are needed",
}


def explained(events: list[Event]) -> list[dict[str, Any]]:
    """One entry per time that rules spoke: `decision`, `at`, `actor`, `rules`, `policy`, `facts`, and `lines` of text.

    `events`: what `GET /v1/work/{reference}/history` answers.
    """
    told: list[dict[str, Any]] = []
    facts: list[str] = []
    people: list[str] = []
    for event in events:
        kind, body = event["type"], event.get("body") or {}
        if kind == "seen":
            facts.append(_fact(body))
        elif kind == "commanded":
            people.append(_command(event, body))
        elif kind == "verified":
            people.append(f"the caller was verified at level {body.get('level', '?')}")
        elif kind == "waiting" and (case := body.get("case_for")):
            told.append(_case(event, case))
        elif kind == "decided" and (rules := _rules(event, body)):
            told.append(_decision(event, body, rules, facts, people))
            facts, people = [], []
    return told


def _case(event: Event, case: Event) -> dict[str, Any]:
    """The policy made it a matter for people."""
    rule = f" ({case['rule']})" if case.get("rule") else ""
    line = f"by the word case: on {case['on']}{rule} it goes to {case['queue']}, priority {case['priority']}"
    told = _decision(event, {"text": line}, [], [], [])
    return told | {"decision": "It is a case for people"}


def _decision(event: Event, body: Event, rules: list[str], facts: list[str], people: list[str]) -> dict[str, Any]:
    policy = event.get("policy") or {}
    decision = _DECISIONS.get(policy.get("decision", ""), "A rule spoke")
    version = " ".join(filter(None, [policy.get("policy"), policy.get("version")]))
    lines = [f"before that: {person}" for person in people]
    lines += [f"seen: {fact}" for fact in facts]
    allowed = policy.get("decision") == "allow"
    lines += [f"rule {rule}{_meaning(rule) if allowed else ''}" for rule in rules]
    lines += [str(body["text"])] if body.get("text") else []
    segment = policy.get("segment", "")
    lines += [f"under policy {version}, {policy.get('digest', '')}"] if version else []
    lines += [f"as it counts for customers of the segment {segment}"] if segment else []
    actor = event.get("actor") or {}
    return {
        "decision": decision,
        "at": event["at"],
        "actor": f"{actor.get('kind', '')} {actor.get('name') or actor.get('id') or ''}".strip(),
        "rules": rules,
        "policy": {name: policy.get(name, "") for name in ("policy", "version", "digest", "segment")},
        "facts": facts,
        "lines": lines,
    }


def _rules(event: Event, body: Event) -> list[str]:
    rules = (event.get("policy") or {}).get("rules") or []
    return list(rules or ([body["rule"]] if body.get("rule") else []))


def _meaning(rule: str) -> str:
    text = _RULES.get(rule.rpartition(".")[2])
    return f": {text}" if text else ""


def _fact(body: Event) -> str:
    version = f", version {body['version']}" if body.get("version") else ""
    return f"{body.get('fact', '?')} from {body.get('source', '?')}{version}, read {body.get('read_at', '?')}"


def _command(event: Event, body: Event) -> str:
    actor = event.get("actor") or {}
    name = body.get("command") or body.get("name") or "a command"
    inner = body.get("body") if isinstance(body.get("body"), dict) else body
    outcome = (inner or {}).get("outcome", "")
    who = f"{actor.get('kind', '')} {actor.get('name') or actor.get('id') or ''}".strip()
    refused = " (refused)" if body.get("refused") else ""
    return f"{who} said {plain(name)} {outcome}".strip() + refused
