package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import io.github.pgha.ClusterInputs;
import io.github.pgha.PostgresClusterArgs;
import io.github.pgha.Rude;
import io.github.pgha.balancer.BalancerFiles;
import io.github.pgha.etcd.EtcdFiles;
import io.github.pgha.firewall.FirewallFiles;
import io.github.pgha.firewall.Role;
import io.github.pgha.host.HostFiles;
import io.github.pgha.patroni.PatroniFiles;
import io.github.pgha.proxmox.UserDataFiles;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Shrinkable;
import net.jqwik.api.sessions.JqwikSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Whatever inputs are accepted, each service's own checker takes the files that come of them. The files are in a
 * scratch folder of a host, and nothing that runs there is given them. {@code -Dpgha.it.seed=N} makes the samples of a
 * run again.
 */
@Order(22)
@ExtendWith(Lab.class)
class CheckersIT {
    private static final long SEED = Long.getLong("pgha.it.seed", System.nanoTime());
    private static final int SAMPLES = 80;
    private static final Gson JSON = new GsonBuilder().serializeNulls().create();
    private static final Base64.Encoder LINES = Base64.getMimeEncoder(76, new byte[] {'\n'});
    private static final Pattern REFUSAL = Pattern.compile("sample (\\d+): (.*)");

    /** {@code put SAMPLE NAME <BASE64} makes a file. */
    private static final String HEAD = """
            set -eu -o pipefail
            scratch=$(mktemp -d -p /run pgha-checkers.XXXXXX)
            trap 'rm -rf "$scratch"' EXIT
            put() { mkdir -p "$scratch/$1" && base64 -d >"$scratch/$1/$2"; }
            """;
    /** One line for each sample that is refused; the last one says that all have been shown to the checker. */
    private static final String TAIL = """
            for sample in $(seq 0 %d); do
              cd "$scratch/$sample"
              said=$(check 2>&1) || echo "sample $sample: $(tr '\\n' ' ' <<<"$said")"
            done
            echo "checked $((sample + 1))"
            """;

    private static List<PostgresClusterArgs> clusters;
    private static List<List<String>> passwords;

    @BeforeAll
    static void makeSamples() {
        System.out.println("CheckersIT: -Dpgha.it.seed=" + SEED);
        clusters = samples(ClusterInputs.accepted());
        passwords = samples(Rude.texts().filter(text -> !text.isEmpty()).list().ofSize(5));
    }

    private static <T> List<T> samples(Arbitrary<T> arbitrary) {
        var samples = new ArrayList<T>();
        JqwikSession.run(() -> arbitrary.generator(1000).stream(new Random(SEED)).limit(SAMPLES).map(Shrinkable::value)
                .forEach(samples::add));
        return samples;
    }

    /**
     * Asserts that a checker takes all samples.
     *
     * @param host  where the checker is
     * @param files a sample's files by name, from its cluster and its passwords
     * @param check a shell function {@code check}, which runs in the folder of a sample's files
     */
    private static void taken(String host, BiFunction<PostgresClusterArgs, List<String>, Map<String, String>> files,
            String check) {
        var script = new StringBuilder(HEAD);
        for (int i = 0; i < SAMPLES; i++) {
            int sample = i;
            files.apply(clusters.get(i), passwords.get(i)).forEach((name, text) ->
                    script.append("put %d %s <<'END'\n%s\nEND\n".formatted(sample, name,
                            LINES.encodeToString(text.getBytes(StandardCharsets.UTF_8)))));
        }
        String said = Lab.script(host, script + check + TAIL.formatted(SAMPLES - 1)).ok().out();
        assertThat(said.lines().filter(line -> !line.startsWith("checked ")).map(line -> {
            var refusal = REFUSAL.matcher(line);
            if (!refusal.matches()) {
                return line;
            }
            int sample = Integer.parseInt(refusal.group(1));
            return "%s%n  with %s%n  and passwords %s".formatted(line, clusters.get(sample), passwords.get(sample));
        }).collect(Collectors.joining("\n"))).as("refusals on %s, -Dpgha.it.seed=%d", host, SEED).isEmpty();
        assertThat(said).isEqualTo("checked " + SAMPLES + "\n");
    }

