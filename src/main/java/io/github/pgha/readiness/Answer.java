package io.github.pgha.readiness;

import com.google.gson.JsonObject;
import java.time.Instant;

/**
 * What came of a look at a host.
 *
 * @param kind  which of the three it is
 * @param facts what the host told; empty unless it did
 * @param why   why it told nothing; empty if it did
 * @param asked when the question left, by this machine's clock
 * @param heard when the answer was there
 */
public record Answer(Kind kind, JsonObject facts, String why, Instant asked, Instant heard) {
    /** Whether a host told how it is. */
    public enum Kind {
        /** It did. */
        TOLD,
        /** Nobody answers at its SSH port. */
        AWAY,
        /** It is there, and can't be looked at. */
        UNSEEN
    }

    /** What a host told. */
    static Answer told(JsonObject facts, Instant asked, Instant heard) {
        return new Answer(Kind.TOLD, facts, "", asked, heard);
    }

    /** Nobody answered. */
    static Answer away(String why) {
        return new Answer(Kind.AWAY, new JsonObject(), why, Instant.EPOCH, Instant.EPOCH);
    }

    /** Somebody answered, and didn't tell. */
    static Answer unseen(String why) {
        return new Answer(Kind.UNSEEN, new JsonObject(), why, Instant.EPOCH, Instant.EPOCH);
    }
}
