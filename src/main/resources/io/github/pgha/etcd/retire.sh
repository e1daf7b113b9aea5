# Removes the users of earlier rotations, once nobody logs in as one of them any more. LOGIN: the present one, NAME-NUMBER.

users=$(pgha-etcdctl user list)
for user in $users; do
  if [[ $user =~ ^"${LOGIN%-*}"-[0-9]+$ && $user != "$LOGIN" ]]; then
    pgha-etcdctl user delete "$user"
  fi
done
