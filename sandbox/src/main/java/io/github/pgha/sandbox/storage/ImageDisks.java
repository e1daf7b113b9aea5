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

/** Disks of real machines: image files, by qemu-img. */
public final class ImageDisks implements Disks {
    private static final List<String> FORMATS = List.of("qcow2", "raw");

    private final ObjectMapper json;

    /** @param json reads what qemu-img says */
    public ImageDisks(ObjectMapper json) {
        this.json = json;
    }

    /** As the format that it is called, whatever it may look like: otherwise a file that was made so could name another one. */
    @Override
    public long check(Path image, String format) throws IOException {
        if (!FORMATS.contains(format)) {
            throw new IOException("the sandbox takes no disk images called ." + format + ", only ."
                    + String.join(", .", FORMATS));
        }
        JsonNode info = json.readTree(run("info", "-f", format, "--output=json", image.toString()));
        // Another file of the node would be read through it.
        if (info.has("backing-filename") || info.path("format-specific").path("data").has("data-file")) {
            throw new IOException("this disk image is a part of another one, must be whole");
        }
        return info.path("virtual-size").asLong();
    }

    @Override
    public void create(Path disk, Path image, long size) throws IOException {
        long bytes = Math.max(size, image == null ? 0 : check(image, format(image)));
        // Claims the name, as a directory does it for other disks.
        Files.createFile(disk);
        try {
            if (image == null) {
                run("create", "-q", "-f", format(disk), disk.toString(), String.valueOf(bytes));
            } else {
                run("convert", "-f", format(image), "-O", format(disk), image.toString(), disk.toString());
                if (bytes > size(disk)) {
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
        // Also of a disk that a machine has open.
        return json.readTree(run("info", "-f", format(disk), "--force-share", "--output=json", disk.toString()))
                .path("virtual-size").asLong();
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
