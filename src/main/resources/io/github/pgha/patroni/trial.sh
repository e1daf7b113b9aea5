# Lets PostgreSQL judge parameters before any member is given them.

hardening=/etc/systemd/system/patroni.service.d/pgha-hardening.conf
scratch=$(mktemp -d -p /run pgha.XXXXXX)
trap 'rm -rf "$scratch"' EXIT
! pgha_changed "$trial_conf" || try_parameters
