package io.github.pgha.drills.fault;

import static io.github.pgha.drills.fault.Fault.Trait.ELABORATE;
import static io.github.pgha.drills.fault.Fault.Trait.PROXMOX;
import static io.github.pgha.drills.fault.Fault.Trait.SANDBOX;
import static io.github.pgha.drills.fault.Hold.Until.LEADER_MOVED;

import io.github.pgha.drills.measure.Fencing.Demand;
import io.github.pgha.drills.stack.Host;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/** The leader is gone, and something makes it doubtful that it may be fenced: nothing may be, the lock must run out. */
final class Doubts {
    // Longer than any lock lives.
    private static final int LEASE = 75;
    // Long enough for every instance to see a silent leader as soon as it may act again.
    private static final int PAUSED = 35;
    private static final int ALONE = 15;
    private static final int INTERVAL = 600;
    // Until Patroni counts on a standby that was cut off no more.
    private static final int UNCOUNTED = 55;

    static final List<Fault> ALL = List.of(
            new Fault("fencing-api-cut", "No etcd host reaches the Proxmox API, and the leader's power is cut",
                    "The packet filters on the etcd hosts let the API through again, and the leader is powered on",
                    Hold.until(LEADER_MOVED, 3, LEASE), Set.of(PROXMOX, ELABORATE), lease("proxmox-unreachable"),
                    Doubts::ready, both(Doubts::cutApi, Doubts::leaderPower)),
            api("fencing-api-hangs", "hang", "takes requests and never answers them", "proxmox-unreachable",
                    "network cable is pulled", Doubts::leaderCable),
            api("fencing-api-forbids", "forbid", "says that the token has no rights (403)", "proxmox-unreachable",
                    "power is cut", Doubts::leaderPower),
            api("fencing-token-revoked", "revoke", "doesn't know the token any more (401)", "proxmox-unreachable",
                    "network cable is pulled", Doubts::leaderCable),
            api("fencing-node-lost", "lose-node", "can't reach the machine's node (595)", "node-offline",
                    "power is cut", Doubts::leaderPower),
            api("fencing-machine-lost", "lose-machines", "doesn't know the machine (500)", "proxmox-unreachable",
                    "power is cut", Doubts::leaderPower),
            api("fencing-state-hidden", "hide-state", "doesn't know whether the machine runs", "machine-unknown",
                    "power is cut", Doubts::leaderPower),
            api("fencing-stop-ignored", "ignore-stop", "says that it stopped the machine, which runs on", "lock-gone",
                    "network cable is pulled", Doubts::leaderCable),
            new Fault("fencing-locked", "The leader's machine is locked by a backup, and its network cable is pulled",
                    "The lock is gone, and the cable is plugged in",
                    Hold.until(LEADER_MOVED, 3, LEASE), Set.of(PROXMOX, SANDBOX, ELABORATE), lease("machine-locked"),
                    Doubts::ready, Doubts::locked),
            new Fault("fencing-hung", "The leader's QEMU hangs, so that a stop of its machine takes 71 s",
                    "It goes on", Hold.until(LEADER_MOVED, 3, LEASE), Set.of(PROXMOX, SANDBOX, ELABORATE),
                    lease("lock-gone"), Doubts::ready, (site, roles) -> {
                        site.hang(roles.leader(), true);
                        return () -> site.hang(roles.leader(), false);
                    }),
            new Fault("fencing-paused", "The cluster is paused (patronictl pause), and the leader's power is cut",
                    "The cluster is resumed, and the leader is powered on",
                    Hold.seconds(PAUSED), Set.of(PROXMOX, ELABORATE), lease("paused"),
                    Doubts::ready, both(Doubts::pause, Doubts::leaderPower)),
            new Fault("fencing-two-silent",
                    "The network cable of a standby is pulled, and when nothing depends on it any more, the leader's "
                            + "power is cut",
                    "The cable is plugged in, and the leader is powered on",
                    Hold.until(LEADER_MOVED, 3, UNCOUNTED + LEASE), Set.of(PROXMOX, ELABORATE), lease("more-silent"),
                    Doubts::ready, both(Doubts::standbyCable, Doubts::leaderPower)),
            new Fault("fencing-host-cut",
                    "The network cable of the etcd host whose instance acts is pulled, and the leader's power is cut",
                    "The cable is plugged in, and the leader is powered on",
                    Hold.until(LEADER_MOVED, 3, LEASE), Set.of(PROXMOX, ELABORATE),
                    new Demand("etcd-unreachable", true, true),
                    Doubts::ready, both(Doubts::actingCable, Doubts::leaderPower)),
            new Fault("fencing-host-alone",
                    "The network cable of the etcd host whose instance acts is pulled, and nothing else happens",
                    "The cable is plugged in",
                    Hold.seconds(ALONE), Set.of(PROXMOX, ELABORATE), new Demand("etcd-unreachable", false, false),
                    Doubts::ready, Doubts::actingCable),
            new Fault("fencing-recent",
                    "A leader was fenced a moment ago, and the power of the one that took over is cut",
                    "It is powered on, and the time between two fencings is as before",
                    Hold.until(LEADER_MOVED, 3, LEASE), Set.of(PROXMOX, ELABORATE), lease("recent"),
                    // In this order: a fencing of some minutes ago must not keep the first one from being done.
                    both(Doubts::ready, both(Doubts::fenced, Doubts::longInterval)), Doubts::leaderPower));

