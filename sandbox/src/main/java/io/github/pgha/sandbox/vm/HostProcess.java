package io.github.pgha.sandbox.vm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A process of this host, known by its id and its start time (clock ticks since boot), so that another one that was
 * given the same id later is never taken for it.
 */
public record HostProcess(long pid, long startTicks) {
    private static final long TICKS_PER_SECOND = 100;
    /** Field 22 of /proc/PID/stat, counted from the field after the program's name. */
    private static final int START_TIME = 19;
    private static final int USER_TIME = 11;
    private static final int SYSTEM_TIME = 12;

    /** Reads "PID TICKS" from a file; empty if there is none or the process is gone. */
    public static Optional<HostProcess> recorded(Path file) throws IOException {
        try {
            String[] words = Files.readString(file).strip().split(" ");
            HostProcess process = new HostProcess(Long.parseLong(words[0]), Long.parseLong(words[1]));
            return process.alive() ? Optional.of(process) : Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    public boolean alive() {
        List<String> fields = stat(pid);
        return !fields.isEmpty() && Long.parseLong(fields.get(START_TIME)) == startTicks && !fields.get(0).equals("Z");
    }

    /** Whether it was stopped by a signal: it is there and does nothing. */
    public boolean stopped() {
        List<String> fields = stat(pid);
        return !fields.isEmpty() && fields.get(0).equals("T");
    }

    /** Seconds since it was started. */
    public long age() throws IOException {
        double uptime = Double.parseDouble(Files.readString(Path.of("/proc/uptime")).split(" ")[0]);
        return Math.max(0, (long) (uptime - (double) startTicks / TICKS_PER_SECOND));
    }

    /** Processor time that it has used, in seconds; 0 if it has ended. */
    public double cpuSeconds() {
        List<String> fields = stat(pid);
        return fields.isEmpty() ? 0
                : (double) (Long.parseLong(fields.get(USER_TIME)) + Long.parseLong(fields.get(SYSTEM_TIME))) / TICKS_PER_SECOND;
    }

    /** Bytes of memory that it has now; 0 if it has ended. */
    public long memory() {
        try {
            return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream().filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10).sum();
        } catch (IOException e) {
            // It ended meanwhile.
            return 0;
        }
    }

    /** The processes that it started itself and that still run. */
    public List<HostProcess> children() throws IOException {
        String children;
        try {
            children = Files.readString(Path.of("/proc/" + pid + "/task/" + pid + "/children")).strip();
        } catch (IOException e) {
            // It ended meanwhile.
            return List.of();
        }
        return children.isEmpty() ? List.of() : List.of(children.split(" ")).stream().map(Long::valueOf)
                .map(HostProcess::find).flatMap(Optional::stream).toList();
    }

    /** Whether it is the first process of a pid namespace: a container's init. */
    public boolean isInit() {
        try {
            return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                    .filter(line -> line.startsWith("NSpid:"))
                    .anyMatch(line -> line.strip().split("\\s+").length > 2 && line.strip().endsWith("\t1"));
        } catch (IOException e) {
            return false;
        }
    }

    private static Optional<HostProcess> find(long pid) {
        List<String> fields = stat(pid);
        return fields.isEmpty() ? Optional.empty()
                : Optional.of(new HostProcess(pid, Long.parseLong(fields.get(START_TIME))));
    }

    /** The fields after the program's name (which may contain blanks); none if there is no such process. */
    private static List<String> stat(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            return List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" "));
        } catch (IOException e) {
            return List.of();
        }
    }
}
