# Shared by the scripts in bin/: where things are, how they speak. Source it; it sets nothing but what it names.
# shellcheck shell=bash disable=SC2034

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
ASSETS="$ROOT/.assets"
VENV="$ROOT/.venv"
RELEASE="$ROOT/.build/release"

say() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }

die() {
    say "error: $1"
    shift
    for line in "$@"; do printf '    %s\n' "$line" >&2; done
    exit 1
}

# Wrong use of a script ends with 2, as everywhere in the product.
misuse() {
    say "$1"
    printf '    See: bin/%s --help\n' "$(basename "$0")" >&2
    exit 2
}

# Prints the comment block at the head of the calling script: its help.
help() { sed -n '2,/^[^#]/{/^#/!d;s/^# \{0,1\}//;p}' "$0"; }

# sha256_is FILE HASH: true when FILE exists and has that hash.
sha256_is() {
    [ -f "$1" ] && [ "$(sha256sum < "$1" | cut -d ' ' -f 1)" = "$2" ]
}
