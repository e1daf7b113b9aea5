package io.github.pgha.drills.fault;

import io.github.pgha.drills.stack.Host;
import java.io.IOException;

/**
 * A balancer that holds the virtual address and neither hears nor is heard by the others for a moment, as while its machine is
 * migrated. It is heard again before it hears: it never learns that another one had the address meanwhile.
 */
final class SilentAddress {
    private static final String TABLE = "inet pgha_drill_vrrp";

    private SilentAddress() {}

    static Wound silence(Site site, Roles roles) throws IOException {
        Host holder = roles.vipHolder();
        site.on(holder, """
                command -v nft >/dev/null || { echo 'nft (package nftables) is needed for this fault' >&2; exit 1; }
                trap 'nft delete table %1$s' EXIT
                nft 'table %1$s { chain in { type filter hook input priority -300; ip protocol 112 drop; }
                  chain out { type filter hook output priority -300; ip protocol 112 drop; }; }'
                sleep 2
                nft delete chain %1$s out
                sleep 1
                """.formatted(TABLE));
        return () -> { };
    }
}
