package io.github.pgha.sandbox.api;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
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
     * @param acl privileges by path, each for everything below as well
     */
    public record Token(String user, String name, String secret, Map<String, List<String>> acl) {
        /** As it stands in PROXMOX_VE_API_TOKEN. */
        public String text() {
            return user + "!" + name + "=" + secret;
        }
    }

    private final Path file;
    private final ObjectMapper json;

    public Tokens(Path file, ObjectMapper json) {
        this.file = file;
        this.json = json;
    }

    /** Who sends this Authorization header; else Proxmox's 401. */
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
        List<Token> tokens = List.of(json.readValue(Files.readAllBytes(file), Token[].class));
        Token token = tokens.stream().filter(t -> t.user().equals(user) && t.name().equals(name)).findFirst()
                .orElseThrow(() -> ApiException.unauthorized("no such token '" + name + "' for user '" + user + "'"));
        if (!MessageDigest.isEqual(token.secret().getBytes(StandardCharsets.UTF_8),
                matcher.group(3).getBytes(StandardCharsets.UTF_8))) {
            throw ApiException.unauthorized("invalid token value!");
        }
        return new Caller(user + "!" + name, token.acl());
    }
}
