# Removes the users of earlier rotations, once nobody logs in as one of them any more. LOGINS: the present ones, NAME-NUMBER.

retire() {
  local users login user
  users=$(pgha-etcdctl user list) || return 1
  for login in $LOGINS; do
    for user in $users; do
      if [[ $user =~ ^"${login%-*}"-[0-9]+$ && $user != "$login" ]]; then
        pgha-etcdctl user delete "$user" || return 1
      fi
    done
  done
}
pgha_await 60 "etcd's former users are gone" retire
