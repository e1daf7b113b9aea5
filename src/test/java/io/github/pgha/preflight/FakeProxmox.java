package io.github.pgha.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.GsonBuilder;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * A Proxmox VE that has all that {@link #wanted()} needs, as its API tells it; a test takes something away first. What it
 * answers has the forms of Proxmox VE's own code.
 */
final class FakeProxmox implements AutoCloseable {
    static final String TOKEN = "pgha@pve!pulumi=00000000-0000-4000-8000-000000000000";
    static final String FENCE_TOKEN = "pgha-fence@pve!fence=00000000-0000-4000-8000-000000000001";
    static final String DRILL_TOKEN = "drill@pve!token=00000000-0000-4000-8000-000000000002";
    static {
        // Otherwise each answer waits 40 ms for the client's acknowledgement of its first half.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    /** By what they are for. */
    private static final Map<String, Path> KEYS = new ConcurrentHashMap<>();
    private static final String PASSWORD = "changeit";
    private static final long GIB = 1024L * 1024 * 1024;

    /** By name: online or offline. */
    final Map<String, String> nodes = new TreeMap<>(Map.of("pve1", "online", "pve2", "online", "pve3", "online"));
    final Map<String, String> versions = new HashMap<>();
    String version = "9.2.11";
    /** Privileges by token and path; what is above holds below. */
    final Map<String, Map<String, Set<String>>> rights = new HashMap<>();
    final Map<String, Set<String>> roles = new HashMap<>();
    final Set<String> pools = new HashSet<>(Set.of("pgha"));
    final List<Map<String, Object>> guests = new ArrayList<>();
    /** Numbers of guests that the token can't see. */
    final Set<Integer> unseen = new HashSet<>();
    final Map<String, Map<String, Object>> datastores = new TreeMap<>();
    /** Of machines that have one, by number. */
    final Map<Integer, String> cicustom = new HashMap<>();
    /** Volumes by node. */
    final Map<String, Set<String>> snippets = new HashMap<>();
    /** Nodes that can't list what is in a datastore. */
    final Set<String> withoutDatastore = new HashSet<>();
    final List<Map<String, Object>> interfaces = new ArrayList<>();
    int imageStatus = 200;
    final Set<String> tokens = new HashSet<>(Set.of(TOKEN, FENCE_TOKEN, DRILL_TOKEN));

    private final HttpsServer server;
    private final Path certificate;

    private record Answer(int status, Object data, String message) {
        static Answer of(Object data) {
            return new Answer(200, data, null);
        }
    }

    /**
     * Starts it.
     *
     * @param folder for its key and its certificate
     * @param name   what the certificate is for, such as {@code ip:127.0.0.1}
     */
    FakeProxmox(Path folder, String name) throws Exception {
        Path store = KEYS.computeIfAbsent(name, FakeProxmox::key);
        certificate = folder.resolve("pve-root-ca.pem");
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context(store)));
        server.createContext("/api2/json", this::serve);
        server.setExecutor(Executors.newCachedThreadPool());
        server.start();
        good();
    }

    /** It takes keytool a second. */
    private static Path key(String name) {
        try {
            Path store = Files.createTempDirectory("pgha-preflight-test").resolve("key.p12");
            Process made = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                    "-genkeypair", "-keystore", store.toString(), "-storepass", PASSWORD, "-keyalg", "EC", "-alias", "node",
                    "-dname", "CN=pve1.example.org", "-ext", "san=" + name, "-validity", "2").redirectErrorStream(true).start();
            String said = new String(made.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(made.waitFor()).as(said).isZero();
            store.getParent().toFile().deleteOnExit();
            store.toFile().deleteOnExit();
            return store;
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private SSLContext context(Path store) throws IOException, GeneralSecurityException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        Files.writeString(certificate, "-----BEGIN CERTIFICATE-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(keys.getCertificate("node").getEncoded())
                + "\n-----END CERTIFICATE-----\n");
        var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keys, PASSWORD.toCharArray());
        var context = SSLContext.getInstance("TLS");
        context.init(factory.getKeyManagers(), null, null);
        return context;
    }

    private void good() {
        NeededRights.byPath(NeededRights.ofProgram(wanted())).forEach((path, all) -> grant(TOKEN, path, all));
        NeededRights.byPath(NeededRights.ofFencing(wanted())).forEach((path, all) -> grant(FENCE_TOKEN, path, all));
        NeededRights.byPath(NeededRights.ofDrills(wanted())).forEach((path, all) -> grant(DRILL_TOKEN, path, all));
        datastores.put("local", datastore("dir", "iso,vztmpl,backup,import,snippets", 40));
        datastores.put("disks", datastore("dir", "images", 500));
        interfaces.add(new HashMap<>(Map.of("iface", "vmbr1", "type", "bridge", "priority", 3, "address", "198.51.100.2")));
        interfaces.add(new HashMap<>(Map.of("iface", "vmbr0", "type", "bridge", "priority", 4, "address", "192.0.2.2/24",
                "gateway", "192.0.2.1", "active", 1)));
    }

    private static Map<String, Object> datastore(String type, String content, long gib) {
        return new HashMap<>(Map.of("type", type, "content", content, "active", 1, "enabled", 1, "shared", 0,
                "avail", gib * GIB, "path", "/var/lib/vz"));
    }

    void grant(String token, String path, Set<String> privileges) {
        rights.computeIfAbsent(token, any -> new HashMap<>()).computeIfAbsent(path, any -> new HashSet<>()).addAll(privileges);
    }

    void revoke(String token, String path, String... privileges) {
        Set.of(privileges).forEach(rights.get(token).get(path)::remove);
    }

    /** Six machines on three nodes, in a pool, of which none is there. */
    Wanted wanted() {
        return new Wanted("shop", Stream.of(1, 2, 3, 4, 5, 6).map(FakeProxmox::machine).toList(),
                "https://images.example.org/debian.qcow2", "local", "local", "disks", "vmbr0", Optional.empty(),
                Optional.of("pgha"), Map.of(), "203.0.113.9/24", Optional.of(new Wanted.FencingAccess(
                        List.of(endpoint()), FENCE_TOKEN, Optional.of(pem()))), List.of());
    }

    private static Wanted.Machine machine(int number) {
        boolean postgres = number > 3;
        int i = (number - 1) % 3;
        return new Wanted.Machine((postgres ? "postgresHosts[" : "etcdHosts[") + i + "]", (postgres ? "pg" : "etcd") + (i + 1),
                "203.0.113." + number + "/24", 100 + number, "pve" + (i + 1), 20, postgres);
    }

    /** A machine that is there, as it is in the list. */
    Map<String, Object> guest(Wanted.Machine machine) {
        Map<String, Object> row = new HashMap<>(Map.of("type", "qemu", "vmid", machine.vmId(), "name", machine.name(),
                "node", machine.node(), "status", "running", "tags", "pgha;pgha-0123", "pool", "pgha"));
        guests.add(row);
        return row;
    }

    String endpoint() {
        return "https://127.0.0.1:" + server.getAddress().getPort() + "/";
    }

    String pem() {
        try {
            return Files.readString(certificate);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Map<String, String> environment() {
        return new HashMap<>(Map.of("PROXMOX_VE_ENDPOINT", endpoint(), "PROXMOX_VE_API_TOKEN", TOKEN,
                "SSL_CERT_FILE", certificate.toString(), "PROXMOX_VE_SSH_USERNAME", "pgha",
                "PROXMOX_VE_SSH_PRIVATE_KEY", "a key"));
    }

    private void serve(HttpExchange call) throws IOException {
        String token = call.getRequestHeaders().getFirst("Authorization").replace("PVEAPIToken=", "");
        Map<String, String> query = query(call.getRequestURI().getRawQuery());
        String path = call.getRequestURI().getPath().substring("/api2/json".length());
        Answer answer = tokens.contains(token) ? answer(token, path, query) : new Answer(401, null, "Authentication failed!");
        var body = new HashMap<String, Object>();
        body.put("data", answer.data());
        if (answer.message() != null) {
            body.put("message", answer.message());
        }
        byte[] bytes = new GsonBuilder().serializeNulls().create().toJson(body).getBytes(StandardCharsets.UTF_8);
        call.sendResponseHeaders(answer.status(), bytes.length);
        call.getResponseBody().write(bytes);
        call.close();
    }

    private static Map<String, String> query(String raw) {
        return raw == null ? Map.of() : Stream.of(raw.split("&")).map(pair -> pair.split("=", 2)).collect(Collectors.toMap(
                pair -> pair[0], pair -> URLDecoder.decode(pair[1], StandardCharsets.UTF_8)));
    }

    private Answer answer(String token, String path, Map<String, String> query) {
        String[] parts = path.split("/");
        return switch (path) {
            case "/version" -> Answer.of(Map.of("version", version, "release", version));
            case "/nodes" -> Answer.of(nodes.entrySet().stream()
                    .map(node -> Map.of("node", node.getKey(), "status", node.getValue())).toList());
            case "/cluster/resources" -> Answer.of(guests);
            case "/cluster/nextid" -> isTaken(Integer.parseInt(query.get("vmid")))
                    ? new Answer(400, null, "Parameter verification failed.") : Answer.of(query.get("vmid"));
            case "/access/roles" -> Answer.of(roles.entrySet().stream().map(role ->
                    Map.of("roleid", role.getKey(), "privs", String.join(",", role.getValue()))).toList());
            case "/access/permissions" -> Answer.of(Map.of(query.get("path"), may(token, query.get("path")).stream()
                    .collect(Collectors.toMap(privilege -> privilege, privilege -> 1))));
            case "/pools" -> pools.contains(query.get("poolid")) ? Answer.of(List.of(Map.of("poolid", query.get("poolid"))))
                    : new Answer(500, null, "pool '" + query.get("poolid") + "' does not exist\n");
            default -> parts[1].equals("storage") ? storage(token, parts[2])
                    : parts.length < 5 ? ofNode(parts[2], parts[3])
                    : parts[3].equals("qemu") ? config(token, parts[2], Integer.parseInt(parts[4]))
                    : content(token, parts[2], parts[4], query.get("content"));
        };
    }

    private Answer storage(String token, String name) {
        return may(token, "/storage/" + name).contains("Datastore.Allocate") ? Answer.of(datastores.get(name))
                : new Answer(403, null, "Permission check failed (/storage/" + name + ", Datastore.Allocate)\n");
    }

    private Answer config(String token, String node, int vmId) {
        if (!may(token, "/pool/pgha").contains("VM.Audit")) {
            return new Answer(403, null, "Permission check failed (/vms/" + vmId + ", VM.Audit)\n");
        }
        if (guests.stream().noneMatch(guest -> guest.get("vmid").equals(vmId) && guest.get("node").equals(node))) {
            return new Answer(500, null,
                    "Configuration file 'nodes/" + node + "/qemu-server/" + vmId + ".conf' does not exist\n");
        }
        return Answer.of(cicustom.containsKey(vmId) ? Map.of("cores", 1, "cicustom", cicustom.get(vmId)) : Map.of("cores", 1));
    }

    /** Snippets are shown to those who may allocate, and listed only of a datastore that is to take them. */
    private Answer content(String token, String node, String datastore, String content) {
        if (!datastores.containsKey(datastore) || withoutDatastore.contains(node)) {
            return new Answer(500, null, "storage '" + datastore + "' is not available on node '" + node + "'\n");
        }
        boolean shown = may(token, "/storage/" + datastore).contains("Datastore.Allocate") && content.equals("snippets")
                && List.of(datastores.get(datastore).get("content").toString().split(",")).contains(content);
        return Answer.of(!shown ? List.of() : snippets.getOrDefault(node, Set.of()).stream()
                .filter(id -> id.startsWith(datastore + ":"))
                .map(id -> Map.of("volid", id, "content", content, "format", "snippet", "size", 4096)).toList());
    }

    private Answer ofNode(String node, String what) {
        return switch (what) {
            case "version" -> Answer.of(Map.of("version", versions.getOrDefault(node, version)));
            case "network" -> Answer.of(interfaces);
            case "storage" -> Answer.of(datastores.entrySet().stream().map(entry -> {
                var row = new HashMap<>(entry.getValue());
                row.put("storage", entry.getKey());
                row.remove("path");
                return row;
            }).toList());
            case "query-url-metadata" -> imageStatus == 200 ? Answer.of(Map.of("size", 350L * 1024 * 1024))
                    : new Answer(500, null, "invalid server response: '" + imageStatus + " Not Found'\n");
            default -> new Answer(501, null, "Method not implemented");
        };
    }

    private boolean isTaken(int vmId) {
        return unseen.contains(vmId) || guests.stream().anyMatch(guest -> guest.get("vmid").equals(vmId));
    }

    private Set<String> may(String token, String path) {
        Set<String> all = new HashSet<>();
        rights.getOrDefault(token, Map.of()).forEach((where, privileges) -> {
            if (path.equals(where) || path.startsWith(where + "/")) {
                all.addAll(privileges);
            }
        });
        return all;
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
