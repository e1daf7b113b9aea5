package io.github.pgha.sandbox.storage;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.pgha.sandbox.vm.Trees;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory storage. Files lie where Proxmox has them; what a VM's disk is depends on what carries the VMs.
 */
public final class Storage {
    private static final Logger LOG = LoggerFactory.getLogger(Storage.class);
    /** Content types and their directories, as in a Proxmox directory storage. */
    private static final Map<String, String> DIRECTORIES = new TreeMap<>(Map.of(
            "images", "images", "import", "import", "snippets", "snippets", "iso", "template/iso",
            "vztmpl", "template/cache", "rootdir", "private", "backup", "dump"));

    private final String name;
    private final Path root;
    private final Path shown;
    private final boolean shared;
    private final Disks disks;

    /** One that a node has for itself, and that lies where the API says. */
    public Storage(String name, Path root, Path images, ObjectMapper json) throws IOException {
        this(name, root, root, false, new TreeDisks(images, json));
    }

    /**
     * @param shown where the API and the node's shell have it
     * @param shared whether all nodes have the same
     * @param disks makes the VMs' disks
     */
    public Storage(String name, Path root, Path shown, boolean shared, Disks disks) throws IOException {
        this.name = name;
        this.root = root;
        this.shown = shown;
        this.shared = shared;
        this.disks = disks;
        activate();
    }

