# Waits for the first boot.

if command -v cloud-init >/dev/null; then
  # 2 is "done, with warnings"; what matters is tried below.
  cloud-init status --wait >/dev/null || [ $? -eq 2 ] ||
    pgha_fail "cloud-init failed on its first boot: $(cloud-init status --long 2>&1)"
fi
