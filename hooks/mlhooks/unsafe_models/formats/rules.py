"""The rules of the model formats that are no pickles."""

from __future__ import annotations

from mlhooks.core.finding import Level, Rule

_CODE_TAGS = (
    "external/cwe/cwe-94",
    "external/cwe/cwe-506",
    "MITRE-ATLAS-5.6.0:AML.T0018.002",
    "MITRE-ATLAS-5.6.0:AML.T0011.000",
    "OWASP-LLM04:2026",
)
_NAME_TAGS = (
    "external/cwe/cwe-470",
    "external/cwe/cwe-829",
    "MITRE-ATLAS-5.6.0:AML.T0018.001",
    "MITRE-ATLAS-5.6.0:AML.T0011.000",
    "OWASP-LLM04:2026",
)
_FILE_TAGS = ("external/cwe/cwe-22", "external/cwe/cwe-73", "MITRE-ATLAS-5.6.0:AML.T0011.000", "OWASP-LLM04:2026")
_BROKEN_TAGS = ("external/cwe/cwe-20", "external/cwe/cwe-1285", "MITRE-ATLAS-5.6.0:AML.T0011.000")

MODEL_CODE = Rule(
    "model-code",
    Level.ERROR,
    "a model file that carries code which runs when it is loaded or used",
    "A Keras Lambda layer stores Python bytecode, a TensorFlow graph can call back into Python, an R file can store a "
    "promise "
    "that runs when it is looked at, a TorchServe archive brings its own handler, a llamafile is a program. Whoever "
    "made "
    "the file decides what that code does on your machine, and none of it shows in the weights.",
    "model.keras: layer 'scale' is a Lambda layer with Python bytecode in it",
    "Replace a Lambda layer by a layer class in your own code and save the model again. Load files of others with "
    "`safe_mode=True`. If you made the file yourself, allow it by its hash: "
    '`allow = [{sha256 = "...", reason = "..."}]`.',
    _CODE_TAGS,
    "9.3",
)
FOREIGN_NAME = Rule(
    "model-foreign-name",
    Level.ERROR,
    "a model file that names a function or class outside of its own library",
    "Keras, Hydra, NeMo, MLflow and skops import whatever module and name stand in the file, and often call it with "
    "arguments "
    "from the file. `os.system` is a name like any other; Keras has had five such holes since 2024.",
    "model_config.yaml: _target_: os.system",
    "Register your own classes in code and pass them in (`custom_objects=`, `trusted=`), so that the file need not "
    "name a "
    "module. A file of your own is allowed by its hash in `allow`.",
    _NAME_TAGS,
    "8.8",
)
FILE_ACCESS = Rule(
    "model-file-access",
    Level.ERROR,
    "a model file that makes its loader read or write other files",
    "ONNX and HDF5 can keep data in other files, named by a path that the file chooses; TensorFlow and TorchScript "
    "have "
    "operations that read and write files; XML can pull in a file as an entity. Such a path may lead to a key or a "
    "password, "
    "whose contents then end up in the weights, or a file of yours is overwritten.",
    "model.onnx: tensor 'w' keeps its data in '../../.ssh/id_rsa'",
    "Save the model again with its data inside, or next to it in the same folder. Do not load the file as it is.",
    _FILE_TAGS,
    "7.5",
)
TEMPLATE_ESCAPE = Rule(
    "template-escape",
    Level.ERROR,
    "a chat template that reaches into Python",
    "A chat template is a small Jinja program that runs for every prompt. Through attributes such as `__class__` it "
    "gets from "
    "a string to every loaded module, unless the program that renders it uses a sandbox; several inference servers did "
    "not.",
    "tokenizer_config.json: the chat template reads the attribute `__globals__`",
    "Take the template of the original model. A template needs loops, conditions, `tojson` and plain fields of "
    "messages, never "
    "a name with two underscores. If this one is right all the same, allow the file by its hash.",
    ("external/cwe/cwe-1336", "external/cwe/cwe-94", "MITRE-ATLAS-5.6.0:AML.T0018.002", "OWASP-LLM04:2026"),
    "8.8",
)
MODEL_MALFORMED = Rule(
    "model-malformed",
    Level.ERROR,
    "a model file that breaks the rules of its own format",
    "Lengths beyond the end of the file, offsets that overlap and counts that cannot be true crash native loaders or "
    "make them "
    "write where they should not; a key that stands twice lets a scanner and a loader read two different models. No "
    "library writes such files. Often the file was only cut off on its way.",
    "model.safetensors: tensor 'b' ends at byte 4096, 96 bytes beyond the end of the file",
    "Fetch the file again and compare its hash with the one at its source. If it stays broken, do not load it.",
    _BROKEN_TAGS,
    "7.0",
)
CUSTOM_OPERATOR = Rule(
    "custom-operator",
    Level.NOTE,
    "a graph that needs operators which its runtime does not have",
    "Operators of other domains are loaded from a native library that somebody has to install. The library runs as "
    "your "
    "process, and the model file does not say where it comes from.",
    "model.onnx: the operator domain 'com.acme' is not part of ONNX",
    "Check where the library with these operators comes from, or export the model with standard operators.",
    _NAME_TAGS,
    "",
)
REMOTE_CODE = Rule(
    "model-remote-code",
    Level.WARNING,
    "a model configuration that points at Python code to load",
    "`auto_map` tells transformers which Python file of a repository holds the model's class. With "
    "`trust_remote_code=True` that "
    "file runs. When it lives in another repository, its owner can change it at any time.",
    'config.json: "auto_map": {"AutoModel": "acme/model--modeling.Net"}',
    "Use an architecture that transformers has built in. Otherwise keep the code next to the configuration, review it, "
    "and "
    "pin `revision=` and `code_revision=` to a commit when you load it.",
    ("external/cwe/cwe-829", "external/cwe/cwe-494", "MITRE-ATLAS-5.6.0:AML.T0010.003", "OWASP-LLM04:2026"),
    "6.5",
)
NOT_SAFETENSORS = Rule(
    "not-safetensors",
    Level.ERROR,
    "weights that are not in safetensors, where nothing else is wanted",
    "With `--require-safetensors` a team says that pickles have no place in its repository, harmless or not: a format "
    "that "
    "cannot run code needs no scanner.",
    "model.pt: it is a pickle, and only safetensors is wanted here",
    "Convert it: `mlhooks convert model.pt -o model.safetensors`. It needs no torch and runs nothing of the file.",
    ("external/cwe/cwe-502", "MITRE-ATLAS-5.6.0:AML.T0011.000", "OWASP-LLM04:2026"),
    "5.0",
)

RULES = (
    MODEL_CODE,
    FOREIGN_NAME,
    FILE_ACCESS,
    TEMPLATE_ESCAPE,
    MODEL_MALFORMED,
    CUSTOM_OPERATOR,
    REMOTE_CODE,
    NOT_SAFETENSORS,
)
