# Before a machine of etcd is built anew: makes sure that a majority is left without it, since nobody could join less.
# Runs on another machine of etcd. HOST: the machine. ETCD: its address. REBUILD: which time that is. DIARY: keys in which is
# written for which of them a machine was let go.

majority_without() {
  local endpoints endpoint said healthy=0 bad=
  IFS=, read -ra endpoints </etc/etcd/pgha/endpoints
  for endpoint in "${endpoints[@]}"; do
    [ "$endpoint" != "https://$ETCD:2379" ] || continue
    if said=$(ETCDCTL_ENDPOINTS=$endpoint etcd endpoint health 2>&1); then
      healthy=$((healthy + 1))
    else
      bad+=" $said"
    fi
  done
  [ $((2 * healthy)) -gt "${#endpoints[@]}" ] ||
    { echo "$healthy of ${#endpoints[@]} members would be left:$bad"; return 1; }
}

[ -s /etc/etcd/pgha/root-password ] || pgha_fail "etcd doesn't run here (yet), so nobody can see whether $HOST may go"
# Once it has been built anew it stays, whatever lets this script run again.
noted=$(etcd get "$DIARY$HOST" --print-value-only)
if [[ $noted != "$REBUILD" ]]; then
  pgha_await 120 "etcd has a majority without $HOST" majority_without
  etcd put "$DIARY$HOST" "$REBUILD" >/dev/null
fi
