"""Dotted names that a configuration asks its loader to import and call: `_target_` of Hydra and NeMo, and their kin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlhooks.core.finding import Level
from mlhooks.unsafe_models.formats.rules import FOREIGN_NAME
from mlhooks.unsafe_models.formats.source import Fault, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

# Callables outside of these packages do not occur in the configurations that NeMo and its models ship.
_ML_PACKAGES = frozenset(
    [
        "nemo",
        "nemo_text_processing",
        "nemo_run",
        "torch",
        "torchaudio",
        "torchvision",
        "torchmetrics",
        "pytorch_lightning",
        "lightning",
        "lightning_fabric",
        "omegaconf",
        "transformers",
        "megatron",
        "sentence_transformers",
        "diffusers",
        "hydra_plugins",
        "apex",
        "transformer_engine",
        "peft",
        "timm",
        "monai",
        "nv_one_logger",
        "bitsandbytes",
    ]
)
# Inside of packages that are fine on the whole, these load, fetch or evaluate.
_LOADERS = frozenset(
    [
        "load",
        "loads",
        "load_url",
        "load_state_dict_from_url",
        "load_from_checkpoint",
        "load_library",
        "compile_library",
        "download_url_to_file",
        "exec",
        "eval",
        "system",
        "popen",
        "run",
        "call",
        "check_call",
        "check_output",
        "Popen",
        "spawn",
        "import_module",
        "get_class",
        "get_method",
        "get_object",
        "call_method",
        "load_extern_type",
        "urlretrieve",
        "urlopen",
        "read_pickle",
        "from_pretrained",
        "restore_from",
        "restore",
    ]
)
# Modules that no project calls a package of its own.
_RUNNERS = frozenset(
    [
        "os",
        "posix",
        "nt",
        "sys",
        "subprocess",
        "builtins",
        "__builtin__",
        "importlib",
        "runpy",
        "shutil",
        "ctypes",
        "pty",
        "pickle",
        "_pickle",
        "cPickle",
        "dill",
        "cloudpickle",
        "marshal",
        "webbrowser",
    ]
)
# With those that a project may use in a configuration of its own, but no target of a model needs.
_SYSTEM_MODULES = _RUNNERS | frozenset(
    [
        "socket",
        "commands",
        "code",
        "codeop",
        "platform",
        "shelve",
        "joblib",
        "pydoc",
        "timeit",
        "cProfile",
        "profile",
        "pdb",
        "bdb",
        "trace",
        "multiprocessing",
        "asyncio",
        "threading",
        "urllib",
        "http",
        "ftplib",
        "smtplib",
        "telnetlib",
        "requests",
        "httpx",
        "paramiko",
        "fabric",
        "invoke",
        "pip",
        "setuptools",
        "distutils",
        "ensurepip",
        "venv",
        "tempfile",
        "pathlib",
        "io",
        "nturl2path",
        "operator",
        "functools",
        "types",
        "imp",
        "zipimport",
        "pkgutil",
        "inspect",
        "gc",
        "signal",
        "resource",
        "atexit",
        "site",
        "sysconfig",
        "test",
        "unittest",
        "doctest",
        "idlelib",
        "turtledemo",
        "antigravity",
        "this",
    ]
)
# Modules of Python's that hang in other modules as attributes, and that no project calls a part of its own.
_REACHED = frozenset(("os", "posix", "nt", "sys", "subprocess", "builtins", "importlib", "ctypes", "pty"))
# Parts of known libraries that run, compile, fetch or evaluate what they are given.
_NOT_FOR_MODELS = frozenset(
    [
        "hub",
        "package",
        "cpp_extension",
        "testing",
        "_testing",
        "testing_utils",
        "test_utils",
        "dynamic_module_utils",
        "dynamic_modules_utils",
        "collect_env",
        "bottleneck",
        "bundle",
        "cli",
        "launcher",
        "elastic",
        "_inductor",
        "_dynamo",
        "CompilationUnit",
        "onnx",
        "model_zoo",
        "serialization",
        "PackageImporter",
    ]
)
# Where known libraries keep the functions that layers are made of.
_FUNCTIONS = (
    "torch.nn.",
    "torch.optim.",
    "torch.distributions.",
    "torchvision.",
    "torchaudio.",
    "nemo.",
    "megatron.core.",
)
_HARMLESS = frozenset(
    [
        "builtins.bool",
        "builtins.bytes",
        "builtins.complex",
        "builtins.dict",
        "builtins.enumerate",
        "builtins.float",
        "builtins.frozenset",
        "builtins.int",
        "builtins.len",
        "builtins.list",
        "builtins.max",
        "builtins.min",
        "builtins.range",
        "builtins.reversed",
        "builtins.round",
        "builtins.set",
        "builtins.slice",
        "builtins.sorted",
        "builtins.str",
        "builtins.sum",
        "builtins.tuple",
        "builtins.zip",
        "builtins.abs",
        "functools.partial",
        "functools.lru_cache",
        "pathlib.Path",
        "pathlib.PurePath",
        "pathlib.PosixPath",
        "operator.add",
        "operator.mul",
        "operator.itemgetter",
        "types.SimpleNamespace",
        "os.path.join",
        "os.path.basename",
        "os.path.dirname",
        "os.path.abspath",
        "os.path.expanduser",
        "os.path.splitext",
        "os.path.exists",
        "os.environ.get",
        "os.getenv",
        "os.getcwd",
        "os.cpu_count",
        "tempfile.mkdtemp",
        "tempfile.gettempdir",
        "multiprocessing.cpu_count",
        "threading.Lock",
        "signal.Signals",
        "torch.load",
        "torch.hub.load",
        "hydra.utils.get_class",
        "hydra.utils.get_method",
        "hydra.utils.get_object",
        "hydra.utils.call",
    ]
)


def judge_target(target: str, where: str, *, in_model: bool) -> Iterator[Fault]:
    """A name that would be imported and called.

    `in_model` says that it stands in a model file, where everything comes from the model's maker and should be of a
    known library; in a configuration of one's own project, its own classes are what the file is for.
    """
    name = target.removeprefix("builtins.") if target.startswith("builtins.builtins") else target
    parts = name.split(".")
    if not in_model:
        if parts[0] in _RUNNERS and name not in _HARMLESS:
            message = (
                f"it has {shown(target)} called when the configuration is instantiated; call it from your own code "
                f"instead"
            )
            yield Fault(FOREIGN_NAME, message, target, where)
        elif _is_hidden(parts) or not _REACHED.isdisjoint(parts[1:-1]):
            yield Fault(FOREIGN_NAME, f"it names {shown(target)}, a way into Python's inside; remove it", target, where)
        return
    if parts[0] in _SYSTEM_MODULES or _is_hidden(parts):
        message = f"instantiating this model calls {shown(target)}; do not load it"
        yield Fault(FOREIGN_NAME, message, target, where)
    elif parts[0] not in _ML_PACKAGES:
        message = (
            f"instantiating this model imports and calls {shown(target)}, which is of no known library; review that "
            f"code first"
        )
        yield Fault(FOREIGN_NAME, message, target, where)
    elif (
        parts[-1] in _LOADERS
        or any(part in _RUNNERS for part in parts[1:-1])
        or not _NOT_FOR_MODELS.isdisjoint(parts[1:])
    ):
        message = (
            f"instantiating this model calls {shown(target)}, which loads or runs what it is given; do not load it"
        )
        yield Fault(FOREIGN_NAME, message, target, where)
    elif _is_function(parts) and len(parts) > 2 and not name.startswith(_FUNCTIONS):
        message = f"instantiating this model calls the function {shown(target)}, where others name classes; review it"
        yield Fault(FOREIGN_NAME, message, target, where, graded=Level.WARNING)


def _is_function(parts: list[str]) -> bool:
    return parts[-1].lstrip("_")[:1].islower()


def judge_option(name: str, where: str) -> Iterator[Fault]:
    """A module that a loader imports by name, such as MLflow's loader_module."""
    if name.split(".")[0] in _RUNNERS or _is_hidden(name.split(".")):
        yield Fault(FOREIGN_NAME, f"its loader imports {shown(name)}; do not load it", name, where)
    else:
        message = f"its loader imports the module {shown(name)}; make sure that you know where that comes from"
        yield Fault(FOREIGN_NAME, message, name, where, graded=Level.NOTE)


def is_system_module(module: str) -> bool:
    """Whether a module is one of Python's own that runs, loads or fetches, or a way into Python's inside."""
    parts = module.split(".")
    return parts[0] in _SYSTEM_MODULES or _is_hidden(parts)


def _is_hidden(parts: list[str]) -> bool:
    return any(part.startswith("__") and part.endswith("__") for part in parts)
