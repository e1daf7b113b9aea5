package io.github.pgha.proxmox.api;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Whose certificates are believed: the CAs of {@code SSL_CERT_FILE} and those of the operating system, which is whom the
 * provider believes. Java's own are used only where neither is found.
 */
public final class Trust {
    /** Variable with the path of a file with CAs in PEM. */
    public static final String VARIABLE = "SSL_CERT_FILE";

    private static final List<Path> OF_THE_SYSTEM = List.of(Path.of("/etc/ssl/certs/ca-certificates.crt"),
            Path.of("/etc/pki/tls/certs/ca-bundle.crt"), Path.of("/etc/ssl/ca-bundle.pem"), Path.of("/etc/ssl/cert.pem"));
    private static final Pattern CERTIFICATE =
            Pattern.compile("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", Pattern.DOTALL);

    private final X509ExtendedTrustManager judge;

    private Trust(X509ExtendedTrustManager judge) {
        this.judge = judge;
    }

    /**
     * Reads whom the environment and the system believe.
     *
     * @throws IllegalArgumentException if {@code SSL_CERT_FILE} names a file that can't be read or has no certificate
     */
    public static Trust of(Map<String, String> environment) {
        List<Certificate> believed = new ArrayList<>();
        String file = environment.getOrDefault(VARIABLE, "");
        if (!file.isBlank()) {
            believed.addAll(ofFile(file));
        }
        OF_THE_SYSTEM.stream().filter(Files::isReadable).findFirst().ifPresent(path -> believed.addAll(ofSystem(path)));
        return new Trust(judge(believed));
    }

    /**
     * Believes nobody but these.
     *
     * @param pem certificates of CAs in PEM
     * @throws IllegalArgumentException if there is none in it, or one can't be read
     */
    public static Trust only(String pem) {
        return new Trust(judge(certificates(pem)));
    }

    private static Collection<Certificate> ofFile(String file) {
        try {
            return certificates(Files.readString(Path.of(file), StandardCharsets.ISO_8859_1));
        } catch (IOException | IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    VARIABLE + " '" + file + "' must be a file with certificates in PEM that can be read", e);
        }
    }

    /** What can't be read of the system's own store is left out, as by everybody else who reads it. */
    private static List<Certificate> ofSystem(Path path) {
        try {
            return certificates(Files.readString(path, StandardCharsets.ISO_8859_1));
        } catch (IOException | IllegalArgumentException e) {
            return List.of();
        }
    }

    private static List<Certificate> certificates(String pem) {
        List<Certificate> found = CERTIFICATE.matcher(pem).results().map(MatchResult::group).map(Trust::certificate).toList();
        if (found.isEmpty()) {
            throw new IllegalArgumentException("there is no certificate in PEM");
        }
        return found;
    }

    private static Certificate certificate(String pem) {
        try {
            return CertificateFactory.getInstance("X.509").generateCertificate(
                    new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)));
        } catch (CertificateException e) {
            throw new IllegalArgumentException("a certificate can't be read", e);
        }
    }

    private static X509ExtendedTrustManager judge(List<Certificate> believed) {
        try {
            KeyStore store = null;
            if (!believed.isEmpty()) {
                store = KeyStore.getInstance(KeyStore.getDefaultType());
                store.load(null, null);
                for (int i = 0; i < believed.size(); i++) {
                    store.setCertificateEntry(String.valueOf(i), believed.get(i));
                }
            }
            var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            // Null is Java's own store.
            factory.init(store);
            return Stream.of(factory.getTrustManagers()).filter(X509ExtendedTrustManager.class::isInstance)
                    .map(X509ExtendedTrustManager.class::cast).findFirst().orElseThrow();
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("this Java can't judge certificates", e);
        }
    }

    /** A context for one connection, which notes what was shown. */
    SSLContext context(Shown shown) {
        try {
            var context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new Noting(judge, shown)}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no TLS", e);
        }
    }

    /** What the other side showed, and whether it is believed whatever its name. */
    static final class Shown {
        private volatile X509Certificate certificate;
        private volatile boolean believed;

        /** The certificate; empty if it didn't come to that. */
        Optional<X509Certificate> certificate() {
            return Optional.ofNullable(certificate);
        }

        /** Whether somebody signed it who is believed; then only the name can be wrong. */
        boolean believed() {
            return believed;
        }
    }

    /** Judges as another one does, and notes the certificate. */
    private static final class Noting extends X509ExtendedTrustManager {
        private final X509ExtendedTrustManager judge;
        private final Shown shown;

        Noting(X509ExtendedTrustManager judge, Shown shown) {
            this.judge = judge;
            this.shown = shown;
        }

        private void note(X509Certificate[] chain, String type) {
            shown.certificate = Objects.requireNonNull(chain[0]);
            try {
                judge.checkServerTrusted(chain, type);
                shown.believed = true;
            } catch (CertificateException e) {
                // The judgement that counts comes next, and has its own words.
                shown.believed = false;
            }
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
            note(chain, type);
            judge.checkServerTrusted(chain, type, socket);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
            note(chain, type);
            judge.checkServerTrusted(chain, type, engine);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            note(chain, type);
            judge.checkServerTrusted(chain, type);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
            judge.checkClientTrusted(chain, type, socket);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
            judge.checkClientTrusted(chain, type, engine);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
            judge.checkClientTrusted(chain, type);
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return judge.getAcceptedIssuers();
        }
    }
}
