"""Give the action a Python environment of its own, made from hashed requirements and this checkout.

`plan` says which environment is needed, so that the steps in between can restore it from a cache; `install` makes
what was not restored. Nothing is built and nothing but wheels is installed. mlhooks itself is not copied: the
environment gets a path entry, so a cached one holds no code of ours.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

ACTION = os.path.dirname(os.path.abspath(__file__))
PACKAGES = os.path.join(os.path.dirname(ACTION), "hooks")
OLDEST = (3, 11)


def main(verb: str) -> int:
    if sys.version_info < OLDEST:
        needed, found = (".".join(map(str, version)) for version in (OLDEST, sys.version_info[:3]))
        print(f"::error title=mlhooks::Python {needed} or newer is needed, not {found}; set the input python-version")
        return 2
    requirements = requirements_for(os.environ.get("AUDIT_ENGINE", ""))
    key = key_of(requirements)
    folder = os.path.join(os.environ["RUNNER_TEMP"], f"mlhooks-{key[-16:]}")
    if verb == "plan":
        output(python=sys.executable, environment=folder, key=key)
        return 0
    try:
        output(python=install(folder, requirements, key))
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"mlhooks: {error}")
        print("::error title=mlhooks::the environment could not be made; the log says why")
        return 2
    return 0


def requirements_for(engine: str) -> str:
    """The requirements file for an audit engine; only one of them needs more than the core."""
    return os.path.join(ACTION, "requirements-audit.txt" if engine.strip() == "pip-audit" else "requirements.txt")


def key_of(requirements: str) -> str:
    """A name for the environment: equal names mean equal contents."""
    digest = hashlib.sha256("\0".join((sys.version, sys.base_prefix)).encode())
    with open(requirements, "rb") as file:
        digest.update(file.read())
    system = os.environ.get("RUNNER_OS", sys.platform) + "-" + os.environ.get("RUNNER_ARCH", "any")
    return f"mlhooks-{system}-{digest.hexdigest()[:16]}"


def install(folder: str, requirements: str, key: str) -> str:
    """Make the environment unless it is there, and point it at this checkout; the path of its Python."""
    python = os.path.join(folder, "Scripts", "python.exe") if os.name == "nt" else os.path.join(folder, "bin", "python")
    done = os.path.join(folder, "mlhooks-complete")
    if read(done) != key:
        run(sys.executable, "-I", "-m", "venv", "--clear", folder)
        pip = (python, "-I", "-m", "pip", "--disable-pip-version-check", "--no-input")
        run(*pip, "install", "--quiet", "--require-hashes", "--no-deps", "--only-binary=:all:", "-r", requirements)
        with open(done, "w", encoding="utf-8") as file:
            file.write(key)
    command = (python, "-I", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))")
    packages = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    with open(os.path.join(packages, "mlhooks.pth"), "w", encoding="utf-8") as file:
        file.write(PACKAGES + "\n")
    run(python, "-I", "-m", "mlhooks", "--version")
    return python


def read(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def run(*command: str) -> None:
    # Not in the workspace: what lies there is the code under test.
    subprocess.run(command, check=True, cwd=os.environ["RUNNER_TEMP"])


def output(**values: str) -> None:
    with open(os.environ["GITHUB_OUTPUT"], "a", encoding="utf-8") as file:
        file.write("".join(f"{name}={value}\n" for name, value in values.items()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
