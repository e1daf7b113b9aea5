package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import java.util.List;
import java.util.stream.Stream;

/** What tests do by hand to a cluster that runs. */
final class Trouble {
    private Trouble() {}

    /** Name of the member that leads. */
    static String leader() {
        return WhileAClientWrites.members().filter(member -> member.get("Role").getAsString().equals("Leader"))
                .map(Trouble::name).findFirst().orElseThrow();
    }

    /** Names of the others that stream. */
    static List<String> standbys() {
        return WhileAClientWrites.members().filter(member -> member.get("State").getAsString().equals("streaming"))
                .map(Trouble::name).toList();
    }

    static boolean streams(String member) {
        return standbys().contains(member);
    }

    private static String name(JsonObject member) {
        return member.get("Member").getAsString();
    }

    /** Runs SQL as the superuser where the primary is, without waiting for standbys. */
    static void sql(String statements) {
        Lab.script(leader(), "runuser -u postgres -- psql -XAtq -v ON_ERROR_STOP=1 <<'END'\n"
                + "SET synchronous_commit = local;\n" + statements + ";\nEND\n").ok();
    }

    /** An {@code up} with values in place of those in the stack's file, {@code pgha-lab:KEY=VALUE}. */
    static Run up(String... values) {
        return upWith(Stream.of(values).map(value -> "--config=" + value).toArray(String[]::new));
    }

    /** An {@code up} with options. */
    static Run upWith(String... options) {
        return Lab.pulumi(Stream.concat(Stream.of("up", "--stack", "dev", "--yes", "--skip-preview", "--non-interactive",
                "--config-path"), Stream.of(options)).toArray(String[]::new));
    }

    /** Raises {@code repair}, after which the same member leads, and nothing is wrong any more. */
    static void repaired(int number, String leader) {
        up("pgha-lab:repair=" + number).ok();
        assertThat(leader()).isEqualTo(leader);
        assertThat(Lab.make("doctor").ok().out()).endsWith("\nnothing found\n");
    }

    /**
     * Lets a leader write what no standby gets, kills it, and starts it again when another one leads.
     *
     * @return when it was started, in seconds since 1970
     */
    static String divergeFrom(String leader) throws InterruptedException {
        Lab.script(leader, """
                nft 'add table inet x; add chain inet x o { type filter hook output priority 0; }'
                nft 'add rule inet x o tcp sport 5432 oifname != "lo" drop'
                runuser -u postgres -- psql -XAtq -v ON_ERROR_STOP=1 <<'END'
                SET synchronous_commit = local;
                CREATE TABLE only_here AS SELECT generate_series(1, 1000);
                CHECKPOINT;
                END
                systemctl kill -s KILL patroni && pkill -KILL -u postgres -f 'postgres -D'
                systemctl stop patroni
                nft delete table inet x
                """).ok();
        String other = Lab.POSTGRES.stream().filter(host -> !host.equals(leader)).findFirst().orElseThrow();
        Lab.await("another member than " + leader + " leads", () -> Lab.script(other, "patronictl list").ok().out().lines()
                .anyMatch(line -> line.contains("Leader") && !line.contains(leader)));
        return Lab.script(leader, "date +%s; systemctl start patroni").ok().out().strip();
    }
}
