"""Judges what a pickle does while the machine walks it, and keeps what is worth saying."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlhooks.core.finding import Level
from mlhooks.unsafe_models import arrays, wording
from mlhooks.unsafe_models.arguments import CALL_ONLY, ITEM_TARGETS, rule_for
from mlhooks.unsafe_models.dangers import LOADERS_OF_BYTES
from mlhooks.unsafe_models.listener import ArrayMetError, BrokenError
from mlhooks.unsafe_models.packs.pack import CALL, CONSTRUCT, ENUM, IMPORT, STATE
from mlhooks.unsafe_models.policy import Policy, Verdict
from mlhooks.unsafe_models.states import state_rule_for
from mlhooks.unsafe_models.stream import Buffer, Loader, Piece, Remark, Stream, Use, inside
from mlhooks.unsafe_models.values import Given, Import, Made, Thing, Value
from mlhooks.unsafe_models.view import View, name_of

if TYPE_CHECKING:
    from mlhooks.unsafe_models.machine import Machine

MOST_REMARKS = 200
MOST_NESTED = 1000

_REBUILDERS = ("copyreg._reconstructor", "copyreg.__newobj__", "copyreg.__newobj_ex__")
_MADE_APART = frozenset(("_codecs.encode", "builtins.bytes", "numpy.dtype"))
"""What these make is told apart, because rules ask for the arguments or the state. Others share one object each."""

_CHAMELEONS = frozenset(
    [
        "builtins.str",
        "builtins.tuple",
        "builtins.dict",
        "builtins.int",
        "builtins.bool",
        "builtins.bytes",
        "builtins.bytearray",
        "builtins.getattr",
        "collections.OrderedDict",
        "collections.Counter",
        "collections.defaultdict",
        "collections.ChainMap",
        "torch.Size",
        "time.struct_time",
        "numpy._core.multiarray.scalar",
        "numpy.core.multiarray.scalar",
        "numpy._core.multiarray._reconstruct",
        "numpy.core.multiarray._reconstruct",
        "array.array",
        "array._array_reconstructor",
        "functools.partial",
    ]
)
"""Listed names that make what can stand for a text, a tuple, a dict, a number, a buffer or a class."""

_METHODS = {"SETITEM": "__setitem__", "APPEND": "extend", "ADDITEMS": "add"}


class Judge:
    """The Listener that applies a policy. One for each stream, for all readings of it."""

    def __init__(self, policy: Policy, stream: Stream) -> None:
        self.view = View(stream.data)
        self.nested: list[Piece] = []
        self.uses: dict[tuple[str, str], Use] = {}
        self.imports = self.calls = 0
        self.has_known_danger = False
        self.saw_array = False
        """A place holder of joblib's has been met."""
        self.is_aside = False
        """What is read now is not what joblib reads, in a file of joblib's. It misreads the pickles inside of arrays:
        they begin with an empty memo, and it does not. What joblib finds harmless at the same place is not reported."""
        self.listed_at: set[int] = set()
        self._policy = policy
        self._stream = stream
        self._remarks: dict[tuple[str, str], Remark] = {}
        self._imports: dict[tuple[str, str, int], Import] = {}
        self._results: dict[str, Made] = {}

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """In the order of the load."""
        return tuple(sorted(self._remarks.values(), key=lambda remark: remark.offset))

    def remark(self, rule: str, message: str, at: int, subject: str, graded: int = 0) -> None:
        """Keep one remark for each rule and subject: the first, with a call before a mere import."""
        known = self._remarks.get((rule, subject))
        if known is None:
            if len(self._remarks) < MOST_REMARKS:
                self._remarks[rule, subject] = Remark(rule, message, at, subject, graded)
        elif wording.is_import(known.message) and not wording.is_import(message):
            self._remarks[rule, subject] = Remark(rule, message, at, subject, max(graded, known.graded))

    # ---- questions of rules -----------------------------------------------------------------------------------------

    def powers(self, value: Value) -> int:
        """What may be done with an imported object; 0 for everything else."""
        return value.verdict.powers if isinstance(value, Import) else 0

    def is_own(self, value: Value) -> bool:
        """Whether the user has allowed this class."""
        return isinstance(value, Import) and value.verdict.is_own

    def knows(self, module: str, name: str) -> bool:
        """Whether a pack that is on has this name."""
        return self._policy.verdict(module, name, 4)[1].powers > 0

    def attribute(self, owner: Value, name: str) -> str | None:
        """The dotted name of an attribute that may be looked up; None when it may not."""
        if not isinstance(owner, Import):
            return None
        verdict = owner.verdict
        module, _, qualified = owner.name.rpartition(".")
        is_member = (verdict.powers & ENUM or verdict.is_own) and not name.startswith("_")
        return f"{owner.name}.{name}" if is_member or self.knows(module, f"{qualified}.{name}") else None

    def nest(self, payload: tuple[Buffer, int, int], *, duty: bool = True) -> None:
        """Have bytes looked into that the pickle gives to a loader."""
        if len(self.nested) < MOST_NESTED:
            where = inside(self._stream.where, "bytes in the pickle")
            self.nested.append(Piece(*payload, where=where, depth=self._stream.depth + 1, duty=duty))
        else:
            self.remark("scan-budget-exceeded", "more than 1,000 files stand inside of this pickle", 0, "nested")

    # ---- Listener ---------------------------------------------------------------------------------------------------

    def imported(self, module: str, name: str, protocol: int, at: int) -> Thing:
        self.imports += 1
        result = self._imports.get((module, name, protocol))
        if result is None:
            result = self._imports[module, name, protocol] = self._judged(module, name, protocol)
        if result.verdict.powers:
            if self.saw_array and not self.is_aside:
                self.listed_at.add(at)
        elif self.is_aside and at in self.listed_at and not (result.verdict.what or result.verdict.is_code):
            return Given("misread")
        else:
            self._remark_name(result, wording.imports(result.name), at)
        self._note("import", result.name, wording.verdict(result.verdict), at)
        return result

    def called(self, verb: str, callee: Value, args: Value, kwargs: Value, at: int) -> Value:
        self.calls += 1
        if not isinstance(callee, Import):
            if not _is_reported(callee):
                origin = name_of(callee.callee) if isinstance(callee, Made) else ""
                self._unexpected(
                    f"calls the result of {wording.name(origin)}", "only listed names may be called", at, origin
                )
            return Made(Given("refused"))
        verdict = callee.verdict
        if not verdict.powers:
            self._look_into(callee, args)
            self.has_known_danger |= verdict.is_code or bool(verdict.what)
            graded = Level.WARNING if verb.startswith("NEWOBJ") else Level.ERROR
            self._remark_name(callee, wording.calls(self.view.call(callee.name, args)), at, graded)
            self._note("call", callee.name, wording.verdict(verdict), at)
            return Made(callee)
        complaint = self._complaint(verb, callee, args, kwargs)
        self._note("call", callee.name, complaint or wording.verdict(verdict), at)
        if complaint:
            self._unexpected(f"calls {self.view.call(callee.name, args)}", complaint, at, callee.name)
            return Made(Given("refused"))
        return self._result(callee, args)

    def stated(self, target: Thing, state: Value, at: int) -> None:
        self.calls += 1
        if _is_reported(target) or (isinstance(target, Made) and target.callee == "array"):
            return
        if isinstance(target, Made):
            target.state = state
            complaint = self._state_complaint(target, state)
        else:
            complaint = "only new objects get a state"
        if complaint:
            name = name_of(target) or (name_of(target.callee) if isinstance(target, Made) else "")
            self._unexpected(f"gives a state to {wording.name(name)}", complaint, at, name)

    def filled(self, verb: str, target: Thing, items: list[Value], at: int) -> None:
        del items  # whatever they are, it is the methods that are called
        self.calls += 1
        if _is_reported(target):
            return
        name = name_of(target.callee) if isinstance(target, Made) else ""
        if name in ITEM_TARGETS[verb] or (isinstance(target, Made) and self.is_own(target.callee)):
            return
        name = name or name_of(target)
        does = f"calls {_METHODS[verb]} of {wording.name(name)}"
        self._unexpected(does, "only listed containers take items", at, name)

    def kept(self, value: Thing, at: int) -> None:
        name = name_of(value)
        self._unexpected(f"keeps {wording.name(name)} for later", "honest files only call it", at, name)

    def persistent(self, pid: Value, at: int) -> Value:
        parts = pid if self._stream.loader is not Loader.PLAIN and type(pid) is tuple else ()
        kind = self.view.text(parts[0]) if parts else None
        if kind == "storage" and len(parts) in (5, 6) and isinstance(parts[1], Thing):
            return Given("storage")
        if kind == "module" and len(parts) == 4 and isinstance(parts[1], Import):
            return parts[1]
        if self._stream.loader is Loader.TORCH_TAR:
            if self.view.text(pid) is not None or self.view.number(pid) is not None:
                return Given("tensor")
            if len(parts) == 3 and isinstance(parts[0], Import):
                return parts[0]
        does = f"asks its loader for the object {self.view.preview(pid)}"
        self._unexpected(does, "only torch files do, and only for storages", at, "persistent id", Level.WARNING)
        return Given("persistent object")

    def given(self, kind: str, detail: int, at: int) -> Thing:
        if kind == "extension":
            self.imports += 1
            text = (
                f"loading this file imports what is registered under the extension code {detail}: no model needs that"
            )
            self.remark("pickle-unknown-import", text, at, f"extension {detail}", Level.ERROR)
        else:
            text = "this pickle needs buffers that are not in the file: what it becomes cannot be told"
            self.remark("pickle-malformed", text, at, "buffer", Level.WARNING)
        return Given(kind)

    def assumed(self, why: str, value: Value, at: int) -> None:
        origin = value.callee if isinstance(value, Made) else value
        is_listed = isinstance(origin, Import) and origin.verdict.powers > 0 and not origin.verdict.is_own
        if is_listed and (origin is value or name_of(origin) not in _CHAMELEONS):
            raise BrokenError(f"it uses {wording.name(name_of(origin))} as something else")
        self._unexpected("does what no writer of pickles does", why, at, why)

    def warned(self, why: str, at: int) -> None:
        self.remark("pickle-malformed", f"this pickle {why}", at, why.split()[0])

    def array_end(self, machine: Machine, wrapper: Made, state: Value, at: int) -> int | None:
        if name_of(wrapper.callee) not in arrays.WRAPPERS:
            return None
        if machine.arrays:
            return machine.step_over_array(arrays.layout(self.view, state), at + 1)
        if not self.saw_array:
            self.saw_array = True
            raise ArrayMetError
        return None

    # ---- details ----------------------------------------------------------------------------------------------------

    def _judged(self, module: str, name: str, protocol: int) -> Import:
        """The imported object with its verdict, and a shortcut for the machine where making objects does no harm."""
        whole, verdict = self._policy.verdict(module, name, protocol)
        if self._stream.loader is Loader.TORCHSCRIPT and module.startswith("__torch__"):
            verdict = Verdict(IMPORT | CONSTRUCT | STATE)
        result = Import(whole, verdict)
        result.is_call_only = whole in CALL_ONLY and verdict.powers > 0
        if verdict.powers & CONSTRUCT and whole not in _MADE_APART and rule_for(whole, verdict.powers) is None:
            result.plain = self._shared(result)
        return result

    def _shared(self, callee: Import) -> Made:
        """The one object that stands for everything that this name makes."""
        shared = self._results.get(callee.name)
        if shared is None:
            shared = self._results[callee.name] = Made(callee, ())
            shared.takes_state = bool(callee.verdict.powers & STATE) and state_rule_for(callee.name) is None
        return shared

    def _result(self, callee: Import, args: Value) -> Value:
        """What a call makes that nobody has complained about."""
        if callee.name in _REBUILDERS:
            return self._result(args[0], args[1:])
        if callee.name == "builtins.getattr":
            name = self.attribute(args[0], self.view.text(args[1]) or "")
            return Import(name, Verdict(IMPORT | CALL)) if name else Made(callee, args)
        if callee.name in _MADE_APART:
            return Made(callee, args)
        return self._shared(callee)

    def _complaint(self, verb: str, callee: Import, args: Value, kwargs: Value) -> str:
        """What is wrong with a call of a listed name; "" when nothing is."""
        powers = callee.verdict.powers
        needed = CONSTRUCT if verb.startswith("NEWOBJ") else CALL
        if verb in ("OBJ", "INST") and args == ():
            needed |= CONSTRUCT
        if not powers & needed:
            return (
                "honest files only hold it as a value"
                if not powers & (CALL | CONSTRUCT)
                else "honest files make it otherwise"
            )
        rule = rule_for(callee.name, powers)
        if rule is None or callee.verdict.is_own:
            return ""
        return rule(self, args) if type(args) is tuple and not kwargs else "its arguments are unknown"

    def _state_complaint(self, target: Made, state: Value) -> str:
        name = name_of(target.callee)
        if not self.powers(target.callee) & STATE:
            return "honest files never do"
        rule = None if self.is_own(target.callee) else state_rule_for(name)
        return rule(self, state) if rule else ""

    def _look_into(self, callee: Import, args: Value) -> None:
        is_loader = callee.name in LOADERS_OF_BYTES and type(args) is tuple and args
        payload = self.view.payload(args[0]) if is_loader else None
        if payload is not None:
            self.nest(payload)

    def _unexpected(self, does: str, why: str, at: int, subject: str, graded: int = 0) -> None:
        self.remark("pickle-unexpected-call", wording.unexpected(does, why), at, subject, graded)

    def _remark_name(self, name: Import, text: str, at: int, graded: int = 0) -> None:
        """Report a name that is on no list, or is known as dangerous."""
        verdict = name.verdict
        if verdict.is_code:
            self.remark("pickle-embedded-code", text + wording.EMBEDDED_CODE, at, name.name)
        elif verdict.what:
            self.remark("pickle-dangerous-call", text + wording.dangerous(verdict.what), at, name.name)
        else:
            self.remark("pickle-unknown-import", text + wording.unknown(name.name, verdict.pack), at, name.name, graded)

    def _note(self, verb: str, name: str, verdict: str, at: int) -> None:
        if (verb, name) not in self.uses:
            self.uses[verb, name] = Use(verb, name, verdict, at)


def _is_reported(value: Value) -> bool:
    """Whether this came from something that has a remark already."""
    origin = value.callee if isinstance(value, Made) else value
    if isinstance(origin, Import):
        return not origin.verdict.powers
    return isinstance(origin, Given) and origin.kind != "storage"
