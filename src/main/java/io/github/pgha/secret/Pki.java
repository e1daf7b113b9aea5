package io.github.pgha.secret;

import com.pulumi.core.Output;
import com.pulumi.resources.Resource;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * The stack's public key infrastructure: authorities and keys are kept in the state, certificates are computed from them in
 * each run.
 */
public final class Pki {
    private final Renewal renewal;
    private final Instant now;
    private final Output<String> trusted;
    private final Output<CertificateAuthority> signer;
    private final Resource parent;

    /**
     * @param name     first part of the names of its resources
     * @param security the settings
     * @param clock    tells the time, which decides on renewal
     * @param parent   the component that it belongs to
     */
    public Pki(String name, SecuritySettings security, Clock clock, Resource parent) {
        renewal = new Renewal(security.certificateLife());
        now = clock.instant();
        this.parent = parent;
        if (security.ownAuthority().isPresent()) {
            OwnAuthority own = security.ownAuthority().get();
            trusted = Output.of(own.certificate().strip() + "\n");
            signer = own.privateKey().applyValue(key -> CertificateAuthority.read(own.certificate(), key)).asSecret();
        } else {
            List<Output<String>> authorities = new ArrayList<>();
            CaGenerations generations = security.authorities();
            for (int generation : generations.trust()) {
                authorities.add(StoredSecret.keep(name + "-ca-" + generation,
                        CertificateAuthority.create(name + " CA " + generation, now), parent));
            }
            // Certificates are public, though they are kept beside the keys.
            trusted = Output.all(authorities).asPlaintext().applyValue(all -> String.join("", all.stream()
                    .flatMap(pem -> Pem.readCertificates(pem).stream()).map(Pem::certificate).toList()));
            signer = authorities.get(generations.trust().indexOf(generations.sign()))
                    .applyValue(pem -> CertificateAuthority.read(pem, pem));
        }
    }

    /** The certificates of all trusted authorities in PEM, one after the other; public. */
    public Output<String> trusted() {
        return trusted;
    }

    /**
     * The keys of a host.
     *
     * @param host its name
     */
    public HostKeys host(String host) {
        return new HostKeys(StoredSecret.keep(host + "-key-seed", KeySeed.generate(), parent));
    }

    /** Keys and certificates of one host, a pair for each purpose. */
    public final class HostKeys {
        private final Output<String> seed;

        private HostKeys(Output<String> seed) {
            this.seed = seed;
        }

        /** The private key of a purpose in PEM; secret. */
        public Output<String> key(String purpose) {
            return seed.applyValue(value -> KeySeed.privateKey(value, purpose)).asSecret();
        }

        /**
         * The certificate of a purpose in PEM; public. What the host trusts is part of what it is computed from, so that all
         * who show a certificate take in both anew when one changes.
         */
        public Output<String> certificate(String purpose, LeafSpec spec) {
            return Output.tuple(signer, seed, trusted).applyValue(all -> all.t1.issue(
                    spec, KeySeed.privateKey(all.t2, purpose), all.t1.window(renewal, now), all.t3)).asPlaintext();
        }
    }
}
