package io.github.pgha.sandbox.api;

import io.github.pgha.sandbox.storage.Storage;
import io.github.pgha.sandbox.task.TaskLog;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;

/** Fetches files from URLs. The node's network has no way out, so only what the sandbox itself serves is there. */
public final class Downloads {
    private static final Map<String, String> DIGESTS = Map.of("md5", "MD5", "sha1", "SHA-1", "sha224", "SHA-224",
            "sha256", "SHA-256", "sha384", "SHA-384", "sha512", "SHA-512");

    private final HttpClient http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5))
            .followRedirects(HttpClient.Redirect.NORMAL).build();

    Map<String, Object> metadata(String url) throws InterruptedException {
        HttpResponse<Void> response;
        try {
            response = http.send(request(url).method("HEAD", HttpRequest.BodyPublishers.noBody()).build(),
                    HttpResponse.BodyHandlers.discarding());
        } catch (IOException e) {
            throw ApiException.failed("invalid server response: '500 Can't connect to " + url + " (" + reason(e) + ")'");
        }
        if (response.statusCode() != 200) {
            throw ApiException.failed("invalid server response: '" + response.statusCode() + " for " + url + "'");
        }
        String path = response.uri().getPath();
        return Answers.of("filename", path.substring(path.lastIndexOf('/') + 1),
                "size", response.headers().firstValueAsLong("Content-Length").orElse(0),
                "mimetype", response.headers().firstValue("Content-Type").orElse("application/octet-stream"));
    }

    void fetch(Call call, Path target, Storage storage, TaskLog log) throws IOException, InterruptedException {
        String url = call.required("url");
        if (call.text("compression").isPresent()) {
            throw new IOException("the sandbox doesn't decompress downloads");
        }
        if (Files.exists(target)) {
            keep(call, target, log);
            return;
        }
        Path draft = Files.createTempFile(target.getParent(), ".download", ".tmp");
        try {
            log.line("downloading " + url + " to " + target);
            HttpResponse<InputStream> response = send(url);
            try (InputStream body = response.body()) {
                if (response.statusCode() != 200) {
                    throw new IOException("download of '" + url + "' failed: HTTP status " + response.statusCode());
                }
                Files.copy(body, draft, StandardCopyOption.REPLACE_EXISTING);
            }
            verify(call, draft, log);
            if (call.required("content").equals("import")) {
                storage.checkImage(draft, target.getFileName().toString());
            }
            Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
            log.line("download of '" + url + "' to '" + target + "' finished");
        } finally {
            Files.deleteIfExists(draft);
        }
    }

    /** A file that is there is taken if its checksum is the one that is asked for. */
    private static void keep(Call call, Path target, TaskLog log) throws IOException {
        if (call.text("checksum").isEmpty()) {
            throw new IOException("refusing to override existing file '" + target + "'");
        }
        verify(call, target, log);
        log.line("got correct file already, no need to download");
    }

    private HttpResponse<InputStream> send(String url) throws IOException, InterruptedException {
        try {
            return http.send(request(url).build(), HttpResponse.BodyHandlers.ofInputStream());
        } catch (IOException e) {
            throw new IOException("download of '" + url + "' failed: " + reason(e), e);
        }
    }

    private static HttpRequest.Builder request(String url) {
        try {
            return HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(60));
        } catch (IllegalArgumentException e) {
            throw ApiException.badParameter("url", "'" + url + "' isn't an http or https URL");
        }
    }

    private static void verify(Call call, Path file, TaskLog log) throws IOException {
        if (call.text("checksum").isEmpty()) {
            return;
        }
        String algorithm = call.text("checksum-algorithm").orElse("sha256");
        String wanted = call.required("checksum").toLowerCase(Locale.ROOT);
        String got = digest(algorithm, file);
        if (!got.equals(wanted)) {
            throw new IOException("checksum mismatch: got '" + got + "' != expect '" + wanted + "'");
        }
        log.line("checksum " + algorithm + " verified");
    }

    private static String digest(String algorithm, Path file) throws IOException {
        if (!DIGESTS.containsKey(algorithm)) {
            throw new IOException("unknown checksum algorithm '" + algorithm + "'");
        }
        try {
            MessageDigest digest = MessageDigest.getInstance(DIGESTS.get(algorithm));
            // In pieces: a real machine's image is larger than this server's memory.
            try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
                in.transferTo(OutputStream.nullOutputStream());
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String reason(IOException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause.getMessage() != null) {
                return cause.getMessage();
            }
            if (cause instanceof UnresolvedAddressException) {
                return "Name or service not known";
            }
        }
        return e.toString();
    }
}
