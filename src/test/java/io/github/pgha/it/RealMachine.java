package io.github.pgha.it;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.pgha.proxmox.Site;
import io.github.pgha.proxmox.UserDataFiles;
import io.github.pgha.secret.SshKeyPair;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** One QEMU machine in a sandbox of its own, made through the API as the Proxmox provider makes it for the product. */
final class RealMachine {
    static final Map<String, String> ENVIRONMENT = Map.of("PGHA_SANDBOX", Lab.sandbox() + "-qemu", "PGHA_HYPERVISOR", "qemu",
            "PGHA_NODES", "1");
    static final String NAME = "real1";
    static final String ADDRESS = "192.168.124.60";
    static final int ID = 160;
    static final String PATH = "/nodes/pve/qemu/" + ID;

    /** An emulated machine on a processor that others use too takes minutes to boot. */
    private static final Duration PATIENCE = Duration.ofMinutes(20);
    private static final Duration SHORT = Duration.ofMinutes(3);
    private static final String IMAGES = "http://192.168.124.1:3142/images/";
    private static final String IMAGE = "debian-13-nspawn-amd64.qcow2";

    private final Path directory;
    private final String adminKey = SshKeyPair.generate();
    private final String hostKey = SshKeyPair.generate();

    /** @param directory an empty one, for keys */
    RealMachine(Path directory) {
        this.directory = directory;
    }

    /** Downloads the image, uploads the user-data, and makes the machine. */
    void make() throws IOException, InterruptedException {
        Files.writeString(directory.resolve("known_hosts"), ADDRESS + " " + SshKeyPair.publicKey(hostKey) + "\n");
        privately("admin", adminKey);
        var download = download("debian.qcow2", IMAGES + IMAGE);
        if (download.isPresent()) {
            throw new AssertionError("download of the image: " + download.get());
        }
        upload("real1-user-data.yaml", userData());
        task("POST", "/nodes/pve/qemu", "vmid=" + ID, "name=" + NAME, "pool=pgha",
                "description=PostgreSQL cluster host, made by pgha",
                "onboot=1", "cores=2", "sockets=1", "cpu=host", "memory=1024", "ostype=l26", "scsihw=virtio-scsi-single",
                "boot=order=scsi0;ide2;net0", "watchdog=model=i6300esb,action=reset", "serial0=socket", "agent=enabled=0",
                "net0=model=virtio,bridge=vmbr0,firewall=0", "ide2=file=local:cloudinit,media=cdrom",
                "ide3=file=none,media=cdrom",
                "scsi0=file=local:0,import-from=local:import/debian.qcow2,format=qcow2,discard=on,iothread=1",
                "cicustom=user=local:snippets/real1-user-data.yaml", "ipconfig0=gw=192.168.124.1,ip=" + ADDRESS + "/23",
                "nameserver=192.168.124.1");
        resize("8G");
    }

    /** Downloads an image to the node; what is wrong with it, if anything. */
    Optional<String> download(String name, String url) throws InterruptedException {
        String status = end(call("POST", "/nodes/pve/storage/local/download-url", "content=import", "filename=" + name,
                "url=" + url, "verify-certificates=0"));
        return status.equals("OK") ? Optional.empty() : Optional.of(status);
    }

    /** Where the sandbox's own images are downloaded from. */
    static String url(String image) {
        return IMAGES + image;
    }

    void resize(String size) throws InterruptedException {
        task("PUT", PATH + "/resize", "disk=scsi0", "size=" + size);
    }

    private String userData() {
        Site usual = Site.of("192.168.124.1", List.of("192.168.124.1"));
        var site = new Site(usual.imageUrl(), usual.imageChecksum(), usual.imageDatastore(), usual.snippetDatastore(), "local",
                usual.bridge(), usual.gateway(), usual.dnsServers(), usual.adminUser(),
                List.of(SshKeyPair.publicKey(adminKey) + " pgha"), Optional.of("http://192.168.124.1:3142"), false);
        return UserDataFiles.render(NAME, site, hostKey, SshKeyPair.publicKey(hostKey));
    }

