# Waits for the first boot.

if command -v cloud-init >/dev/null; then
  # It waits without an end itself, such as for a network that never comes.
  code=0
  timeout 600 cloud-init status --wait >/dev/null || code=$?
  case $code in
    0 | 2) ;; # 2 is "done, with warnings"; what matters is tried below.
    124) pgha_fail "cloud-init hasn't ended on this boot within 10 minutes: $(timeout 10 cloud-init status --long 2>&1)" ;;
    *) pgha_fail "cloud-init failed on its first boot: $(timeout 10 cloud-init status --long 2>&1)" ;;
  esac
fi
