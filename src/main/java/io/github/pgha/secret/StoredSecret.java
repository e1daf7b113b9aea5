package io.github.pgha.secret;

import com.pulumi.core.Output;
import com.pulumi.exceptions.RunException;
import com.pulumi.resources.CustomResourceOptions;
import com.pulumi.resources.Resource;
import com.pulumi.resources.Stash;
import com.pulumi.resources.StashArgs;
import java.security.SecureRandom;

/** A generated value that is kept in the stack's state, encrypted; the first value stays. */
public final class StoredSecret {
    private static final String ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
    /** 32 letters of 57 are 186 bits. */
    private static final int PASSWORD_LENGTH = 32;

    private StoredSecret() {}

    /**
     * A random password of letters and digits.
     *
     * @param name   resource name
     * @param parent the component that it belongs to
     */
    public static Output<String> password(String name, Resource parent) {
        return keep(name, randomPassword(), parent);
    }

    /**
     * A random password that is made anew by each new rotation.
     *
     * @param name     resource name of the first rotation
     * @param rotation from 1
     * @param parent   the component that it belongs to
     */
    public static Output<String> password(String name, int rotation, Resource parent) {
        return password(rotation == 1 ? name : name + "-" + rotation, parent);
    }

    /**
     * Keeps a value. It is used in the first {@code up} only: later ones give back what was kept.
     *
     * @param name   resource name
     * @param value  the new value
     * @param parent the component that it belongs to
     */
    public static Output<String> keep(String name, String value, Resource parent) {
        return stash(name, Output.ofSecret((Object) value), parent).asSecret();
    }

    /**
     * Keeps a value that is no secret: as {@link #keep}, but in plain text.
     *
     * @param name   resource name
     * @param value  the value of the first {@code up}
     * @param parent the component that it belongs to
     */
    public static Output<String> keepPlain(String name, String value, Resource parent) {
        return stash(name, Output.of((Object) value), parent);
    }

    private static Output<String> stash(String name, Output<Object> value, Resource parent) {
        return new Stash(name, StashArgs.builder().input(value).build(),
                CustomResourceOptions.builder().parent(parent).ignoreChanges("input").build())
                .output().applyValue(kept -> {
                    if (kept == null) {
                        // Pulumi prints the message of this exception alone.
                        throw new RunException("'" + name + "' must be made by this run, since the rest is made of it, and "
                                + "--target or --exclude leaves it out: run `pulumi up` without them");
                    }
                    return (String) kept;
                });
    }

    static String randomPassword() {
        return new SecureRandom().ints(PASSWORD_LENGTH, 0, ALPHABET.length())
                .collect(StringBuilder::new, (text, i) -> text.append(ALPHABET.charAt(i)), StringBuilder::append)
                .toString();
    }
}
