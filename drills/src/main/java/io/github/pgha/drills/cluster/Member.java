package io.github.pgha.drills.cluster;

/**
 * A member as Patroni's {@code GET /cluster} shows it.
 *
 * @param role     {@code leader}, {@code replica}, {@code sync_standby}, {@code quorum_standby}
 * @param state    {@code running} for a leader, {@code streaming} for a standby that follows
 * @param timeline 0 if Patroni doesn't know it
 */
public record Member(String name, String role, String state, String host, int port, int timeline) {
    boolean leads() {
        return role.equals("leader") || role.equals("master") || role.equals("primary");
    }
}
