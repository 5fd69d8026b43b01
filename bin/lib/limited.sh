# Time-limited pieces of work, so that a hang fails instead of hanging its caller. Source after common.sh.
# shellcheck shell=bash

running_piece=""

# limited SECONDS LOG COMMAND…: runs the command with its output in LOG and on the screen; after SECONDS it and all
# its children are ended. Returns the command's status, 124 for out of time. (The screen follows the log instead of a
# pipe: a stray grandchild that holds the pipe open could hold us too.)
limited() {
    local seconds="$1" log="$2" status=0 follower
    shift 2
    : > "$log"
    # A script's background command ignores Ctrl-C's signal, and so would every server a test starts: set it back.
    timeout --kill-after=20 "$seconds" env --default-signal=INT,QUIT "$@" </dev/null >"$log" 2>&1 &
    running_piece=$!
    tail --lines=+1 --follow --sleep-interval=0.2 --pid="$running_piece" "$log" 2>/dev/null &
    follower=$!
    wait "$running_piece" || status=$?
    running_piece=""
    wait "$follower" || true
    if [ "$status" -eq 124 ] || [ "$status" -eq 137 ]; then
        say "ended after its limit of $seconds seconds: $*"
    fi
    return "$status"
}

# For traps: ends the piece that is running now, if any.
end_running_piece() {
    if [ -n "$running_piece" ]; then kill -TERM "$running_piece" 2>/dev/null || true; fi
}
