#!/usr/bin/env bash
# A PostgreSQL cluster of our own, for tests and benches: its own folder, a Unix socket and no TCP port, durable
# writes (fsync on). Runs as the user `postgres` when started by root (the server refuses root), else as the caller.
#
#     url=$(bin/lib/postgres.sh start [DIR])   start the cluster in DIR (made there when absent; default a new folder
#                                              under /tmp); prints postgres:///throughline?host=…&user=…
#     bin/lib/postgres.sh stop DIR|URL         stop it; data stay
#     bin/lib/postgres.sh remove DIR|URL       stop it and delete its folder
#
# A socket's path may be 107 bytes at most, so the socket has a folder of its own under /tmp (DIR/socket-folder names
# it). Source this file for the functions postgres_start DIR (sets POSTGRES_URL), postgres_stop, postgres_remove.
# shellcheck shell=bash

postgres_bin() {
    command -v pg_config >/dev/null || { echo "postgres.sh: pg_config not found; run bin/setup" >&2; return 1; }
    local folder
    folder="$(pg_config --bindir)"
    [ -x "$folder/postgres" ] || { echo "postgres.sh: no server in $folder; run bin/setup" >&2; return 1; }
    printf '%s\n' "$folder"
}

postgres_user() { if [ "$(id -u)" -eq 0 ]; then echo postgres; else id -un; fi; }

# Runs a command as the cluster's owner, from a folder that this owner may enter.
postgres_run() {
    if [ "$(id -u)" -eq 0 ]; then
        (cd / && runuser -u postgres -- "$@")
    else
        (cd / && "$@")
    fi
}

# postgres_folder DIR|URL: the folder of a cluster, also from the URL that start printed.
postgres_folder() {
    case "$1" in
        postgres://*)
            local socket="${1#*host=}"
            readlink -f "${socket%%&*}/cluster"
            ;;
        *) readlink -m "$1" ;;
    esac
}

# postgres_start DIR: starts the cluster, made first when DIR has none, and sets POSTGRES_URL.
postgres_start() {
    local folder bin user socket
    folder="$(readlink -m "$1")"
    bin="$(postgres_bin)" || return 1
    user="$(postgres_user)"
    mkdir -p "$folder"
    if [ "$(id -u)" -eq 0 ]; then chown postgres: "$folder"; fi
    chmod 0711 "$folder"
    if ! postgres_run test -w "$folder"; then
        echo "postgres.sh: the user $user cannot reach $folder; choose a folder it may enter" >&2
        return 1
    fi
    if [ ! -f "$folder/data/PG_VERSION" ]; then
        postgres_run "$bin/initdb" --pgdata "$folder/data" --username "$user" --auth trust --encoding UTF8 \
            --locale C --no-instructions >"$folder/initdb.log" 2>&1 || { cat "$folder/initdb.log" >&2; return 1; }
    fi
    socket="$(cat "$folder/socket-folder" 2>/dev/null || true)"
    if [ ! -d "$socket" ]; then
        socket="$(postgres_run mktemp -d /tmp/throughline-pg.XXXXXX)"
        printf '%s\n' "$socket" > "$folder/socket-folder"
        ln -s "$folder" "$socket/cluster"
    fi
    if ! postgres_run "$bin/pg_ctl" --pgdata "$folder/data" status >/dev/null 2>&1; then
        # fsync, synchronous_commit and full_page_writes keep their defaults: on.
        postgres_run "$bin/pg_ctl" --pgdata "$folder/data" --log "$folder/server.log" --wait --timeout 60 --silent \
            --options "-c listen_addresses='' -c unix_socket_directories='$socket' -c max_connections=400 \
-c shared_buffers=${POSTGRES_SHARED_BUFFERS:-256MB} -c timezone=UTC" start </dev/null >/dev/null 2>&1 ||
            { tail -n 30 "$folder/server.log" >&2; return 1; }
    fi
    local exists
    exists="$(postgres_run "$bin/psql" -X -h "$socket" -d postgres -U "$user" -Atc \
        "SELECT 1 FROM pg_database WHERE datname = 'throughline'")" || return 1
    if [ -z "$exists" ]; then
        postgres_run "$bin/createdb" -h "$socket" -U "$user" --template template0 throughline || return 1
    fi
    POSTGRES_URL="postgres:///throughline?host=$socket&user=$user"
}

postgres_stop() {
    local folder bin socket
    folder="$(postgres_folder "$1")"
    bin="$(postgres_bin)" || return 1
    if [ -f "$folder/data/postmaster.pid" ]; then
        postgres_run "$bin/pg_ctl" --pgdata "$folder/data" --mode immediate --wait --timeout 60 --silent stop \
            >/dev/null || return 1
    fi
    socket="$(cat "$folder/socket-folder" 2>/dev/null || true)"
    case "$socket" in /tmp/throughline-pg.*) rm -rf "$socket" ;; esac
    rm -f "$folder/socket-folder"
}

postgres_remove() {
    local folder
    folder="$(postgres_folder "$1")"
    if [ ! -d "$folder/data" ]; then
        echo "postgres.sh: $folder holds no cluster" >&2
        return 1
    fi
    postgres_stop "$folder" && rm -rf "$folder"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    set -euo pipefail
    case "${1:-}" in
        start)
            postgres_start "${2:-$(mktemp -d /tmp/throughline-cluster.XXXXXX)}"
            printf '%s\n' "$POSTGRES_URL"
            ;;
        stop | remove)
            [ $# -eq 2 ] || { echo "postgres.sh: say which: a folder, or the URL that start printed" >&2; exit 2; }
            "postgres_$1" "$2"
            ;;
        -h | --help) sed -n '2,/^[^#]/{/^#/!d;s/^# \{0,1\}//;p}' "$0" ;;
        *) echo "usage: postgres.sh start [DIR] | stop DIR|URL | remove DIR|URL" >&2; exit 2 ;;
    esac
fi
