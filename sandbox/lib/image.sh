# shellcheck shell=bash
# What VMs boot: Debian 13 with what a "genericcloud" image has. For nspawn a root file system without a kernel, for QEMU the
# image of a disk.

# The dev stack's URL ends with it, whatever carries the VMs.
IMAGE_NAME=debian-13-nspawn-amd64.qcow2
IMAGE_BYTES=$((3 * 1024 * 1024 * 1024))
# A script that runs in the image when it is built, such as image/with-packages; empty for the plain one.
IMAGE_SCRIPT=${PGHA_IMAGE_SCRIPT:+$(realpath -- "$PGHA_IMAGE_SCRIPT")}

: "${HYPERVISOR:=nspawn}"
case $HYPERVISOR in
    qemu) IMAGE_RECIPE=$LIB_DIR/image-build-qemu IMAGE_RESULT=disk.qcow2 IMAGE_TIME="a few minutes" ;;
    *) IMAGE_RECIPE=$LIB_DIR/image-build IMAGE_RESULT=rootfs IMAGE_TIME="less than a minute" ;;
esac

image_hash() {
    cat "$IMAGE_RECIPE" ${IMAGE_SCRIPT:+"$IMAGE_SCRIPT"} | sha256sum | cut -c1-16
}

# Builds the image unless the cache has it. One build at a time on a cache.
ensure_image() {
    local hash directory started=$SECONDS draft
    hash=$(image_hash)
    directory=$CACHE/image/$hash
    [ ! -e "$directory/$IMAGE_RESULT" ] || return 0
    mkdir -p "$CACHE/image"
    (
        flock 9
        [ ! -e "$directory/$IMAGE_RESULT" ] || exit 0
        say "building the Debian 13 image (once, $IMAGE_TIME) ..."
        draft=$(mktemp -d "$CACHE/image/draft.XXXXXX")
        trap 'rm -rf --one-file-system "$draft"' EXIT
        if ! "$IMAGE_RECIPE" "$draft/$IMAGE_RESULT" "http://$GATEWAY:$PROXY_PORT" "$NETNS_FILE" \
            "$IMAGE_SCRIPT" >"$LOG_DIR/image.log" 2>&1; then
            tail -n 20 "$LOG_DIR/image.log" >&2
            fail "the image couldn't be built (whole output: $LOG_DIR/image.log). Repair that, then run this again."
        fi
        mkdir -p "$directory"
        mv "$draft/$IMAGE_RESULT" "$directory/$IMAGE_RESULT"
        say "image built in $((SECONDS - started)) s"
    ) 9>"$CACHE/image/lock"
}

# The file that the API's clients download. For nspawn it only names the root file system.
publish_image() {
    local hash
    hash=$(image_hash)
    mkdir -p "$STATE/www/images"
    if [ "$HYPERVISOR" = qemu ]; then
        # The proxy sees the sandbox's own files alone, so a link to the cache's has to be a hard one.
        [ ! "$STATE/www/images/$IMAGE_NAME" -ef "$CACHE/image/$hash/$IMAGE_RESULT" ] || return 0
        rm -f "$STATE/www/images/$IMAGE_NAME.new"
        ln "$CACHE/image/$hash/$IMAGE_RESULT" "$STATE/www/images/$IMAGE_NAME.new" 2>/dev/null ||
            cp "$CACHE/image/$hash/$IMAGE_RESULT" "$STATE/www/images/$IMAGE_NAME.new"
    else
        printf '{"kind":"pgha-sandbox-image","rootfs":"%s","size":%s}\n' "$hash" "$IMAGE_BYTES" \
            >"$STATE/www/images/$IMAGE_NAME.new"
    fi
    mv "$STATE/www/images/$IMAGE_NAME.new" "$STATE/www/images/$IMAGE_NAME"
}
