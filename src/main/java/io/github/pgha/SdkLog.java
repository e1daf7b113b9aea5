package io.github.pgha;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What the SDK (1.36.1) logs, and how fast it turns. */
final class SdkLog {
    /** Held, since settings of a logger that nobody holds are forgotten. */
    private static final Logger ALL = Logger.getLogger("com.pulumi");
    private static final Logger DEPLOYMENT = Logger.getLogger("com.pulumi.deployment.internal.DeploymentImpl");
    private static final Duration TURN = Duration.ofMillis(5);

    private SdkLog() {}

    /** To be called before anything else. */
    static void quiet() {
        // The SDK writes what it tells the engine to standard error as well, and Pulumi would show it twice.
        ALL.setUseParentHandlers(false);
        DEPLOYMENT.setFilter(SdkLog::calm);
    }

    /** To be called when the SDK has started a deployment: it sets the level then. */
    static void started() {
        DEPLOYMENT.setLevel(Level.FINEST);
    }

    /**
     * Lets the SDK pause in the loop in which it waits for all that is under way. It has no pause of its own, so that
     * it would take one core for as long as an {@code up} takes; a turn begins with this message.
     *
     * @return whether the record is to be logged: as without this filter
     */
    private static boolean calm(LogRecord record) {
        if (record.getMessage().startsWith("Remaining tasks [")) {
            LockSupport.parkNanos(TURN.toNanos());
        }
        return record.getLevel().intValue() >= Level.INFO.intValue();
    }
}
