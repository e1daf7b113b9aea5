# shellcheck shell=bash
# The VMs' root file system: Debian 13 with what a "genericcloud" image has, without a kernel.

IMAGE_RECIPE=$LIB_DIR/image-build
IMAGE_NAME=debian-13-nspawn-amd64.qcow2
IMAGE_BYTES=$((3 * 1024 * 1024 * 1024))
# A script that runs in the image when it is built, such as image/with-packages; empty for the plain one.
IMAGE_SCRIPT=${PGHA_IMAGE_SCRIPT:+$(realpath -- "$PGHA_IMAGE_SCRIPT")}

image_hash() {
    cat "$IMAGE_RECIPE" ${IMAGE_SCRIPT:+"$IMAGE_SCRIPT"} | sha256sum | cut -c1-16
}

# Builds the image unless the cache has it. One build at a time on a cache.
ensure_image() {
    local hash directory started=$SECONDS draft
    hash=$(image_hash)
    directory=$CACHE/image/$hash
    [ ! -d "$directory/rootfs" ] || return 0
    mkdir -p "$CACHE/image"
    (
        flock 9
        [ ! -d "$directory/rootfs" ] || exit 0
        say "building the Debian 13 image (once, less than a minute) ..."
        draft=$(mktemp -d "$CACHE/image/draft.XXXXXX")
        trap 'rm -rf --one-file-system "$draft"' EXIT
        if ! "$IMAGE_RECIPE" "$draft/rootfs" "http://$GATEWAY:$PROXY_PORT" "$NETNS_FILE" \
            "$IMAGE_SCRIPT" >"$LOG_DIR/image.log" 2>&1; then
            tail -n 20 "$LOG_DIR/image.log" >&2
            fail "the image couldn't be built (whole output: $LOG_DIR/image.log). Repair that, then run this again."
        fi
        mkdir -p "$directory"
        mv "$draft/rootfs" "$directory/rootfs"
        say "image built in $((SECONDS - started)) s"
    ) 9>"$CACHE/image/lock"
}

# The file that the API's clients download: it only names the root file system.
publish_image() {
    local hash
    hash=$(image_hash)
    mkdir -p "$STATE/www/images"
    printf '{"kind":"pgha-sandbox-image","rootfs":"%s","size":%s}\n' "$hash" "$IMAGE_BYTES" \
        >"$STATE/www/images/$IMAGE_NAME.new"
    mv "$STATE/www/images/$IMAGE_NAME.new" "$STATE/www/images/$IMAGE_NAME"
}
