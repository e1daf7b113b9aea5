# shellcheck shell=bash
# What carries the sandbox's VMs: nspawn, or qemu. Chosen with PGHA_HYPERVISOR at the first start and kept in the state.

HYPERVISOR=$(cat "$STATE/hypervisor" 2>/dev/null || echo "${PGHA_HYPERVISOR:-nspawn}")

check_hypervisor() {
    [[ ${PGHA_HYPERVISOR:-$HYPERVISOR} =~ ^(nspawn|qemu)$ ]] ||
        fail "PGHA_HYPERVISOR is '$PGHA_HYPERVISOR', must be nspawn (systemd-nspawn nodes, the default) or qemu (real machines)."
}

# Keeps the choice. A state without it is of a sandbox that was started before there was a choice.
keep_hypervisor() {
    if [ ! -e "$STATE/hypervisor" ] && [ -e "$STATE/identity" ]; then
        HYPERVISOR=nspawn
    fi
    [ "${PGHA_HYPERVISOR:-$HYPERVISOR}" = "$HYPERVISOR" ] || fail "PGHA_HYPERVISOR is '$PGHA_HYPERVISOR', but the sandbox" \
        "$SANDBOX was started with $HYPERVISOR. Stop it first (sandbox/stop), or use another name (PGHA_SANDBOX=...)."
    echo "$HYPERVISOR" >"$STATE/hypervisor"
}

# KVM where a machine boots under it, else emulation. Some hosts have a /dev/kvm that can be opened and no more.
keep_accelerator() {
    local accelerator=tcg
    if kvm_boots; then accelerator=kvm; fi
    echo "$accelerator" >"$STATE/run/accelerator"
    say "QEMU's machines run by $accelerator$([ "$accelerator" = kvm ] || echo " (no KVM: emulated, many times slower)")"
}

# Boots a disk of one sector, which lets QEMU end with exit code 33: mov al, 16; out 0xf4, al; hlt.
kvm_boots() {
    local disk=$STATE/run/kvm.img status=0
    { printf '\xb0\x10\xe6\xf4\xf4'; head -c 505 /dev/zero; printf '\x55\xaa'; } >"$disk"
    # In a shell of its own, which says in the log that QEMU aborted.
    (timeout --signal=KILL 20 qemu-system-x86_64 -accel kvm -cpu host -m 64 -nodefaults -display none \
        -device isa-debug-exit,iobase=0xf4 -drive "file=$disk,format=raw,if=ide" </dev/null ||
        exit $?) >>"$LOG_DIR/kvm.log" 2>&1 || status=$?
    rm -f "$disk"
    [ "$status" -eq 33 ]
}

# Says how QEMU's machines run, in brackets.
accelerator_in_use() {
    echo " ($(cat "$STATE/run/accelerator" 2>/dev/null || echo "not started"))"
}
