package io.github.pgha.sandbox.storage;

/** What is kept about a disk volume besides what VMs write to it: its size and the image below it (or null). */
public record Disk(long size, String rootfs) { }
