package io.github.pgha.etcd;

import java.util.Locale;

/**
 * A right of a user of etcd.
 *
 * @param permission what it allows
 * @param key        the key, or what the keys start with
 * @param prefix     whether it is for all keys that start so
 */
public record EtcdGrant(Permission permission, String key, boolean prefix) {
    /** What a right allows. To delete a key is to write it. */
    public enum Permission {
        /** To read. */
        READ,
        /** To read and to write. */
        READWRITE
    }

    /** @throws IllegalArgumentException if the key isn't a path without blanks */
    public EtcdGrant {
        if (!key.matches("/\\S*")) {
            throw new IllegalArgumentException("key '" + key + "' of a right in etcd must be a path without blanks");
        }
    }

    /** To read all keys that start so. */
    public static EtcdGrant read(String prefix) {
        return new EtcdGrant(Permission.READ, prefix, true);
    }

    /** To read and write all keys that start so. */
    public static EtcdGrant readWrite(String prefix) {
        return new EtcdGrant(Permission.READWRITE, prefix, true);
    }

    /** To read and write one key. */
    public static EtcdGrant readWriteKey(String key) {
        return new EtcdGrant(Permission.READWRITE, key, false);
    }

    /** As a line for {@code user.sh}. */
    String line() {
        return permission.name().toLowerCase(Locale.ROOT) + " " + (prefix ? "prefix" : "key") + " " + key;
    }
}
