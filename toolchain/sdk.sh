# The plugins' Java SDKs: generated, compiled and put into a Maven repository of our own under the published coordinates,
# unless Maven's repositories have them. Part of setup, which sources it.
# shellcheck shell=bash disable=SC2154

local_maven=${PGHA_MAVEN_REPOSITORY:-$HOME/.m2/repository}

# in_maven COORDINATES: whether Maven's own repositories have the artifact. Asks with an empty local repository, because
# a copy that somebody installed into the usual one would answer for them.
in_maven() {
  mvn -q -B dependency:get -Dartifact="$1" -Dtransitive=false -Dmaven.repo.local="$sdk_home.building/probe" >/dev/null 2>&1
}

# make_sdk NAME VERSION GROUP PACKAGE_PATH SCHEMA [SERVER]
make_sdk() {
  if in_maven "$3:$1:$2"; then
    echo "$3:$1:$2 is in Maven's repositories: nothing to make"
    return 0
  fi
  local work=$sdk_home.building/$1
  mkdir -p "$work"
  "$cli_home/bin/pulumi" package gen-sdk "$5" --language java --out "$work"
  local resources=$work/java/src/main/resources/$4
  mkdir -p "$resources"
  # What the generated code reads at run time and the generator leaves to its Gradle build.
  printf '%s\n' "$2" >"$resources/version.txt"
  printf '{"resource":true,"name":"%s","version":"%s"%s}\n' "$1" "$2" "${6:+,\"server\":\"$6\"}" >"$resources/plugin.json"
  sed "s#@GROUP@#$3#; s#@NAME@#$1#; s#@VERSION@#$2#" sdk/pom.xml >"$work/java/pom.xml"
  mvn -q -B -f "$work/java/pom.xml" deploy -DaltDeploymentRepository="pgha::default::file://$sdk_home.building/repository"
  rm -rf "$work"
}

make_sdks() {
  building "$sdk_home"
  mkdir "$sdk_home.building/repository"
  make_sdk command "$command_version" com.pulumi com/pulumi/command "$command_home/schema.json"
  make_sdk proxmoxve "$proxmoxve_version" io.muehlbachler.pulumi io/muehlbachler/pulumi/proxmoxve \
    "$proxmoxve_home/schema.json" "$proxmoxve_server"
  rm -rf "$sdk_home.building/probe"
  publish "$sdk_home"
}

# In Maven's local repository, a copy of the same version from an older recipe would win over the one made here, and so
# would the note that an earlier build didn't find it.
forget_other_copies() {
  local folder name made
  for folder in "com/pulumi/command/$command_version" "io/muehlbachler/pulumi/proxmoxve/$proxmoxve_version"; do
    name=$(basename "$(dirname "$folder")")-${folder##*/}.jar
    made=$sdk_home/repository/$folder/$name
    if [ -e "$made" ] && [ -d "$local_maven/$folder" ] && ! cmp -s "$made" "$local_maven/$folder/$name"; then
      rm -rf "${local_maven:?}/$folder"
    fi
  done
}

# The pom names toolchain/repository, wherever the cache is.
link_repository() {
  [ repository -ef "$sdk_home/repository" ] && return 0
  if [ -e repository ] && [ ! -L repository ]; then
    rmdir repository 2>/dev/null || fail "toolchain/repository should be a link that toolchain/setup makes: move it away"
  fi
  ln -sfn "$sdk_home/repository" repository
}
