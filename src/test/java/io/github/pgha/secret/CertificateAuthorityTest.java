package io.github.pgha.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgha.secret.Renewal.Validity;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificateAuthorityTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00.123Z");
    private static final Renewal RENEWAL = new Renewal(Duration.ofDays(365));
    private static final String CA = CertificateAuthority.create("pgha CA 1", NOW);
    private static final String KEY = KeySeed.privateKey(KeySeed.generate(), "postgresql");
    private static final LeafSpec SPEC = LeafSpec.server(
            "O=pgha postgresql", List.of("course-pg1"), List.of("192.168.124.248", "192.168.125.250"));

    @TempDir Path directory;

    private static String issue(String authority, LeafSpec spec, Instant now, String context) {
        var ca = CertificateAuthority.read(authority, authority);
        return ca.issue(spec, KEY, ca.window(RENEWAL, now), context);
    }

    private static X509Certificate parsed(String pem) throws Exception {
        return (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(
                        pem.substring(pem.indexOf("-----BEGIN CERTIFICATE")).getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void authorityIsOneForTenYears() throws Exception {
        X509Certificate certificate = parsed(CA);
        certificate.verify(certificate.getPublicKey());
        assertThat(certificate.getSubjectX500Principal().getName()).isEqualTo("CN=pgha CA 1");
        assertThat(certificate.getBasicConstraints()).isZero();
        assertThat(certificate.getKeyUsage()).containsExactly(
                false, false, false, false, false, true, true, false, false);
        assertThat(certificate.getNotBefore().toInstant()).isEqualTo("2026-03-01T11:00:00Z");
        assertThat(certificate.getNotAfter().toInstant()).isEqualTo("2036-03-01T11:00:00Z");
        assertThat(CertificateAuthority.create("pgha CA 1", NOW)).isNotEqualTo(CA);
    }

    @Test
    void leafNamesItsOwnerAndIsForItsUsagesOnly() throws Exception {
        X509Certificate leaf = parsed(issue(CA, SPEC, NOW, ""));
        leaf.verify(parsed(CA).getPublicKey());
        assertThat(leaf.getIssuerX500Principal()).isEqualTo(parsed(CA).getSubjectX500Principal());
        assertThat(leaf.getSubjectX500Principal().getName()).isEqualTo("O=pgha postgresql");
        assertThat(leaf.getBasicConstraints()).isEqualTo(-1);
        assertThat(leaf.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
        assertThat(leaf.getSubjectAlternativeNames()).extracting(name -> (Object) name.get(1))
                .containsExactly("course-pg1", "192.168.124.248", "192.168.125.250");
        assertThat(leaf.getSerialNumber().signum()).isPositive();
        assertThat(leaf.getSerialNumber().bitLength()).isEqualTo(127);
        assertThat(leaf.getNotBefore().toInstant()).isEqualTo("2026-03-01T11:00:00Z");
        assertThat(leaf.getNotAfter().toInstant()).isEqualTo("2027-03-01T12:00:00Z");
        assertThat(leaf.getSigAlgName()).isEqualTo("SHA256withECDSA");
    }

    @Test
    void usagesOfClientAndPeer() throws Exception {
        assertThat(parsed(issue(CA, LeafSpec.client("O=a client", List.of(), List.of()), NOW, "")).getExtendedKeyUsage())
                .containsExactly("1.3.6.1.5.5.7.3.2");
        assertThat(parsed(issue(CA, LeafSpec.peer("CN=a peer", List.of(), List.of()), NOW, "")).getExtendedKeyUsage())
                .containsExactly("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2");
    }

    @Test
    void sameInputsGiveTheSameBytesAndEveryOtherInputAnotherSerial() throws Exception {
        String leaf = issue(CA, SPEC, NOW, "context");
        assertThat(issue(CA, SPEC, NOW.plus(Duration.ofDays(100)), "context")).isEqualTo(leaf);
        Collection<String> others = List.of(
                issue(CA, SPEC, NOW.plus(Duration.ofDays(300)), "context"),
                issue(CA, SPEC, NOW, "other context"),
                issue(CertificateAuthority.create("pgha CA 1", NOW), SPEC, NOW, "context"),
                issue(CA, LeafSpec.server("O=pgha postgresql", List.of("course-pg1"), List.of("192.168.124.248")), NOW,
                        "context"));
        for (String other : others) {
            assertThat(parsed(other).getSerialNumber()).isNotEqualTo(parsed(leaf).getSerialNumber());
        }
    }

    @Test
    void opensslAcceptsItAtItsNamesAndForItsPurpose() throws Exception {
        Path ca = Files.writeString(directory.resolve("ca.pem"), CA.substring(CA.indexOf("-----BEGIN CERTIFICATE")));
        Path leaf = Files.writeString(directory.resolve("leaf.pem"), issue(CA, SPEC, NOW, ""));
        Path key = Files.writeString(directory.resolve("leaf.key"), KEY);
        String at = Long.toString(NOW.getEpochSecond());
        String verify = "openssl verify -x509_strict -attime " + at + " -CAfile " + ca;
        assertThat(shell(verify + " -purpose sslserver -verify_ip 192.168.125.250 " + leaf)).endsWith(": OK\n");
        assertThat(shell(verify + " -purpose sslserver -verify_hostname course-pg1 " + leaf)).endsWith(": OK\n");
        assertThat(shell(verify + " -purpose sslserver -verify_ip 192.168.125.251 " + leaf))
                .contains("IP address mismatch");
        assertThat(shell(verify + " -purpose sslclient " + leaf)).contains("unsuitable certificate purpose");
        assertThat(shell("openssl pkey -pubout -in " + key))
                .isEqualTo(shell("openssl x509 -noout -pubkey -in " + leaf)).startsWith("-----BEGIN PUBLIC KEY");
        assertThat(shell("openssl pkey -noout -check -in " + key)).contains("Key is valid");
    }

    @Test
    void authorityOfOnesOwnMayBeRsa() throws Exception {
        shell("cd " + directory + " && openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=Own -days 3650 -keyout k -out c");
        String certificate = Files.readString(directory.resolve("c"));
        var own = CertificateAuthority.read(certificate, Files.readString(directory.resolve("k")));
        Validity validity = own.window(RENEWAL, Instant.now());
        String leaf = own.issue(SPEC, KEY, validity, "");
        parsed(leaf).verify(parsed(certificate).getPublicKey());
        assertThat(own.issue(SPEC, KEY, validity, "")).isEqualTo(leaf);
    }

    @Test
    void refusesWhatCannotSign() throws Exception {
        String leaf = issue(CA, SPEC, NOW, "");
        String other = CertificateAuthority.create("another", NOW);
        assertThatThrownBy(() -> CertificateAuthority.read(leaf, KEY)).hasMessage("caCertificate 'O=pgha postgresql' "
                + "must be the certificate of an authority (basic constraints: CA)");
        assertThatThrownBy(() -> CertificateAuthority.read("nothing", CA))
                .hasMessage("caCertificate must be one or more certificates in PEM");
        assertThatThrownBy(() -> CertificateAuthority.read(CA, other))
                .hasMessage("caPrivateKey can't be used: it isn't that of the first of caCertificate");
        assertThatThrownBy(() -> CertificateAuthority.read(CA, "nothing"))
                .hasMessage("caPrivateKey can't be used: a private key must be in PEM, without a passphrase");
        var ended = CertificateAuthority.read(CA, CA);
        assertThatThrownBy(() -> ended.window(RENEWAL, Instant.parse("2036-03-01T11:00:00Z")))
                .hasMessage("the certificate authority 'CN=pgha CA 1' is valid from 2026-03-01T11:00:00Z "
                        + "to 2036-03-01T11:00:00Z, not at 2036-03-01T11:00:00Z");
    }

    private static String shell(String command) throws Exception {
        Process process = new ProcessBuilder("sh", "-c", command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return said;
    }
}
