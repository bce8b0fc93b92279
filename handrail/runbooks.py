"""Reading runbooks: a process' code, walked from its own methods through the functions that it calls."""

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from workflows._process import Process
from workflows._steps import TELLS

_ID = re.compile(r"[a-z_]+\.[a-z_]+")
_MACHINERY = ("workflows._steps", "workflows._process", "workflows._repair", "workflows._commands", "workflows._hands")


@dataclass
class Step:
    name: str
    undo: str = ""
    """What undoes it, or the reason why nothing does; empty: neither is told."""


def functions(process: type[Any], inside: str = "workflows.") -> Iterator[Any]:
    """The methods of the process and its bases up to `Process`, and the functions that they call, all `inside`."""
    waiting = [
        part
        for base in process.__mro__
        if base.__module__.startswith(inside) and base is not Process
        for part in written(base)
    ]
    seen: set[Any] = set()
    while waiting:
        function = waiting.pop(0)
        if function in seen or function.__module__ in _MACHINERY:
            continue
        seen.add(function)
        yield function
        called_here: list[Any] = []
        for call in _calls(function):
            called = _value(call.func, function)
            if inspect.isclass(called) and called.__module__.startswith(inside):
                called_here += written(called)
            elif inspect.isfunction(called) and called.__module__.startswith(inside):
                called_here.append(called)
        waiting = called_here + waiting


def written(owner: type[Any]) -> list[Any]:
    """Its methods and properties; not those that a decorator generated, which have no source."""
    file = sys.modules[owner.__module__].__file__
    parts = [part.fget if isinstance(part, property) else part for part in vars(owner).values()]
    return [part for part in parts if inspect.isfunction(part) and part.__code__.co_filename == file]


def steps(reached: list[Any], planned: set[str] | None = None) -> tuple[list[Step], list[str]]:
    """Writes at the systems, and steps in Handrail's own books, in the order in which the code names them.

    `planned`: what its rules put into a plan (see `parts_planned`); a step under `if plan.charge` is none of a process
    whose plans never have a charge. None: every step that is written.
    """
    found: dict[tuple[str, str], Step] = {}
    books: dict[str, None] = {}
    hands_on = {function for function in reached if any(_do_is_given(call, function) for call in _calls(function))}
    for function in reached:
        never = _never(function, planned) if planned else set()
        for call in _calls(function):
            if call in never:
                continue
            way = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            given = [_activity(arg, function) for arg in call.args]
            if way in ("step", "must", "plan") and given and given[0]:
                step = Step(given[0], TELLS if way == "must" else _undo(call, function))
                found.setdefault((step.name, step.undo), step)
            elif _value(call.func, function) in hands_on:
                for name in filter(None, given):
                    found.setdefault((name, TELLS), Step(name, TELLS))
            elif isinstance(call.func, ast.Name) and call.func.id == "house" and given and given[0]:
                books[given[0]] = None
    return list(found.values()), [name for name in books if not name.startswith("see_")]


def parts_planned(process: type[Any], reached: list[Any]) -> set[str]:
    """What its rules put into a plan or its effect, by name: `FooPlan(charge=...)`, `Effect(moves=...)`,
    `plan.model_copy(update={"charge": ...})`."""
    parts: set[str] = set()
    for function in _judging(process, reached):
        for call in _calls(function):
            made = getattr(call.func, "id", "")
            given = call.keywords if made.endswith(("Plan", "Effect")) else []
            parts |= {word.arg for word in given if word.arg}
            updates = [
                word.value for word in call.keywords if word.arg == "update" and isinstance(word.value, ast.Dict)
            ]
            parts |= {str(key.value) for update in updates for key in update.keys if isinstance(key, ast.Constant)}
    return parts


def _never(function: Any, planned: set[str]) -> set[ast.Call]:
    """Calls that stand under `if plan.charge`, or behind `if plan.charge is None: return`, where no plan has one."""
    never: set[ast.Call] = set()
    for node in ast.walk(_tree(function)):
        for block in (getattr(node, name, None) or [] for name in ("body", "orelse")):
            for n, statement in enumerate(block if isinstance(block, list) else []):
                if not isinstance(statement, ast.If):
                    continue
                if (part := _part(statement.test)) and part not in planned:
                    never |= _within(statement.body)
                if (part := _absent(statement)) and part not in planned:
                    never |= _within(block[n + 1 :])
    return never


def _within(block: list[ast.stmt]) -> set[ast.Call]:
    return {node for statement in block for node in ast.walk(statement) if isinstance(node, ast.Call)}


