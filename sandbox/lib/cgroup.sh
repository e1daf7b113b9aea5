# shellcheck shell=bash
# Control groups of the VMs: limits, and a way to kill a whole VM that can never hit a foreign process.
# Hosts have cgroup v2 alone, or v1 controllers with v2 beside them (hybrid); both are served.

# The v2 hierarchy's mount point; fails if there is none.
unified_hierarchy() {
    awk '$3 == "cgroup2" { print $2; found = 1; exit } END { exit !found }' /proc/self/mounts
}

# The v1 hierarchy's mount point for a controller; fails if there is none.
v1_hierarchy() {
    awk -v controller="$1" '$3 == "cgroup" && ("," $4 ",") ~ ("," controller ",") { print $2; found = 1; exit }
        END { exit !found }' /proc/self/mounts
}

# This process's own group within a v1 hierarchy. VMs nest below it, so that limits put on the caller hold for them.
own_v1_group() {
    awk -F: -v controller="$1" '("," $2 ",") ~ ("," controller ",") { sub(/\/$/, "", $3); print $3; exit }' \
        /proc/self/cgroup
}

# Joins GROUP (a directory, made if missing).
join_group() {
    mkdir -p "$1"
    echo $$ >"$1/cgroup.procs"
}

# Writes VALUE into a limit FILE; a limit that can't be set is said, not hidden.
set_limit() {
    { echo "$2" >"$1"; } 2>/dev/null || echo "sandbox: this host can't set $1 to $2: the VM runs without that limit" >&2
}

# enter_cgroups SANDBOX VMID CORES MEMORY_MIB: moves this process into the VM's groups and sets their limits.
enter_cgroups() {
    local name="pgha-$1/$2" cores="$3" memory="$4" unified mount group
    # Groups that a power cut left behind.
    remove_groups "$1" "$2"
    unified=$(unified_hierarchy)
    if mount=$(v1_hierarchy cpu); then
        group="$mount$(own_v1_group cpu)/$name"
        join_group "$group"
        set_limit "$group/cpu.cfs_period_us" 100000
        set_limit "$group/cpu.cfs_quota_us" "$((cores * 100000))"
    else
        enable_v2_controllers "$unified" "pgha-$1"
    fi
    if mount=$(v1_hierarchy memory); then
        group="$mount$(own_v1_group memory)/$name"
        join_group "$group"
        set_limit "$group/memory.limit_in_bytes" "${memory}M"
    fi
    join_group "$unified/$name"
    if [ -e "$unified/$name/cpu.max" ]; then
        set_limit "$unified/$name/cpu.max" "$((cores * 100000)) 100000"
    fi
    if [ -e "$unified/$name/memory.max" ]; then
        set_limit "$unified/$name/memory.max" "${memory}M"
    fi
}

# limit_processors SANDBOX VMID PERCENT: of one processor, from now on. Fails if the VM has no groups. The period is short, so
# that a VM that has used its part up doesn't stand still for long.
limit_processors() {
    local group period=10000 limited=1
    while read -r group; do
        case $group in
            */pgha-"$1"/"$2") ;;
            *) continue ;; # of the VM's own services
        esac
        if [ -e "$group/cpu.cfs_quota_us" ]; then
            # The quota can't be more than the machine has in the period that is there: take the limit away first.
            { echo -1 >"$group/cpu.cfs_quota_us" && echo "$period" >"$group/cpu.cfs_period_us" &&
                echo "$(($3 * period / 100))" >"$group/cpu.cfs_quota_us"; } && limited=0
        elif [ -e "$group/cpu.max" ]; then
            echo "$(($3 * period / 100)) $period" >"$group/cpu.max" && limited=0
        fi
    done < <(sandbox_groups "$1" "$2")
    return "$limited"
}

enable_v2_controllers() {
    mkdir -p "$1/$2"
    set_limit "$1/cgroup.subtree_control" "+cpu +memory"
    set_limit "$1/$2/cgroup.subtree_control" "+cpu +memory"
}

# Directories of a SANDBOX's groups (or of one VM of it), in every hierarchy, parents before children.
sandbox_groups() {
    local name="pgha-$1"
    find /sys/fs/cgroup -type d \( -path "*/$name${2:+/$2}" -o -path "*/$name${2:+/$2}/*" \) 2>/dev/null || true
}

# leave_cgroups SANDBOX VMID: moves this process back out and removes the VM's groups.
leave_cgroups() {
    local unified mount controller group
    unified=$(unified_hierarchy)
    echo $$ >"$unified/cgroup.procs"
    for controller in cpu memory; do
        if mount=$(v1_hierarchy "$controller"); then
            group=$(own_v1_group "$controller")
            echo $$ >"$mount${group%"/pgha-$1/$2"}/cgroup.procs"
        fi
    done
    remove_groups "$1" "$2"
}

# Removes the (empty) groups, children first.
remove_groups() {
    local group
    while read -r group; do
        [ -z "$group" ] || rmdir "$group" 2>/dev/null || true
    done < <(sandbox_groups "$@" | tac)
}

# kill_groups SANDBOX [VMID]: kills every process in the groups, and waits (10 s at most) until they are gone.
kill_groups() {
    local group procs deadline=$((SECONDS + 10))
    while true; do
        procs=$(sandbox_groups "$@" | while read -r group; do cat "$group/cgroup.procs" 2>/dev/null || true; done)
        [ -n "$procs" ] || return 0
        if [ "$SECONDS" -ge "$deadline" ]; then
            echo "sandbox: these processes of it can't be killed: $(tr '\n' ' ' <<<"$procs")" >&2
            return 1
        fi
        # shellcheck disable=SC2086 # one word for each process
        kill -KILL $procs 2>/dev/null || true
        sleep 0.02
    done
}