    /** As the provider does it: over SSH into the folder that the API names. */
    private void upload(String name, String text) throws IOException {
        String folder = call("GET", "/storage/local").getAsJsonObject().get("path").getAsString() + "/snippets";
        Path key = privately("node", run("sh", "-c", "printf %s\\\\n \"$PROXMOX_VE_SSH_PRIVATE_KEY\"").ok().out());
        Run.of(SHORT, ENVIRONMENT, List.of("./sandbox/run", "ssh", "-F", "none", "-i", key.toString(),
                "-o", "UserKnownHostsFile=" + directory.resolve("node_hosts"), "-o", "StrictHostKeyChecking=accept-new",
                "-o", "BatchMode=yes", "pgha@192.168.124.2", "cat >'" + folder + "/" + name + "'"), text).ok();
    }

    private Path privately(String name, String text) throws IOException {
        Path file = Files.createFile(directory.resolve(name),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        return Files.writeString(file, text);
    }

    /** Runs a command on the machine, by SSH with the host key that was made for it. */
    Run ssh(String command) {
        return ssh(command, "");
    }

    /** The same with a text on standard input. */
    Run ssh(String command, String input) {
        return Run.of(SHORT, ENVIRONMENT, List.of("./sandbox/run", "ssh", "-F", "none", "-i",
                directory.resolve("admin").toString(), "-o", "IdentitiesOnly=yes",
                "-o", "UserKnownHostsFile=" + directory.resolve("known_hosts"), "-o", "StrictHostKeyChecking=yes",
                "-o", "HostKeyAlgorithms=ssh-ed25519", "-o", "BatchMode=yes", "-o", "ConnectTimeout=20",
                "-o", "ServerAliveInterval=10", "pgha@" + ADDRESS, command), input);
    }

    /** Waits until the machine lets us in, in a boot other than the given one; that boot's id. */
    String awaitBoot(String former) throws InterruptedException {
        String[] id = {former};
        await("the machine lets us in after another boot", () -> {
            Run run = ssh("cat /proc/sys/kernel/random/boot_id");
            id[0] = run.exit() == 0 ? run.out().strip() : former;
            return !id[0].equals(former);
        });
        return id[0];
    }

    static void await(String what, BooleanSupplier so) throws InterruptedException {
        var deadline = Instant.now().plus(PATIENCE);
        while (!so.getAsBoolean()) {
            if (Instant.now().isAfter(deadline)) {
                throw new AssertionError("not within " + PATIENCE + ": " + what);
            }
            Thread.sleep(1000);
        }
    }

    /** The state that the API shows. */
    JsonObject status() {
        return call("GET", PATH + "/status/current").getAsJsonObject();
    }

    /** Has something done and demands that it ends well. */
    void task(String method, String path, String... parameters) throws InterruptedException {
        String status = end(call(method, path, parameters));
        if (!status.equals("OK")) {
            throw new AssertionError(method + " " + path + " ended with: " + status);
        }
    }

    private static String end(JsonElement upid) throws InterruptedException {
        String path = "/nodes/pve/tasks/" + upid.getAsString() + "/status";
        String[] status = {null};
        await("the task ends: " + upid, () -> {
            var task = call("GET", path).getAsJsonObject();
            status[0] = task.has("exitstatus") ? task.get("exitstatus").getAsString() : null;
            return status[0] != null;
        });
        return status[0];
    }

    /** Asks the API, with the sandbox's token, which goes to curl on its standard input. Parameters are KEY=VALUE. */
    static JsonElement call(String method, String path, String... parameters) {
        var command = new ArrayList<>(List.of("sh", "-c", "method=$0; path=$1; shift; "
                + "echo \"Authorization: PVEAPIToken=$PROXMOX_VE_API_TOKEN\" | curl -sS --fail-with-body --max-time 60 -H @- "
                + "-X \"$method\" \"$@\" \"${PROXMOX_VE_ENDPOINT}api2/json$path\"", method, path));
        Stream.of(parameters).forEach(parameter -> command.addAll(List.of("--data-urlencode", parameter)));
        return JsonParser.parseString(run(command.toArray(String[]::new)).ok().out()).getAsJsonObject().get("data");
    }

    /** Runs a command in the sandbox's network. */
    static Run run(String... command) {
        var all = new ArrayList<>(List.of("./sandbox/run"));
        all.addAll(List.of(command));
        return Run.of(SHORT, ENVIRONMENT, all);
    }
}
