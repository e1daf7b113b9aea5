# How scripts on a host of etcd ask it something, or note something. A member that goes away takes a question with it, and
# while the others elect a leader nobody answers: it is asked again, which does no harm.

etcd() {
  local try
  for try in 1 2 3; do
    pgha-etcdctl --command-timeout 5s "$@" && return
  done
  return 1
}
