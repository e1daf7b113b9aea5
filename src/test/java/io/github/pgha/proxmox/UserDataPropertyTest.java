package io.github.pgha.proxmox;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgha.ClusterInputs;
import io.github.pgha.PostgresClusterArgs;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.yaml.snakeyaml.Yaml;

/** Whatever is accepted is read back from the user-data as it was written, and adds nothing to it. */
class UserDataPropertyTest {
    @Property(tries = 150)
    void everythingIsReadBack(@ForAll(supplier = ClusterInputs.class) PostgresClusterArgs args) {
        var site = ClusterInputs.site(args);
        String host = args.etcdHosts().get(0).name();
        Map<String, Object> read = new Yaml().load(UserDataFiles.render(host, site));
        assertThat(read).containsEntry("hostname", host);
        var user = (Map<?, ?>) ((List<?>) read.get("users")).get(0);
        assertThat(user.get("name")).isEqualTo(site.adminUser());
        assertThat(user.get("ssh_authorized_keys")).isEqualTo(site.authorizedKeys());
        Map<String, Object> added = site.cloudInit().values();
        added.forEach((key, value) -> {
            switch (key) {
                case "write_files", "packages" -> {
                    List<?> all = listOf(read.get(key));
                    List<?> theirs = listOf(value);
                    assertThat(all.subList(all.size() - theirs.size(), all.size())).as(key).isEqualTo(theirs);
                }
                default -> assertThat(plain(read.get(key))).as(key).isEqualTo(plain(value));
            }
        });
        Map<String, Object> own = new Yaml().load(UserDataFiles.render(host, new Site(site.imageUrl(),
                site.imageChecksum(), site.imageDatastore(), site.snippetDatastore(), site.vmDatastore(), site.bridge(),
                site.gateway(), site.dnsServers(), site.adminUser(), site.authorizedKeys(), site.aptProxy(), site.guestAgent())));
        var keys = new ArrayList<>(own.keySet());
        added.keySet().stream().filter(key -> !keys.contains(key)).forEach(keys::add);
        assertThat(read.keySet()).containsExactlyInAnyOrderElementsOf(keys);
    }

    /** An empty list is left out of the file, and nothing stands for one in the input. */
    private static List<?> listOf(Object value) {
        return value == null ? List.of() : (List<?>) plain(value);
    }

    /** The same with all numbers of one type: a file has no types of them. */
    private static Object plain(Object value) {
        if (value instanceof Map<?, ?> map) {
            var plain = new LinkedHashMap<Object, Object>();
            map.forEach((key, element) -> plain.put(key, plain(element)));
            return plain;
        }
        if (value instanceof List<?> list) {
            return list.stream().map(UserDataPropertyTest::plain)
                    .collect(ArrayList::new, ArrayList::add, ArrayList::addAll);
        }
        return value instanceof Number ? new BigDecimal(value.toString()).stripTrailingZeros() : value;
    }
}
