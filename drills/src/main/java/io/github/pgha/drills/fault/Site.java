package io.github.pgha.drills.fault;

import io.github.pgha.drills.stack.Host;
import io.github.pgha.drills.stack.Stack;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** What faults do things with. */
public interface Site {
    /** The cluster's description. */
    Stack stack();

    /**
     * Runs a bash script as root on a host.
     *
     * @return what it printed
     * @throws IOException if it can't be run or fails
     */
    String on(Host host, String script) throws IOException;

    /** Cuts the power of machines, all at once; harmless where it is off. */
    void powerOff(List<Host> hosts) throws IOException, InterruptedException;

    /** Powers machines on, all at once; harmless where it is on. */
    void powerOn(List<Host> hosts) throws IOException, InterruptedException;

    /** Pulls a machine's network cable out, or plugs it in. */
    void cable(Host host, boolean plugged) throws IOException, InterruptedException;

    /** The Proxmox node that carries each host's machine now. */
    Map<Host, String> nodes() throws IOException, InterruptedException;

    /** Cuts the power of a Proxmox node, with all that is on it. */
    void nodeOff(String node) throws IOException, InterruptedException;

    /** Powers a Proxmox node on, and returns when it and these machines of it are on. */
    void nodeOn(String node, List<Host> machines) throws IOException, InterruptedException;

    /**
     * Makes the Proxmox API fail the fencing service, and nobody else.
     *
     * @param kind a word of sandbox/fail-api; {@code none} ends it
     */
    void failApi(String kind) throws IOException, InterruptedException;

    /**
     * Lets a machine have a lock of Proxmox's, as during a backup; the sandbox's only.
     *
     * @param kind {@code backup} and the like; {@code none} takes it away
     */
    void lock(Host host, String kind) throws IOException, InterruptedException;

    /** Lets a machine stand still as under a QEMU that hangs, or go on; the sandbox's only. */
    void hang(Host host, boolean on) throws IOException, InterruptedException;

    /** Whether a host answers over SSH. */
    boolean reachable(Host host);
}
