package io.github.pgha.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.github.pgha.sandbox.vm.CloudInitSeed;
import io.github.pgha.sandbox.vm.VmConfig;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The cloud-init drive, as whole files. */
class SeedTest {
    private static final Map<String, String> NETWORK = Map.of(
            "name", "course-pg1",
            "net0", "virtio=BC:24:11:00:00:01,bridge=vmbr0",
            "ipconfig0", "gw=192.168.124.1,ip=192.168.124.248/23",
            "nameserver", "192.168.124.1 9.9.9.9",
            "searchdomain", "lab.test");

    @Test
    void userDataIsMadeFromTheConfiguration() {
        Map<String, String> values = new TreeMap<>(NETWORK);
        values.put("ciuser", "admin");
        values.put("sshkeys", "ssh-ed25519%20AAAA%2B1%20me%0Assh-ed25519%20BBBB%20you%0A");
        assertEquals("""
                #cloud-config
                hostname: course-pg1
                manage_etc_hosts: true
                fqdn: course-pg1.lab.test
                user: admin
                ssh_authorized_keys:
                  - ssh-ed25519 AAAA+1 me
                  - ssh-ed25519 BBBB you
                chpasswd:
                  expire: False
                users:
                  - default
                package_upgrade: true
                """, seed(values, Map.of()).userData());
    }

    @Test
    void networkConfigNamesAddressesAndServers() {
        assertEquals("""
                version: 1
                config:
                    - type: physical
                      name: eth0
                      mac_address: 'bc:24:11:00:00:01'
                      subnets:
                      - type: static
                        address: '192.168.124.248'
                        netmask: '255.255.254.0'
                        gateway: '192.168.124.1'
                    - type: nameserver
                      address:
                      - '192.168.124.1'
                      - '9.9.9.9'
                      search:
                      - 'lab.test'
                """, seed(NETWORK, Map.of()).networkConfig());
    }

    @Test
    void networkConfigOfTwoCardsWithDhcpAndIpv6() {
        assertEquals("""
                version: 1
                config:
                    - type: physical
                      name: eth0
                      mac_address: 'bc:24:11:00:00:01'
                      subnets:
                      - type: dhcp4
                    - type: physical
                      name: eth1
                      mac_address: 'bc:24:11:00:00:02'
                      subnets:
                      - type: static6
                        address: 'fd00::2/64'
                        gateway: 'fd00::1'
                    - type: nameserver
                      address:
                      - '10.0.0.1'
                      search:
                      - 'node.test'
                """, seed(Map.of("net0", "virtio=BC:24:11:00:00:01,bridge=vmbr0", "ipconfig0", "ip=dhcp",
                        "net1", "virtio=BC:24:11:00:00:02,bridge=vmbr0", "ipconfig1", "ip6=fd00::2/64,gw6=fd00::1"),
                        Map.of()).networkConfig());
    }

    @Test
    void aSnippetIsTheWholeUserData() {
        CloudInitSeed seed = seed(NETWORK, Map.of("user", "#cloud-config\nhostname: other\n", "vendor", "#cloud-config\n"));
        assertEquals("#cloud-config\nhostname: other\n", seed.userData());
        assertEquals("#cloud-config\n", seed.vendorData());
    }

    @Test
    void theInstanceFollowsUserDataAndNetwork() {
        CloudInitSeed seed = seed(NETWORK, Map.of());
        assertEquals(seed.metaData(), seed(NETWORK, Map.of()).metaData());
        Map<String, String> moved = new TreeMap<>(NETWORK);
        moved.put("ipconfig0", "gw=192.168.124.1,ip=192.168.124.250/23");
        assertNotEquals(seed.metaData(), seed(moved, Map.of()).metaData());
        assertEquals("instance-id: ".length() + 41, seed.metaData().length());
    }

    @Test
    void theInstanceFollowsTheNodesResolverWhereTheMachineHasNone() {
        Map<String, String> values = new TreeMap<>(NETWORK);
        values.remove("searchdomain");
        VmConfig config = new VmConfig(100, values);
        CloudInitSeed before = CloudInitSeed.of(config, Map.of(), List.of("a.test"), List.of());
        CloudInitSeed after = CloudInitSeed.of(config, Map.of(), List.of("b.test"), List.of());
        assertNotEquals(before.metaData(), after.metaData());
        assertEquals(CloudInitSeed.of(new VmConfig(100, NETWORK), Map.of(), List.of("a.test"), List.of()).metaData(),
                CloudInitSeed.of(new VmConfig(100, NETWORK), Map.of(), List.of("b.test"), List.of()).metaData());
    }

    @Test
    void aCardWithoutAnAddressIsLeftOut() {
        Map<String, String> values = new TreeMap<>(NETWORK);
        values.put("net1", "virtio=BC:24:11:00:00:02,bridge=vmbr0");
        assertEquals(seed(NETWORK, Map.of()).networkConfig(), seed(values, Map.of()).networkConfig());
    }

    @Test
    void rootMayLogInWhereItIsTheUser() {
        Map<String, String> values = new TreeMap<>(NETWORK);
        values.put("ciuser", "root");
        values.put("ciupgrade", "0");
        values.remove("searchdomain");
        assertEquals("""
                #cloud-config
                hostname: course-pg1
                manage_etc_hosts: true
                fqdn: course-pg1
                user: root
                disable_root: False
                chpasswd:
                  expire: False
                """, seed(values, Map.of()).userData());
    }

    @Test
    void aMachineOfTheFirstSandboxesKeepsItsCardsAndItsInstance() {
        Map<String, String> values = new TreeMap<>(NETWORK);
        values.put("meta", "creation-qemu=9.2.0,ctime=1");
        values.remove("searchdomain");
        assertEquals("""
                version: 1
                config:
                    - type: physical
                      name: ens18
                      mac_address: 'bc:24:11:00:00:01'
                      subnets:
                      - type: static
                        address: '192.168.124.248'
                        netmask: '255.255.254.0'
                        gateway: '192.168.124.1'
                    - type: nameserver
                      address:
                      - '192.168.124.1'
                      - '9.9.9.9'
                """, seed(values, Map.of()).networkConfig());
    }

    private static CloudInitSeed seed(Map<String, String> values, Map<String, String> custom) {
        return CloudInitSeed.of(new VmConfig(100, values), custom, List.of("node.test"), List.of("10.0.0.1"));
    }
}
