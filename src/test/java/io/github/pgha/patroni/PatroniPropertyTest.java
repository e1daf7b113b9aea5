package io.github.pgha.patroni;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.pgha.ClusterInputs;
import io.github.pgha.PostgresClusterArgs;
import io.github.pgha.Rude;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.yaml.snakeyaml.Yaml;

/** Whatever is accepted is read back from the files as it was written, and adds nothing to them. */
class PatroniPropertyTest {
    private static final Pattern SETTING = Pattern.compile("([a-z0-9_.]+) = '((?:[^'\\\\]|''|\\\\\\\\)*)'");

    @Provide
    Arbitrary<List<String>> passwords() {
        return Rude.texts().list().ofSize(4);
    }

    private static Map<String, Object> yaml(String text) {
        return new Yaml().load(text);
    }

    private static Object at(Map<String, Object> map, String... path) {
        Object value = map;
        for (String key : path) {
            value = ((Map<?, ?>) value).get(key);
        }
        return value;
    }

    @Property(tries = 100)
    void theConfigurationIsReadBack(@ForAll(supplier = ClusterInputs.class) PostgresClusterArgs args) {
        Map<String, Object> read = yaml(PatroniFiles.config(args));
        var self = args.postgresHosts().get(0);
        Map<String, Object> added = args.database().patroniExtra().local();
        assertThat(read).containsOnlyKeys(Stream.concat(added.keySet().stream(), Stream.of(
                        "scope", "name", "restapi", "ctl", "etcd3", "bootstrap", "postgresql", "watchdog"))
                        .toArray(String[]::new))
                .containsEntry("scope", args.database().clusterName()).containsEntry("name", self.name());
        holds(json(read), added);
        var shared = JsonParser.parseString(PatroniFiles.shared(args)).getAsJsonObject();
        holds(shared, args.database().patroniExtra().dynamic());
        assertThat(at(read, "restapi", "listen")).isEqualTo(self.ip() + ":8008");
        assertThat((List<?>) at(read, "etcd3", "hosts")).hasSameSizeAs(args.etcdHosts());
        assertThat((List<?>) at(read, "postgresql", "pg_hba")).hasSize(
                4 + 2 * args.postgresHosts().size() + args.database().clientNetworks().size());
        assertThat(json(at(read, "bootstrap", "dcs"))).isEqualTo(shared);
    }

    /** All that was added, and in each section that isn't the cluster's no more than that. */
    private static void holds(JsonObject read, Map<String, Object> added) {
        added.forEach((name, value) -> {
            if (name.equals("postgresql") || name.equals("watchdog")) {
                assertThat(read.getAsJsonObject(name).asMap()).containsAllEntriesOf(json(value).asMap());
            } else {
                assertThat(read.get(name)).as(name).isEqualTo(new Gson().toJsonTree(value));
            }
        });
    }

    private static JsonObject json(Object map) {
        return new Gson().toJsonTree(map).getAsJsonObject();
    }

    @Property(tries = 150)
    void parametersAreReadBack(@ForAll(supplier = ClusterInputs.class) PostgresClusterArgs args) {
        var users = args.database().parameters();
        Map<String, Object> own = ParametersConfig.own(users, args.postgresHosts().get(0).memoryMb());
        assertThat(at(yaml(PatroniFiles.parameters(args)), "postgresql", "parameters")).isEqualTo(own);
        var shared = new Gson().fromJson(PatroniFiles.shared(args), JsonObject.class).getAsJsonObject("postgresql")
                .getAsJsonObject("parameters");
        var all = new LinkedHashMap<String, Object>(own);
        shared.entrySet().forEach(entry -> all.put(entry.getKey(), entry.getValue().getAsString()));
        users.values().forEach((name, value) -> assertThat(all.get(name)).as(name).hasToString(value));

        var read = new LinkedHashMap<String, String>();
        PatroniFiles.trial(args).lines().forEach(line -> {
            Matcher setting = SETTING.matcher(line);
            assertThat(setting.matches()).as(line).isTrue();
            read.put(setting.group(1), setting.group(2).replace("''", "'").replace("\\\\", "\\"));
        });
        all.remove(ParametersConfig.SHARED);
        assertThat(read).containsExactlyInAnyOrderEntriesOf(texts(all));
    }

    private static Map<String, String> texts(Map<String, Object> values) {
        return values.entrySet().stream().collect(java.util.stream.Collectors.toMap(
                Map.Entry::getKey, (Function<Map.Entry<String, Object>, String>) entry -> entry.getValue().toString()));
    }

    @Property(tries = 150)
    void anyPasswordIsReadBack(@ForAll("passwords") List<String> passwords) {
        Map<String, Object> read = yaml(PatroniFiles.secrets(
                passwords.get(0), passwords.get(1), passwords.get(2), passwords.get(3)));
        assertThat(at(read, "postgresql", "authentication", "replication", "password")).isEqualTo(passwords.get(0));
        assertThat(at(read, "postgresql", "authentication", "rewind", "password")).isEqualTo(passwords.get(1));
        assertThat(at(read, "restapi", "authentication", "password")).isEqualTo(passwords.get(2));
        assertThat(at(read, "etcd3", "password")).isEqualTo(passwords.get(3));
    }
}
