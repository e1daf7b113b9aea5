package io.github.pgha;

import com.pulumi.Config;
import com.pulumi.core.TypeShape;
import io.github.pgha.balancer.Frontend;
import io.github.pgha.patroni.Database;
import io.github.pgha.patroni.Timings;
import io.github.pgha.proxmox.Site;
import io.github.pgha.proxmox.VmSpec;
import java.util.List;
import java.util.Optional;

/** The program's configuration: its keys, with types, descriptions and defaults, are in Pulumi.yaml. */
final class LabSettings {
    private final Config config;

    LabSettings(Config config) {
        this.config = config;
    }

    PostgresClusterArgs cluster() {
        return new PostgresClusterArgs(
                hosts("etcdHosts", 1, 1024, 10),
                hosts("postgresHosts", 2, 2048, 20),
                strings("balancerHosts"),
                new Site(config.require("imageUrl"), text("imageChecksum"), config.require("imageDatastore"),
                        config.require("snippetDatastore"), config.require("vmDatastore"), config.require("bridge"),
                        config.require("gateway"), strings("dnsServers"), config.require("adminUser"),
                        strings("authorizedKeys"), text("aptProxy"), config.requireBoolean("guestAgent")),
                new Database(config.require("clusterName"), config.require("appUser"), config.require("appDatabase"),
                        strings("clientNetworks"), new Timings(config.requireInteger("patroniTtl"),
                                config.requireInteger("patroniLoopWait"), config.requireInteger("patroniRetryTimeout"))),
                new Frontend(config.require("vip"), config.require("interface"), config.requireInteger("routerId"),
                        config.requireInteger("primaryPort"), config.requireInteger("replicaPort"),
                        config.requireInteger("statsPort")));
    }

    /** A host as it is written in the configuration; what is absent is null. */
    static final class HostEntry {
        String name;
        String address;
        Integer vmId;
        String node;
        Integer cores;
        Integer memoryMb;
        Integer diskGb;
    }

    private List<VmSpec> hosts(String key, int cores, int memoryMb, int diskGb) {
        List<HostEntry> entries = config.requireObject(key, TypeShape.list(HostEntry.class));
        return entries.stream().map(entry -> {
            if (entry.name == null || entry.address == null || entry.vmId == null) {
                throw new IllegalArgumentException(
                        key + ": host '" + entry.name + "' must have name, address and vmId");
            }
            return new VmSpec(entry.name, entry.address, entry.vmId,
                    entry.node == null ? config.require("proxmoxNode") : entry.node,
                    entry.cores == null ? cores : entry.cores,
                    entry.memoryMb == null ? memoryMb : entry.memoryMb,
                    entry.diskGb == null ? diskGb : entry.diskGb);
        }).toList();
    }

    private List<String> strings(String key) {
        return config.requireObject(key, TypeShape.list(String.class));
    }

    private Optional<String> text(String key) {
        return config.get(key).filter(value -> !value.isBlank());
    }
}
