package io.github.pgha.drills.stack;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Who logs in to which database; taken from a libpq URI. */
public record Login(String user, String password, String database) {
    private static final Pattern URI = Pattern.compile(
            "postgres(?:ql)?://([^:@/]+):([^@/]*)@[^/?]+/([^?]+)(?:\\?.*)?");

    /**
     * Reads {@code postgresql://USER:PASSWORD@HOST:PORT/DATABASE?...}.
     *
     * @throws IllegalArgumentException if it isn't one; the message doesn't repeat it, as it holds a password
     */
    static Login of(String output, String uri) {
        Matcher matcher = URI.matcher(uri);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("The stack's output '" + output
                    + "' must be a URI of the form postgresql://USER:PASSWORD@HOST:PORT/DATABASE.");
        }
        return new Login(decoded(matcher.group(1)), decoded(matcher.group(2)), decoded(matcher.group(3)));
    }

    private static String decoded(String text) {
        // In a URI, unlike in a form, a plus sign is one.
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return user + "@" + database;
    }
}
