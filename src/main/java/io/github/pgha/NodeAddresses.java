package io.github.pgha;

import io.github.pgha.rules.Ipv4;
import io.github.pgha.rules.Problems;
import io.muehlbachler.pulumi.proxmoxve.inputs.ProviderSshArgs;
import io.muehlbachler.pulumi.proxmoxve.inputs.ProviderSshNodeArgs;
import java.util.Map;
import java.util.Optional;

/** Addresses of Proxmox nodes for SSH, where the one that the provider would pick from the node's interfaces is wrong. */
final class NodeAddresses {
    private NodeAddresses() {}

    /** Adds what is wrong with them; a null is passed over. */
    static void check(Problems problems, Map<String, String> addresses) {
        if (addresses != null) {
            addresses.forEach((node, address) -> problems.require(address, text -> Ipv4.address(text).isPresent(),
                    "proxmoxNodeAddresses: '%1$s' of node '%2$s' must be an IPv4 address without a prefix, such as 192.168.124.2",
                    node));
        }
    }

    /** The provider's setting; empty for its own way. */
    static Optional<ProviderSshArgs> provider(Map<String, String> addresses) {
        return addresses.isEmpty() ? Optional.empty() : Optional.of(ProviderSshArgs.builder()
                .nodes(addresses.entrySet().stream().map(entry -> ProviderSshNodeArgs.builder()
                        .name(entry.getKey()).address(entry.getValue()).build()).toList())
                .build());
    }
}
