package io.github.pgha.sandbox.vm;

import io.github.pgha.sandbox.task.TaskLog;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** What carries VMs. The API is the same whatever does. VMs go on when the API server ends. */
public interface Hypervisor {
    /** Between two looks at whether a VM is as it is to be. */
    long POLL_MILLIS = 10;

    /**
     * A VM as it is to be powered on.
     *
     * @param base the image below its disk, never written to; the disk itself where it has none
     * @param disk its disk volume: all that it writes
     * @param seed the directory with the cloud-init drive's files; an empty one if there is no such drive
     * @param volumes where the volumes of all its drives are, by their ids; without the cloud-init drive
     */
    record Machine(VmConfig config, Path base, Path disk, Path seed, Map<String, Path> volumes) {
        public Machine {
            volumes = Map.copyOf(volumes);
        }
    }

    /** A network interface as the VM itself sees it. */
    record Interface(String name, String mac, List<Address> addresses) { }

    /** An address of an interface; family is "ipv4" or "ipv6". */
    record Address(String address, int prefix, String family) { }

    /**
     * What a running VM uses.
     *
     * @param pid its process on the host
     * @param uptime seconds since power-on
     * @param memory bytes
     * @param cpuSeconds processor time since power-on
     */
    record Usage(long pid, long uptime, long memory, double cpuSeconds) { }

    /** A program that ran inside a VM. */
    record Result(int exitCode, String out, String err) { }

    boolean running(int vmid);

    /** Whether it runs and does nothing, as a QEMU that hangs: it takes no cable, no button, no question. */
    boolean hung(int vmid);

    /** Powers on; returns when the VM's init runs. */
    void powerOn(Machine machine, TaskLog log) throws IOException, InterruptedException;

    /** Presses the power button: asks the VM to shut down, without waiting for it. */
    void pressPowerButton(int vmid) throws IOException;

    /** Cuts the power: everything in the VM dies at once. Returns when it is off; harmless if it is off already. */
    void cutPower(int vmid) throws IOException, InterruptedException;

    /** Waits until the VM is off; false if it isn't by then. */
    default boolean awaitOff(int vmid, Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (running(vmid)) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            Thread.sleep(POLL_MILLIS);
        }
        return true;
    }

    /**
     * Presses the reset button of a running VM.
     *
     * @return false if it has none: then its power has to be cut and switched on again
     */
    default boolean reset(int vmid) throws IOException {
        return false;
    }

    /**
     * Lets a running VM's disk grow.
     *
     * @param drive such as scsi0
     * @param size  bytes
     * @return false if nothing has to be done for it, or the VM is off: then the volume is resized as it is
     */
    default boolean resize(int vmid, String drive, long size) throws IOException {
        return false;
    }

    /** Plugs a network cable in or out. */
    void plug(int vmid, int net, boolean in) throws IOException, InterruptedException;

    /** Only for a running VM. */
    Usage usage(int vmid) throws IOException;

    /** Only for a running VM. */
    List<Interface> interfaces(int vmid) throws IOException, InterruptedException;

    /** Runs a program inside a running VM as root. */
    Result run(int vmid, List<String> command, String input) throws IOException, InterruptedException;

    /** Forgets what it keeps about a VM that is off. */
    void forget(int vmid) throws IOException;
}
