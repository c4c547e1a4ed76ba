#!/usr/bin/env bash
# Write what the action installs: every dependency at one version, with the hashes of its files. Needs uv.
set -euo pipefail
cd "$(dirname "$0")/.."

lock() { # lock FILE [OPTION ...]
  local file=$1
  shift
  local options=(--universal --python-version 3.11 --generate-hashes --no-annotate --no-header --quiet)
  {
    echo "# Written by tools/lock.sh: what the action installs."
    "${UV:-uv}" pip compile pyproject.toml "${options[@]}" "$@"
  } > "$file.new"
  mv "$file.new" "$file"
}

lock action/requirements.txt
lock action/requirements-audit.txt --extra audit
