# shellcheck shell=bash
# The API server: its jar, built from these sources and cached by their hash.

jar_hash() {
    (cd "$SANDBOX_DIR" && find pom.xml src/main -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum) |
        sha256sum | cut -c1-16
}

jar_path() {
    echo "$CACHE/sandbox/$1/pgha-sandbox.jar"
}

# Builds the jar unless the cache has it.
ensure_jar() {
    local hash=$1 jar build started=$SECONDS
    jar=$(jar_path "$hash")
    [ ! -e "$jar" ] || return 0
    mkdir -p "$(dirname "$jar")"
    (
        flock 9
        [ ! -e "$jar" ] || exit 0
        say "building the API server (once for these sources) ..."
        build=$(mktemp -d "$CACHE/sandbox/draft.XXXXXX")
        trap 'rm -rf "$build"' EXIT
        # A copy, so that the checkout stays clean and may change meanwhile.
        cp -r "$SANDBOX_DIR/pom.xml" "$build"
        mkdir "$build/src"
        cp -r "$SANDBOX_DIR/src/main" "$build/src/main"
        if ! mvn --batch-mode --quiet -f "$build/pom.xml" -DskipTests package >"$LOG_DIR/build.log" 2>&1; then
            tail -n 20 "$LOG_DIR/build.log" >&2
            fail "the API server couldn't be built (whole output: $LOG_DIR/build.log). Repair that, then run this again."
        fi
        mv "$build/target/pgha-sandbox.jar" "$jar"
        say "API server built in $((SECONDS - started)) s"
    ) 9>"$CACHE/sandbox/lock"
}

start_server() {
    local hash=$1 jar node address options=()
    jar=$(jar_path "$hash")
    [ ! -e "$STATE/run/node-boot" ] || options=(--node-boot)
    [ "$HYPERVISOR" != qemu ] || options+=(--hypervisor qemu --accelerator "$(<"$STATE/run/accelerator")")
    while read -r node address; do
        options+=(--node "$node=$address")
    done < <(node_lines)
    "$LIB_DIR/service" "$SANDBOX" api nsenter --net="$NETNS_FILE" java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -jar "$jar" --name "$SANDBOX" --state "$STATE" --images "$CACHE/image" --lib "$LIB_DIR" \
        --bridge "$BRIDGE" "${options[@]}" </dev/null >>"$LOG_DIR/api.log" 2>&1 9>&- &
    record_pid "$STATE/run/api.pid" $!
    echo "$hash" >"$STATE/run/api.hash"
    rm -f "$STATE/run/node-boot"
}
