# shellcheck shell=bash
# Debian packages that the sandbox needs on this machine.

# program:package
NEEDED=(systemd-nspawn:systemd-container mmdebstrap:mmdebstrap nginx:nginx-light socat:socat curl:curl ip:iproute2 psql:postgresql-client
    nsenter:util-linux unshare:util-linux setpriv:util-linux setsid:util-linux mvn:maven javac:openjdk-17-jdk-headless)
NEEDED_FILES=(/usr/share/keyrings/debian-archive-keyring.gpg:debian-archive-keyring
    /usr/lib/openssh/sftp-server:openssh-sftp-server)
# The real machines' own, for whoever sources this.
# shellcheck disable=SC2034
QEMU_NEEDED=(qemu-system-x86_64:qemu-system-x86 qemu-img:qemu-utils genisoimage:genisoimage sfdisk:fdisk mke2fs:e2fsprogs)

missing_packages() {
    local entry
    for entry in "${NEEDED[@]}"; do
        command -v "${entry%%:*}" >/dev/null || echo "${entry##*:}"
    done
    for entry in "${NEEDED_FILES[@]}"; do
        [ -e "${entry%%:*}" ] || echo "${entry##*:}"
    done
}

install_missing_packages() {
    local missing
    mapfile -t missing < <(missing_packages | sort -u)
    [ "${#missing[@]}" -gt 0 ] || return 0
    command -v apt-get >/dev/null || fail "these Debian packages are missing, and there is no apt-get to install them:" \
        "${missing[*]}. Install what they contain by this system's own means."
    say "installing missing Debian packages: ${missing[*]}"
    if ! without_new_services apt_install "${missing[@]}" >"$LOG_DIR/apt.log" 2>&1; then
        tail -n 20 "$LOG_DIR/apt.log" >&2
        fail "apt-get couldn't install ${missing[*]} (whole output: $LOG_DIR/apt.log). Repair that, then run this again."
    fi
    # The sandbox runs an nginx of its own; the package's service isn't wanted, at the next boot neither.
    if [[ " ${missing[*]} " == *" nginx-light "* ]] && command -v deb-systemd-helper >/dev/null; then
        deb-systemd-helper disable nginx.service >/dev/null 2>&1 || true
    fi
}

apt_install() {
    export DEBIAN_FRONTEND=noninteractive
    apt-get -o DPkg::Lock::Timeout=300 update
    apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"
}

# Runs a command while Debian's own switch keeps packages from starting their services.
without_new_services() {
    local policy=/usr/sbin/policy-rc.d status=0
    if [ -e "$policy" ]; then
        "$@"
        return
    fi
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    "$@" || status=$?
    rm -f "$policy"
    return "$status"
}
