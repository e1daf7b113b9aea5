package io.github.pgha.sandbox.task;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs changes in the background, as Proxmox's workers do, and remembers how they ended, over restarts too. */
public final class Tasks implements AutoCloseable {
    /** How long a call waits for its task before it answers: short ones are over when the client first asks. */
    private static final long GRACE_MILLIS = 250;
    private static final Logger LOG = LoggerFactory.getLogger(Tasks.class);

    private final Path directory;
    private final String node;
    private final ObjectMapper json;
    private final Map<String, Task> tasks = new ConcurrentHashMap<>();
    private final Map<String, ReentrantLock> locks = new ConcurrentHashMap<>();
    private final ExecutorService workers = Executors.newCachedThreadPool();
    private final AtomicLong counter = new AtomicLong(System.nanoTime() / 10_000_000 & 0xFFFFFFF);

    /** What a task does. An exception's message becomes its exit status. */
    @FunctionalInterface
    public interface Work {
        void run(TaskLog log) throws Exception;
    }

    /** @param directory keeps one file a task; tasks found there that still ran count as broken off */
    public Tasks(Path directory, String node, ObjectMapper json) throws IOException {
        this.directory = Files.createDirectories(directory);
        this.node = node;
        this.json = json;
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".json")).toList()) {
                Task task = json.readValue(file.toFile(), Task.class);
                if (task.running()) {
                    task.end("unexpected status (the API server was stopped)", now());
                    save(task);
                }
                tasks.put(task.upid(), task);
            }
        }
    }

    /**
     * Starts a task. Tasks on the same VM run one after the other.
     *
     * @param vmid the VM it works on, or null
     * @return its UPID
     */
    public String start(String type, String id, Integer vmid, String user, Work work) {
        Task task = new Task();
        task.pid = ProcessHandle.current().pid();
        task.pstart = counter.incrementAndGet();
        task.starttime = now();
        task.type = type;
        task.id = id;
        task.user = user;
        task.node = node;
        tasks.put(task.upid(), task);
        save(task);
        Future<?> done = workers.submit(() -> run(task, vmid, work));
        try {
            done.get(GRACE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.debug("{} goes on in the background", task.upid());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw new IllegalStateException("task " + task.upid() + " broke", e.getCause());
        }
        return task.upid();
    }

    private void run(Task task, Integer vmid, Work work) {
        ReentrantLock lock = locks.computeIfAbsent(vmid == null ? task.upid() : "vm " + vmid, k -> new ReentrantLock());
        lock.lock();
        String status = "OK";
        try {
            work.run(task);
        } catch (InterruptedException e) {
            status = "interrupted by the end of the API server";
        } catch (Exception e) {
            status = e.getMessage() == null ? e.toString() : e.getMessage().strip();
            LOG.debug("task {} failed", task.upid(), e);
        } finally {
            lock.unlock();
        }
        task.end(status, now());
        save(task);
        LOG.info("task {} {}: {}", task.type, task.id, status);
    }

    /** Runs a short change of a VM in the caller's thread, never beside a task on the same VM. */
    public <T> T exclusively(int vmid, Callable<T> change) throws Exception {
        ReentrantLock lock = locks.computeIfAbsent("vm " + vmid, k -> new ReentrantLock());
        if (!lock.tryLock(10, TimeUnit.SECONDS)) {
            throw new IOException("can't lock file '/var/lock/qemu-server/lock-" + vmid + ".conf' - got timeout");
        }
        try {
            return change.call();
        } finally {
            lock.unlock();
        }
    }

    public Optional<Task> find(String upid) {
        return Optional.ofNullable(tasks.get(upid));
    }

    /** Newest first. */
    public List<Task> list() {
        return tasks.values().stream()
                .sorted(Comparator.comparingLong((Task t) -> t.starttime).thenComparingLong(t -> t.pstart).reversed())
                .toList();
    }

    private void save(Task task) {
        try {
            Path file = directory.resolve(String.format("%08X-%08X.json", task.starttime, task.pstart));
            Path draft = file.resolveSibling(file.getFileName() + ".new");
            synchronized (task) {
                json.writeValue(draft.toFile(), task);
            }
            Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException("can't keep the record of task " + task.upid(), e);
        }
    }

    private static long now() {
        return System.currentTimeMillis() / 1000;
    }

    @Override
    public void close() {
        workers.shutdownNow();
    }
}
