package shop;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * What PostgreSQL's JDBC driver makes of a URI as libpq and psql take it: the login is beside the URL, and settings
 * have other names.
 *
 * @param url      {@code jdbc:postgresql://HOST:PORT/DATABASE?...}, without the password
 * @param user     who logs in
 * @param password secret
 */
record JdbcUrl(String url, String user, String password) {
    private static final Pattern URI = Pattern.compile(
            "postgres(?:ql)?://([^:@/?]+):([^@/?]*)@([^@/?]+)/([^?/]+)(?:\\?(.*))?");
    private static final Map<String, String> NAMES = Map.of("sslmode", "sslmode", "sslrootcert", "sslrootcert",
            "connect_timeout", "connectTimeout", "application_name", "ApplicationName",
            "target_session_attrs", "targetServerType");
    private static final Map<String, String> SERVERS = Map.of("any", "any",
            "read-write", "primary", "primary", "primary", "read-only", "secondary", "standby", "secondary",
            "prefer-standby", "preferSecondary");

    /**
     * Converts a URI.
     *
     * @param uri      {@code postgresql://USER:PASSWORD@HOST:PORT/DATABASE?name=value&...}, parts percent-encoded
     * @param settings more settings, by the driver's names; they win
     * @throws IllegalArgumentException if it isn't one; the message doesn't repeat it, as it holds a password
     */
    static JdbcUrl of(String uri, Map<String, String> settings) {
        Matcher parts = URI.matcher(uri);
        if (!parts.matches()) {
            throw new IllegalArgumentException("must be a URI postgresql://USER:PASSWORD@HOST:PORT/DATABASE");
        }
        var all = new TreeMap<String, String>();
        if (parts.group(5) != null) {
            for (String setting : parts.group(5).split("&")) {
                String[] pair = setting.split("=", 2);
                String name = NAMES.get(pair[0]);
                if (name == null || pair.length == 1) {
                    throw new IllegalArgumentException("the setting '" + pair[0] + "' must be one of "
                            + String.join(", ", new TreeMap<>(NAMES).keySet()) + ", with a value");
                }
                String value = decoded(pair[1]);
                all.put(name, name.equals("targetServerType") ? SERVERS.getOrDefault(value, value) : value);
            }
        }
        all.putAll(settings);
        String query = all.entrySet().stream()
                .map(setting -> setting.getKey() + "=" + URLEncoder.encode(setting.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
        String database = "jdbc:postgresql://" + parts.group(3) + "/" + parts.group(4);
        return new JdbcUrl(query.isEmpty() ? database : database + "?" + query,
                decoded(parts.group(1)), decoded(parts.group(2)));
    }

    /** The same database on other hosts, {@code HOST:PORT,...}: the members themselves, past the balancers. */
    JdbcUrl at(String hosts) {
        return new JdbcUrl(url.replaceFirst("//[^/]+/", Matcher.quoteReplacement("//" + hosts + "/")), user, password);
    }

    /** A source of connections, each a new one. */
    DataSource dataSource() {
        var source = new PGSimpleDataSource();
        source.setUrl(url);
        source.setUser(user);
        source.setPassword(password);
        return source;
    }

    private static String decoded(String text) {
        // In a URI, unlike in a form, a plus sign is one.
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return url + " as " + user;
    }
}