    @Test
    void haproxy() {
        taken("course-etcd1", (args, secrets) -> Map.of(
                "haproxy.cfg", BalancerFiles.haproxy(args), "secrets.cfg", BalancerFiles.secrets(secrets.get(0))), """
                check() { haproxy -c -f haproxy.cfg -f secrets.cfg; }
                """);
    }

    /** In a network of its own, which has the interface of the sample. */
    @Test
    void keepalived() {
        taken("course-etcd1", (args, secrets) -> Map.of("keepalived.conf", BalancerFiles.keepalived(args),
                "interface", BalancerFiles.networkInterface(args)), """
                check() {
                  unshare --net bash -euc 'ip link add name "$(cat interface)" type veth
                    ip link set dev "$(cat interface)" up
                    keepalived -t -f "$PWD/keepalived.conf"'
                }
                """);
    }

    @Test
    void nftables() {
        taken("course-etcd1", (args, secrets) -> Map.of(
                "balancer.nft", FirewallFiles.rules(args, Set.of(Role.ETCD, Role.BALANCER)),
                "postgres.nft", FirewallFiles.rules(args, Set.of(Role.POSTGRES))), """
                check() { nft -c -f balancer.nft && nft -c -f postgres.nft; }
                """);
    }

    @Test
    void sshd() {
        taken("course-etcd1", (args, secrets) -> Map.of("sshd_config", HostFiles.sshd(ClusterInputs.site(args).adminUser())), """
                check() { sshd -t -f "$PWD/sshd_config"; }
                """);
    }

    /** etcd checks nothing without starting: systemd tells what it would give it. */
    @Test
    void etcd() {
        taken("course-etcd3", (args, secrets) -> Map.of("environment", EtcdFiles.environment(args),
                "name", args.etcdHosts().get(0).name()), """
                check() {
                  local read
                  read=$(systemd-run -q --pipe --wait -p EnvironmentFile="$PWD/environment" env) || return 1
                  grep -qxF "ETCD_NAME=$(cat name)" <<<"$read" &&
                    [ "$(grep -c ^ETCD_ <<<"$read")" = "$(grep -c ^ETCD_ environment)" ] || { echo "$read"; return 1; }
                }
                """);
    }

    /** What it reads is compared with what was meant, since it is made of two files and of Python's YAML. */
    @Test
    void patroni() {
        String address = "192.168.124.248";
        var etcd = List.of("192.168.125.13", "192.168.125.79", "192.168.125.80");
        taken("course-pg1", (args, secrets) -> Map.of(
                "10-pgha.yml", PatroniFiles.config(args, address, etcd),
                "15-parameters.yml", PatroniFiles.parameters(args),
                "20-secrets.yml", PatroniFiles.secrets(secrets.get(1), secrets.get(2), secrets.get(3), secrets.get(4)),
                "shared.json", PatroniFiles.shared(args),
                "meant", JSON.toJson(List.of(args.database().clusterName(), args.postgresHosts().get(0).name(),
                        PatroniFiles.ownParameters(args), secrets.subList(1, 5)))), """
                # Patroni 4.0 runs with quorum, but its checker doesn't know it.
                check() {
                  [ "$(grep -vxF -e "" -e "bootstrap.dcs.synchronous_mode quorum is not a boolean" outcome)" = taken ] ||
                    { cat outcome; return 1; }
                }
                # One process for all of them, since it takes a second to start; each in a child of its own.
                cd "$scratch" && python3 -c '
                import json, os, sys
                from patroni.__main__ import process_arguments
                from patroni.config import Config
                for sample in sorted(os.listdir(".")):
                    child = os.fork()
                    if not child:
                        out = os.open(sample + "/outcome", os.O_WRONLY | os.O_CREAT)
                        os.dup2(out, 1)
                        os.dup2(out, 2)
                        meant = json.load(open(sample + "/meant"))
                        shared = json.load(open(sample + "/shared.json"))
                        folder = os.path.abspath(sample) + "/config"
                        os.mkdir(folder)
                        for name in os.listdir(sample):
                            if name.endswith(".yml"):
                                os.rename(sample + "/" + name, folder + "/" + name)
                        sys.argv = ["patroni", "--validate-config", "--ignore-listen-port", folder]
                        try:
                            # Says what it objects to, and ends.
                            process_arguments()
                        except SystemExit as end:
                            print(end.code or "", flush=True)
                        config = Config(folder)
                        access = config["postgresql"]["authentication"]
                        read = [config["scope"], config["name"],
                            {k: config["postgresql"]["parameters"].get(k) for k in meant[2]},
                            [access["replication"]["password"], access["rewind"]["password"],
                             config["restapi"]["authentication"]["password"], config["etcd3"]["password"]]]
                        same = read == meant and config["bootstrap"]["dcs"] == shared
                        print("taken" if same else "read: %r" % [read, config["bootstrap"]["dcs"]], flush=True)
                        os._exit(0)
                    os.waitpid(child, 0)
                '
                """);
    }

