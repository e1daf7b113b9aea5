package io.github.pgha.proxmox;

import io.github.pgha.rules.PlainValue;
import io.github.pgha.rules.Problems;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the user adds to the machines' first boot. A machine keeps the user-data of its creation: a change is for machines
 * that are made afterwards.
 *
 * @param values keys of cloud-init's cloud-config with texts, numbers, booleans, lists and maps; {@code write_files} and
 *               {@code packages} are added to the library's own. Packages that are named here come at the first boot, which
 *               everything else waits for
 */
public record CloudInit(Map<String, Object> values) {
    /** Nothing. */
    public static final CloudInit NONE = new CloudInit(Map.of());

    private static final String KEY = "cloudInit";
    private static final String FILES = "write_files";
    private static final String PACKAGES = "packages";
    /** What the library's own user-data has, and what would take that back: names, logins, networks, restarts. */
    private static final Set<String> OWN = Set.of(
            "hostname", "fqdn", "prefer_fqdn_over_hostname", "preserve_hostname", "create_hostname_file", "manage_etc_hosts",
            "disable_root", "ssh_pwauth", "user", "users", "password", "chpasswd", "system_info",
            "ssh_deletekeys", "ssh_genkeytypes", "ssh_keys", "package_update", "package_upgrade",
            "package_reboot_if_required", "power_state", "network", "cloud_init_modules", "cloud_config_modules",
            "cloud_final_modules", "merge_how", "merge_type");

    /** @throws io.github.pgha.rules.InvalidInputException with one sentence for each broken rule */
    public CloudInit {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
        var problems = new Problems();
        check(problems, values);
        problems.orThrow();
    }

    /** Adds what is wrong with the values; a null is passed over. */
    public static void check(Problems problems, Map<String, Object> values) {
        if (values == null) {
            return;
        }
        values.keySet().forEach(key -> {
            if (problems.require(key, name -> name.matches("[a-z][a-z0-9_-]*"),
                    KEY + ": '%s' must be a key of cloud-config: lower-case letters, digits, _ and -")) {
                problems.require(key, name -> !OWN.contains(name), KEY + ": '%s' must not be set: it is the library's own");
            }
            PlainValue.fault(values.get(key)).ifPresent(fault -> problems.add(KEY + ": %s %s", key, fault));
        });
        problems.require(values.get(FILES), files -> files instanceof List<?> list && list.stream().allMatch(
                        file -> file instanceof Map<?, ?> map && map.get("path") instanceof String path && path.startsWith("/")),
                KEY + ": " + FILES + " '%s' must be a list of objects with an absolute path");
        problems.require(values.get(PACKAGES), packages -> packages instanceof List<?> list && list.stream().allMatch(
                        name -> name instanceof String text && !text.isBlank()),
                KEY + ": " + PACKAGES + " '%s' must be a list of names");
    }

    /** Files, after others. */
    List<Object> filesAfter(List<?> others) {
        return after(others, FILES);
    }

    /** Packages, after others. */
    List<Object> packagesAfter(List<?> others) {
        return after(others, PACKAGES);
    }

    private List<Object> after(List<?> others, String key) {
        var all = new ArrayList<Object>(others);
        if (values.get(key) instanceof List<?> more) {
            all.addAll(more);
        }
        return all;
    }

    /** What isn't added to something of the library's own. */
    Map<String, Object> rest() {
        var rest = new LinkedHashMap<>(values);
        rest.keySet().removeAll(Set.of(FILES, PACKAGES));
        return rest;
    }
}
