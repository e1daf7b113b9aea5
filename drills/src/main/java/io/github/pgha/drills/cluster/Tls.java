package io.github.pgha.drills.cluster;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Trust in the authorities of a PEM text, kept in memory. */
public final class Tls {
    static {
        // Patroni's REST server ends an answer by ending TLS, and waits to be told the same before it ends the connection.
        // With TLS 1.3 Java says nothing unless this is set, and both wait for ever.
        System.setProperty("jdk.tls.acknowledgeCloseNotify", "true");
    }

    private Tls() {}

    /** Returns a context that trusts these authorities and no others. */
    public static SSLContext trusting(String pem) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        int number = 0;
        try (var in = new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII))) {
            for (Certificate certificate : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry("authority-" + number++, certificate);
            }
        }
        if (number == 0) {
            throw new GeneralSecurityException("there is no certificate in the PEM text");
        }
        var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        var context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), null);
        return context;
    }
}
