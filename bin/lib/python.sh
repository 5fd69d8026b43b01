# The Python environment of the tests and of pip, in .venv/ (ignored by git), from Debian's own Python.
# shellcheck shell=bash

PYTHON="${PYTHON:-/usr/bin/python3}"

# Makes .venv when there is none, or when it no longer runs (a moved or half-made one).
make_venv() {
    if [ -x "$VENV/bin/pip" ] && "$VENV/bin/python" -c '' 2>/dev/null; then return 0; fi
    rm -rf "$VENV"
    "$PYTHON" -m venv "$VENV" || die "$PYTHON could not make a virtual environment in .venv"
}

# Installs exactly requirements-test.txt, hashes checked; does nothing when that very file was installed before.
install_test_requirements() {
    local wanted stamp="$VENV/.requirements-test.sha256"
    wanted="$(sha256sum < "$ROOT/requirements-test.txt" | cut -d ' ' -f 1)"
    [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] || return 0
    say "installing the Python packages of requirements-test.txt"
    "$VENV/bin/pip" install --quiet --disable-pip-version-check --no-input --require-hashes \
        --requirement "$ROOT/requirements-test.txt" >&2 || die "pip could not install requirements-test.txt"
    printf '%s\n' "$wanted" > "$stamp"
}
