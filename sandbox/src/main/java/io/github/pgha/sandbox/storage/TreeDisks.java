package io.github.pgha.sandbox.storage;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/** Disks of nspawn nodes: a directory each, with what the VM wrote and disk.json. An image only names a root file system. */
public final class TreeDisks implements Disks {
    private final Path images;
    private final ObjectMapper json;

    /** @param images the cache of root file systems: HASH/rootfs */
    public TreeDisks(Path images, ObjectMapper json) {
        this.images = images;
        this.json = json;
    }

    private record Descriptor(String rootfs, long size) { }

    @Override
    public long check(Path image, String format) throws IOException {
        return describe(image).size;
    }

    @Override
    public void create(Path disk, Path image, long size) throws IOException {
        Descriptor descriptor = image == null ? new Descriptor(null, 0) : describe(image);
        Files.createDirectory(disk);
        write(disk, new Disk(Math.max(size, descriptor.size), descriptor.rootfs));
    }

    @Override
    public void resize(Path disk, long size) throws IOException {
        write(disk, new Disk(size, read(disk).rootfs()));
    }

    @Override
    public long size(Path disk) throws IOException {
        return read(disk).size();
    }

    @Override
    public Optional<Path> base(Path disk) throws IOException {
        Optional<Path> base = Optional.ofNullable(read(disk).rootfs()).map(hash -> images.resolve(hash).resolve("rootfs"));
        if (base.isPresent() && !Files.isDirectory(base.get())) {
            throw new IOException("the image of " + disk.getFileName() + " is no longer in the cache: " + base.get());
        }
        return base;
    }

    private Descriptor describe(Path image) throws IOException {
        JsonNode node = null;
        if (Files.size(image) < 10_000) {
            try {
                node = json.readTree(image.toFile());
            } catch (JsonProcessingException e) {
                node = null;
            }
        }
        if (node == null || !node.has("rootfs")) {
            throw new IOException("this isn't an image that the sandbox can start: it takes only its own, such as"
                    + " http://192.168.124.1:3142/images/debian-13-nspawn-amd64.qcow2");
        }
        Descriptor descriptor = new Descriptor(node.get("rootfs").asText(), node.get("size").asLong());
        if (!Files.isDirectory(images.resolve(descriptor.rootfs).resolve("rootfs"))) {
            throw new IOException("the root file system of this image is no longer in the cache " + images
                    + ": run sandbox/start, then download the image again");
        }
        return descriptor;
    }

    private Disk read(Path disk) throws IOException {
        return json.readValue(disk.resolve("disk.json").toFile(), Disk.class);
    }

    private void write(Path disk, Disk content) throws IOException {
        Path draft = disk.resolve("disk.json.new");
        json.writeValue(draft.toFile(), content);
        Files.move(draft, disk.resolve("disk.json"), StandardCopyOption.REPLACE_EXISTING,
                StandardCopyOption.ATOMIC_MOVE);
    }
}
