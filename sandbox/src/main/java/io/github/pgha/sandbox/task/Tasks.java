package io.github.pgha.sandbox.task;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs changes in the background, as Proxmox's workers do, and remembers how they ended, over restarts too. */
public final class Tasks implements AutoCloseable {
    /** How long a call waits for its task before it answers: short ones are over when the client first asks. */
    private static final long GRACE_MILLIS = 250;
    /** How long Proxmox VE waits for a VM's lock. */
    public static final Duration LOCK_WAIT = Duration.ofSeconds(10);
    private static final Logger LOG = LoggerFactory.getLogger(Tasks.class);

    private final Path directory;
    private final String node;
    private final ObjectMapper json;
    private final Map<String, Task> tasks = new ConcurrentHashMap<>();
    private final Map<String, Future<?>> futures = new ConcurrentHashMap<>();
    private final Map<String, ReentrantLock> locks = new ConcurrentHashMap<>();
    private volatile ExecutorService workers = Executors.newCachedThreadPool();
    private volatile ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final Duration lockWait;
    private final AtomicLong counter = new AtomicLong(System.nanoTime() / 10_000_000 & 0xFFFFFFF);

    /** What a task does. An exception's message becomes its exit status. */
    @FunctionalInterface
    public interface Work {
        void run(TaskLog log) throws Exception;
    }

    /**
     * @param directory keeps one file a task; tasks found there that still ran count as broken off
     * @param lockWait how long a task or a change waits for another one on the same VM before it fails
     */
    public Tasks(Path directory, String node, Duration lockWait, ObjectMapper json) throws IOException {
        this.lockWait = lockWait;
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
     * Starts a task. Tasks on the same VM run one after the other; one that waits for too long fails.
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
        futures.put(task.upid(), done);
        if (!task.running()) {
            futures.remove(task.upid());
        }
        try {
            done.get(GRACE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.debug("{} goes on in the background", task.upid());
        } catch (CancellationException e) {
            LOG.debug("{} was aborted at once", task.upid());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw new IllegalStateException("task " + task.upid() + " broke", e.getCause());
        }
        return task.upid();
    }

    private void run(Task task, Integer vmid, Work work) {
        String status = "OK";
        try {
            if (vmid == null) {
                work.run(task);
            } else {
                exclusively(vmid, () -> {
                    work.run(task);
                    return null;
                });
            }
        } catch (InterruptedException e) {
            status = "interrupted by signal";
        } catch (Exception e) {
            status = e.getMessage() == null ? e.toString() : e.getMessage().strip();
            LOG.debug("task {} failed", task.upid(), e);
        }
        futures.remove(task.upid());
        if (!task.end(status, now())) {
            // Its node has lost its power meanwhile.
            return;
        }
        save(task);
        LOG.info("task {} {}: {}", task.type, task.id, status);
    }

    /** Runs a change of a VM in the caller's thread, never beside another one on the same VM. */
    public <T> T exclusively(int vmid, Callable<T> change) throws Exception {
        ReentrantLock lock = locks.computeIfAbsent("vm " + vmid, k -> new ReentrantLock());
        if (!lock.tryLock(lockWait.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new IOException("can't lock file '/var/lock/qemu-server/lock-" + vmid + ".conf' - got timeout");
        }
        try {
            return change.call();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Aborts tasks that run.
     *
     * @return their UPIDs
     */
    public List<String> abort(Predicate<Task> which) {
        List<String> aborted = list().stream().filter(Task::running).filter(which).map(Task::upid).toList();
        aborted.forEach(upid -> Optional.ofNullable(futures.get(upid)).ifPresent(future -> future.cancel(true)));
        return aborted;
    }

    /** The node loses its power: what runs is broken off, and nothing more begins. */
    public void powerOff() {
        close();
        for (Task task : tasks.values()) {
            if (task.end("unexpected status (the node lost its power)", now())) {
                save(task);
            }
        }
    }

    /** The node has its power again. */
    public void powerOn() {
        workers = Executors.newCachedThreadPool();
        timer = Executors.newSingleThreadScheduledExecutor();
    }

    /** Does something later, of itself: no task until it starts one. */
    public void after(Duration delay, Runnable work) {
        timer.schedule(work, delay.toMillis(), TimeUnit.MILLISECONDS);
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
        timer.shutdownNow();
        workers.shutdownNow();
    }
}
