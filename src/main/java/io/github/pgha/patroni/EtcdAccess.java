package io.github.pgha.patroni;

import com.pulumi.core.Output;
import java.util.List;
import java.util.Objects;

/**
 * How Patroni logs in to etcd.
 *
 * @param endpoints URLs for clients, {@code https://HOST:2379}
 * @param user      a user who may read and write all keys under {@code /service/CLUSTER/}
 * @param password  the user's password; secret
 */
public record EtcdAccess(List<String> endpoints, String user, Output<String> password) {
    /** @throws NullPointerException if a part is missing */
    public EtcdAccess {
        endpoints = List.copyOf(endpoints);
        Objects.requireNonNull(user, "user");
        Objects.requireNonNull(password, "password");
    }
}
