# The system packages this project needs, by what they are for (Debian 12 names). docs/dependencies.md says why each.
# shellcheck shell=bash disable=SC2034

PACKAGES_BUILD=(
    ca-certificates git pkg-config
    libsqlite3-dev libpq-dev libargon2-dev libbz2-dev zlib1g-dev
    libcurl4-openssl-dev
)
PACKAGES_RUN=(
    python3 python3-venv libjs-chart.js
)
PACKAGES_TEST=(
    postgresql postgresql-client sqlite3
    chromium fonts-liberation fonts-dejavu-core
    wrk spin gcc libc6-dev
    libical3 khal
)

package_is_installed() {
    [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# install_packages NAME…: installs those that are missing, asks nothing, says nothing when there is nothing to do.
install_packages() {
    local missing=() name as_root=()
    command -v dpkg-query >/dev/null || die "this is no Debian system (dpkg-query not found)" \
        "Install the equivalents of these Debian 12 packages by hand: $*"
    for name in "$@"; do
        package_is_installed "$name" || missing+=("$name")
    done
    [ ${#missing[@]} -gt 0 ] || return 0

    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null; then
            die "packages are missing and neither root nor password-less sudo is at hand" \
                "Run once as root: apt-get update && apt-get install ${missing[*]}"
        fi
        as_root=(sudo -n)
    fi
    say "installing ${missing[*]}"
    local log
    log="$(mktemp)"
    if ! {
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -qq update &&
            "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 \
                -y -qq --no-install-recommends install "${missing[@]}"
    } </dev/null >"$log" 2>&1; then
        tail -n 30 "$log" >&2
        die "apt-get could not install: ${missing[*]}" "The whole log is $log"
    fi
    rm -f "$log"
    for name in "${missing[@]}"; do
        package_is_installed "$name" || die "apt-get ended well, yet $name is not installed"
    done
}
