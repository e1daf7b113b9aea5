package io.github.pgha.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.github.pgha.sandbox.api.Cluster;
import io.github.pgha.sandbox.api.Delays;
import io.github.pgha.sandbox.api.Node;
import io.github.pgha.sandbox.api.Pools;
import io.github.pgha.sandbox.api.Settings;
import io.github.pgha.sandbox.api.Tokens;
import io.github.pgha.sandbox.identity.Identity;
import io.github.pgha.sandbox.storage.Storage;
import io.github.pgha.sandbox.storage.TreeDisks;
import io.github.pgha.sandbox.task.Tasks;
import io.github.pgha.sandbox.vm.VmStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** The whole API over real HTTPS on loopback, above VMs in memory; and a client that trusts the sandbox's CA alone. */
final class TestSandbox implements AutoCloseable {
    static final String IMAGE = "{\"kind\":\"pgha-sandbox-image\",\"rootfs\":\"abc\",\"size\":3221225472}";

    final ObjectMapper json = new ObjectMapper();
    final MemoryHypervisor hypervisor = new MemoryHypervisor();
    final Storage storage;
    final Identity identity;
    final Pools pools;
    final Cluster cluster;
    final Servers servers;
    private final HttpServer web;
    private final HttpClient http;
    private String token;
    private int asked;

    /** An answer: its status and its body. */
    record Answer(int status, JsonNode body) {
        JsonNode data() {
            return body.get("data");
        }
    }

    TestSandbox(Path state) throws Exception {
        this(state, Delays.NONE, Tasks.LOCK_WAIT);
    }

    TestSandbox(Path state, Delays delays, Duration lockWait) throws Exception {
        this(state, 1, delays, lockWait);
    }

    TestSandbox(Path state, int nodes, Delays delays, Duration lockWait) throws Exception {
        Path images = state.resolve("images");
        Files.createDirectories(images.resolve("abc/rootfs"));
        Map<String, String> names = new LinkedHashMap<>();
        for (int i = 1; i <= nodes; i++) {
            names.put(nodes == 1 ? "pve" : "pve" + i, "127.0.0." + i);
        }
        identity = new Identity(state.resolve("identity"), names, json);
        pools = new Pools(state.resolve("pools.json"), json);
        pools.ensure(Identity.POOL);
        String first = names.keySet().iterator().next();
        Cluster.Common common = new Cluster.Common(new Tokens(identity.tokenFile(), pools, json), pools, new Settings(state),
                delays, new VmStore(state.resolve("vms"), first, json));
        Storage shared = new Storage("shared", state.resolve("shared"), state.resolve("shared"), true,
                new TreeDisks(images, json));
        List<Node> all = new ArrayList<>();
        for (Map.Entry<String, String> entry : names.entrySet()) {
            String name = entry.getKey();
            Storage local = new Storage("local", state.resolve(name.equals(first) ? "storage" : "storage-" + name),
                    state.resolve("storage"), false, new TreeDisks(images, json));
            all.add(new Node(name, entry.getValue(), identity.fingerprint(name), "vmbr0", List.of(local, shared),
                    common.vms().of(name), hypervisor, new Tasks(state.resolve("tasks-" + name), name, lockWait, json),
                    common));
        }
        storage = all.get(0).storage("local");
        cluster = new Cluster(common, all);
        servers = new Servers(cluster, identity, state, Path.of("lib/node-shell").toAbsolutePath(), new NoCables(),
                new Servers.Ports(0, 0), json);
        servers.start();
        token = Files.readString(state.resolve("identity/token")).strip();
        http = HttpClient.newBuilder().sslContext(trust(state.resolve("identity/ca.pem"))).build();
        web = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        web.createContext("/debian.qcow2", exchange -> serve(exchange, IMAGE));
        web.createContext("/other.qcow2", exchange -> serve(exchange, "QFI real disk"));
        web.start();
    }

    String url(String file) {
        return "http://127.0.0.1:" + web.getAddress().getPort() + "/" + file;
    }

    /** The node that is spoken to. */
    Node asked() {
        return cluster.nodes().get(asked);
    }

    /** Speaks to another node from now on; the first one is 0. */
    void ask(int node) {
        asked = node;
    }

    /** Where paths start. */
    String endpoint() {
        return "https://" + asked().address() + ":" + servers.apiPort(asked()) + "/api2/json";
    }

    /** Nobody takes a cable out of the loopback interface: what listens there is closed, that must do. */
    private static final class NoCables implements Servers.Cables {
        @Override
        public void out(Node node, List<Integer> vmids) { }

        @Override
        public void in(Node node) { }
    }

    void useToken(String text) {
        token = text;
    }

