# Removes the users of earlier rotations, once nobody logs in as one of them any more. LOGINS: the present ones, NAME-NUMBER.

users=$(pgha-etcdctl user list)
for login in $LOGINS; do
  for user in $users; do
    if [[ $user =~ ^"${login%-*}"-[0-9]+$ && $user != "$login" ]]; then
      pgha-etcdctl user delete "$user"
    fi
  done
done
