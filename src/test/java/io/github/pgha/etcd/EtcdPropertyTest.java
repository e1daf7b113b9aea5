package io.github.pgha.etcd;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgha.ClusterInputs;
import io.github.pgha.PostgresClusterArgs;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class EtcdPropertyTest {
    /** systemd takes such a line as it is: no escapes, no quotes, no other line. */
    @Property(tries = 100)
    void everyLineIsAVariableOrAComment(@ForAll(supplier = ClusterInputs.class) PostgresClusterArgs args) {
        String text = EtcdFiles.environment(args);
        assertThat(text.split("\n")).allMatch(line -> line.matches("|# .*|ETCD_[A-Z_]+=\"[A-Za-z0-9 ./:=,_-]+\""));
        assertThat(text.lines()).contains("ETCD_NAME=\"" + args.etcdHosts().get(0).name() + "\"",
                "ETCD_INITIAL_CLUSTER_TOKEN=\"" + args.database().clusterName() + "\"");
    }
}