    /** Gives the token its least rights, but for a privilege. */
    void revoke(String privilege) throws IOException {
        Map<String, List<String>> rights = new TreeMap<>(Identity.LEAST_RIGHTS);
        rights.replaceAll((path, names) -> names.stream().filter(name -> !name.equals(privilege)).toList());
        grant(rights);
    }

    /** Gives the token more, on a path. */
    void grant(String path, String... privileges) throws IOException {
        Tokens.Token token = json.readValue(identity.tokenFile().toFile(), Tokens.Token[].class)[0];
        Map<String, List<String>> rights = new TreeMap<>(token.acl());
        rights.put(path, List.of(privileges));
        grant(rights);
    }

    /** Gives the token other rights: privileges by path. */
    void grant(Map<String, List<String>> rights) throws IOException {
        List<Tokens.Token> tokens = new ArrayList<>(List.of(
                json.readValue(identity.tokenFile().toFile(), Tokens.Token[].class)));
        Tokens.Token old = tokens.get(0);
        tokens.set(0, new Tokens.Token(old.user(), old.name(), old.secret(), rights));
        json.writeValue(identity.tokenFile().toFile(), tokens);
    }

    /** A call; parameters as name, value, name, value. */
    Answer call(String method, String path, String... parameters) throws Exception {
        StringBuilder form = new StringBuilder();
        for (int i = 0; i < parameters.length; i += 2) {
            form.append(i == 0 ? "" : "&").append(encode(parameters[i])).append('=').append(encode(parameters[i + 1]));
        }
        boolean query = method.equals("GET") || method.equals("DELETE");
        HttpRequest.Builder request = HttpRequest.newBuilder(
                URI.create(endpoint() + path + (query && form.length() > 0 ? "?" + form : "")));
        if (token != null) {
            request.header("Authorization", "PVEAPIToken=" + token);
        }
        request.header("Content-Type", "application/x-www-form-urlencoded");
        request.method(method, query ? HttpRequest.BodyPublishers.noBody()
                : HttpRequest.BodyPublishers.ofString(form.toString()));
        HttpResponse<String> response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        return new Answer(response.statusCode(), json.readTree(response.body()));
    }

    /** A call that starts a task; returns the task's exit status. */
    String task(String method, String path, String... parameters) throws Exception {
        Answer answer = call(method, path, parameters);
        if (answer.status() != 200) {
            throw new AssertionError(method + " " + path + ": " + answer);
        }
        return await(answer);
    }

    /** Waits for the task that an answer names; returns its exit status. */
    String await(Answer answer) throws Exception {
        String upid = answer.data().asText();
        long deadline = System.nanoTime() + 5_000_000_000L;
        while (System.nanoTime() < deadline) {
            JsonNode status = call("GET", "/nodes/" + upid.split(":")[1] + "/tasks/" + encode(upid) + "/status").data();
            if (status.get("status").asText().equals("stopped")) {
                return status.get("exitstatus").asText();
            }
            Thread.sleep(10);
        }
        throw new AssertionError("task " + upid + " doesn't end");
    }

    /** Downloads the image and creates VM 100 with a disk made from it. */
    void createVm(String... more) throws Exception {
        if (storage.find("local:import/debian.qcow2").isEmpty()) {
            task("POST", "/nodes/pve/storage/local/download-url", "content", "import", "filename", "debian.qcow2",
                    "url", url("debian.qcow2"));
        }
        List<String> parameters = new ArrayList<>(List.of("vmid", "100", "pool", "pgha", "name", "course-pg1", "cores", "2",
                "memory", "1024", "net0", "virtio,bridge=vmbr0", "ide2", "file=local:cloudinit,media=cdrom",
                "scsi0", "file=local:0,import-from=local:import/debian.qcow2,format=qcow2,iothread=1",
                "boot", "order=scsi0"));
        parameters.addAll(List.of(more));
        String status = task("POST", "/nodes/pve/qemu", parameters.toArray(new String[0]));
        if (!status.equals("OK")) {
            throw new AssertionError("creation failed: " + status);
        }
    }

    static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static void serve(com.sun.net.httpserver.HttpExchange exchange, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        boolean head = exchange.getRequestMethod().equals("HEAD");
        exchange.getResponseHeaders().set("Content-Length", String.valueOf(bytes.length));
        exchange.sendResponseHeaders(200, head ? -1 : bytes.length);
        if (!head) {
            exchange.getResponseBody().write(bytes);
        }
        exchange.close();
    }

    private static SSLContext trust(Path ca) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        try (var in = Files.newInputStream(ca)) {
            store.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return context;
    }

    @Override
    public void close() {
        try {
            servers.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        web.stop(0);
        cluster.nodes().forEach(node -> node.tasks().close());
    }
}
