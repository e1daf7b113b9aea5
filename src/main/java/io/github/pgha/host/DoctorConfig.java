package io.github.pgha.host;

import com.google.gson.GsonBuilder;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * {@code /etc/pgha/doctor.json}: what {@code pgha-doctor} can't read from the files that scripts have put on a host, of
 * which it has a list.
 */
final class DoctorConfig {
    private DoctorConfig() {}

    /**
     * Returns the whole file.
     *
     * @param address  the host's own address
     * @param packages names of Debian packages that must be there
     * @param etcd     addresses of etcd's members
     * @param postgres addresses of PostgreSQL's members
     */
    static String render(String address, Collection<String> packages, List<String> etcd, List<String> postgres) {
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("address", address);
        config.put("packages", new TreeSet<>(packages));
        config.put("etcd", etcd);
        config.put("postgres", postgres);
        return new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(config) + "\n";
    }
}
