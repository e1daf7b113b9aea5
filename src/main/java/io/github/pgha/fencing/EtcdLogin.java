package io.github.pgha.fencing;

import com.pulumi.core.Output;
import java.util.Objects;

/**
 * How the service logs in to etcd.
 *
 * @param user     a user with the rights that {@link FencingService} tells
 * @param password the user's password; secret
 */
public record EtcdLogin(String user, Output<String> password) {
    /** @throws NullPointerException if a part is missing */
    public EtcdLogin {
        Objects.requireNonNull(user, "user");
        Objects.requireNonNull(password, "password");
    }
}
