package io.github.pgha.firewall;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgha.ClusterInputs;
import io.github.pgha.PostgresClusterArgs;
import io.github.pgha.Shape;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class FirewallPropertyTest {
    @Property(tries = 100)
    void theRulesHaveTheLinesOfTameOnes(@ForAll(supplier = ClusterInputs.class) PostgresClusterArgs args) {
        var access = args.access();
        var tame = new Access(Collections.nCopies(access.sshNetworks().size(), "10.0.0.0/8"),
                Collections.nCopies(access.clientNetworks().size(), "10.0.0.0/8"), access.directClientAccess());
        for (Set<Role> roles : List.of(Set.of(Role.ETCD, Role.BALANCER), Set.of(Role.POSTGRES))) {
            var topology = FirewallFiles.topology(args);
            String text = FirewallConfig.render(roles, topology, access);
            assertThat(Shape.of(text)).isEqualTo(Shape.of(FirewallConfig.render(roles, topology, tame)));
            assertThat(text).contains("elements = { " + String.join(", ", access.sshNetworks()) + " }\n")
                    .doesNotContain("dport 0 ", "dport 65536 ");
        }
    }
}
