package io.github.pgha.sandbox.identity;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.pgha.sandbox.api.Tokens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;

/**
 * What clients know the sandbox by and what it knows them by, made once and kept: its CA and certificates, the API tokens,
 * the nodes' SSH host keys, the key that may log in. Secrets are files of mode 0600.
 */
public final class Identity {
    /** The pool that the cluster's machines are made in. */
    public static final String POOL = "pgha";

    /** The least that the plugin needs on one node, "pve". */
    public static final Map<String, List<String>> LEAST_RIGHTS = leastRights(List.of("pve"));

    /** What the fencing service needs: to see and to power the cluster's machines. */
    public static final Map<String, List<String>> FENCE_RIGHTS = Map.of(
            "/pool/" + POOL, List.of("VM.Audit", "VM.PowerMgmt"));

    private static final String PROGRAM = "pgha@pve";
    private static final String FENCE = "pgha-fence@pve";

    private final Path directory;
    private final List<String> nodes;
    private final Map<String, Certificates> certificates;

    /**
     * @param directory where the files lie; missing ones are made
     * @param nodes their IP addresses by name, for their certificates; the first one comes first
     */
    public Identity(Path directory, Map<String, String> nodes, ObjectMapper json) throws IOException {
        this.directory = Files.createDirectories(directory,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        this.nodes = List.copyOf(nodes.keySet());
        this.certificates = Certificates.load(directory, nodes);
        if (!Files.exists(tokenFile())) {
            Tokens.Token token = new Tokens.Token(PROGRAM, "pulumi", UUID.randomUUID().toString(),
                    leastRights(this.nodes));
            Tokens.Token fence = new Tokens.Token(FENCE, "fence", UUID.randomUUID().toString(), FENCE_RIGHTS);
            write("token", token.text() + "\n");
            write("fence-token", fence.text() + "\n");
            // Last: its presence says that all are there.
            write("tokens.json", json.writerWithDefaultPrettyPrinter().writeValueAsString(List.of(token, fence)) + "\n");
        }
        for (String node : this.nodes) {
            SshKeys.ensure(hostKey(node), node);
        }
        SshKeys.ensure(directory.resolve("id_ed25519"), "pgha-sandbox");
    }

    /**
     * Gives the tokens of an earlier sandbox what they lack of today's rights, as its administrator would by today's
     * documentation. What they have they keep.
     */
    public void addRights(ObjectMapper json) throws IOException {
        List<Tokens.Token> tokens = List.of(json.readValue(Files.readAllBytes(tokenFile()), Tokens.Token[].class));
        List<Tokens.Token> more = tokens.stream().map(token -> switch (token.user()) {
            // The machines that are there go into the pool.
            case PROGRAM -> with(with(token, leastRights(nodes)), Map.of("/pool/" + POOL, List.of("Pool.Allocate")));
            case FENCE -> with(token, FENCE_RIGHTS);
            default -> token;
        }).toList();
        write("tokens.json", json.writerWithDefaultPrettyPrinter().writeValueAsString(more) + "\n");
    }

    private static Tokens.Token with(Tokens.Token token, Map<String, List<String>> rights) {
        Map<String, List<String>> acl = new TreeMap<>(token.acl());
        rights.forEach((path, names) -> acl.merge(path, names, (before, added) ->
                Stream.concat(before.stream(), added.stream()).distinct().sorted().toList()));
        return new Tokens.Token(token.user(), token.name(), token.secret(), acl);
    }

    public Path tokenFile() {
        return directory.resolve("tokens.json");
    }

    /** TLS with a node's certificate. */
    public SSLContext tls(String node) throws IOException {
        return certificates.get(node).context();
    }

    /** SHA-256 of a node's certificate, as Proxmox writes it. */
    public String fingerprint(String node) throws IOException {
        return certificates.get(node).fingerprint();
    }

    /** A node's host key, an OpenSSH private key file. */
    public Path hostKey(String node) {
        return directory.resolve("ssh_host_ed25519_key" + suffix(nodes, node));
    }

    /** Behind the names of a node's files: nothing for the first one. */
    static String suffix(List<String> nodes, String node) {
        return nodes.indexOf(node) == 0 ? "" : "-" + node;
    }

    /** The least that the plugin needs for what the project does, as docs/proxmox.md has it: privileges by path. */
    public static Map<String, List<String>> leastRights(List<String> nodes) {
        Map<String, List<String>> rights = new TreeMap<>();
        rights.put("/pool/" + POOL, List.of("Pool.Audit", "VM.Allocate", "VM.Audit", "VM.Config.CPU",
                "VM.Config.Disk", "VM.Config.HWType", "VM.Config.Memory", "VM.Config.Network", "VM.PowerMgmt"));
        // A machine that is made with tags isn't in its pool yet when they are judged.
        rights.put("/vms", List.of("VM.Config.Options"));
        for (String storage : List.of("local", "shared")) {
            rights.put("/storage/" + storage,
                    List.of("Datastore.Allocate", "Datastore.AllocateSpace", "Datastore.AllocateTemplate"));
        }
        rights.put("/sdn/zones/localnetwork/vmbr0", List.of("SDN.Use"));
        nodes.forEach(node -> rights.put("/nodes/" + node, List.of("Sys.AccessNetwork")));
        return Map.copyOf(rights);
    }

    /** The public key that may log in to the node. */
    public Path authorizedKey() {
        return directory.resolve("id_ed25519.pub");
    }

    private void write(String name, String text) throws IOException {
        Secrets.write(directory.resolve(name), text);
    }
}
