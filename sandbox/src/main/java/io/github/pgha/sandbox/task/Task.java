package io.github.pgha.sandbox.task;

import java.util.ArrayList;
import java.util.List;

/** One change under way or done. All fields are what the API shows; times are seconds since 1970. */
public final class Task implements TaskLog {
    /** "PID" of the task: the process id of the API server. */
    public long pid;
    /** Makes the UPID unique within a second. */
    public long pstart;
    public long starttime;
    /** 0 while it runs. */
    public long endtime;
    /** "qmcreate", "qmstart", "download", ... */
    public String type;
    /** What it works on: a VM id, a storage name; may be empty. */
    public String id;
    public String user;
    public String node;
    /** Null while it runs; "OK" or what went wrong. */
    public String exitstatus;
    public List<String> log = new ArrayList<>();

    /** Proxmox's name of a task. */
    public String upid() {
        return String.format("UPID:%s:%08X:%08X:%08X:%s:%s:%s:", node, pid, pstart, starttime, type, id, user);
    }

    public synchronized boolean running() {
        return exitstatus == null;
    }

    @Override
    public synchronized void line(String text) {
        text.lines().forEach(log::add);
    }

    /** The log's lines so far. */
    public synchronized List<String> lines() {
        return List.copyOf(log);
    }

    /** Notes how it ended; false if that was noted before. */
    synchronized boolean end(String status, long now) {
        if (exitstatus != null) {
            return false;
        }
        log.add(status.equals("OK") ? "TASK OK" : "TASK ERROR: " + status);
        endtime = now;
        exitstatus = status;
        return true;
    }
}
