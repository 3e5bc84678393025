#!/usr/bin/env bash
# What the action does after devtool is there: starts the app, waits for its port, runs the scenarios and the audit,
# and writes the summary. The inputs come as variables, so that none of them is ever taken for a piece of script.
set -uo pipefail

reports="${REPORTS:?}" port="${PORT:?}" summary="${GITHUB_STEP_SUMMARY:-/dev/null}"
mkdir -p "$reports"
app=""

# The app and all that it started: asked to end, waited for, and killed after five seconds.
end_app() {
    [ -n "$app" ] || return 0
    kill -TERM -- "-$app" 2> /dev/null || true
    for ((waited = 0; waited < 50; waited++)); do
        kill -0 -- "-$app" 2> /dev/null || break
        sleep 0.1
    done
    kill -KILL -- "-$app" 2> /dev/null || true
    wait "$app" 2> /dev/null || true
    app=""
}
trap end_app EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if [ -n "${APP:-}" ]; then
    # A group of its own, which can be ended as a whole.
    set -m
    bash -c "$APP" > "$reports/app.log" 2>&1 &
    app=$!
    set +m
    for ((waited = 0; ; waited++)); do
        (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null && break
        if ! kill -0 "$app" 2> /dev/null || ((waited >= ${WAIT:-60} * 5)); then
            echo "::error title=devtool::the app does not accept connections on port $port; its output follows"
            tail -n 50 "$reports/app.log"
            exit 4
        fi
        sleep 0.2
    done
fi

verdict=0
target=(--port "$port" --path "${ENDPOINT:-/webhook}")
run() { # what it is for the summary, then the command
    local name="$1" rc=0
    shift
    echo "::group::devtool $name"
    devtool "$@" || rc=$?
    echo "::endgroup::"
    [ "$rc" = 0 ] || echo "::error title=devtool $name::failed with exit code $rc; the report is among the run's artifacts"
    [ "$verdict" != 0 ] || verdict=$rc
}

if [ -n "${SCENARIOS:-}" ]; then
    read -r -a scenarios <<< "${SCENARIOS//$'\n'/ }"
    run scenario scenario "${scenarios[@]}" "${target[@]}" --report "html=$reports/scenarios.html" \
        --report "junit=$reports/scenarios.xml" --report "markdown=$reports/scenarios.md"
    [ ! -f "$reports/scenarios.md" ] || cat "$reports/scenarios.md" >> "$summary"
fi
if [ "${AUDIT:-false}" = true ]; then
    run audit audit "${target[@]}" --report "sarif=$reports/audit.sarif" --report "markdown=$reports/audit.md"
    [ ! -f "$reports/audit.md" ] || cat "$reports/audit.md" >> "$summary"
fi
end_app
[ -z "${GITHUB_OUTPUT:-}" ] || echo "exit-code=$verdict" >> "$GITHUB_OUTPUT"
exit "$verdict"