    private static final String METRICS = "/run/pgha-fence/metrics.prom";
    private static final String CONFIG = "/etc/pgha-fence/config.json";

    private Doubts() {}

    private static Demand lease(String reason) {
        return new Demand(reason, false, true);
    }

    private static Fault api(String name, String kind, String what, String reason, String loss,
            Fault.Infliction leader) {
        return new Fault(name, "The Proxmox API " + what + ", and the leader's " + loss,
                "The API is as before, and the leader has power and network again",
                Hold.until(LEADER_MOVED, 3, LEASE), Set.of(PROXMOX, SANDBOX, ELABORATE), lease(reason),
                Doubts::ready, both((site, roles) -> {
                    site.failApi(kind);
                    return () -> site.failApi("none");
                }, leader));
    }

    /** One after the other; they are healed in the same order. */
    private static Fault.Infliction both(Fault.Infliction first, Fault.Infliction second) {
        return (site, roles) -> {
            Wound one = first.inflict(site, roles);
            Wound other;
            try {
                other = second.inflict(site, roles);
            } catch (IOException | InterruptedException | RuntimeException e) {
                heal(one, e);
                throw e;
            }
            return () -> {
                try {
                    one.heal();
                } finally {
                    other.heal();
                }
            };
        };
    }

    /** Waits until fencing would act, so that it is the doubt that keeps it from that. */
    private static Wound ready(Site site, Roles roles) throws IOException {
        awaitReady(site);
        return () -> { };
    }

    private static void awaitReady(Site site) throws IOException {
        for (Host host : site.stack().with(Host.ETCD)) {
            String said = site.on(host, """
                    # Fencing would act.
                    metrics=%s
                    config=%s
                    [ -e "$config" ] || { echo off; exit 0; }
                    interval=$(sed -n 's/^ *"intervalSeconds": \\([0-9]*\\),*$/\\1/p' "$config")
                    last=$(sed -n 's/^pgha_fence_last_fencing_timestamp_seconds{.*} \\([0-9]*\\).*/\\1/p' "$metrics")
                    over=$((last + interval - $(date +%%s)))
                    [ "$over" -le 50 ] || { echo "$over"; exit 0; }
                    said() { journalctl --quiet --unit=pgha-fence --lines=3 --no-pager --output=cat; }
                    good() {
                      grep -cE '^pgha_fence_((etcd|proxmox)_up\\{.*|state\\{.*"watching")} 1$' "$metrics" || true
                    }
                    until [ "$(good)" -eq 3 ] && [ "$(date +%%s)" -gt $((last + interval)) ]; do
                      [ "$SECONDS" -lt 55 ] || { said; echo "fencing would not act" >&2; exit 1; }
                      sleep 0.2
                    done
                    """.formatted(METRICS, CONFIG));
            if (said.equals("off")) {
                throw new SkippedException("fencing is off on " + host);
            }
            if (said.matches("\\d+")) {
                throw new SkippedException("the last fencing is so recent that fencing would do nothing for " + said
                        + " s");
            }
        }
    }

    /** The same where there is fencing. */
    static void readyIfOn(Site site) throws IOException {
        boolean on = false;
        for (Host host : site.stack().with(Host.ETCD)) {
            on |= site.on(host, "! [ -e " + CONFIG + " ] || echo on\n").equals("on");
        }
        if (on) {
            awaitReady(site);
        }
    }

    /** In this order: nobody but root may change a machine that is locked. */
    private static Wound locked(Site site, Roles roles) throws IOException, InterruptedException {
        Host leader = roles.leader();
        Wound wound = () -> {
            site.lock(leader, "none");
            site.cable(leader, true);
        };
        try {
            site.cable(leader, false);
            site.lock(leader, "backup");
        } catch (IOException | InterruptedException e) {
            heal(wound, e);
            throw e;
        }
        return wound;
    }

    private static Wound leaderPower(Site site, Roles roles) throws IOException, InterruptedException {
        return Catalogue.power(site, List.of(roles.leader()));
    }

    private static Wound leaderCable(Site site, Roles roles) throws IOException, InterruptedException {
        return Catalogue.cable(site, roles.leader());
    }

    private static Wound actingCable(Site site, Roles roles) throws IOException, InterruptedException {
        return Catalogue.cable(site, acting(site));
    }

    private static Host acting(Site site) throws IOException {
        for (Host host : site.stack().with(Host.ETCD)) {
            if (site.on(host, "grep -c '^pgha_fence_acting{.*} 1$' " + METRICS + " || true\n").equals("1")) {
                return host;
            }
        }
        throw new IOException("no instance of the fencing service acts");
    }

