package io.github.pgha.drills.fault;

import io.github.pgha.drills.stack.Host;
import java.io.IOException;

/** A leader that is slow, not dead: twice as many busy loops as it has processors, and writers that flush all the time. */
final class BusyLeader {
    private static final String UNIT = "pgha-drill-busy";
    // On the file system that PostgreSQL's data are on.
    private static final String FOLDER = "/var/lib/postgresql/pgha-drill-busy";

    private BusyLeader() {}

    static Wound load(Site site, Roles roles) throws IOException {
        Host leader = roles.leader();
        site.on(leader, """
                mkdir -p %1$s
                # Whatever becomes of the drill, it ends by itself.
                systemd-run --quiet --collect --unit=%2$s --property=RuntimeMaxSec=120 bash -c '
                  for _ in $(seq $((2 * $(nproc)))); do while :; do :; done & done
                  for n in 1 2 3 4; do
                    while :; do dd if=/dev/zero of=%1$s/$n bs=1M count=64 conv=fsync status=none; done &
                  done
                  wait'
                """.formatted(FOLDER, UNIT));
        return () -> site.on(leader, """
                systemctl stop %2$s 2>/dev/null || true
                rm -rf %1$s
                """.formatted(FOLDER, UNIT));
    }
}
