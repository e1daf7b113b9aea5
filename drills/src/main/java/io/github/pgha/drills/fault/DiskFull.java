package io.github.pgha.drills.fault;

import io.github.pgha.drills.stack.Host;
import java.io.IOException;

/**
 * A full disk under the write-ahead log. A virtual machine's own file system is filled as it is. A container shares its
 * host's disk, so there the log of one standby is first moved to a file system in memory, of fixed size, and that
 * standby is made the leader: nothing else can become full.
 */
final class DiskFull {
    private static final String HEAD = """
            data=$(tr '\\0' '\\n' <"/proc/$(pgrep -o -x postgres)/cmdline" | sed -n '/^-D$/{n;p}')
            small=/run/pgha-drill-wal
            """;

    private DiskFull() {}

    static Wound prepare(Site site, Roles roles) throws IOException, InterruptedException {
        if (site.on(roles.leader(), "systemd-detect-virt --container || true\n").equals("none")) {
            return () -> { };
        }
        Host standby = site.stack().with(Host.POSTGRES).stream()
                .filter(host -> !host.equals(roles.leader())).findFirst()
                .orElseThrow(() -> new SkippedException("there is no standby"));
        String data = site.on(standby, HEAD + """
                used=$(du -sm "$data/pg_wal" | cut -f1)
                [ "$used" -le 1024 ] || { echo "the write-ahead log has $used MB, too much for memory" >&2; exit 1; }
                echo "$data"
                """);
        Wound undo = () -> site.on(standby, undo(data));
        try {
            site.on(standby, """
                    data='%s'
                    small=/run/pgha-drill-wal
                    systemctl stop patroni
                    mkdir -p "$small"
                    mountpoint -q "$small" ||
                      mount -t tmpfs -o "mode=0700,size=$(($(du -sm "$data/pg_wal" | cut -f1) + 96))m" tmpfs "$small"
                    mkdir -p "$small/pg_wal"
                    cp -a "$data/pg_wal/." "$small/pg_wal/"
                    chown -R postgres:postgres "$small"
                    mv "$data/pg_wal" "$data.drill-wal"
                    ln -s "$small/pg_wal" "$data/pg_wal"
                    chown -h postgres:postgres "$data/pg_wal"
                    systemctl start patroni
                    for _ in $(seq 60); do
                      patronictl list -f tsv | grep -P '\\t%s\\t.*\\tstreaming\\t' && break
                      sleep 1
                    done
                    """.formatted(data, standby)
                    + Catalogue.switchover(roles.leader(), standby,
                            "Successfully switched over to \"" + standby + "\""));
        } catch (IOException e) {
            try {
                undo.heal();
            } catch (IOException also) {
                // The log may be in memory still: that must not go untold, nor why.
                throw new IOException(e.getMessage() + "; and undoing it failed: " + also.getMessage(), e);
            }
            throw e;
        }
        return undo;
    }

    static Wound fill(Site site, Roles roles) throws IOException {
        Host leader = roles.leader();
        String filler = site.on(leader, fill());
        return () -> site.on(leader, "rm -f '" + filler + "'\nsystemctl reset-failed patroni || true\n"
                + "systemctl start --no-block patroni\n");
    }

    // Another member than the prepared one may lead by now: filling a container's own file system fills its host's.
    static String fill() {
        return HEAD + """
                wal=$(readlink -f "$data/pg_wal")
                if [ "$(systemd-detect-virt --container || true)" != none ]; then
                  { [ "$wal" = "$small/pg_wal" ] && mountpoint -q "$small"; } ||
                    { echo "in a container, and $wal isn't on a file system of its own at $small" >&2; exit 1; }
                fi
                free=$(df --output=avail -B1 "$wal" | tail -n 1)
                [ "$free" -le 68719476736 ] || { echo "more than 64 GiB are free below $wal" >&2; exit 1; }
                filler=$(dirname "$wal")/pgha-drill-filler
                fallocate -l "$free" "$filler"
                # Segments that are there already are used up.
                systemd-run --quiet --collect --uid=postgres --working-directory=/ bash -c '
                  for _ in $(seq 300); do
                    psql -XAtq -d postgres -c "SELECT pg_switch_wal(), txid_current()" || exit 0
                  done'
                echo "$filler"
                """;
    }

    private static String undo(String data) {
        return """
                data='%s'
                small=/run/pgha-drill-wal
                systemctl stop patroni
                if [ -L "$data/pg_wal" ]; then
                  rm -rf "$data/pg_wal.new"
                  cp -a "$small/pg_wal" "$data/pg_wal.new"
                  rm "$data/pg_wal"
                  mv "$data/pg_wal.new" "$data/pg_wal"
                fi
                rm -rf "$data.drill-wal"
                ! mountpoint -q "$small" || umount "$small"
                rm -rf "$small"
                systemctl start patroni
                """.formatted(data);
    }
}
