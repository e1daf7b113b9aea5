package io.github.pgha.sandbox.api;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.pgha.sandbox.identity.Secrets;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * API tokens, each with its access control list, in a file that is read anew for each request: take a privilege away in
 * it and the next call shows what fails.
 */
public final class Tokens {
    private static final Pattern HEADER = Pattern.compile("PVEAPIToken[= ]([^!@]+@[^!]+)!([^=:]+)[=:](.+)");

    /**
     * An entry of the file.
     *
     * @param user "pgha@pve"
     * @param name of the token
     * @param secret a UUID
     * @param acl privileges by path, as {@link Caller} has them
     */
    public record Token(String user, String name, String secret, Map<String, List<String>> acl) {
        /** As it stands in PROXMOX_VE_API_TOKEN. */
        public String text() {
            return user + "!" + name + "=" + secret;
        }
    }

    private final Path file;
    private final Pools pools;
    private final ObjectMapper json;

    public Tokens(Path file, Pools pools, ObjectMapper json) {
        this.file = file;
        this.pools = pools;
        this.json = json;
    }

    /** Who sends this Authorization header; else Proxmox's 401, which doesn't say what of the token is wrong. */
    Caller authenticate(String header) throws IOException {
        if (header == null) {
            throw ApiException.unauthorized("No ticket");
        }
        Matcher matcher = HEADER.matcher(header);
        if (!matcher.matches()) {
            throw ApiException.unauthorized("the sandbox takes API tokens only: PVEAPIToken=USER@REALM!NAME=UUID");
        }
        String user = matcher.group(1);
        String name = matcher.group(2);
        Token token = read().stream().filter(t -> t.user().equals(user) && t.name().equals(name)).findFirst()
                .filter(t -> MessageDigest.isEqual(t.secret().getBytes(StandardCharsets.UTF_8),
                        matcher.group(3).getBytes(StandardCharsets.UTF_8)))
                .orElseThrow(Tokens::failure);
        return new Caller(user + "!" + name, token.acl(), pools.all());
    }

    /** What a wrong and what an unknown token are answered with. */
    static ApiException failure() {
        return ApiException.unauthorized("Authentication failed!");
    }

    /** All paths that anybody has an entry for. */
    Set<String> paths() throws IOException {
        Set<String> paths = new TreeSet<>();
        read().forEach(token -> paths.addAll(token.acl().keySet()));
        return paths;
    }

    private List<Token> read() throws IOException {
        return List.of(json.readValue(Files.readAllBytes(file), Token[].class));
    }

    /** Takes everybody's entries of a path, and of what is below it, away: what it stood for has been removed. */
    synchronized void forget(String path) throws IOException {
        List<Token> tokens = read();
        List<Token> kept = tokens.stream().map(token -> {
            Map<String, List<String>> acl = new TreeMap<>(token.acl());
            acl.keySet().removeIf(at -> at.equals(path) || at.startsWith(path + "/"));
            return new Token(token.user(), token.name(), token.secret(), acl);
        }).toList();
        if (!kept.equals(tokens)) {
            Secrets.write(file, json.writerWithDefaultPrettyPrinter().writeValueAsString(kept) + "\n");
        }
    }
}
