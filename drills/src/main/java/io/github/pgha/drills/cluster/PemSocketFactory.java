package io.github.pgha.drills.cluster;

import java.io.IOException;
import java.security.GeneralSecurityException;
import org.postgresql.ssl.WrappedFactory;

/** TLS for PostgreSQL connections; the authority's PEM text is the driver's {@code sslfactoryarg}: no file needed. */
public final class PemSocketFactory extends WrappedFactory {
    /** Called by the driver. */
    public PemSocketFactory(String pem) throws GeneralSecurityException, IOException {
        factory = Tls.trusting(pem).getSocketFactory();
    }
}