def _part(test: ast.expr) -> str:
    """`charge` of `plan.charge`, `moves` of `plan.effect.moves`."""
    match test:
        case ast.Attribute(
            value=ast.Name(id="plan") | ast.Attribute(value=ast.Name(id="plan"), attr="effect"), attr=part
        ):
            return part
    return ""


def _absent(statement: ast.If) -> str:
    """`charge` of `if plan.charge is None: return ...`, or of `if not plan.charge: return ...`."""
    if not isinstance(statement.body[-1], ast.Return):
        return ""
    match statement.test:
        case ast.Compare(left=test, ops=[ast.Is()], comparators=[ast.Constant(value=None)]):
            return _part(test)
        case ast.UnaryOp(op=ast.Not(), operand=test):
            return _part(test)
    return ""


def _do_is_given(call: ast.Call, function: Any) -> bool:
    """`saga.must(do, ...)` where `do` is the function's own parameter: its callers say which step it is."""
    if not (isinstance(call.func, ast.Attribute) and call.func.attr == "must" and call.args):
        return False
    first = call.args[0]
    return isinstance(first, ast.Name) and first.id in inspect.signature(function).parameters


def _undo(call: ast.Call, function: Any) -> str:
    given = next((keyword.value for keyword in call.keywords if keyword.arg == "undo"), None)
    ways = [given.body, given.orelse] if isinstance(given, ast.IfExp) else [given]
    return " / ".join(filter(None, (_undone(way, function) for way in ways if way is not None)))


def _undone(way: ast.expr, function: Any) -> str:
    if name := _activity(way, function):
        return f"undone by {name}"
    if isinstance(way, ast.Constant) and way.value is None:  # `Saga.plan` of what only tells
        return TELLS
    said = way.value if isinstance(way, ast.Constant) else _value(way, function)
    return said if isinstance(said, str) else ""


def _activity(expression: ast.expr, function: Any) -> str:
    """The step's name, when this names one."""
    value = _value(expression, function)
    return str(value.__name__) if hasattr(value, "__temporal_activity_definition") else ""


def _value(expression: ast.expr, function: Any) -> Any:
    """What a name, or an attribute of one, stands for in the function's module."""
    if isinstance(expression, ast.Name):
        return getattr(sys.modules[function.__module__], expression.id, None)
    if isinstance(expression, ast.Attribute) and isinstance(expression.value, ast.Name):
        return getattr(_value(expression.value, function), expression.attr, None)
    return None


def _calls(function: Any) -> list[ast.Call]:
    """In the order in which they are written."""
    calls = [node for node in ast.walk(_tree(function)) if isinstance(node, ast.Call)]
    return sorted(calls, key=lambda call: (call.lineno, call.col_offset))


@cache
def _tree(function: Any) -> ast.AST:
    return ast.parse(textwrap.dedent(inspect.getsource(function)))


def rules(process: type[Any], reached: list[Any], prefixes: set[str], policy: str) -> list[str]:
    """Ids with which the process can speak: those in its own code, and in the functions of `domain` that it uses."""
    found: set[str] = set()
    for function in [*reached, *_judging(process, reached)]:
        for node in ast.walk(_tree(function)):
            rule = node.value if isinstance(node, ast.Constant) else f"{policy}{_tail(node)}"
            if isinstance(rule, str) and _ID.fullmatch(rule) and rule.partition(".")[0] in {*prefixes, "caller"}:
                found.add(rule)
    return sorted(found)


def _judging(process: type[Any], reached: list[Any]) -> list[Any]:
    """The functions of `domain` that are named in the code, or that a class attribute holds, and what they name."""
    held = [part for base in process.__mro__ for part in vars(base).values() if isinstance(part, staticmethod)]
    waiting: list[Any] = [part.__func__ for part in held] + list(_named(reached))
    seen: dict[Any, None] = {}
    while waiting:
        function = waiting.pop()
        if function.__module__.startswith("domain.") and function not in seen:
            seen[function] = None
            waiting += _named([function])
    return list(seen)


def _named(used_by: list[Any]) -> Iterator[Any]:
    """Functions that are named there; of a class its own methods."""
    for function in used_by:
        for node in ast.walk(_tree(function)):
            value = _value(node, function) if isinstance(node, (ast.Name, ast.Attribute)) else None
            if inspect.isfunction(value):
                yield value
            elif inspect.isclass(value) and value.__module__.startswith("domain."):
                yield from written(value)


def _tail(node: ast.AST) -> str:
    """`.per_action` of `f"{process}.per_action"`."""
    match getattr(node, "values", None):
        case [ast.FormattedValue(value=ast.Name(id="process" | "PROCESS")), ast.Constant(value=str(tail))]:
            return tail if re.fullmatch(r"\.[a-z_]+", tail) else ""
    return ""
