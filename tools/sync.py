"""Write into the README what the code knows: the rules, the table of pins, a run of the demo.

python tools/sync.py
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from mlhooks.__main__ import load_all
from mlhooks.core.explain import markdown
from mlhooks.core.finding import Hook
from mlhooks.unpinned_dependencies.pin_table import pin_table_markdown

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
MANIFEST = ROOT / ".pre-commit-hooks.yaml"
FIXERS = {"notebook-data": "Takes the raw data and the data about people that notebook-data finds out of notebooks."}


def main() -> None:
    MANIFEST.write_text(manifest(load_all()), encoding="utf-8")
    text = README.read_text(encoding="utf-8")
    for hook in load_all():
        text = _between(text, f"rules of {hook.id}", markdown(hook))
    text = _between(text, "pin table", pin_table_markdown())
    text = _between(text, "demo run", f"```console\n{demo_run()}```\n")
    README.write_text(text, encoding="utf-8")


def manifest(hooks: list[Hook]) -> str:
    """The pre-commit manifest: an entry per hook, and one more for each fixer that has an id of its own."""
    lines = ["# Written by tools/sync.py: files and descriptions are those of the code.", ""]
    for hook in hooks:
        lines += _entry(hook, hook.id, hook.summary, f"mlhooks {hook.id}")
        if hook.id in FIXERS:
            lines += _entry(hook, f"{hook.id}-fix", FIXERS[hook.id], f"mlhooks {hook.id} --fix")
    return "\n".join(lines)


def _entry(hook: Hook, name: str, description: str, entry: str) -> list[str]:
    lines = [f"- id: {name}", f"  name: {name}", f"  description: {description}", f"  entry: {entry}"]
    lines += ["  language: python", f"  files: '{hook.wants}'"]
    if hook.follows_links:
        # `types: [file]`, the default, leaves symbolic links out.
        lines += ["  types: []", "  types_or: [file, symlink]"]
    return [*lines, ""]


def demo_run() -> str:
    """What a person sees who tries the demo."""
    with tempfile.TemporaryDirectory() as folder:
        commands = (["demo", "demo"], ["all", "demo"])
        return "".join(f"$ mlhooks {' '.join(words)}\n{_output(words, folder)}" for words in commands)


def _output(words: list[str], folder: str) -> str:
    program = "import sys; from mlhooks.__main__ import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", program, *words]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return result.stdout + result.stderr


def _between(text: str, name: str, content: str) -> str:
    pattern = re.compile(f"(<!-- {name} -->\n).*?(<!-- end of {name} -->)", re.DOTALL)
    if not pattern.search(text):
        raise SystemExit(f"README.md has no place for {name}")
    return pattern.sub(lambda match: f"{match[1]}{content}{match[2]}", text)


if __name__ == "__main__":
    main()
