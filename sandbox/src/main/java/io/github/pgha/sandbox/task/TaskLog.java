package io.github.pgha.sandbox.task;

/** Where a task says what it does; shown by the API as the task's log. */
@FunctionalInterface
public interface TaskLog {
    void line(String text);
}
