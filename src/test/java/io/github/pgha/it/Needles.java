package io.github.pgha.it;

import io.github.pgha.secret.KeySeed;
import io.github.pgha.secret.SshKeyPair;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Secrets to be searched for, in the forms in which they travel: as they are, in Base64 at any offset, encoded for a URL. Of a
 * private key in PEM each piece of its text counts, so that one broken into other lines is found too.
 */
final class Needles {
    /** Shorter ones would be found by chance, or name too little of a secret to be one. */
    static final int SHORTEST = 12;
    /** Letters of a key's text that are searched for at once: 120 bits. */
    private static final int PIECE = 20;
    /** Where the secret number of a P-256 key ends in its text: 68 bytes of it. */
    private static final int P256_SCALAR_END = 91;
    /** All needles are looked up by their first bytes. */
    private static final int PREFIX = Long.BYTES;
    private static final int BUFFER = 1 << 20;
    /** What every key of a kind has in common is no secret. */
    private static final Set<String> PUBLIC = common();

    /**
     * A place where a secret stands.
     *
     * @param secret its name
     * @param form   how it is written there
     * @param offset of its first byte
     */
    record Hit(String secret, String form, long offset) {}

    /** What was found in a text, and how many bytes that had. */
    record Result(List<Hit> hits, long bytes) {}

    private record Needle(String secret, String form, byte[] bytes) {}

    private final Map<Long, List<Needle>> byPrefix = new HashMap<>();
    /** Tells of most places that no needle begins there. */
    private final BitSet prefixes = new BitSet(1 << 16);
    private final Set<String> names = new TreeSet<>();
    private int longest;

    /**
     * Adds a secret.
     *
     * @param name what to call it when it is found
     * @throws IllegalArgumentException if it is too short; the message doesn't repeat it
     */
    void add(String name, String secret) {
        if (secret.strip().length() < SHORTEST) {
            throw new IllegalArgumentException(name + " has fewer than " + SHORTEST + " characters");
        }
        names.add(name);
        if (secret.contains("PRIVATE KEY-----")) {
            String publicKey = secret.contains("OPENSSH") ? SshKeyPair.publicKey(secret) : "";
            for (String piece : pieces(secret)) {
                if (!PUBLIC.contains(piece) && !publicKey.contains(piece)) {
                    forms(name, piece);
                }
            }
        } else {
            forms(name, secret.strip());
        }
    }

    /** How many secrets are searched for. */
    int size() {
        return names.size();
    }

    private void forms(String name, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        put(name, "as it is", bytes);
        String url = URLEncoder.encode(text, StandardCharsets.UTF_8);
        if (!url.equals(text)) {
            put(name, "encoded for a URL", url.getBytes(StandardCharsets.UTF_8));
        }
        // Three bytes are four letters: only those letters count that come of the secret alone, whatever stands around it.
        for (int before = 0; before < 3; before++) {
            byte[] shifted = new byte[before + bytes.length];
            System.arraycopy(bytes, 0, shifted, before, bytes.length);
            String encoded = Base64.getEncoder().withoutPadding().encodeToString(shifted);
            String inner = encoded.substring((before * 8 + 5) / 6, shifted.length * 8 / 6);
            put(name, "in Base64", inner.getBytes(StandardCharsets.UTF_8));
            put(name, "in Base64", inner.replace('+', '-').replace('/', '_').getBytes(StandardCharsets.UTF_8));
        }
    }

    private void put(String name, String form, byte[] bytes) {
        long prefix = 0;
        for (int i = 0; i < PREFIX; i++) {
            prefix = prefix << 8 | bytes[i] & 0xff;
        }
        byPrefix.computeIfAbsent(prefix, key -> new ArrayList<>()).add(new Needle(name, form, bytes));
        prefixes.set(bucket(prefix));
        longest = Math.max(longest, bytes.length);
    }

    private static int bucket(long prefix) {
        return (int) (prefix * 0x9E3779B97F4A7C15L >>> 48);
    }

    /** Searches all bytes of a text. */
    Result in(byte[] text) {
        List<Hit> hits = new ArrayList<>();
        search(text, text.length, 0, text.length, hits);
        return new Result(hits, text.length);
    }

    /** Searches a stream to its end, whatever its length, and leaves it open. */
    Result in(InputStream text) throws IOException {
        List<Hit> hits = new ArrayList<>();
        byte[] buffer = new byte[BUFFER + longest];
        long offset = 0;
        int kept = 0;
        while (true) {
            int read = text.readNBytes(buffer, kept, BUFFER + longest - kept);
            int length = kept + read;
            boolean last = length < buffer.length;
            // A needle that begins in what is kept may be cut off: it is searched for with what comes next.
            int begins = last ? length : length - longest;
            search(buffer, length, offset, begins, hits);
            if (last) {
                return new Result(hits, offset + length);
            }
            kept = length - begins;
            System.arraycopy(buffer, begins, buffer, 0, kept);
            offset += begins;
        }
    }

    private void search(byte[] text, int length, long offset, int begins, List<Hit> hits) {
        long window = 0;
        for (int end = 0; end < length; end++) {
            window = window << 8 | text[end] & 0xff;
            int start = end - PREFIX + 1;
            if (start < 0 || !prefixes.get(bucket(window))) {
                continue;
            }
            if (start >= begins) {
                return;
            }
            for (Needle needle : byPrefix.getOrDefault(window, List.of())) {
                if (start + needle.bytes.length <= length && java.util.Arrays.equals(
                        text, start, start + needle.bytes.length, needle.bytes, 0, needle.bytes.length)) {
                    hits.add(new Hit(needle.secret, needle.form, offset + start));
                }
            }
        }
    }

    private static List<String> pieces(String pem) {
        // An authority's certificate stands beside its key.
        String text = pem.replaceFirst("(?s).*?-----BEGIN [A-Z ]*PRIVATE KEY-----", "").replaceFirst("(?s)-----END.*", "")
                .replaceAll("\\s", "");
        // In PKCS #8 the public key follows, and certificates may have the same letters for it.
        int end = text.startsWith("MIG") ? Math.min(P256_SCALAR_END, text.length()) : text.length();
        List<String> pieces = new ArrayList<>();
        for (int start = 0; start < end && start + PIECE <= text.length(); start += PIECE) {
            pieces.add(text.substring(start, start + PIECE));
        }
        return pieces;
    }

    private static Set<String> common() {
        Set<String> both = new HashSet<>();
        Stream.<java.util.function.Supplier<String>>of(
                () -> KeySeed.privateKey(KeySeed.generate(), "specimen"), SshKeyPair::generate).forEach(kind -> {
                    var shared = new HashSet<>(pieces(kind.get()));
                    shared.retainAll(pieces(kind.get()));
                    both.addAll(shared);
                });
        return both;
    }
}
