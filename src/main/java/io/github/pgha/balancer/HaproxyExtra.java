package io.github.pgha.balancer;

import io.github.pgha.rules.Problems;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the user adds to HAProxy's configuration on all balancers, after the cluster's own: for what this library has no
 * input for. HAProxy checks the whole file on each balancer before it takes it in. It holds no secret: everybody who may
 * see the stack may read it.
 *
 * @param text  whole sections, such as a {@code listen} of another service. They have the cluster's {@code defaults}:
 *              mode tcp, and time-outs of a day for clients and servers. Empty for none
 * @param ports the ports of its {@code bind} lines that {@code clientNetworks} may reach; the hosts' packet filter drops
 *              what comes to others. It must not have those of the cluster
 */
public record HaproxyExtra(String text, List<Integer> ports) {
    /** Nothing. */
    public static final HaproxyExtra NONE = new HaproxyExtra("", List.of());

    private static final String KEY = "haproxyExtra";
    private static final String PORTS_KEY = "haproxyExtraPorts";
    /** HAProxy 3.0's; the process itself ({@code global}, {@code program}, {@code traces}) is the cluster's. */
    private static final Set<String> SECTIONS = Set.of("defaults", "frontend", "backend", "listen", "peers", "resolvers",
            "userlist", "mailers", "cache", "http-errors", "ring", "log-forward", "fcgi-app", "crt-store");
    private static final Set<String> OTHER_SECTIONS = Set.of("global", "program", "traces");
    private static final Set<String> OWN_NAMES = Set.of("primary", "standbys", "statistics", "check", "statistics_users");
    private static final Pattern PORT = Pattern.compile(":(\\d{1,9})(?:-(\\d{1,9}))?$");

    /** A range of ports that a line listens at. */
    private record Bind(String line, int first, int last) {
        boolean has(int port) {
            return first <= port && port <= last;
        }
    }

    /** @throws io.github.pgha.rules.InvalidInputException with one sentence for each broken rule */
    public HaproxyExtra {
        Objects.requireNonNull(text, "text");
        ports = List.copyOf(ports);
        var problems = new Problems();
        check(problems, text, ports);
        problems.orThrow();
    }

    /** Adds what is wrong with the parts; a null is passed over. */
    public static void check(Problems problems, String text, List<Integer> ports) {
        if (text != null && text.chars().anyMatch(c -> Character.isISOControl(c) && c != '\n' && c != '\t')) {
            problems.add(KEY + " must have no control characters but new lines and tabs");
        } else if (text != null) {
            sections(problems, text);
            binds(text).stream().filter(bind -> bind.first() < 1 || bind.first() > bind.last() || bind.last() > 65535)
                    .forEach(bind -> problems.add(KEY + ": '%s' must be at ports of 1 to 65535", bind.line()));
        }
        if (ports == null) {
            return;
        }
        for (int i = 0; i < ports.size(); i++) {
            int first = ports.indexOf(ports.get(i));
            int index = i;
            problems.require(ports.get(i), port -> port >= 1 && port <= 65535, PORTS_KEY + ": '%s' must be 1 to 65535");
            problems.require(ports.get(i), port -> first == index, PORTS_KEY + ": '%s' must be named once");
            if (text != null) {
                problems.require(ports.get(i), port -> binds(text).stream().anyMatch(bind -> bind.has(port)),
                        PORTS_KEY + ": '%s' must be the port of a bind line of " + KEY);
            }
        }
    }

    /**
     * Adds what clashes with ports that are somebody else's.
     *
     * @param port  the port
     * @param owner whose it is
     */
    static void checkFree(Problems problems, String text, Integer port, String owner) {
        linesAt(text, port).forEach(line ->
                problems.add(KEY + ": '%s' must be at a free port of the hosts: %s is %s's", line, port, owner));
    }

    /** Lines that listen at a port; none where there is no text or port. */
    static List<String> linesAt(String text, Integer port) {
        return text == null || port == null ? List.of()
                : binds(text).stream().filter(bind -> bind.has(port)).map(Bind::line).toList();
    }

    private static void sections(Problems problems, String text) {
        boolean inside = false;
        for (String[] words : lines(text).stream().map(HaproxyExtra::words).toList()) {
            if (OTHER_SECTIONS.contains(words[0])) {
                problems.add(KEY + ": '%s' must not be a section of it: HAProxy's process is the cluster's", words[0]);
            } else if (!inside && !SECTIONS.contains(words[0])) {
                problems.add(KEY + ": '%s' must come after the head of a section, such as 'listen NAME'",
                        String.join(" ", words));
            }
            if (SECTIONS.contains(words[0]) && words.length > 1 && OWN_NAMES.contains(words[1])) {
                problems.add(KEY + ": '%s %s' must have another name: the cluster has one of this", words[0], words[1]);
            }
            inside = true;
        }
    }

    private static List<Bind> binds(String text) {
        List<Bind> binds = new ArrayList<>();
        for (String line : lines(text)) {
            String[] words = words(line);
            if (!words[0].equals("bind") || words.length == 1) {
                continue;
            }
            for (String address : words[1].split(",")) {
                range(line, address).ifPresent(binds::add);
            }
        }
        return binds;
    }

    private static Optional<Bind> range(String line, String address) {
        Matcher port = PORT.matcher(address);
        if (!port.find()) {
            return Optional.empty();
        }
        int first = Integer.parseInt(port.group(1));
        return Optional.of(new Bind(line, first, port.group(2) == null ? first : Integer.parseInt(port.group(2))));
    }

    /** HAProxy takes quotes and backslashes off a word before it looks what it is. */
    private static String[] words(String line) {
        return line.replaceAll("[\"'\\\\]", "").split("[ \t]+", 3);
    }

    private static List<String> lines(String text) {
        return text.lines().map(String::strip).filter(line -> !line.isEmpty() && !line.startsWith("#")).toList();
    }
}
