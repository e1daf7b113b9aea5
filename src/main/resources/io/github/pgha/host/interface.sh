# Finds the network interface that is to carry the virtual address, as vip_interface.
# ADDRESS: the host's own. INTERFACE: the interface's name, or empty for the one that has ADDRESS: what a machine's card is called
# depends on its image, its hardware and its cloud-init.

vip_interface=$INTERFACE
if [ -z "$vip_interface" ]; then
  vip_interface=$(ip -o -4 address show to "$ADDRESS/32" | awk 'NR == 1 { sub("@.*", "", $2); print $2 }')
  [ -n "$vip_interface" ] ||
    pgha_fail "address '$ADDRESS' must be on an interface of this balancer, which then carries the virtual address, and there are:" \
      "$(ip -brief -4 address | awk '$1 != "lo" { sub("@.*", "", $1); print $1, $3 }' | paste -sd ,)"
elif [ ! -e "/sys/class/net/$vip_interface" ]; then
  pgha_fail "interface '$vip_interface' must be there on a balancer, since it carries the virtual address, and there is:" \
    "$(ip -brief link | awk '$1 != "lo" { sub("@.*", "", $1); print $1 }' | paste -sd ' '); without the input it is found"
fi
