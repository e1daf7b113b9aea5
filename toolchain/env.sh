# Puts the toolchain that toolchain/setup made on the PATH. To be sourced by bash.
# Exports PATH, PULUMI_HOME (ours, so that the user's own ~/.pulumi and its login stay untouched) and quiet defaults.
# shellcheck shell=bash source-path=SCRIPTDIR

# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
if [ ! -x "$cli_home/bin/pulumi" ] || [ ! -d "$sdk_home" ]; then
  echo "pgha: the toolchain isn't built yet: run toolchain/setup" >&2
  # shellcheck disable=SC2317 # 'return' fails only where this file is run instead of sourced
  return 1 2>/dev/null || exit 1
fi
export PATH="$cli_home/bin:$PATH"
# Only where `toolchain/setup yaml` has put it.
if [ -d "$yaml_home" ]; then
  export PATH="$yaml_home/bin:$PATH"
fi
export PULUMI_HOME="$toolchain_cache/pulumi-home"
export PULUMI_SKIP_UPDATE_CHECK=true
export PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true
