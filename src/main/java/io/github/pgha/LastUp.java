package io.github.pgha;

import com.pulumi.core.Output;
import io.github.pgha.secret.Fingerprint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/**
 * What a complete {@code up} was made of, as the next one finds it in the stack's outputs: by that it knows whether anything
 * changes without asking a host.
 *
 * @param together fingerprint of what all hosts must take in together, this library included
 * @param single   fingerprint of the rest
 * @param repair   the input {@code repair}
 * @param without  names of hosts that were left out
 */
record LastUp(String together, String single, int repair, Set<String> without) {
    private static final Pattern FORM = Pattern.compile("([0-9a-f]+) ([0-9a-f]+) repair (\\d+)(?: without (.+))?");
    private static final String OWN = "io/github/pgha/";

    /** Copies the set. */
    LastUp {
        without = new TreeSet<>(without);
    }

    /** What an {@code up} with these inputs is made of. Secrets aren't in it. */
    static LastUp of(PostgresClusterArgs args, Set<String> without) {
        return new LastUp(
                Fingerprint.of(Library.CODE + text(List.of(args.hosts(), args.balancerHosts(), args.security(), args.fencing(),
                        args.upkeep().again().update()))),
                Fingerprint.of(text(List.of(args.database(), args.frontend(), args.access()))),
                args.upkeep().again().repair(), without);
    }

    /** The same text for the same value, whatever the order of its maps. */
    static String text(Object value) {
        if (value instanceof Optional<?> optional) {
            return text(optional.map(List::of).orElse(List.of()));
        }
        if (value instanceof Map<?, ?> map) {
            return map.entrySet().stream().map(entry -> entry.getKey() + "=" + text(entry.getValue())).sorted()
                    .collect(Collectors.joining(",", "{", "}"));
        }
        if (value instanceof Collection<?> collection) {
            Stream<String> texts = collection.stream().map(LastUp::text);
            return (collection instanceof Set ? texts.sorted() : texts).collect(Collectors.joining(",", "[", "]"));
        }
        if (value instanceof Record) {
            return Stream.of(value.getClass().getRecordComponents()).map(component -> component.getName() + "="
                    + text(component(value, component))).collect(Collectors.joining(",", "{", "}"));
        }
        // Its value isn't known yet, and it may be a secret.
        return value instanceof Output ? "" : "'" + value + "'";
    }

    private static Object component(Object value, RecordComponent component) {
        try {
            var accessor = component.getAccessor();
            accessor.setAccessible(true);
            return accessor.invoke(value);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(component + " can't be read", e);
        }
    }

    /** Reads an output; empty for one of a version that had none. */
    static Optional<LastUp> parse(Object output) {
        Matcher parts = FORM.matcher(output instanceof String text ? text : "");
        return parts.matches() ? Optional.of(new LastUp(parts.group(1), parts.group(2), Integer.parseInt(parts.group(3)),
                parts.group(4) == null ? Set.of() : Set.of(parts.group(4).split(" ")))) : Optional.empty();
    }

    /** The output. */
    @Override
    public String toString() {
        return together + " " + single + " repair " + repair
                + (without.isEmpty() ? "" : " without " + String.join(" ", without));
    }

    /** This library, of which another version may give hosts other files. */
    private static final class Library {
        static final String CODE = code();

        private static String code() {
            try {
                Path place = Path.of(LastUp.class.getProtectionDomain().getCodeSource().getLocation().toURI());
                var sums = new TreeMap<String, Long>();
                if (Files.isDirectory(place)) {
                    try (Stream<Path> files = Files.walk(place.resolve(OWN))) {
                        for (Path file : files.filter(Files::isRegularFile).toList()) {
                            var sum = new CRC32();
                            sum.update(Files.readAllBytes(file));
                            sums.put(place.relativize(file).toString(), sum.getValue());
                        }
                    }
                } else {
                    try (var jar = new JarFile(place.toFile())) {
                        // Known without reading the files themselves.
                        jar.stream().filter(entry -> entry.getName().startsWith(OWN) && !entry.isDirectory())
                                .forEach(entry -> sums.put(entry.getName(), entry.getCrc()));
                    }
                }
                return sums.toString();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (URISyntaxException e) {
                throw new IllegalStateException("the library's own place isn't known", e);
            }
        }
    }
}
