package io.github.pgha.drills.fault;

import io.github.pgha.drills.stack.Host;
import java.io.IOException;

/**
 * Storage that stands still. The write-ahead log of one standby is first moved to a file system of its own, in an image in
 * memory, and that standby is made the leader: so nothing but the log stands still later, and SSH still gets in to end it.
 */
final class StorageFreeze {
    // Where Patroni's unit lets PostgreSQL write.
    private static final String PLACE = "/var/lib/postgresql/pgha-drill-wal";
    private static final String HEAD = """
            place=%s
            image=/run/pgha-drill-wal.img
            """.formatted(PLACE);
    private static final int LIMIT = 75;

    private StorageFreeze() {}

    static Wound prepare(Site site, Roles roles) throws IOException, InterruptedException {
        Host standby = site.stack().with(Host.POSTGRES).stream()
                .filter(host -> !host.equals(roles.leader())).findFirst()
                .orElseThrow(() -> new SkippedException("there is no standby"));
        String data = site.on(standby, HEAD + """
                command -v mkfs.ext4 >/dev/null || { echo 'mkfs.ext4 (package e2fsprogs) is needed for this fault' >&2; exit 1; }
                data=$(tr '\\0' '\\n' <"/proc/$(pgrep -o -x postgres)/cmdline" | sed -n '/^-D$/{n;p}')
                used=$(du -sm "$data/pg_wal" | cut -f1)
                [ "$used" -le 512 ] || { echo "the write-ahead log has $used MB, too much for memory" >&2; exit 1; }
                # A container has no devices of its own.
                [ -e /dev/loop-control ] || mknod /dev/loop-control c 10 237
                for n in $(seq 0 15); do [ -e "/dev/loop$n" ] || mknod "/dev/loop$n" b 7 "$n"; done
                mkdir -p "$place"
                if ! mountpoint -q "$place"; then
                  truncate -s "$((used + 256))M" "$image"
                  mkfs.ext4 -q "$image"
                  mount -o loop "$image" "$place"
                fi
                echo "$data"
                """);
        Wound undo = () -> site.on(standby, undo(data));
        try {
            site.on(standby, HEAD + """
                    data='%s'
                    systemctl stop patroni
                    mkdir -p "$place/pg_wal"
                    cp -a "$data/pg_wal/." "$place/pg_wal/"
                    chown -R postgres:postgres "$place/pg_wal"
                    chown postgres:postgres "$place"
                    mv "$data/pg_wal" "$data.drill-wal"
                    ln -s "$place/pg_wal" "$data/pg_wal"
                    chown -h postgres:postgres "$data/pg_wal"
                    systemctl start patroni
                    streams() { patronictl list -f tsv | grep -P '\\t%s\\t.*\\tstreaming\\t' >/dev/null; }
                    until streams; do
                      [ "$SECONDS" -lt 55 ] || { echo 'it does not stream' >&2; exit 1; }
                      sleep 1
                    done
                    """.formatted(data, standby)
                    + Catalogue.switchover(roles.leader(), standby,
                            "Successfully switched over to \"" + standby + "\""));
        } catch (IOException e) {
            Doubts.heal(undo, e);
            throw e;
        }
        return undo;
    }

    static Wound freeze(Site site, Roles roles) throws IOException {
        Host leader = roles.leader();
        site.on(leader, HEAD + """
                mountpoint -q "$place" || { echo "$place is no file system of its own" >&2; exit 1; }
                systemd-run --quiet --collect --unit=pgha-drill-thaw --on-active=%ds --timer-property=AccuracySec=100ms \
                  fsfreeze --unfreeze "$place"
                fsfreeze --freeze "$place"
                """.formatted(LIMIT));
        return () -> site.on(leader, HEAD + """
                systemctl stop pgha-drill-thaw.timer 2>/dev/null || true
                # Refused where it goes on already.
                fsfreeze --unfreeze "$place" 2>/dev/null || true
                """);
    }

    private static String undo(String data) {
        return HEAD + """
                data='%s'
                fsfreeze --unfreeze "$place" 2>/dev/null || true
                systemctl stop patroni
                if [ -L "$data/pg_wal" ]; then
                  rm -rf "$data/pg_wal.new"
                  cp -a "$place/pg_wal" "$data/pg_wal.new"
                  rm "$data/pg_wal"
                  mv "$data/pg_wal.new" "$data/pg_wal"
                fi
                rm -rf "$data.drill-wal"
                ! mountpoint -q "$place" || umount "$place"
                rm -rf "$place" "$image"
                systemctl start patroni
                """.formatted(data);
    }
}
