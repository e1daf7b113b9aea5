package io.github.pgha.host;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The text that is sent to a host's root shell: our shell functions, then variables, then files, then a script or
 * several.
 *
 * <p>The script itself is a whole {@code .sh} resource; nothing is generated but quoted values. It must converge: it is
 * run again after any change and after a run that died half way.
 */
public final class HostScript {
    /** Ends a file's text; longer where the file has this line of its own. */
    private static final String END_OF_FILE = "PGHA_END_OF_FILE";

    private final List<String> resources = new ArrayList<>();
    private final Map<String, String> variables = new LinkedHashMap<>();
    private final List<HostFile> files = new ArrayList<>();

    private HostScript(String resource) {
        resources.add(resource);
    }

    /**
     * Starts with a script.
     *
     * @param resource path under {@code io/github/pgha}, such as {@code etcd/etcd.sh}
     */
    public static HostScript of(String resource) {
        return new HostScript(resource);
    }

    /**
     * Adds a shell variable.
     *
     * @param name  upper-case letters, digits and underscores
     * @param value any text without a NUL character
     */
    public HostScript variable(String name, String value) {
        if (!name.matches("[A-Z][A-Z0-9_]*")) {
            throw new IllegalArgumentException("variable name '" + name + "': must be of A-Z, 0-9 and _");
        }
        variables.put(name, Objects.requireNonNull(value, name));
        return this;
    }

    /** Adds a number as a shell variable. */
    public HostScript variable(String name, int value) {
        return variable(name, Integer.toString(value));
    }

    /** Adds a file that is put in place, if it differs, before the script runs. */
    public HostScript file(HostFile file) {
        files.add(file);
        return this;
    }

    /**
     * Adds another script, which runs after those before it if they have not failed.
     *
     * @param resource path under {@code io/github/pgha}
     */
    public HostScript then(String resource) {
        resources.add(resource);
        return this;
    }

    /** Returns the whole text, the same for the same input. */
    public String render() {
        StringBuilder text = new StringBuilder(resource("host/lib.sh"));
        variables.forEach((name, value) -> text.append(name).append('=').append(quoted(value)).append('\n'));
        for (HostFile file : files) {
            String end = END_OF_FILE;
            while (file.text().lines().anyMatch(end::equals)) {
                end += "_";
            }
            text.append("pgha_put ").append(quoted(file.path())).append(' ').append(quoted(file.owner())).append(' ')
                    .append(file.mode()).append(" <<'").append(end).append("'\n")
                    .append(body(file)).append(end).append('\n');
        }
        resources.forEach(resource -> text.append(resource(resource)));
        return text.toString();
    }

    private static String body(HostFile file) {
        if (file.text().indexOf('\0') >= 0) {
            throw new IllegalArgumentException("file " + file.path() + " may not hold a NUL character");
        }
        return file.text().isEmpty() || file.text().endsWith("\n") ? file.text() : file.text() + "\n";
    }

    /** Quotes a value for the shell so that it stands for itself, whatever it holds. */
    static String quoted(String value) {
        if (value.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a value for the shell may not hold a NUL character");
        }
        return "'" + value.replace("'", "'\\''") + "'";
    }

    /**
     * Returns the text of a resource that is put on hosts as it is.
     *
     * @param path path under {@code io/github/pgha}
     */
    public static String resource(String path) {
        try (InputStream in = HostScript.class.getResourceAsStream("/io/github/pgha/" + path)) {
            if (in == null) {
                throw new IllegalArgumentException("no script " + path + " in this jar");
            }
            // A checkout on Windows may have changed them.
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("\r\n", "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