    private static Wound cutApi(Site site, Roles roles) throws IOException {
        List<Host> hosts = site.stack().with(Host.ETCD);
        Wound wound = () -> {
            for (Host host : hosts) {
                site.on(host, """
                        ! nft list table inet pgha_drill_api >/dev/null 2>&1 || nft delete table inet pgha_drill_api
                        """);
            }
        };
        try {
            for (Host host : hosts) {
                site.on(host, """
                        command -v nft >/dev/null || { echo 'nftables is needed for this fault' >&2; exit 1; }
                        # One URL or a list of them, by the service's version.
                        ports=$(python3 -c 'import json, sys, urllib.parse
                        config = json.load(open(sys.argv[1]))
                        urls = config.get("proxmoxEndpoints") or [config["proxmoxEndpoint"]]
                        print(",".join({str(urllib.parse.urlsplit(url).port or 8006) for url in urls}))' %s)
                        nft "table inet pgha_drill_api { chain output {
                          type filter hook output priority -300; tcp dport { $ports } drop; }; }"
                        """.formatted(CONFIG));
            }
        } catch (IOException e) {
            heal(wound, e);
            throw e;
        }
        return wound;
    }

    static void heal(Wound wound, Exception cause) {
        try {
            wound.heal();
        } catch (IOException | InterruptedException e) {
            cause.addSuppressed(e);
        }
    }

    private static Wound pause(Site site, Roles roles) throws IOException {
        Host standby = standby(site, roles);
        site.on(standby, "patronictl pause --wait\n");
        return () -> site.on(standby, """
                config=$(patronictl show-config)
                [[ $config != *"pause: true"* ]] || patronictl resume
                """);
    }

    private static Wound standbyCable(Site site, Roles roles) throws IOException, InterruptedException {
        Host standby = standby(site, roles);
        Wound wound = Catalogue.cable(site, standby);
        try {
            // Else the third member could not be sure that it has every commit, and would rightly not be promoted. Patroni's
            // list leaves out who isn't there any more, some time before commits stop to count on it.
            site.on(site.stack().with(Host.ETCD).get(0), """
                    counted() {
                      pgha-etcdctl --command-timeout 5s get --prefix /service/ | grep -A1 '/sync$' | grep -wF '%s' >/dev/null
                    }
                    while counted; do
                      [ "$SECONDS" -lt %d ] || { echo "Patroni still counts on %s" >&2; exit 1; }
                      sleep 0.5
                    done
                    """.formatted(standby, UNCOUNTED, standby));
        } catch (IOException e) {
            heal(wound, e);
            throw e;
        }
        return wound;
    }

    private static Host standby(Site site, Roles roles) throws SkippedException {
        return site.stack().with(Host.POSTGRES).stream().filter(host -> !host.equals(roles.leader())).findFirst()
                .orElseThrow(() -> new SkippedException("there is no standby"));
    }

    /** A second fencing must not become due during the drill. */
    private static Wound longInterval(Site site, Roles roles) throws IOException {
        List<Host> hosts = site.stack().with(Host.ETCD);
        Wound wound = () -> {
            for (Host host : hosts) {
                site.on(host, """
                        config=%s
                        if [ -e "$config.drill" ]; then
                          mv "$config.drill" "$config"
                          systemctl restart pgha-fence
                        fi
                        """.formatted(CONFIG));
            }
        };
        try {
            for (Host host : hosts) {
                site.on(host, """
                        config=%s
                        [ -e "$config.drill" ] || cp -p "$config" "$config.drill"
                        sed -i 's/"intervalSeconds": [0-9]*/"intervalSeconds": %d/' "$config"
                        systemctl restart pgha-fence
                        """.formatted(CONFIG, INTERVAL));
            }
        } catch (IOException e) {
            heal(wound, e);
            throw e;
        }
        return wound;
    }

    /** Lets the leader be fenced, and waits until the service has started it again. */
    private static Wound fenced(Site site, Roles roles) throws IOException, InterruptedException {
        Wound wound = leaderPower(site, roles);
        try {
            site.on(site.stack().with(Host.ETCD).get(0), """
                    metrics=%s
                    now=$(date +%%s)
                    said() { journalctl --quiet --unit=pgha-fence --lines=3 --no-pager --output=cat; }
                    last() {
                      sed -n 's/^pgha_fence_last_fencing_timestamp_seconds{.*} \\([0-9]*\\).*/\\1/p' "$metrics"
                    }
                    until [ "$(last)" -ge $((now - 2)) ] && grep -q '^pgha_fence_state{.*"watching"} 1$' "$metrics"; do
                      [ "$SECONDS" -lt 55 ] || { said; echo "the leader was not fenced" >&2; exit 1; }
                      sleep 0.2
                    done
                    """.formatted(METRICS));
        } catch (IOException e) {
            heal(wound, e);
            throw e;
        }
        return wound;
    }
}
