package io.github.pgha.proxmox;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonPrimitive;
import com.google.gson.JsonSerializer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The cloud-init user-data of one machine.
 *
 * @param hostName       name of the machine
 * @param adminUser      the user that may use sudo; key login only
 * @param authorizedKeys public keys that may log in as that user; at least one
 * @param hostKey        the machine's private SSH host key, ed25519 in OpenSSH's format
 * @param hostPublicKey  its public part
 * @param aptProxy       a proxy for apt, such as {@code http://192.168.124.1:3142}
 * @param guestAgent     whether to install the QEMU guest agent; its packages come at the first boot
 * @param extra          what the user adds
 */
record UserData(
        String hostName,
        String adminUser,
        List<String> authorizedKeys,
        String hostKey,
        String hostPublicKey,
        Optional<String> aptProxy,
        boolean guestAgent,
        CloudInit extra) {

    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([A-Z_]+)}");
    // JSON is YAML, nearly: see json(). Without HTML escapes, which YAML knows as well but people read badly.
    private static final Gson JSON = new GsonBuilder().disableHtmlEscaping().serializeNulls()
            // Java's 1.0E10 is a text in cloud-init's YAML; this gives 1.0E+10, which is a number.
            .registerTypeAdapter(Double.class, (JsonSerializer<Double>) (number, type, context) ->
                    new JsonPrimitive(new BigDecimal(number.toString())))
            .create();
    /** YAML has these by their escapes only (1.1, 5.1), and one would spoil the whole file; JSON has no such rule. */
    private static final Pattern UNPRINTABLE = Pattern.compile(
            "[^\\x09\\x0A\\x0D\\x20-\\x7E\\x85\\xA0-\\uD7FF\\uE000-\\uFFFD\\x{10000}-\\x{10FFFF}]|\\x85|\\uFEFF");

    /** Returns the whole file. */
    String render() {
        Map<String, Object> values = Map.of(
                "HOST_NAME", hostName,
                "ADMIN_USER", adminUser,
                "AUTHORIZED_KEYS", authorizedKeys,
                "HOST_KEY", hostKey,
                "HOST_PUBLIC_KEY", hostPublicKey);
        String own = PLACEHOLDER.matcher(template()).replaceAll(found -> found.group(1).equals("NAME")
                ? Matcher.quoteReplacement(found.group())
                : Matcher.quoteReplacement(json(values.get(found.group(1)))));
        var text = new StringBuilder(own);
        added().forEach((key, value) -> text.append(json(key)).append(": ").append(json(value)).append('\n'));
        return text.toString();
    }

    /** What comes after the template. cloud-init calls a first boot degraded that was given an empty list of these. */
    private Map<String, Object> added() {
        var added = new LinkedHashMap<String, Object>();
        added.put("write_files", extra.filesAfter(aptProxy.map(UserData::aptProxyFile).map(List::of).orElse(List.of())));
        added.put("packages", extra.packagesAfter(guestAgent ? List.of("qemu-guest-agent") : List.of()));
        added.values().removeIf(value -> ((List<?>) value).isEmpty());
        added.putAll(extra.rest());
        return added;
    }

    private static String json(Object value) {
        return UNPRINTABLE.matcher(JSON.toJson(value))
                .replaceAll(found -> "\\\\u%04x".formatted((int) found.group().charAt(0)));
    }

    private static Map<String, String> aptProxyFile(String proxy) {
        return new java.util.TreeMap<>(Map.of(
                "path", "/etc/apt/apt.conf.d/90pgha-proxy",
                "content", "Acquire::http::Proxy \"" + proxy + "\";\n"));
    }

    private static String template() {
        try (InputStream in = UserData.class.getResourceAsStream("/io/github/pgha/cloud-init/user-data.yaml")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
