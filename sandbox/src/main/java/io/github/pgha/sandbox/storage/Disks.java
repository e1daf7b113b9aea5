package io.github.pgha.sandbox.storage;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** What lies in the place of a disk image's file; it depends on what carries the VMs. */
public interface Disks {

    /**
     * Looks at an image file.
     *
     * @param format what its name says that it is, such as qcow2
     * @return the size of its disk in bytes
     * @throws IOException if no VM can be started from it; says what is wrong
     */
    long check(Path image, String format) throws IOException;

    /**
     * Makes a disk.
     *
     * @param disk where nothing is yet; its name ends with the format
     * @param image the image file that is copied into it, or null for an empty disk
     * @param size bytes; the image's own size if that is more
     * @throws java.nio.file.FileAlreadyExistsException if there is something already
     */
    void create(Path disk, Path image, long size) throws IOException;

    /** Lets a disk of a VM that is off, or that doesn't mind, grow to so many bytes. */
    void resize(Path disk, long size) throws IOException;

    /** Bytes that the VM sees. */
    long size(Path disk) throws IOException;

    /**
     * What a VM boots from with this disk, or nothing if it can't.
     *
     * @throws IOException if it could, but something that it needs is gone
     */
    Optional<Path> base(Path disk) throws IOException;
}