    /** Makes the folders that are missing, as Proxmox does each time before it looks into a storage: root's, and for root. */
    public void activate() throws IOException {
        for (String directory : DIRECTORIES.values()) {
            Path folder = root.resolve(directory);
            if (!Files.isDirectory(folder)) {
                Files.createDirectories(folder);
                Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
        }
    }

    /** Lets the members of a group write into the folder of snippets, as an administrator does once. */
    public void shareSnippets(int group) throws IOException {
        Path folder = root.resolve(DIRECTORIES.get("snippets"));
        Files.setAttribute(folder, "unix:gid", group);
        Files.setAttribute(folder, "unix:mode", 02775);
    }

    public String name() {
        return name;
    }

    /** Where it lies on this machine. */
    public Path path() {
        return root;
    }

    /** The path that the API shows, which is the same on all nodes. */
    public Path shown() {
        return shown;
    }

    public boolean shared() {
        return shared;
    }

    /** Moves all that a VM has here to another node's storage. */
    public void moveTo(Storage other, int vmid) throws IOException {
        Path from = root.resolve("images/" + vmid);
        if (Files.isDirectory(from)) {
            other.activate();
            Files.move(from, other.root.resolve("images/" + vmid));
        }
    }

    /** Removes all that is here, with the folders. */
    public void clear() throws IOException {
        Trees.delete(root);
    }

    /** The content types that it takes. */
    public List<String> content() {
        return List.copyOf(DIRECTORIES.keySet());
    }

    /** All volumes of a content type, or of every type if null. */
    public List<Volume> list(String content) throws IOException {
        List<Volume> volumes = new ArrayList<>();
        for (Map.Entry<String, String> type : DIRECTORIES.entrySet()) {
            if (content == null || content.equals(type.getKey())) {
                Path directory = root.resolve(type.getValue());
                if (type.getKey().equals("images")) {
                    for (Path owner : entries(directory)) {
                        for (Path disk : entries(owner)) {
                            ifThere(() -> diskVolume(disk)).ifPresent(volumes::add);
                        }
                    }
                } else if (!type.getKey().equals("rootdir")) {
                    for (Path file : entries(directory)) {
                        if (Files.isRegularFile(file)) {
                            ifThere(() -> fileVolume(type.getKey(), file)).ifPresent(volumes::add);
                        }
                    }
                }
            }
        }
        return volumes;
    }

    /** Looks at a volume that another call may make or remove at this moment: then it isn't there. */
    private static Optional<Volume> ifThere(Look look) throws IOException {
        try {
            return Optional.of(look.look());
        } catch (NoSuchFileException | FileNotFoundException e) {
            return Optional.empty();
        }
    }

    private interface Look {
        Volume look() throws IOException;
    }

    /** A volume by its id, with or without the storage's name in front. */
    public Optional<Volume> find(String id) throws IOException {
        Path path = resolve(id);
        if (!Files.exists(path)) {
            return Optional.empty();
        }
        String owner = path.getParent().getParent().getFileName().toString();
        return Optional.of(owner.equals("images") ? diskVolume(path) : fileVolume(local(id).split("/")[0], path));
    }

    /** Where a file of a content type lies or would lie. */
    public Path file(String content, String filename) {
        if (filename.contains("/") || filename.startsWith(".") || !DIRECTORIES.containsKey(content)) {
            throw new IllegalArgumentException("'" + filename + "' isn't a name for a file of type " + content);
        }
        return root.resolve(DIRECTORIES.get(content)).resolve(filename);
    }

    /**
     * Makes a disk volume for a VM.
     *
     * @param image an imported image, or null for an empty disk
     * @param size bytes, or 0 for the image's own size
     */
    public Volume createDisk(int vmid, String format, Path image, long size) throws IOException {
        activate();
        Path owner = Files.createDirectories(root.resolve("images/" + vmid));
        for (int number = 0; ; number++) {
            Path disk = owner.resolve("vm-" + vmid + "-disk-" + number + "." + format);
            try {
                disks.create(disk, image, size);
            } catch (FileAlreadyExistsException e) {
                continue;
            }
            return diskVolume(disk);
        }
    }

    /** Makes the (empty) cloud-init drive of a VM. */
    public Volume createCloudInitDrive(int vmid, String format) throws IOException {
        activate();
        Path drive = root.resolve("images/" + vmid + "/vm-" + vmid + "-cloudinit." + format);
        Files.createDirectories(drive);
        return diskVolume(drive);
    }

    /** Lets a disk grow. */
    public void resizeDisk(String id, long size) throws IOException {
        disks.resize(resolve(id), size);
    }

    /** The size of a disk volume in bytes. */
    public long diskSize(String id) throws IOException {
        return disks.size(resolve(id));
    }

    /** What a VM boots from with this disk, or nothing if no image was imported into it. */
    public Optional<Path> base(String id) throws IOException {
        return disks.base(resolve(id));
    }

    /** Deletes a volume, and its folder with the last one, whatever the folder is for; false if there was none. */
    public boolean delete(String id) throws IOException {
        Path path = resolve(id);
        if (!Files.exists(path)) {
            return false;
        }
        Trees.delete(path);
        try {
            Files.delete(path.getParent());
        } catch (DirectoryNotEmptyException e) {
            LOG.debug("{} stays: there is more in it", path.getParent());
        }
        return true;
    }

    /** Where a volume lies, or would lie. */
    public Path whereabouts(String id) {
        return resolve(id);
    }

    /** Looks at an image file that shall have a name; says what is wrong if it isn't one that the sandbox can start. */
    public void checkImage(Path file, String filename) throws IOException {
        disks.check(file, extension(filename));
    }

    private Path resolve(String id) {
        String[] parts = local(id).split("/");
        if (parts.length != 2 || parts[1].startsWith(".") || parts[0].startsWith(".")) {
            throw new IllegalArgumentException("unable to parse volume ID '" + id + "'");
        }
        if (parts[0].matches("\\d+")) {
            return root.resolve("images").resolve(parts[0]).resolve(parts[1]);
        }
        if (!DIRECTORIES.containsKey(parts[0])) {
            throw new IllegalArgumentException("unable to parse directory volume name '" + local(id) + "'");
        }
        return root.resolve(DIRECTORIES.get(parts[0])).resolve(parts[1]);
    }

    /** A volume's id without the storage's name in front. */
    public String local(String id) {
        return id.startsWith(name + ":") ? id.substring(name.length() + 1) : id;
    }

    private Volume diskVolume(Path disk) throws IOException {
        int vmid = Integer.parseInt(disk.getParent().getFileName().toString());
        String filename = disk.getFileName().toString();
        boolean cloudInit = filename.contains("-cloudinit.");
        long size = cloudInit ? 4 << 20 : disks.size(disk);
        return new Volume(name + ":" + vmid + "/" + filename, "images", extension(filename), size, Trees.size(disk),
                created(disk), vmid, disk);
    }

    private Volume fileVolume(String content, Path file) throws IOException {
        String filename = file.getFileName().toString();
        String format = switch (content) {
            case "snippets" -> "snippet";
            case "iso" -> "iso";
            default -> extension(filename);
        };
        long size = Files.size(file);
        return new Volume(name + ":" + content + "/" + filename, content, format, size, size, created(file), null, file);
    }

    private static long created(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class).lastModifiedTime().toMillis() / 1000;
    }

    private static String extension(String filename) {
        return filename.substring(filename.lastIndexOf('.') + 1);
    }

    private static List<Path> entries(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.sorted().toList();
        }
    }
}
