# shellcheck shell=bash
# Looks VMs up in the state, without the API: those that it made, and those that sandbox/hosts has booted without it.

# Ids of all VMs, one a line.
vm_ids() {
    ids_in vms
    host_ids
}

# Ids of those that the API knows nothing of.
host_ids() {
    ids_in hosts
}

ids_in() {
    local file
    for file in "$STATE/$1"/*/config.json; do
        [ -e "$file" ] || continue
        basename "$(dirname "$file")"
    done
}

# vm_directory ID: where all about it is.
vm_directory() {
    if [ -e "$STATE/hosts/$1/config.json" ]; then echo "$STATE/hosts/$1"; else echo "$STATE/vms/$1"; fi
}

# vm_value ID KEY: a value of its configuration (written by the API as one "key" : "value" a line).
vm_value() {
    sed -n "s/^  \"$2\" : \"\\(.*\\)\",\\{0,1\\}\$/\\1/p" "$(vm_directory "$1")/config.json"
}

# vm_node ID: the Proxmox node that it is on; nothing for one that the API knows nothing of.
vm_node() {
    local directory
    directory=$(vm_directory "$1")
    if [ -e "$directory/node" ]; then
        cat "$directory/node"
    elif [ "$directory" = "$STATE/vms/$1" ]; then
        node_names | head -n 1
    fi
}

# find_vm NAME|ID: prints the id.
find_vm() {
    local id
    for id in $(vm_ids); do
        if [ "$id" = "$1" ] || [ "$(vm_value "$id" name)" = "$1" ]; then
            echo "$id"
            return 0
        fi
    done
    fail "there is no VM $1 in the sandbox $SANDBOX. There are: $(for id in $(vm_ids); do
        printf '%s (%s) ' "$(vm_value "$id" name)" "$id"
    done)"
}

# vm_init ID: the pid of the init process of a VM that is on.
# shellcheck disable=SC2013 # the files of children are one line of words
vm_init() {
    local supervisor nspawn init
    supervisor=$(pid_of "$(vm_directory "$1")/pid") || return 1
    for nspawn in $(cat "/proc/$supervisor/task/$supervisor/children" 2>/dev/null); do
        for init in $(cat "/proc/$nspawn/task/$nspawn/children" 2>/dev/null); do
            if grep -q $'^NSpid:.*\t1$' "/proc/$init/status" 2>/dev/null; then
                echo "$init"
                return 0
            fi
        done
    done
    return 1
}

# list_id FILE ID on|off: puts an id into a file of ids, one a line, or takes it out.
list_id() {
    touch "$1"
    { grep -vx "$2" "$1" || true; [ "$3" = off ] || echo "$2"; } >"$1.new"
    mv "$1.new" "$1"
}
