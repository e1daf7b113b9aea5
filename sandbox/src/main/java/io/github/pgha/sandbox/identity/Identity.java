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
 * What clients know the sandbox by and what it knows them by, made once and kept: its CA and certificate, the API tokens,
 * the node's SSH host key, the key that may log in. Secrets are files of mode 0600.
 */
public final class Identity {
    /** The pool that the cluster's machines are made in. */
    public static final String POOL = "pgha";

    /** The least that the plugin needs for what the project does, as docs/proxmox.md has it: privileges by path. */
    public static final Map<String, List<String>> LEAST_RIGHTS = Map.of(
            "/pool/" + POOL, List.of("Pool.Audit", "VM.Allocate", "VM.Audit", "VM.Config.CPU", "VM.Config.Cloudinit",
                    "VM.Config.Disk", "VM.Config.HWType", "VM.Config.Memory", "VM.Config.Network", "VM.PowerMgmt"),
            // A machine that is made with tags isn't in its pool yet when they are judged.
            "/vms", List.of("VM.Config.Options"),
            "/storage/local", List.of("Datastore.Allocate", "Datastore.AllocateSpace", "Datastore.AllocateTemplate"),
            "/sdn/zones/localnetwork/vmbr0", List.of("SDN.Use"),
            "/nodes/pve", List.of("Sys.AccessNetwork"));

    /** What the fencing service needs: to see and to power the cluster's machines. */
    public static final Map<String, List<String>> FENCE_RIGHTS = Map.of(
            "/pool/" + POOL, List.of("VM.Audit", "VM.PowerMgmt"));

    private static final String PROGRAM = "pgha@pve";
    private static final String FENCE = "pgha-fence@pve";

    private final Path directory;
    private final Certificates certificates;

    /**
     * @param directory where the files lie; missing ones are made
     * @param address the node's IP address, for its certificate
     */
    public Identity(Path directory, String node, String address, ObjectMapper json) throws IOException {
        this.directory = Files.createDirectories(directory,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        this.certificates = Certificates.load(directory, node, address);
        if (!Files.exists(tokenFile())) {
            Tokens.Token token = new Tokens.Token(PROGRAM, "pulumi", UUID.randomUUID().toString(), LEAST_RIGHTS);
            Tokens.Token fence = new Tokens.Token(FENCE, "fence", UUID.randomUUID().toString(), FENCE_RIGHTS);
            write("token", token.text() + "\n");
            write("fence-token", fence.text() + "\n");
            // Last: its presence says that all are there.
            write("tokens.json", json.writerWithDefaultPrettyPrinter().writeValueAsString(List.of(token, fence)) + "\n");
        }
        SshKeys.ensure(directory.resolve("ssh_host_ed25519_key"), node);
        SshKeys.ensure(directory.resolve("id_ed25519"), "pgha-sandbox");
    }

    /**
     * Gives the tokens of an earlier sandbox what they lack of today's rights, as its administrator would by today's
     * documentation. What they have they keep.
     */
    public void addRights(ObjectMapper json) throws IOException {
        List<Tokens.Token> tokens = List.of(json.readValue(Files.readAllBytes(tokenFile()), Tokens.Token[].class));
        List<Tokens.Token> more = tokens.stream().map(token -> switch (token.user()) {
            case PROGRAM -> with(token, LEAST_RIGHTS);
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

    /** TLS with the node's certificate. */
    public SSLContext tls() throws IOException {
        return certificates.context();
    }

    /** SHA-256 of the node's certificate, as Proxmox writes it. */
    public String fingerprint() throws IOException {
        return certificates.fingerprint();
    }

    /** The node's host key, an OpenSSH private key file. */
    public Path hostKey() {
        return directory.resolve("ssh_host_ed25519_key");
    }

    /** The public key that may log in to the node. */
    public Path authorizedKey() {
        return directory.resolve("id_ed25519.pub");
    }

    private void write(String name, String text) throws IOException {
        Secrets.write(directory.resolve(name), text);
    }
}
