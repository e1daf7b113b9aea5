package io.github.pgha.sandbox.storage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.pgha.sandbox.vm.Commands;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Disks of real machines: image files, by qemu-img. */
public final class ImageDisks implements Disks {
    private static final Set<String> IMAGES = Set.of("qcow2", "raw", "vmdk");
    private static final int SECTOR = 512;

    private final ObjectMapper json;

    /** @param json reads what qemu-img says */
    public ImageDisks(ObjectMapper json) {
        this.json = json;
    }

    @Override
    public long check(Path image) throws IOException {
        JsonNode info = info(image);
        String format = info.path("format").asText();
        if (!IMAGES.contains(format)) {
            throw new IOException("this isn't a disk image but '" + format + "'");
        }
        // Another file of the node would be read through it.
        if (info.has("backing-filename") || info.path("format-specific").path("data").has("data-file")) {
            throw new IOException("this disk image is a part of another one ('"
                    + info.path("backing-filename").asText() + "'), must be whole");
        }
        if (format.equals("raw") && info.path("virtual-size").asLong() % SECTOR != 0) {
            throw new IOException("this isn't a disk image: its size isn't one of whole sectors");
        }
        return info.path("virtual-size").asLong();
    }

    @Override
    public void create(Path disk, Path image, long size) throws IOException {
        long bytes = Math.max(size, image == null ? 0 : check(image));
        // Claims the name, as a directory does it for other disks.
        Files.createFile(disk);
        try {
            if (image == null) {
                run("create", "-q", "-f", format(disk), disk.toString(), String.valueOf(bytes));
            } else {
                run("convert", "-O", format(disk), image.toString(), disk.toString());
                if (bytes > check(image)) {
                    resize(disk, bytes);
                }
            }
        } catch (IOException e) {
            Files.deleteIfExists(disk);
            throw e;
        }
    }

    @Override
    public void resize(Path disk, long size) throws IOException {
        run("resize", "-q", "-f", format(disk), disk.toString(), String.valueOf(size));
    }

    @Override
    public long size(Path disk) throws IOException {
        return info(disk).path("virtual-size").asLong();
    }

    /** Whatever is on it: firmware that finds nothing to boot says so on the machine's screen. */
    @Override
    public Optional<Path> base(Path disk) {
        return Optional.of(disk);
    }

    private static String format(Path disk) {
        String name = disk.getFileName().toString();
        return name.substring(name.lastIndexOf('.') + 1);
    }

    /** Also of a disk that a machine has open. */
    private JsonNode info(Path file) throws IOException {
        return json.readTree(run("info", "--force-share", "--output=json", file.toString()));
    }

    private static String run(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("qemu-img"));
        command.addAll(List.of(arguments));
        try {
            return Commands.run(command, null).orThrow("disk image").out();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while qemu-img was at work");
        }
    }
}
