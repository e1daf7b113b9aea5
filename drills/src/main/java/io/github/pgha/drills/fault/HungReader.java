package io.github.pgha.drills.fault;

import io.github.pgha.drills.stack.Host;
import java.io.IOException;

/** Somebody who reads the leader's WAL and says nothing any more: PostgreSQL waits for him when it stops. */
final class HungReader {
    private static final String UNIT = "pgha-drill-reader";

    private HungReader() {}

    static Wound switchover(Site site, Roles roles) throws IOException {
        Host leader = roles.leader();
        Wound wound = () -> site.on(leader, "systemctl kill -s CONT %1$s 2>/dev/null || true\n".formatted(UNIT)
                + "systemctl stop %1$s 2>/dev/null || true\n".formatted(UNIT));
        try {
            // As a member reads, over the local socket. Whatever becomes of the drill, it ends by itself.
            site.on(leader, """
                    program=$(echo /usr/lib/postgresql/*/bin/pg_receivewal)
                    systemd-run --quiet --collect --unit=%1$s --property=User=postgres --property=RuntimeDirectory=%1$s \\
                      --property=RuntimeMaxSec=300 "$program" -h /var/run/postgresql -U replicator -D /run/%1$s
                    for ((i = 0; i < 100; i++)); do
                      found=$(runuser -u postgres -- psql -XAtqc \\
                        "SELECT state FROM pg_stat_replication WHERE application_name = 'pg_receivewal'")
                      [ "$found" != streaming ] || break
                      sleep 0.1
                    done
                    [ "$found" = streaming ] || { systemctl status --no-pager %1$s >&2; exit 1; }
                    systemctl kill -s STOP %1$s
                    """.formatted(UNIT));
            Catalogue.switchover(site, roles);
        } catch (IOException e) {
            try {
                wound.heal();
            } catch (IOException | InterruptedException also) {
                e.addSuppressed(also);
            }
            throw e;
        }
        return wound;
    }
}