    /** It also tells how it has read what the user set. */
    @Test
    void postgres() {
        taken("course-pg1", (args, secrets) -> {
            var files = new LinkedHashMap<>(Map.of("postgresql.conf", PatroniFiles.trial(args)));
            args.database().parameters().values().forEach((name, value) -> {
                if (name.matches("log_line_prefix|.*_command|search_path|.*\\..*")) {
                    files.put("value-" + name, value);
                }
            });
            return files;
        }, """
                check() {
                  local file read
                  /usr/lib/postgresql/17/bin/postgres -C work_mem -D "$PWD" || return 1
                  for file in value-*; do
                    [ -e "$file" ] || continue
                    read=$(/usr/lib/postgresql/17/bin/postgres -C "${file#value-}" -D "$PWD") || return 1
                    [ "$read" = "$(cat "$file")" ] || { echo "${file#value-} is read as $read"; return 1; }
                  done
                }
                """);
    }

    /** cloud-init's reader, and apt's for the file that it writes. */
    @Test
    void userData() {
        taken("course-etcd1", (args, secrets) -> Map.of(
                "user-data", UserDataFiles.render(args.etcdHosts().get(0).name(), ClusterInputs.site(args)),
                "meant", JSON.toJson(List.of(args.etcdHosts().get(0).name(), ClusterInputs.site(args).adminUser(),
                        ClusterInputs.site(args).authorizedKeys(), ClusterInputs.site(args).cloudInit().values(),
                        ClusterInputs.site(args).aptProxy().orElse("")))), """
                check() {
                  python3 -c '
                import json, subprocess, yaml
                host, user, keys, added, proxy = json.load(open("meant"))
                read = yaml.safe_load(open("user-data", encoding="utf-8"))
                def same(wanted, found):
                    number = type(wanted) in (int, float)
                    return wanted == found and (number or type(wanted) == type(found))
                assert same(host, read["hostname"]), read
                assert same([user, keys], [read["users"][0]["name"], read["users"][0]["ssh_authorized_keys"]]), read
                for key, value in added.items():
                    if key in ("packages", "write_files"):
                        # An empty list may be left out.
                        found, value = read.get(key, []), value or []
                        assert found[len(found) - len(value):] == value, read
                    else:
                        assert same(value, read[key]), read
                if proxy:
                    open("apt.conf", "w").write(read["write_files"][0]["content"])
                    shell = subprocess.run(["apt-config", "-c", "apt.conf", "shell", "X", "Acquire::http::Proxy"],
                                           check=True, capture_output=True, text=True).stdout
                    assert subprocess.run(["bash", "-c", shell + "printf %s \\"$X\\""], capture_output=True,
                                          text=True).stdout == proxy, shell
                '
                }
                """);
    }
}
