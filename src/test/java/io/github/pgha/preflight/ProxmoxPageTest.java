package io.github.pgha.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The commands of docs/proxmox.md give what {@code make preflight} looks for, by the same roles, and no more. */
class ProxmoxPageTest {
    private static final Pattern ROLE = Pattern.compile("pveum role add (\\w+) --privs '([^']*)'");
    private static final Pattern GRANT = Pattern.compile("pveum acl modify (/\\S+) \\$who --roles (\\w+)");

    @Test
    void rightsAreThoseThatAreNeeded() throws IOException {
        String page = Files.readString(Path.of("docs/proxmox.md"));
        Map<String, Set<String>> roles = new TreeMap<>();
        matches(ROLE, page).forEach(role -> roles.put(role.group(1), new TreeSet<>(List.of(role.group(2).split(" ")))));
        Map<String, Set<String>> granted = new TreeMap<>();
        matches(GRANT, page).forEach(grant -> granted.put(grant.group(1), roles.get(grant.group(2))));
        assertThat(granted).isEqualTo(NeededRights.byPath(NeededRights.ofProgram(fresh())));
        roles.forEach((role, privileges) ->
                assertThat(privileges).as(role).isEqualTo(NeededRights.ofRole(role, fresh())));
    }

    /** Between double quotes an interactive shell would take the ! of a token for its history. */
    @Test
    void noTokenIsBetweenDoubleQuotes() throws IOException {
        try (Stream<Path> pages = Files.list(Path.of("docs"))) {
            for (Path page : pages.filter(file -> file.toString().endsWith(".md")).toList()) {
                assertThat(Files.readString(page)).as(page.toString()).doesNotContainPattern("\"[^\"\n]*@pve![^\"\n]*\"");
            }
        }
    }

    private static Stream<Matcher> matches(Pattern pattern, String text) {
        var found = Stream.<Matcher>builder();
        Matcher matcher = pattern.matcher(text);
        for (int from = 0; matcher.find(from); from = matcher.end()) {
            Matcher one = pattern.matcher(text);
            one.find(matcher.start());
            found.add(one);
        }
        return found.build();
    }

    /** What a new Proxmox VE has, as the page takes it. */
    private static Wanted fresh() {
        return new Wanted("dev", List.of(new Wanted.Machine("etcdHosts[0]", "etcd1", "192.0.2.11/24", 101, "pve", 10, false)),
                "https://images.example.org/debian.qcow2", "local", "local", "local-lvm", "vmbr0", Optional.empty(),
                Optional.of("pgha"), Map.of(), "192.0.2.10/24", Optional.empty(), List.of());
    }
}
