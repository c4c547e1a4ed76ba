"""YAML by any name: conda environments, and the environments that Ray builds; with `images`, what containers run.

Most YAML declares nothing, so a look at the bytes comes before a parse.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlhooks.core.finding import Unscannable
from mlhooks.formats.declared.conda import environment
from mlhooks.formats.declared.manifest import files, packages
from mlhooks.formats.dependency import Context, Dependency, Kind, readable_text
from mlhooks.formats.fragment import Source
from mlhooks.formats.image import image
from mlhooks.formats.installs import Scope, setting
from mlhooks.formats.requirement import requirement
from mlhooks.formats.yamltext import yaml_documents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.core.files import File
    from mlhooks.formats.yamltext import YamlNode

_RAY = re.compile(rb"runtime_env|runtimeEnvYAML")
_TEMPLATE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_IMAGE = re.compile(rb"\bimage\b")


def read(file: File) -> Iterator[Dependency]:
    """The records of a YAML file that says nothing by its name."""
    if file.name.endswith(".json"):
        return
    data = file.read()
    is_conda = re.search(rb"(?m)^dependencies:", data) is not None and re.search(rb"(?m)^channels:", data) is not None
    if not is_conda and _RAY.search(data) is None:
        return
    for document in _documents(file):
        if isinstance(document, Dependency):
            yield document
            continue
        if is_conda:
            yield from environment(document, Context.UNDECIDED)
        yield from _ray(document)


def images(file: File) -> Iterator[Dependency]:
    """The container images of a compose file, a Kubernetes manifest or a devcontainer.json."""
    if _IMAGE.search(file.read()) is None:
        return
    for document in _documents(file):
        if isinstance(document, Dependency):
            yield document
            continue
        for name, node in document.below():
            if name == "image" and node.text and not re.search(r"\s|\$\{|\{\{", node.text):
                yield image(node.fragment(), origin="deployment", context=Context.APPLICATION, group="image")


def _documents(file: File) -> Iterator[YamlNode | Dependency]:
    """The documents of a file; a template that is no YAML yet is one record that says so."""
    source = Source(file.path, readable_text(file))
    try:
        # Comments of devcontainer.json are blanked; JSON is YAML then.
        text = re.sub(r"(?m)^\s*//.*$", lambda match: " " * len(match[0]), source.text) if file.name[-1] == "n" else ""
        yield from yaml_documents(Source(file.path, text) if text else source)
    except Unscannable:
        template = _TEMPLATE.search(source.text)
        if template is None:
            raise
        place = source.fragment(*template.span())
        record = Dependency(Kind.UNKNOWN, "", file.path, place.location(), context=Context.APPLICATION, origin="ray")
        yield record._replace(problem=template[0][:40], statement=place.offset(0))


def _ray(document: YamlNode) -> Iterator[Dependency]:
    for name, node in document.below():
        if name == "runtime_env":
            yield from _environment(node)
        elif name in ("serveConfigV2", "runtimeEnvYAML") and "\n" in node.text:
            for inner in yaml_documents(node.embedded()):
                yield from _environment(inner) if name == "runtimeEnvYAML" else _ray(inner)


def _environment(node: YamlNode) -> Iterator[Dependency]:
    """One `runtime_env` of Ray: pip, uv, conda, an image, and code from elsewhere."""
    for key in ("pip", "uv"):
        value = node.get(key)
        if value.kind == "scalar":
            yield from files(value, "ray")
        yield from packages(value if value.kind == "sequence" else value.get("packages"), "ray")
        for options in (value.get("pip_install_options"), value.get("uv_pip_install_options")):
            for option in options.values():
                if re.match(r"--(?:extra-)?index-url|--trusted-host|--find-links|-[if]\b", option.text):
                    yield from packages(option, "ray")
    yield from environment(node.get("conda"), Context.APPLICATION)
    for place in (node.get("image_uri"), node.get("container").get("image")):
        if place.text:
            yield image(place.fragment(), origin="ray", context=Context.APPLICATION, group="runtime_env")
    for entry in (*node.get("working_dir").values(), *node.get("py_modules").values()):
        # An archive that is named by a commit is content.
        if re.match(r"https?:", entry.text) and not re.search(r"(?<![0-9a-f])[0-9a-f]{40}(?![0-9a-f])", entry.text):
            yield requirement(entry.fragment(), origin="ray", context=Context.APPLICATION, group="runtime_env")
    for name, entry in node.get("env_vars").items():
        if entry.text:
            yield from setting(name, entry.text, entry.fragment(), Scope("ray", Context.APPLICATION, "env_vars"))
