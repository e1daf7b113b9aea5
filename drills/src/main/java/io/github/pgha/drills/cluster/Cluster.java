package io.github.pgha.drills.cluster;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.pgha.drills.fault.Site;
import io.github.pgha.drills.measure.FenceInstance;
import io.github.pgha.drills.stack.Host;
import io.github.pgha.drills.stack.Stack;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;

/** A running cluster: looked at through its own interfaces, broken and healed over SSH and through the Proxmox API. */
public final class Cluster implements Site, AutoCloseable {
    private static final Duration SCRIPT = Duration.ofSeconds(60);
    private static final Duration LOOK = Duration.ofSeconds(20);
    // A member that is busy may take longer; it is asked again then.
    private static final Duration GLANCE = Duration.ofSeconds(1);
    private static final Duration ANSWER = Duration.ofSeconds(5);

    private final Stack stack;
    private final Ssh ssh;
    private final Patroni patroni;
    private final Database database;
    private final Optional<Proxmox> proxmox;
    private final Optional<SandboxApi> sandbox;
    private final Optional<NodePower> nodePower;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        var thread = new Thread(task, "cluster");
        thread.setDaemon(true);
        return thread;
    });

    /**
     * @param agent   holds the keys of SSH that aren't in the outputs
     * @param proxmox what powers machines; empty if no fault needs it
     * @param sandbox what makes the Proxmox API fail; empty outside the sandbox
     * @param power   what powers Proxmox's own nodes; empty if there is no such thing
     */
    public Cluster(Stack stack, Optional<Agent> agent, Optional<Proxmox> proxmox, Optional<SandboxApi> sandbox,
            Optional<NodePower> power) {
        this.sandbox = sandbox;
        nodePower = power;
        this.stack = stack;
        this.proxmox = proxmox;
        ssh = new Ssh(stack, agent);
        patroni = new Patroni(stack);
        database = new Database(stack, Duration.ofSeconds(2), Duration.ofSeconds(3));
    }

    /** Patroni's REST interface. */
    public Patroni patroni() {
        return patroni;
    }

    /**
     * Makes sure that every host, and the Proxmox API if faults need it, can be used.
     *
     * @throws IOException with a sentence that names what can't
     */
    public void checkReach() throws IOException, InterruptedException {
        Map<Host, Future<Ssh.Result>> answers = new HashMap<>();
        stack.hosts().forEach(host -> answers.put(host, threads.submit(() -> ssh.run(host, "id -u", LOOK))));
        for (Host host : stack.hosts()) {
            Ssh.Result result = get(answers.get(host));
            if (!result.out().equals("0")) {
                throw new IOException(host.user() + " on " + host + " can't become root with sudo: " + result.err());
            }
        }
        if (proxmox.isPresent()) {
            for (Host host : stack.hosts()) {
                if (!proxmox.get().isOn(host)) {
                    throw new IOException("the virtual machine of " + host + " is off");
                }
            }
        }
    }

    /** What the members of Patroni lack for the cluster to be whole; can be asked again and again. */
    public List<String> memberLacks() throws InterruptedException {
        Optional<Patroni.View> view = patroni.cluster();
        List<String> lacks = Snapshot.lacks(stack, view);
        // One that is off is waited for, so they are asked only once their records say that all is well.
        return view.isPresent() && lacks.isEmpty() ? Snapshot.lacks(stack, view.get(), patroni.states(GLANCE)) : lacks;
    }

    /** Looks at everything. */
    public Snapshot look() throws InterruptedException {
        var leader = new AtomicReference<String>();
        Future<Set<String>> etcd = threads.submit(() -> etcdMembers(leader));
        Future<List<String>> service = threads.submit(this::serviceLacks);
        Future<Map<String, String>> states = threads.submit(() -> patroni.states(ANSWER));
        Map<String, Future<Snapshot.Balancer>> looks = new HashMap<>();
        for (Host host : stack.with(Host.BALANCER)) {
            looks.put(host.name(), threads.submit(() -> balancer(host)));
        }
        Optional<Patroni.View> view = patroni.cluster();
        Map<String, Snapshot.Balancer> balancers = new HashMap<>();
        for (var entry : looks.entrySet()) {
            try {
                balancers.put(entry.getKey(), get(entry.getValue()));
            } catch (IOException e) {
                // Its absence says that it could not be reached.
            }
        }
        try {
            return new Snapshot(view, get(states), get(etcd), Optional.ofNullable(leader.get()), balancers,
                    get(service));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Name of the balancer that holds the virtual address, if exactly one of those that answer does. */
    public Optional<String> vipHolder() throws InterruptedException {
        List<String> holders = new ArrayList<>();
        Map<String, Future<Snapshot.Balancer>> looks = new HashMap<>();
        for (Host host : stack.with(Host.BALANCER)) {
            looks.put(host.name(), threads.submit(() -> balancer(host)));
        }
        for (var entry : looks.entrySet()) {
            try {
                if (get(entry.getValue()).holdsVip()) {
                    holders.add(entry.getKey());
                }
            } catch (IOException e) {
                // One that can't be reached doesn't hold it for anybody.
            }
        }
        return holders.size() == 1 ? Optional.of(holders.get(0)) : Optional.empty();
    }

    /** Runs a script on every host that can be reached; the outputs by host name. For evidence. */
    public Map<String, String> ask(String script) throws InterruptedException {
        Map<String, Future<Ssh.Result>> answers = new HashMap<>();
        stack.hosts().forEach(host -> answers.put(host.name(), threads.submit(() -> ssh.run(host, script, LOOK))));
        Map<String, String> texts = new HashMap<>();
        for (var entry : answers.entrySet()) {
            try {
                Ssh.Result result = get(entry.getValue());
                texts.put(entry.getKey(), result.out() + "\n" + result.err());
            } catch (IOException e) {
                texts.put(entry.getKey(), e.getMessage());
            }
        }
        return texts;
    }

    @Override
    public Stack stack() {
        return stack;
    }

    @Override
    public String on(Host host, String script) throws IOException {
        Ssh.Result result = ssh.run(host, "set -euo pipefail\n" + script, SCRIPT);
        if (result.exitCode() != 0) {
            throw new IOException("a script on " + host + " failed (" + result.exitCode() + "): " + result.err()
                    + " " + result.out());
        }
        return result.out();
    }

    @Override
    public void powerOff(List<Host> hosts) throws IOException, InterruptedException {
        together(hosts, host -> {
            api().powerOff(host);
            return null;
        });
    }

    @Override
    public void powerOn(List<Host> hosts) throws IOException, InterruptedException {
        together(hosts, host -> {
            api().powerOn(host);
            return null;
        });
    }

    @Override
    public void cable(Host host, boolean plugged) throws IOException, InterruptedException {
        api().cable(host, plugged);
    }

    @Override
    public Map<Host, String> nodes() throws IOException, InterruptedException {
        return api().nodes(stack.hosts());
    }

    @Override
    public void nodeOff(String node) throws IOException, InterruptedException {
        power().set(node, false);
    }

    @Override
    public void nodeOn(String node, List<Host> machines) throws IOException, InterruptedException {
        power().set(node, true);
        api().awaitOn(machines);
    }

    @Override
    public void failApi(String kind) throws IOException, InterruptedException {
        sandbox().fail(kind);
    }

    @Override
    public void lock(Host host, String kind) throws IOException, InterruptedException {
        sandbox().lock(host, kind);
    }

    @Override
    public void hang(Host host, boolean on) throws IOException, InterruptedException {
        sandbox().hang(host, on);
    }

    /** What the fencing service says of itself on each etcd host that can be asked; by host name. */
    public Map<String, FenceInstance> fencing() throws InterruptedException {
        Map<String, Future<FenceInstance>> asks = new HashMap<>();
        for (Host host : stack.with(Host.ETCD)) {
            asks.put(host.name(), threads.submit(() -> FenceInstance.parse(on(host, FenceInstance.LOOK))));
        }
        Map<String, FenceInstance> instances = new TreeMap<>();
        for (var ask : asks.entrySet()) {
            try {
                instances.put(ask.getKey(), get(ask.getValue()));
            } catch (IOException e) {
                // Its absence says that it could not be asked.
            }
        }
        return instances;
    }

    /** What the fencing service's logs say of its decisions since a look at it: one line each, with the host's name. */
    public List<String> fencingLog(Map<String, FenceInstance> since) {
        List<String> lines = new ArrayList<>();
        for (Host host : stack.with(Host.ETCD)) {
            FenceInstance instance = since.get(host.name());
            if (instance != null && instance.installed()) {
                try {
                    on(host, instance.log()).lines().forEach(line -> lines.add("Fencing on " + host + ": " + line));
                } catch (IOException e) {
                    lines.add("The log of fencing on " + host + " can't be read: " + e.getMessage());
                }
            }
        }
        return lines;
    }

    @Override
    public boolean reachable(Host host) {
        try {
            return ssh.run(host, "true", LOOK).exitCode() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
        ssh.close();
    }

    private interface OnHost {
        Void run(Host host) throws Exception;
    }

    private void together(List<Host> hosts, OnHost action) throws IOException, InterruptedException {
        List<Future<Void>> all = new ArrayList<>();
        hosts.forEach(host -> all.add(threads.submit(() -> action.run(host))));
        for (Future<Void> one : all) {
            get(one);
        }
    }

    private SandboxApi sandbox() throws IOException {
        return sandbox.orElseThrow(() -> new IOException("only the sandbox's Proxmox VE can be made to fail"));
    }

    private NodePower power() throws IOException {
        return nodePower.orElseThrow(() -> new IOException("the environment has no " + NodePower.VARIABLE));
    }

    private Proxmox api() throws IOException {
        return proxmox.orElseThrow(() -> new IOException("the Proxmox API isn't configured"));
    }

    private static <T> T get(Future<T> future) throws IOException, InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException io) {
                throw io;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    private Snapshot.Balancer balancer(Host host) throws IOException {
        String script = "ip -o addr show to " + stack.vip() + " | grep -c . || true\n"
                + "for unit in haproxy keepalived; do echo \"$unit is $(systemctl is-active $unit)\"; done\n";
        List<String> lines = ssh.run(host, script, LOOK).out().lines().toList();
        return new Snapshot.Balancer(!lines.isEmpty() && !lines.get(0).equals("0"),
                lines.stream().skip(1).filter(line -> !line.endsWith(" is active")).toList());
    }

    private Set<String> etcdMembers(AtomicReference<String> leader) throws InterruptedException {
        List<Callable<EtcdStatus>> asks = new ArrayList<>();
        for (Host host : stack.with(Host.ETCD)) {
            asks.add(() -> etcdStatus(ssh.run(host, ETCD_STATUS.replace("ADDRESS", host.address()), LOOK).out()));
        }
        Set<String> healthy = new HashSet<>();
        List<Future<EtcdStatus>> answers = threads.invokeAll(asks);
        for (int i = 0; i < answers.size(); i++) {
            try {
                EtcdStatus status = get(answers.get(i));
                if (status.healthy()) {
                    healthy.add(stack.with(Host.ETCD).get(i).name());
                }
                if (status.leads()) {
                    leader.set(stack.with(Host.ETCD).get(i).name());
                }
            } catch (IOException e) {
                // Its absence says that it could not be reached.
            }
        }
        return healthy;
    }

    // Clusters with TLS have a helper that knows certificates and passwords. Each member answers for itself.
    private static final String ETCD_STATUS = """
            if [ -x /usr/local/sbin/pgha-etcdctl ]; then
              ETCDCTL_ENDPOINTS=https://ADDRESS:2379 /usr/local/sbin/pgha-etcdctl --command-timeout 3s endpoint status -w json
            else
              etcdctl --endpoints http://ADDRESS:2379 --command-timeout 3s endpoint status -w json
            fi
            """;

    /** What one etcd member says of itself. */
    record EtcdStatus(boolean healthy, boolean leads) {}

    /** Reads the answer of {@code etcdctl endpoint status -w json} for one endpoint. */
    static EtcdStatus etcdStatus(String text) {
        JsonNode status;
        try {
            status = new ObjectMapper().readTree(text).path(0).path("Status");
        } catch (JsonProcessingException e) {
            return new EtcdStatus(false, false);
        }
        String leader = status.path("leader").asText("0");
        boolean healthy = !leader.isEmpty() && !leader.equals("0") && status.path("errors").isEmpty();
        return new EtcdStatus(healthy, healthy && leader.equals(status.path("header").path("member_id").asText()));
    }

    private List<String> serviceLacks() {
        List<String> lacks = new ArrayList<>();
        serviceLack("primary", stack.primaryPort(), false, lacks);
        serviceLack("standby", stack.replicaPort(), true, lacks);
        return lacks;
    }

    private void serviceLack(String what, int port, boolean recovery, List<String> lacks) {
        String where = stack.vip() + ":" + port;
        try (Connection connection = recovery ? database.replica() : database.primary();
                Statement statement = connection.createStatement();
                var rows = statement.executeQuery("SELECT pg_is_in_recovery()")) {
            rows.next();
            if (rows.getBoolean(1) != recovery) {
                lacks.add("a query to " + where + " doesn't land on a " + what);
            }
        } catch (SQLException e) {
            lacks.add("a query to " + where + " fails: "
                    + String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
        }
    }
}
