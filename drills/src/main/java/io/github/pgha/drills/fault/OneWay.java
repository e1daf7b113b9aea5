package io.github.pgha.drills.fault;

import io.github.pgha.drills.stack.Host;
import java.io.IOException;

/**
 * A cable that is cut for one direction: all packets but those on loopback are dropped, SSH's too. As the host can't be
 * told to end that, a timer on it does; it is set before the cut.
 */
final class OneWay {
    private static final String TABLE = "inet pgha_drill";

    private OneWay() {}

    /** @param hook {@code input} or {@code output} */
    static Wound cut(Site site, Host host, String hook, int seconds) throws IOException {
        site.on(host, script(hook, seconds));
        long end = System.nanoTime() + (seconds + 1) * 1_000_000_000L;
        return () -> {
            while (System.nanoTime() < end || !site.reachable(host)) {
                if (System.nanoTime() > end + 60_000_000_000L) {
                    throw new IOException(host + " doesn't answer, though its timer should have ended the cut");
                }
                Thread.sleep(500);
            }
        };
    }

    // The cut itself comes a moment later, so that this script's own end is still told.
    private static String script(String hook, int seconds) {
        String device = hook.equals("input") ? "iif" : "oif";
        return """
                command -v nft >/dev/null || { echo 'nft (package nftables) is needed for this fault' >&2; exit 1; }
                systemctl stop pgha-drill-cut.timer pgha-drill-mend.timer 2>/dev/null || true
                rules='table %1$s { chain %2$s { type filter hook %2$s priority -300; %3$s != lo drop; }; }'
                nft --check "$rules"
                systemd-run --quiet --collect --unit=pgha-drill-mend --on-active=%4$ds \\
                  --timer-property=AccuracySec=100ms \\
                  nft delete table %1$s
                systemd-run --quiet --collect --unit=pgha-drill-cut --on-active=300ms \\
                  --timer-property=AccuracySec=50ms \\
                  nft "$rules"
                """.formatted(TABLE, hook, device, seconds);
    }
}
