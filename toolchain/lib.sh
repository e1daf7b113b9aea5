# Shared by setup and env.sh: versions, and where each part of the toolchain is kept. Sourced, not run.
# A part's folder is named after a hash of its recipe, so an edited recipe is built anew and an old one stays usable.
# shellcheck shell=bash disable=SC2034

toolchain_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
toolchain_cache=${PGHA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pgha}/toolchain

cli_version=3.253.0
cli_minimum=3.228.0 # has the Stash resource (the oldest one looked at)
language_host_version=1.32.0
yaml_host_version=1.30.1 # as in yaml/go.mod
command_version=1.2.1
proxmoxve_version=8.6.0
proxmoxve_server=github://api.github.com/muhlba91/pulumi-proxmoxve

# recipe_hash VALUES FOLDER: of the values (versions, and a number to raise when setup builds the part in another way)
# and of the folder's files that the build reads.
recipe_hash() {
  (
    cd "$toolchain_dir" || exit
    shopt -s globstar nullglob
    files=()
    for file in "$2"/**/*.{go,mod,sum,xml}; do
      [[ $file == *_test.go ]] || files+=("$file")
    done
    sha256sum -- "${files[@]}" - <<<"$1"
  ) | sha256sum | cut -c1-12
}

cli_home=$toolchain_cache/cli-$(recipe_hash "1 $cli_version $language_host_version" cli)
yaml_home=$toolchain_cache/yaml-$(recipe_hash "1 ${cli_home##*/} $yaml_host_version" yaml)
command_home=$toolchain_cache/command-$(recipe_hash "1 $command_version" command)
proxmoxve_home=$toolchain_cache/proxmoxve-$(recipe_hash "1 $proxmoxve_version" proxmoxve)
sdk_home=$toolchain_cache/sdk-$(recipe_hash "2 $proxmoxve_server ${cli_home##*/} ${command_home##*/} ${proxmoxve_home##*/}" sdk)
