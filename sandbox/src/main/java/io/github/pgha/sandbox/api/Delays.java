package io.github.pgha.sandbox.api;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * How long Proxmox VE takes for what the sandbox does at once. As measured on its API, less what the sandbox itself takes.
 *
 * @param unauthorized until a wrong token is answered
 * @param hungStatus until QEMU that doesn't answer is given up, where only its state is asked for
 * @param start of a VM, before it runs
 * @param stop of a VM, all of it
 * @param quit until QEMU that doesn't answer is given up, where it is to end
 * @param terminate from SIGTERM to SIGKILL
 * @param kill from SIGKILL to the task's end
 * @param ha from a wish of an HA resource's new state to the node's work on it
 * @param offline until the others count a node without power as offline
 * @param unknown until the others forget the state of its machines
 */
public record Delays(Duration unauthorized, Duration hungStatus, Duration start, Duration stop, Duration quit,
                     Duration terminate, Duration kill, Duration ha, Duration offline, Duration unknown) {
    /** Those of Proxmox VE 9.2. */
    public static final Delays REAL = new Delays(Duration.ofMillis(3100), Duration.ofMillis(3100), Duration.ofMillis(3100),
            Duration.ofMillis(1900), Duration.ofSeconds(60), Duration.ofSeconds(10), Duration.ofSeconds(1),
            Duration.ofSeconds(7), Duration.ofSeconds(4), Duration.ofMinutes(5));
    /** None at all, for tests of what is answered. */
    public static final Delays NONE = new Delays(Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO,
            Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO);

    private static final long POLL_MILLIS = 50;

    /** Waits for the rest of a time that began at a {@link System#nanoTime}. */
    static void rest(Duration whole, long begun) throws InterruptedException {
        long left = whole.toNanos() - (System.nanoTime() - begun);
        if (left > 0) {
            Thread.sleep(left / 1_000_000, (int) (left % 1_000_000));
        }
    }

    /** Waits while something holds; false if it still does when the time is over. */
    static boolean ends(Duration atMost, BooleanSupplier holds) throws InterruptedException {
        long begun = System.nanoTime();
        while (holds.getAsBoolean()) {
            if (System.nanoTime() - begun >= atMost.toNanos()) {
                return false;
            }
            Thread.sleep(POLL_MILLIS);
        }
        return true;
    }
}
