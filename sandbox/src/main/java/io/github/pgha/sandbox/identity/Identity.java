package io.github.pgha.sandbox.identity;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.pgha.sandbox.api.Tokens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.net.ssl.SSLContext;

/**
 * What clients know the sandbox by and what it knows them by, made once and kept: its CA and certificate, the API tokens,
 * the node's SSH host key, the key that may log in. Secrets are files of mode 0600.
 */
public final class Identity {
    /** The least that the plugin needs for what the project does, as docs/proxmox.md has it: privileges by path. */
    public static final Map<String, List<String>> LEAST_RIGHTS = Map.of(
            "/vms", List.of("VM.Allocate", "VM.Audit", "VM.Config.CDROM", "VM.Config.CPU", "VM.Config.Cloudinit",
                    "VM.Config.Disk", "VM.Config.HWType", "VM.Config.Memory", "VM.Config.Network", "VM.Config.Options",
                    "VM.PowerMgmt"),
            "/storage/local", List.of("Datastore.AllocateSpace", "Datastore.AllocateTemplate", "Datastore.Audit"),
            "/sdn/zones/localnetwork/vmbr0", List.of("SDN.Use"),
            "/nodes/pve", List.of("Sys.AccessNetwork", "Sys.Audit"));

    /** What the fencing service needs: to see and to power the PostgreSQL machines, which have the numbers 111 to 119. */
    public static final Map<String, List<String>> FENCE_RIGHTS = IntStream.rangeClosed(111, 119).boxed()
            .collect(Collectors.toMap(id -> "/vms/" + id, id -> List.of("VM.Audit", "VM.PowerMgmt")));

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
            Tokens.Token token = new Tokens.Token("pgha@pve", "pulumi", UUID.randomUUID().toString(), LEAST_RIGHTS);
            Tokens.Token fence = new Tokens.Token("pgha-fence@pve", "fence", UUID.randomUUID().toString(), FENCE_RIGHTS);
            write("token", token.text() + "\n");
            write("fence-token", fence.text() + "\n");
            // Last: its presence says that all are there.
            write("tokens.json", json.writerWithDefaultPrettyPrinter().writeValueAsString(List.of(token, fence)) + "\n");
        }
        SshKeys.ensure(directory.resolve("ssh_host_ed25519_key"), node);
        SshKeys.ensure(directory.resolve("id_ed25519"), "pgha-sandbox");
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
        writeSecret(directory.resolve(name), text);
    }

    /** Writes a file of mode 0600, whole or not at all. */
    static void writeSecret(Path file, String text) throws IOException {
        Path draft = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(draft);
        Files.createFile(draft, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(draft, text);
        Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }
}
