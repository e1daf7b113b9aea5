# Shared by setup and env.sh: versions, and where each part of the toolchain is kept. Sourced, not run.
# A part's folder is named after a hash of its recipe, so an edited recipe is built anew and an old one stays usable.
# shellcheck shell=bash disable=SC2034

toolchain_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
toolchain_cache=${PGHA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pgha}/toolchain

cli_version=3.253.0
cli_minimum=3.208.0 # the first series with the Stash resource
language_host_version=1.32.0
command_version=1.2.1
proxmoxve_version=8.6.0

recipe_hash() { # FILE_OR_DIR... (relative to toolchain/)
  (cd "$toolchain_dir" && find "$@" -type f \( -name '*.go' -o -name 'go.*' -o -name '*.xml' -o -name lib.sh \) \
    ! -name '*_test.go' -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c1-12)
}

cli_home=$toolchain_cache/cli-$(recipe_hash cli lib.sh)
command_home=$toolchain_cache/command-$(recipe_hash command lib.sh)
proxmoxve_home=$toolchain_cache/proxmoxve-$(recipe_hash proxmoxve lib.sh)
sdk_home=$toolchain_cache/sdk-$(recipe_hash sdk command proxmoxve lib.sh)
