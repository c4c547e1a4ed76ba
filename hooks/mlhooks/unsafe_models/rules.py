"""The rules of this room."""

from __future__ import annotations

from mlhooks.core.finding import Level, Rule
from mlhooks.unsafe_models.formats.rules import RULES as FORMAT_RULES

_TAGS = ("external/cwe/cwe-502", "MITRE-ATLAS-5.6.0:AML.T0011.000", "OWASP-LLM04:2026")
_CODE_TAGS = (
    "external/cwe/cwe-502",
    "external/cwe/cwe-506",
    "MITRE-ATLAS-5.6.0:AML.T0018.002",
    "OWASP-LLM04:2026",
)

DANGEROUS_CALL = Rule(
    "pickle-dangerous-call",
    Level.ERROR,
    "a pickle that runs programs or code, reaches for files or the network, or loads other pickles",
    "A pickle is a program, and loading it runs it. This one names a function that attacks are made of and that no "
    "model needs. It is enough that somebody loads the file, even if loading fails afterwards.",
    "class Greeting:\n"
    "    def __reduce__(self):\n"
    "        return (os.system, ('echo hello',))\n"
    "\n"
    "pickle.dump(Greeting(), file)",
    "Do not load the file. Ask its author for safetensors, or load it with torch.load(..., weights_only=True), which "
    "refuses "
    'such names. Nothing but the file\'s own hash can allow it: allow = [{sha256 = "...", reason = "..."}].',
    _CODE_TAGS,
    "9.3",
)

UNEXPECTED_CALL = Rule(
    "pickle-unexpected-call",
    Level.ERROR,
    "a pickle that uses a harmless name in a way that honest files never do",
    "Some names are harmless as a value and harmful as a call, or harmless with the right arguments only: getattr, "
    "partial, a state for something that is no new object. Attacks are built of such parts once the plain way is "
    "closed.",
    "getattr(numpy, 'os')  # as opcodes, in a file that is called model.pkl",
    "Find out who wrote the file and with what. Write it again from the objects it should hold. If you know it to be "
    "good, "
    'allow it by its hash: allow = [{sha256 = "...", reason = "..."}].',
    _CODE_TAGS,
    "9.3",
)

UNKNOWN_IMPORT = Rule(
    "pickle-unknown-import",
    Level.WARNING,
    "a pickle that imports something that is on no list",
    "Importing a module runs it, and making an object runs its class. The lists hold the names that the known "
    "libraries write; whatever is not on them could be anything, also a file that lies next to the model.",
    "torch.save(model, 'model.pt')  # the whole object, of a class of your own",
    "Save the weights only (model.state_dict(), or safetensors). If the class is yours, name it: "
    'allow-imports = ["mypackage.layers.Block"] under [tool.mlhooks.unsafe-models]; '
    'for a known library switch its pack on: packs = ["ultralytics"].',
    _TAGS,
    "7.5",
)

EMBEDDED_CODE = Rule(
    "pickle-embedded-code",
    Level.WARNING,
    "a pickle that contains Python code (cloudpickle, dill, marshal)",
    "cloudpickle and dill write functions and classes into the file as byte code. No list of names can tell what that "
    "code does.",
    "cloudpickle.dump(lambda row: row['price'] > 0, file)",
    "Put the function into a module and save a reference to it. If the file is yours, allow it by its hash: "
    'allow = [{sha256 = "...", reason = "..."}].',
    _TAGS,
    "8.1",
)

MALFORMED = Rule(
    "pickle-malformed",
    Level.ERROR,
    "a pickle that cannot be read to its end",
    "What stands before the fault has already run when a loader comes to it, so a broken tail is a way to hide. Many "
    "broken files are simply cut off: a download or a copy that did not finish.",
    "head -c 1000 model.pkl > shorter.pkl",
    "Fetch or write the file again. If it is a test case, allow it by its path: "
    'allow = [{path = "tests/data/broken.pkl", reason = "..."}].',
    _TAGS,
    "6.5",
)

DISGUISED = Rule(
    "pickle-disguised",
    Level.ERROR,
    "a pickle under the name of another format, or hidden behind one",
    "Loaders look at the content, people look at the name. A pickle that is called .safetensors or stands behind an "
    "image gets loaded by whoever trusts the name.",
    "mv model.pkl model.safetensors",
    "Give the file the name of what it is. If the name is needed, allow the file by its hash: "
    'allow = [{sha256 = "...", reason = "..."}].',
    _TAGS,
    "8.1",
)

AMBIGUOUS = Rule(
    "archive-ambiguous",
    Level.ERROR,
    "an archive that different loaders read differently",
    "Two members of one name, a name that differs between the directory and the member, two directories: one reader "
    "sees the harmless file, the other one the harmful one. No writer makes such archives by accident.",
    "a zip archive with data.pkl and DATA.PKL",
    "Write the archive again with one tool. If it has to stay as it is, allow it by its hash: "
    'allow = [{sha256 = "...", reason = "..."}].',
    _TAGS,
    "8.1",
)

OVER_BUDGET = Rule(
    "scan-budget-exceeded",
    Level.ERROR,
    "a file that takes more work to check than the budget allows",
    "What was not looked at is not clean. A file can be made to look endless so that a scanner gives up; a few honest "
    "ones are just very large.",
    "a gzip file of 1 MB that unpacks to 1 TB",
    "If you trust where the file comes from, raise the budget that the message names (max-opcodes, max-unpacked, "
    "max-members, max-depth) under [tool.mlhooks.unsafe-models].",
    ("external/cwe/cwe-409", "external/cwe/cwe-400"),
    "6.5",
)

MODEL = Rule(
    "pickle-model",
    Level.NOTE,
    "a model that is a pickle, although its contents are harmless",
    "Everybody who loads it has to trust it again with every version. Formats that hold only data need no trust. This "
    "note is off unless note-pickles is set.",
    "torch.save(model.state_dict(), 'model.pt')",
    "safetensors.torch.save_file(model.state_dict(), 'model.safetensors'); skops for scikit-learn; the library's own "
    "JSON or text format for boosted trees.",
    _TAGS,
)

RULES = (
    DANGEROUS_CALL,
    UNEXPECTED_CALL,
    UNKNOWN_IMPORT,
    EMBEDDED_CODE,
    MALFORMED,
    DISGUISED,
    AMBIGUOUS,
    OVER_BUDGET,
    MODEL,
    *FORMAT_RULES,
)

BY_ID = {rule.id: rule for rule in RULES}
