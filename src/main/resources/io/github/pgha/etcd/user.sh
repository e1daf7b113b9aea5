# Makes one more user of etcd with a role of its own. Runs where etcd's users are kept, after etcd.sh.
# LOGIN: the user's name, ROLE-NUMBER. Its password and the role's rights are in files.

role=${LOGIN%-*}
password=/etc/etcd/pgha/$role-password
grants=/etc/etcd/pgha/$role-grants

root() { pgha-etcdctl --command-timeout 5s "$@"; }
# Reads nothing of interest: only a user who logged in and may read its first right's keys gets an answer.
can_read() {
  local kind key
  read -r _ kind key <"$grants"
  set -- "$key"
  [ "$kind" = key ] || set -- --prefix "$key"
  ETCDCTL_USER=$LOGIN PGHA_ETCD_PASSWORD_FILE=$password root get "$@" --limit 1 >/dev/null
}

make_user() {
  local permission kind key
  if pgha_changed "$grants" && root role get "$role" >/dev/null 2>&1; then
    # Made anew, so that no former right stays.
    root role delete "$role" || return 1
  fi
  if ! root role get "$role" >/dev/null 2>&1; then
    root role add "$role" || return 1
    while read -r permission kind key; do
      root role grant-permission "$role" "$permission" --prefix="$([ "$kind" = prefix ] && echo true || echo false)" \
        "$key" </dev/null || return 1
    done <"$grants"
  fi
  if root user get "$LOGIN" >/dev/null 2>&1; then
    root user passwd "$LOGIN" --interactive=false <"$password" || return 1
  else
    root user add "$LOGIN" --interactive=false <"$password" || return 1
  fi
  root user grant-role "$LOGIN" "$role" || return 1
  can_read
}

if pgha_changed "$password" "$grants" || ! can_read; then
  pgha_await 60 "etcd's user $LOGIN is as it should be" make_user
fi
pgha_applied "$password" "$grants"
